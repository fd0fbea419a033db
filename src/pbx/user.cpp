// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/user.hpp"

#include "call/converse.hpp"
#include "call/ring.hpp"

namespace carillon::pbx {

namespace {

/// How the caller is shown: the extension and name of its user, or the bare terminal.
call::Party shown_caller(const call::Call::Facts& facts) {
  if (!facts.presented.user.empty()) return facts.presented;
  call::Party party{.user = facts.caller, .domain = facts.customer->realm()};
  if (facts.user() != nullptr) party.display = facts.user()->display_name;
  return party;
}

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
  std::vector<call::Contact> contacts;
  if (user->terminal != nullptr) contacts = call.services().locations.find_contacts(*user->terminal);
  if (contacts.empty()) {
    call.explain("user: no device is registered");
    call.set_ending(journal::Status::offline, 480, "Offline");
    co_return;
  }
  call.explain(fmt::format("user: {} has {} device(s)", user->display_name, contacts.size()));
  const sdp::OfferAnswer& session = call.caller().session();
  if (session.offered() != nullptr || session.remote() != nullptr) {  // Else the offer comes with the answer.
    const bool has_media = co_await call.open_media(call.caller(), contacts.front().flow);
    if (!has_media) co_return;
  }

  call::RingOptions options;
  options.ring_time = call.services().limits.ring_time;
  if (user->terminal->forking == model::Forking::serial) options.turn = std::chrono::seconds(user->terminal->fork_seconds);
  options.from = shown_caller(call.facts());
  options.to = {.user = call.callee(), .domain = call.facts().customer->realm(), .display = std::string(user->display_name)};
  call.introduce(options.from, options.to);
  options.target = call.callee();
  options.max_forwards = call.facts().max_forwards;
  if (!call.facts().referrer.user.empty()) options.referred_by = call.facts().referrer.address();
  const call::Rung rung = co_await call::ring(call, std::move(contacts), std::move(options));
  if (rung.answered != nullptr) co_await call::converse(call, *rung.answered);
}

}  // namespace carillon::pbx
