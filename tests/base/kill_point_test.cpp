// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a marked point does nothing by itself, calls a hook that is set, and kills a process whose environment says so: at the
// pass that it says, once for each of its lives.
#include "base/kill_point.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

namespace carillon {
namespace {

TEST(KillPoint, CallsTheHookThatIsSet) {
  static std::string passed;
  kill_point("test.before");
  kill_hook = [](std::string_view point) { passed = point; };
  kill_point("test.now");
  kill_hook = nullptr;
  kill_point("test.after");
  EXPECT_EQ(passed, "test.now");
}

/// Whether a process that passes the point so often is killed.
bool dies(const char* where, const std::string& deaths, int passes) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("CARILLON_KILL_AT", where, 1);
    setenv("CARILLON_KILLED", deaths.c_str(), 1);
    arm_kill_points();
    for (int pass = 0; pass < passes; ++pass) {
      kill_point("test.point");
      kill_point("test.other");
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

TEST(KillPoint, KillsAtThePassThatTheEnvironmentNames) {
  EXPECT_FALSE(dies("", "", 9));
  EXPECT_FALSE(dies("test.elsewhere", "", 9));
  EXPECT_TRUE(dies("test.point", "", 1));
  EXPECT_FALSE(dies("test.point:3", "", 2));
  EXPECT_TRUE(dies("test.point:3", "", 3));
}

TEST(KillPoint, KillsEachLifeWhereItsTurnIs) {
  const std::string deaths = testing::TempDir() + "deaths-" + std::to_string(getpid());
  constexpr const char* where = "test.point:2,test.other";
  const auto allow = [&deaths] { std::ofstream(deaths, std::ios::app) << "go\n"; };
  EXPECT_FALSE(dies(where, deaths, 9));
  allow();
  EXPECT_FALSE(dies(where, deaths, 1));
  EXPECT_TRUE(dies(where, deaths, 2));
  EXPECT_FALSE(dies(where, deaths, 9));
  allow();
  EXPECT_TRUE(dies(where, deaths, 1));
  allow();
  EXPECT_FALSE(dies(where, deaths, 9));
  std::filesystem::remove(deaths);
}

}  // namespace
}  // namespace carillon
