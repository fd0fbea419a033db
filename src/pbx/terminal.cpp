// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/terminal.hpp"

#include "call/converse.hpp"
#include "call/ring.hpp"
#include "dialplan/inbound.hpp"
#include "sip/uri.hpp"

namespace carillon::pbx {

namespace {

/// Who does not want to be known.
call::Party anonymous(const call::Call::Facts& facts) {
  return call::Party::anonymous(facts.customer->realm());
}

/// How the caller is shown: the extension and name of its user, or the bare terminal; to a PBX as it writes numbers.
call::Party shown_caller(const call::Call::Facts& facts, const directory::Terminal& callee) {
  const bool sees_all = callee.user != nullptr && callee.user->sees_withheld;
  if (!facts.presented.user.empty()) {
    call::Party party = facts.presented;
    if (sees_all && !facts.withheld.empty()) return {.user = facts.withheld, .domain = party.domain, .display = {}};
    const bool has_own_way = callee.is_pbx() && callee.line->transformation_set && !facts.is_anonymous;
    if (has_own_way && facts.caller.starts_with('+'))
      party.user = dialplan::shown_number(*facts.snapshot, *facts.customer, facts.caller, callee.line);
    return party;
  }
  if (facts.hides_inside() && !sees_all) return anonymous(facts);
  call::Party party{.user = facts.caller, .domain = facts.customer->realm()};
  if (facts.user() != nullptr) party.display = facts.user()->display_name;
  return party;
}

/// The caller to everybody but the callee, who may be somebody that sees all: it stands where others read it.
call::Party caller_to_others(const call::Call::Facts& facts, const call::Party& shown) {
  if (facts.presented.user.empty()) return facts.hides_inside() ? anonymous(facts) : shown;
  return facts.withheld.empty() ? shown : facts.presented;
}

/// SIPconnect: a PBX is asked for the number that was called, at the place of its Contact.
std::string request_uri(const std::string& contact, const std::string& user, bool is_phone) {
  const auto uri = sip::Uri::parse(contact);
  if (!uri || !uri->is_sip()) return contact;
  const std::size_t at = contact.find(uri->has_user ? '@' : ':');
  const bool says_so = is_phone && !uri->params.has("user") && uri->headers.empty();
  return fmt::format("{}:{}@{}{}", contact.substr(0, contact.find(':')), sip::escape_user(user), contact.substr(at + 1),
                     says_so ? sip::user_phone : "");
}

/// Who sent the call on, as the callee reads numbers.
call::Redirected redirected(const call::Call::Facts& facts, const directory::Terminal& callee) {
  call::Redirected found{.how = facts.redirection, .network = {}, .user = {}};
  if (!facts.redirection.user.empty() && !facts.redirection.is_private)
    found.network = dialplan::shown_number(*facts.snapshot, *facts.customer, facts.redirection.user, callee.line);
  else if (!facts.referrer.user.empty() && !facts.hides_inside())
    found.network = facts.referrer.user;
  return found;
}

/// How the callee wants addresses, and to know who sent the call on.
void suit(call::RingOptions& options, std::vector<call::Contact>& contacts, const call::Call::Facts& facts,
          const directory::Terminal& callee) {
  const directory::Line* line = callee.line;
  if (line == nullptr) return;
  if (!line->from_domain.empty()) options.from.domain = line->from_domain;
  if (!line->is_pbx()) return;
  options.from.is_phone = options.to.is_phone = line->has_user_phone;
  for (call::Contact& each : contacts)
    call::add_redirected(each.headers, redirected(facts, callee),
                         {line->diversion, line->history_info, options.from.domain, each.uri});
}

bool has_room(call::Call& call, const directory::Terminal& terminal) {
  const std::uint32_t most = terminal.line == nullptr ? 0 : terminal.line->max_calls;
  if (most == 0 || call.services().switchboard.count_calls(*call.facts().customer, terminal, call) < most) return true;
  call.explain(fmt::format("terminal: {} has as many calls as it may", terminal.name));
  call.set_ending(journal::Status::busy, 486, "Maximum parallel calls exceeded");
  return false;
}

call::RingOptions ring_options(const call::Call& call, const directory::Terminal& terminal, std::string_view display) {
  const call::Call::Facts& facts = call.facts();
  call::RingOptions options;
  if (terminal.forking == model::Forking::serial) options.turn = std::chrono::seconds(terminal.fork_seconds);
  options.from = shown_caller(facts, terminal);
  options.to = {.user = call.callee(), .domain = facts.customer->realm(), .display = std::string(display)};
  if (terminal.is_pbx()) options.to.user = dialplan::asked_number(*facts.snapshot, *facts.customer, terminal.line, call.callee());
  options.target = call.callee();
  options.max_forwards = facts.max_forwards;
  if (!facts.referrer.user.empty() && !facts.hides_inside()) options.referred_by = facts.referrer.address();
  return options;
}

}  // namespace

Task<> enter_terminal(call::Call& call, Arrival arrival) {
  constexpr std::string_view nobody;
  CARILLON_ENSURE(arrival.target.terminal != nullptr);
  co_await ring_terminal(call, *arrival.target.terminal, nobody);
}

Task<> ring_terminal(call::Call& call, const directory::Terminal& terminal, std::string_view display) {
  constexpr int not_found = 404;
  call.set_callee_terminal(terminal.id);
  if (!has_room(call, terminal)) co_return;
  std::vector<call::Contact> contacts = call.services().locations.find_contacts(terminal);
  if (contacts.empty()) {
    call.explain(fmt::format("terminal: {} is not registered", terminal.name));
    call.set_ending(journal::Status::offline, 480, "Offline");
    co_return;
  }
  call.explain(fmt::format("terminal: {} has {} device(s)", terminal.name, contacts.size()));
  const sdp::OfferAnswer& session = call.caller().session();
  if (session.offered() != nullptr || session.remote() != nullptr) {  // Else the offer comes with the answer.
    const bool has_media = co_await call.open_media(call.caller(), contacts.front().flow);
    if (!has_media) co_return;
  }

  call::RingOptions options = ring_options(call, terminal, display);
  options.ring_time = call.services().limits.ring_time;
  call.introduce(caller_to_others(call.facts(), options.from), options.to);
  const bool asks_number = terminal.is_pbx() && terminal.line->request_user != model::RequestUser::contact;
  std::vector<call::Contact> asked = contacts;
  if (asks_number)
    for (call::Contact& each : asked) each.uri = request_uri(each.uri, options.to.user, terminal.line->has_user_phone);
  suit(options, asked, call.facts(), terminal);
  call::Rung rung = co_await call::ring(call, std::move(asked), options);
  const bool asks_again = asks_number && terminal.line->request_user == model::RequestUser::dialled_then_contact;
  if (rung.answered == nullptr && rung.status == not_found && asks_again) {
    suit(options, contacts, call.facts(), terminal);
    rung = co_await call::ring(call, std::move(contacts), std::move(options));
  }
  if (rung.answered != nullptr) co_await call::converse(call, *rung.answered);
}

}  // namespace carillon::pbx
