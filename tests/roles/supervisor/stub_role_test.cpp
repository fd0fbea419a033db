// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: none of its own; the child processes of the other tests here run this one.
#include "stub_role.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "roles/role_process.hpp"

namespace carillon::roles {
namespace {

TEST(StubRole, DISABLED_Run) {
  const char* role = std::getenv("CARILLON_STUB_ROLE");
  const char* status = std::getenv("CARILLON_STUB_STATUS");
  if (role == nullptr || status == nullptr) GTEST_SKIP() << "started by other tests alone";
  block_signals();
  log::set_level(log::Level::off);
  if (status != std::string("0")) std::_Exit(static_cast<unsigned char>(status[0]) - '0');
  const auto configuration = Configuration::load({.overrides = {std::string("data.dir=") + std::getenv("CARILLON_STUB_DATA")}});
  auto process = RoleProcess::start(role, *configuration);
  if (!process) std::_Exit(1);
  (*process)->set_ready();
  (*process)->run();
  std::_Exit(0);
}

}  // namespace
}  // namespace carillon::roles
