// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/call_commands.hpp"

#include <algorithm>

#include "dialplan/help.hpp"

namespace carillon::roles {

namespace {

using control::CallOutcome;
using Side = call::Call::Side;

/// Zero means no restriction.
template <class T>
bool is_of(Id<T> wanted, Id<T> actual) {
  return !wanted || wanted == actual;
}

Id<model::User> user_of(const directory::Terminal* terminal) {
  return terminal == nullptr || terminal->user == nullptr ? Id<model::User>{} : terminal->user->id;
}

/// Whose device is on that side. Before there is one it is who is going to be there.
Id<model::User> user_on(const call::Call& call, Side side) {
  const call::Call::Facts& facts = call.facts();
  if (const call::Leg* leg = call.leg_on(side)) return user_of(facts.customer->find_terminal(leg->account()));
  if (call.is_answered()) return {};
  return side == Side::caller ? user_of(facts.terminal) : call.callee_user();
}

/// The call of that brand and customer in which that user takes part; null when there is none here.
template <class Params>
call::Call* find_theirs(Shard& shard, const Params& params) {
  call::Call* call = shard.find_call(params.call);
  if (call == nullptr || call->is_over()) return nullptr;
  const bool is_in_scope =
      is_of(params.brand, call->facts().customer->brand()) && is_of(params.customer, call->facts().customer->id());
  const bool takes_part =
      !params.user || user_on(*call, Side::caller) == params.user || user_on(*call, Side::callee) == params.user;
  return is_in_scope && takes_part ? call : nullptr;
}

control::CallReply reply_of(CallOutcome outcome, CallId call = {}) {
  control::CallReply reply;
  reply.outcome = outcome;
  reply.call = call;
  return reply;
}

control::CallReply reply_of(const call::Command::Verdict& verdict) {
  // In the order of call::Command::Outcome.
  constexpr CallOutcome outcomes[] = {CallOutcome::done,     CallOutcome::under_way, CallOutcome::over,     CallOutcome::ringing,
                                      CallOutcome::changing, CallOutcome::held,      CallOutcome::not_held, CallOutcome::refused};
  control::CallReply reply = reply_of(outcomes[static_cast<std::size_t>(verdict.outcome)], verdict.call);
  reply.sip_code = verdict.status;
  return reply;
}

/// Whom a wish is about.
Side side_of(const call::Call& call, const control::CallWish& wish) {
  if (wish.leg != control::CallSide::unsaid) return wish.leg == control::CallSide::caller ? Side::caller : Side::callee;
  return wish.user && user_on(call, Side::caller) == wish.user ? Side::callee : Side::caller;
}

const directory::Terminal* find_terminal(const directory::Customer& customer, const control::CallsOriginate::Params& params) {
  if (params.terminal) return customer.find_terminal(params.terminal);
  const directory::User* user = customer.find_user(params.user);
  return user == nullptr ? nullptr : user->terminal;
}

/// Who has that user or terminal, of those that are asked for.
const directory::Customer* find_customer(const Shard& shard, const control::CallsOriginate::Params& params) {
  for (const auto& brand : shard.snapshot()->brands()) {
    if (!is_of(params.brand, brand->id)) continue;
    for (const auto& customer : brand->customers) {
      if (!is_of(params.customer, customer->id())) continue;
      const bool is_here =
          params.terminal ? customer->find_terminal(params.terminal) != nullptr : customer->find_user(params.user) != nullptr;
      if (is_here) return shard.owns(*customer) ? customer.get() : nullptr;
    }
  }
  return nullptr;
}

template <class M>
void answer_first(control::Respond<M>& respond, std::vector<CallAnswer> answers, std::string what) {
  const auto found = std::ranges::find_if(answers, [](const CallAnswer& each) { return each.has_value(); });
  if (found == answers.end()) return respond(failure(control::Fault::not_found, std::move(what)));
  respond(**found);
}

template <class M>
void answer_wish(control::Methods& methods, Shards& shards, call::Command::Verb verb) {
  methods.answer<M>([&shards, verb](const control::CallWish& wish, control::Respond<M> respond) {
    shards.ask_all_later<CallAnswer>(
        [verb, wish](Shard& shard, std::move_only_function<void(CallAnswer)> done) {
          command_call(shard, verb, wish, std::move(done));
        },
        [respond = std::move(respond)](std::vector<CallAnswer> answers) mutable {
          answer_first<M>(respond, std::move(answers), "there is no such call");
        });
  });
}

}  // namespace

bool hang_up_call(Shard& shard, const control::CallsHangup::Params& params) {
  call::Call* call = find_theirs(shard, params);
  if (call != nullptr) call->end(journal::Status::failed, "hung up by the operator");
  return call != nullptr;
}

void command_call(Shard& shard, call::Command::Verb verb, const control::CallWish& wish,
                  std::move_only_function<void(CallAnswer)> done) {
  call::Call* call = find_theirs(shard, wish);
  if (call == nullptr) return done(std::nullopt);
  const Side side = side_of(*call, wish);
  // Whoever is sent elsewhere is sent by the other side, at its expense: no user may do that in another's name.
  const Side other = side == Side::caller ? Side::callee : Side::caller;
  const bool is_in_own_name = !wish.user || user_on(*call, other) == wish.user;
  if (verb == call::Command::Verb::transfer && !is_in_own_name) return done(reply_of(CallOutcome::forbidden));
  auto reply = [done = std::move(done)](const call::Command::Verdict& verdict) mutable { done(reply_of(verdict)); };
  call->obey(std::make_unique<call::Command>(shard.agent().loop(), verb, side, wish.to, std::move(reply)));
}

CallAnswer originate_call(Shard& shard, const control::CallsOriginate::Params& params) {
  const directory::Customer* customer = find_customer(shard, params);
  if (customer == nullptr || (params.user && !is_of(params.asking, params.user))) return std::nullopt;
  const directory::Terminal* terminal = find_terminal(*customer, params);
  if (params.asking && params.terminal && user_of(terminal) != params.asking) return std::nullopt;
  if (terminal == nullptr) return reply_of(CallOutcome::offline);
  const std::vector<call::Contact> contacts = shard.registrar().find_contacts(*terminal);
  if (contacts.empty()) return reply_of(CallOutcome::offline);
  call::Call::Facts facts = shard.facts_of(*customer, *terminal, params.to);
  facts.is_auto_answer = params.auto_answer;
  facts.is_from_elsewhere = std::ranges::any_of(contacts, [&](const call::Contact& contact) {
    return !shard.snapshot()->is_granted(*customer, contact.flow.remote.bytes);
  });
  const bool is_kept = (facts.is_from_elsewhere && !shard.may_call_from_elsewhere(facts)) || !shard.may_call(facts);
  if (is_kept && !dialplan::is_for_help(*customer, params.to)) return reply_of(CallOutcome::forbidden);
  const call::Call* call = shard.originate(std::move(facts), contacts);
  return call == nullptr ? reply_of(CallOutcome::busy) : reply_of(CallOutcome::under_way, call->id());
}

void answer_call_commands(control::Methods& methods, Shards& shards) {
  methods.answer<control::CallsHangup>(
      [&shards](const control::CallsHangup::Params& params, control::Respond<control::CallsHangup> respond) {
        // A byte each: bits of one vector would be shared.
        shards.ask_all<std::uint8_t>([params](Shard& shard) -> std::uint8_t { return hang_up_call(shard, params) ? 1 : 0; },
                                     [respond = std::move(respond)](const std::vector<std::uint8_t>& hung_up) mutable {
                                       if (std::ranges::find(hung_up, 1) != hung_up.end()) return respond(control::Nothing());
                                       respond(failure(control::Fault::not_found, "there is no such call"));
                                     });
      });
  answer_wish<control::CallsTransfer>(methods, shards, call::Command::Verb::transfer);
  answer_wish<control::CallsHold>(methods, shards, call::Command::Verb::hold);
  answer_wish<control::CallsResume>(methods, shards, call::Command::Verb::resume);
  methods.answer<control::CallsOriginate>(
      [&shards](const control::CallsOriginate::Params& params, control::Respond<control::CallsOriginate> respond) {
        shards.ask_all<CallAnswer>([params](Shard& shard) { return originate_call(shard, params); },
                                   [respond = std::move(respond)](std::vector<CallAnswer> answers) mutable {
                                     answer_first<control::CallsOriginate>(respond, std::move(answers),
                                                                           "there is no such user or terminal");
                                   });
      });
}

}  // namespace carillon::roles
