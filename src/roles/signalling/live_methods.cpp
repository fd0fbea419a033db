// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/live_methods.hpp"

#include "control/methods.hpp"
#include "roles/signalling/call_commands.hpp"
#include "roles/signalling/call_stories.hpp"
#include "roles/signalling/live_items.hpp"

namespace carillon::roles {

namespace {

/// Zero means no restriction.
template <class T>
bool is_of(Id<T> wanted, Id<T> actual) {
  return !wanted || wanted == actual;
}

std::vector<control::LiveCall> list_calls(Shard& shard, const control::Whose& whose) {
  std::vector<control::LiveCall> calls;
  shard.for_each_call([&](call::Call& call) {
    if (calls.size() >= static_cast<std::size_t>(whose.limit)) return;
    control::LiveCall live = describe_live(call);
    const bool is_users = !whose.user || whose.user == live.caller_user || whose.user == live.callee_user;
    if (is_of(whose.brand, live.brand) && is_of(whose.customer, live.customer) && is_users) calls.push_back(std::move(live));
  });
  return calls;
}

using Registrations = std::vector<control::LiveRegistration>;

/// A way to a terminal; nothing when it is not of those that are asked for.
std::optional<control::LiveRegistration> describe(const directory::Customer& customer, const directory::Terminal& terminal,
                                                  const control::Whose& whose) {
  control::LiveRegistration live = describe_live(customer, terminal);
  if (!is_of(whose.brand, live.brand) || !is_of(whose.customer, live.customer) || !is_of(whose.user, live.user))
    return std::nullopt;
  return live;
}

void add_registered(Shard& shard, const control::Whose& whose, Registrations& registrations) {
  const directory::Snapshot& snapshot = *shard.snapshot();
  shard.registrar().for_each([&](const journal::Registration& record) {
    if (registrations.size() >= static_cast<std::size_t>(whose.limit)) return;
    const directory::Customer* customer = snapshot.find_customer({record.customer});
    const directory::Terminal* terminal =
        customer == nullptr ? nullptr : customer->find_terminal(Id<model::Terminal>{record.terminal});
    auto live = terminal == nullptr ? std::nullopt : describe(*customer, *terminal, whose);
    if (!live) return;
    add_record(*live, record);
    registrations.push_back(std::move(*live));
  });
}

void add_permanent(Shard& shard, const directory::Customer& customer, const control::Whose& whose, Registrations& registrations) {
  if (!shard.owns(customer)) return;
  for (const directory::Terminal& terminal : customer.terminals()) {
    if (registrations.size() >= static_cast<std::size_t>(whose.limit)) return;
    const auto contact = shard.registrar().static_contact(terminal);
    auto live = contact ? describe(customer, terminal, whose) : std::nullopt;
    if (!live) continue;
    live->contact = contact->uri;
    live->transport = "udp";
    live->source = contact->flow.remote.to_string();
    live->permanent = true;
    registrations.push_back(std::move(*live));
  }
}

Registrations list_registrations(Shard& shard, const control::Whose& whose) {
  Registrations registrations;
  for (const auto& brand : shard.snapshot()->brands())
    for (const auto& customer : brand->customers)
      if (is_of(whose.brand, brand->id) && is_of(whose.customer, customer->id()))
        add_permanent(shard, *customer, whose, registrations);
  add_registered(shard, whose, registrations);
  return registrations;
}

using CarrierRegistrations = std::vector<control::LiveCarrierRegistration>;

CarrierRegistrations list_carrier_registrations(Shard& shard, const control::Whose& whose) {
  CarrierRegistrations listed;
  if (whose.customer || whose.user) return listed;
  for (const auto& brand : shard.snapshot()->brands()) {
    if (!is_of(whose.brand, brand->id)) continue;
    for (const auto& carrier : brand->routing->carriers()) {
      if (!shard.owns(*carrier)) continue;
      for (const model::CarrierRegistration& each : carrier->registrations)
        if (listed.size() < static_cast<std::size_t>(whose.limit))
          listed.push_back(describe_live(*brand, each, shard.carrier_registrations().state_of(each.id)));
    }
  }
  return listed;
}

using Bans = std::vector<control::LiveBan>;

Bans describe(const std::vector<agent::Ban>& bans) {
  constexpr std::string_view reasons[] = {"flood", "password", "source", "account"};
  Bans described;
  for (const agent::Ban& ban : bans) {
    control::LiveBan& live = described.emplace_back();
    live.name = ban.name();
    live.reason = reasons[static_cast<std::size_t>(ban.reason)];
    live.source = ban.source.host();
    live.account = ban.account();
    live.since = ban.since;
    live.until = ban.until;
  }
  return described;
}

void answer_ban_methods(control::Methods& methods, Shards& shards) {
  methods.answer<control::BansList>([&shards](const control::Nothing&, control::Respond<control::BansList> respond) {
    shards.ask_all<Bans>([](Shard& shard) { return describe(shard.agent().bans().list(shard.agent().loop().wall())); },
                         [respond = std::move(respond)](std::vector<Bans> lists) mutable {
                           Bans joined;
                           for (Bans& each : lists) std::ranges::move(each, std::back_inserter(joined));
                           std::ranges::sort(joined, {}, &control::LiveBan::since);
                           respond(std::move(joined));
                         },
                         [](StreamThread& streams) { return describe(streams.bans().list(streams.loop().wall())); });
  });
  methods.answer<control::BansLift>(
      [&shards](const control::BansLift::Params& params, control::Respond<control::BansLift> respond) {
        shards.ask_all<std::size_t>([name = params.name](Shard& shard) { return shard.agent().lift_bans(name); },
                                    [respond = std::move(respond)](const std::vector<std::size_t>& lifted) mutable {
                                      if (std::ranges::any_of(lifted, [](std::size_t count) { return count != 0; }))
                                        return respond(control::Nothing());
                                      respond(failure(control::Fault::not_found, "nobody of that name is banned"));
                                    },
                                    [name = params.name](StreamThread& streams) { return streams.lift_bans(name); });
      });
}

void answer_trace_method(control::Methods& methods, Shards& shards) {
  methods.answer<control::TraceGet>(
      [&shards](const control::TraceGet::Params& params, control::Respond<control::TraceGet> respond) {
        auto answer = [respond = std::move(respond)](Result<std::vector<model::TraceItem>> story) mutable {
          if (story && story->empty()) story = failure(control::Fault::not_found, "nothing is known of such a call");
          respond(std::move(story));
        };
        const auto reader = params.hides_carriers ? trace::Audience::customer : trace::Audience::brand;
        shards.find_trace(params.call, {params.brand.value, params.customer.value, reader}, std::move(answer));
      });
}

void answer_story_method(control::Methods& methods, Shards& shards) {
  methods.answer<control::CallsExplain>(
      [&shards](const control::CallsExplain::Params& params, control::Respond<control::CallsExplain> respond) {
        shards.ask_any<Result<control::CallStory>>(
            [params](Shard& shard) { return tell_story(*shard.snapshot(), params, shard.agent().loop().wall()); },
            [respond = std::move(respond)](Result<control::CallStory> story) mutable { respond(std::move(story)); });
      });
}

/// The shards' lists as one, cut where the one who asked wants no more.
template <class T>
std::vector<T> join(std::vector<std::vector<T>> lists, const control::Whose& whose) {
  std::vector<T> joined = std::move(lists.front());
  for (std::size_t i = 1; i < lists.size(); ++i) std::ranges::move(lists[i], std::back_inserter(joined));
  joined.resize(std::min(joined.size(), static_cast<std::size_t>(whose.limit)));
  return joined;
}

}  // namespace

void answer_live_methods(control::Methods& methods, Shards& shards) {
  answer_ban_methods(methods, shards);
  answer_call_commands(methods, shards);
  answer_trace_method(methods, shards);
  answer_story_method(methods, shards);
  using Calls = std::vector<control::LiveCall>;
  methods.answer<control::CallsList>([&shards](const control::Whose& whose, control::Respond<control::CallsList> respond) {
    shards.ask_all<Calls>(
        [whose](Shard& shard) { return list_calls(shard, whose); },
        [whose, respond = std::move(respond)](std::vector<Calls> lists) mutable { respond(join(std::move(lists), whose)); });
  });
  methods.answer<control::CarrierRegistrationsList>([&shards](const control::Whose& whose,
                                                              control::Respond<control::CarrierRegistrationsList> respond) {
    shards.ask_all<CarrierRegistrations>([whose](Shard& shard) { return list_carrier_registrations(shard, whose); },
                                         [whose, respond = std::move(respond)](std::vector<CarrierRegistrations> lists) mutable {
                                           respond(join(std::move(lists), whose));
                                         });
  });
  methods.answer<control::RegistrationsList>(
      [&shards](const control::Whose& whose, control::Respond<control::RegistrationsList> respond) {
        shards.ask_all<Registrations>([whose](Shard& shard) { return list_registrations(shard, whose); },
                                      [whose, respond = std::move(respond)](std::vector<Registrations> lists) mutable {
                                        respond(join(std::move(lists), whose));
                                      });
      });
}

}  // namespace carillon::roles
