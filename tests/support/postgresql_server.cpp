// SPDX-License-Identifier: GPL-3.0-or-later
// Runs postgresql.py beside the test program, which knows where the server's programs are and how they are started.
#include "support/postgresql_server.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/database.hpp"

namespace carillon::testing {

PostgresqlServer& PostgresqlServer::running() {
  static PostgresqlServer server;
  return server;
}

PostgresqlServer::PostgresqlServer() {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  std::string program = "/usr/bin/python3";
  std::string script = CARILLON_TEST_DATA "/../support/postgresql.py";
  char* const arguments[] = {program.data(), script.data(), nullptr};
  const int failed = posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  input_ = to[1];
  char letter = 0;
  while (failed == 0 && read(from[0], &letter, 1) == 1 && letter != '\n') folder_ += letter;
  close(from[0]);
  if (letter == '\n') return;
  fmt::print(stderr, "The PostgreSQL server of the tests did not start: the lines above say why.\n");
  std::abort();
}

PostgresqlServer::~PostgresqlServer() {
  close(input_);
  waitpid(process_, nullptr, 0);
}

std::string PostgresqlServer::make_database() {
  std::string name = fmt::format("test{}", ++databases_);
  execute(fmt::format("CREATE DATABASE {} OWNER carillon", name));
  return name;
}

void PostgresqlServer::drop_database(const std::string& name) {
  execute(fmt::format("DROP DATABASE {} WITH (FORCE)", name));
}

void PostgresqlServer::close_database(const std::string& name) {
  execute(fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS false", name));
  execute(fmt::format("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{}'", name));
}

void PostgresqlServer::open_database(const std::string& name) {
  execute(fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS true", name));
}

std::string PostgresqlServer::url(const std::string& database, const std::string& role) const {
  return fmt::format("postgresql://{}@/{}?host={}", role, database, folder_);
}

void PostgresqlServer::execute(const std::string& sql) {
  const auto database = store::open(url("postgres", "postgres"), {}, store::Access::write);
  ASSERT_TRUE(database) << database.error().what;
  const auto done = (*database)->execute(sql);
  EXPECT_TRUE(done) << done.error().what;
}

}  // namespace carillon::testing
