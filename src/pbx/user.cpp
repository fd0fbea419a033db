// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/user.hpp"

#include "pbx/terminal.hpp"

namespace carillon::pbx {

namespace {

/// Why a user takes no more calls; empty while it does.
std::string_view busy_reason(call::Call& call, const directory::User& user) {
  if (user.do_not_disturb) return "does not want to be disturbed";
  if (user.max_calls == 0) return {};
  const std::size_t calls = call.services().switchboard.count_calls(*call.facts().customer, user, call);
  return calls < user.max_calls ? std::string_view() : "has as many calls as it may";
}

}  // namespace

Task<> enter_user(call::Call& call, Arrival arrival) {
  const directory::User* user = arrival.target.user;
  CARILLON_ENSURE(user != nullptr);
  call.set_callee_user(user->id);
  if (const std::string_view why = busy_reason(call, *user); !why.empty()) {
    call.explain(fmt::format("user: {} {}", user->display_name, why));
    call.set_ending(journal::Status::busy, 486);
    co_return;
  }
  call.explain(fmt::format("user: {}", user->display_name));
  if (user->terminal != nullptr) {
    co_await ring_terminal(call, *user->terminal, user->display_name);
    co_return;
  }
  call.explain("user: has no telephone");
  call.set_ending(journal::Status::offline, 480, "Offline");
}

}  // namespace carillon::pbx
