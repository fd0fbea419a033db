// SPDX-License-Identifier: GPL-3.0-or-later
// Real child processes for tests: this very program, started again to be a role that does nothing.
#pragma once

#include <cstdlib>
#include <functional>
#include <string>

#include "roles/supervisor/process.hpp"
#include "roles/supervisor/role_keeper.hpp"

namespace carillon::roles::testing {

/// Starts the test StubRole.DISABLED_Run in a process of its own, which answers as `role` in `data_dir`, or ends at once with
/// `status` when that is not 0.
inline std::function<Result<pid_t>()> stub_role(const std::string& role, const std::string& data_dir, int status = 0) {
  return [=] {
    setenv("CARILLON_STUB_ROLE", role.c_str(), 1);
    setenv("CARILLON_STUB_DATA", data_dir.c_str(), 1);
    setenv("CARILLON_STUB_STATUS", std::to_string(status).c_str(), 1);
    return start_process("/proc/self/exe",
                         {"stub", "--gtest_filter=StubRole.DISABLED_Run", "--gtest_also_run_disabled_tests", "--gtest_brief=1"});
  };
}

}  // namespace carillon::roles::testing
