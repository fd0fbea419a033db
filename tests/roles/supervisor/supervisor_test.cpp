// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the node says when it is ready, answers for all roles, and ends when told or when a role cannot start; with real
// processes.
#include "roles/supervisor/supervisor.hpp"

#include <csignal>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/worker.hpp"
#include "roles/supervisor/data_directory.hpp"
#include "stub_role.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

/// Asks over a blocking socket, for use beside the loop.
std::string fetch(std::uint16_t port, const std::string& path) {
  const int file = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    (void)!::write(file, request.data(), request.size());
    char buffer[4096];
    for (ssize_t size = 0; (size = ::read(file, buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(file);
  return answer;
}

class SupervisorTest : public ::testing::Test {
 protected:
  SupervisorTest() {
    block_signals();
    log::set_level(log::Level::off);
    EXPECT_TRUE(DataLock::take(data_));
  }

  Supervisor::Options options() {
    Supervisor::Options options;
    options.data = data_;
    options.roles = {"one", "jobs"};
    options.metrics = {*net::Address::parse("127.0.0.1", 0)};
    options.launch = [this](const std::string& role) { return testing::stub_role(role, data_.root)(); };
    return options;
  }

  const carillon::testing::TemporaryDirectory directory_;
  const DataDir data_{directory_.path() / "data"};
};

TEST_F(SupervisorTest, AnswersForAllRolesAndEndsCleanly) {
  Worker client({.name = "client"});
  std::map<std::string, std::string> answers;
  Supervisor* running = nullptr;
  Supervisor::Options wanted = options();
  wanted.on_ready = [&] {
    (void)client.submit([&, port = running->metrics_addresses().at(0).port] {
      for (const char* path : {"/healthz", "/readyz", "/metrics", "/other"}) answers[path] = fetch(port, path);
      kill(getpid(), SIGTERM);
    });
  };
  auto supervisor = Supervisor::make(std::move(wanted));
  ASSERT_TRUE(supervisor) << supervisor.error().what;
  running = supervisor->get();
  EXPECT_TRUE(running->run());
  EXPECT_TRUE(answers["/healthz"].starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(answers["/readyz"].starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(answers["/other"].starts_with("HTTP/1.1 404"));
  for (const char* line : {"carillon_role_up{role=\"one\"} 1", "carillon_role_up{role=\"jobs\"} 1",
                           "carillon_role_restarts_total{role=\"one\"} 0"}) {
    EXPECT_TRUE(answers["/metrics"].contains(line)) << line;
  }
}

TEST_F(SupervisorTest, IsNotReadyWhileARoleIsMissing) {
  Worker client({.name = "client"});
  std::string while_missing;
  Supervisor* running = nullptr;
  Supervisor::Options wanted = options();
  int starts = 0;
  wanted.launch = [&](const std::string& role) -> Result<pid_t> {
    if (role == "one" && ++starts > 1) return failure(ProcessFault::system, "no more");
    return testing::stub_role(role, data_.root)();
  };
  pid_t victim = 0;
  auto launch = wanted.launch;
  wanted.launch = [&, launch](const std::string& role) {
    auto started = launch(role);
    if (role == "one" && started) victim = *started;
    return started;
  };
  wanted.on_ready = [&] {
    (void)client.submit([&, port = running->metrics_addresses().at(0).port] {
      kill(victim, SIGKILL);
      do {
        while_missing = fetch(port, "/readyz");
      } while (while_missing.starts_with("HTTP/1.1 200"));
      kill(getpid(), SIGTERM);
    });
  };
  auto supervisor = Supervisor::make(std::move(wanted));
  ASSERT_TRUE(supervisor);
  running = supervisor->get();
  EXPECT_TRUE(running->run());
  EXPECT_TRUE(while_missing.starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(while_missing.contains("one: "));
  EXPECT_FALSE(while_missing.contains("jobs: "));
}

TEST_F(SupervisorTest, GivesUpWhenARoleCannotStart) {
  Supervisor::Options wanted = options();
  wanted.launch = [this](const std::string& role) { return testing::stub_role(role, data_.root, role == "one" ? 1 : 0)(); };
  wanted.on_ready = [] { FAIL(); };
  auto supervisor = Supervisor::make(std::move(wanted));
  ASSERT_TRUE(supervisor);
  EXPECT_FALSE((*supervisor)->run());
}

TEST_F(SupervisorTest, SaysWhenItsPortIsTaken) {
  auto first = Supervisor::make(options());
  ASSERT_TRUE(first);
  Supervisor::Options wanted = options();
  wanted.metrics = (*first)->metrics_addresses();
  const auto second = Supervisor::make(std::move(wanted));
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(net::Fault::address_in_use));
}

}  // namespace
}  // namespace carillon::roles
