// SPDX-License-Identifier: GPL-3.0-or-later
// The PostgreSQL server of a test program, started when the first test wants it.
#pragma once

#include <string>

#include <sys/types.h>

namespace carillon::testing {

class PostgresqlServer {
 public:
  /// Aborts the test program when it cannot be started: a test that cannot run has not passed.
  static PostgresqlServer& running();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer();

  /// Makes an empty one and gives its name.
  std::string make_database();
  void drop_database(const std::string& name);
  /// Of the platform's role, which owns its databases and is no superuser.
  std::string url(const std::string& database, const std::string& role = "carillon") const;
  /// The server ends every connection to this database, and lets nobody in until open_database().
  void close_database(const std::string& name);
  void open_database(const std::string& name);

 private:
  PostgresqlServer();
  void execute(const std::string& sql);

  pid_t process_ = 0;
  int input_ = -1;  ///< It serves until this is closed.
  std::string folder_;
  int databases_ = 0;
};

}  // namespace carillon::testing
