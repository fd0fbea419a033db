// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon explain`: the story of a call, told by the functions of the call path over the database as it is now, with its
// reasons.
#include <iostream>

#include "control/message.hpp"
#include "dialplan/story.hpp"
#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "roles/signalling/owner.hpp"
#include "roles/snapshot_loader.hpp"
#include "store/database.hpp"
#include "store/migrations.hpp"

namespace carillon::main {

namespace {

struct Caller {
  const directory::Customer* customer = nullptr;
  const directory::Terminal* terminal = nullptr;
};

/// "alice", "alice@users.example.com" or an extension in place of alice.
Caller find_caller(const directory::Snapshot& snapshot, std::string_view who) {
  Caller caller;
  const std::size_t at = who.rfind('@');
  caller.customer = at == std::string_view::npos ? snapshot.first_customer()
                                                 : roles::find_account(snapshot, who.substr(at + 1), who.substr(0, at));
  if (caller.customer == nullptr) return caller;
  caller.terminal = dialplan::find_caller(*caller.customer, who.substr(0, at));
  return caller;
}

Result<std::shared_ptr<const directory::Snapshot>> load(const Configuration& configuration) {
  CARILLON_TRY(database, store::open(configuration.text("database.url"), configuration.text("data.dir"), store::Access::read));
  CARILLON_CHECK(store::check_schema(*database));
  CARILLON_CHECK(database->confine({}));
  return roles::load_snapshot(*database);
}

/// By id, or by the name that it has in its brand.
struct Incoming {
  const directory::Brand* brand = nullptr;
  const directory::Carrier* carrier = nullptr;
};

Incoming find_carrier(const directory::Snapshot& snapshot, std::string_view which) {
  for (const auto& brand : snapshot.brands()) {
    for (const auto& carrier : brand->routing->carriers())
      if (carrier->name == which || to_base32(carrier->id.value) == which) return {brand.get(), carrier.get()};
  }
  return {};
}

void print_target(const directory::Target& target) {
  if (target.terminal != nullptr) std::cout << "answer: rings " << target.terminal->name << '\n';
  if (target.user == nullptr) return;
  std::cout << "answer: rings " << target.user->display_name;
  if (target.user->terminal != nullptr)
    std::cout << ", terminal " << target.user->terminal->name << '\n';
  else
    std::cout << ", who has no terminal\n";
}

void print_carriers(const dialplan::Story& story) {
  for (const dialplan::Candidate& candidate : story.carriers) {
    std::cout << "        by " << candidate.carrier->name;
    if (candidate.route != nullptr)
      std::cout << ", priority " << candidate.route->priority << ", weight " << candidate.route->weight;
    std::cout << '\n';
  }
}

void print_answer(const dialplan::Story& story) {
  if (story.refusal) {
    std::cout << "answer: refused with " << story.sip_code << ", " << dialplan::text_of(*story.refusal) << '\n';
    return;
  }
  if (story.target) return print_target(*story.target);
  const std::string shown = story.ddi.empty() ? "nobody" : story.ddi;
  if (story.outcome == dialplan::Outcome::on_net) {
    std::cout << "answer: calls " << story.number << " of this platform as " << shown << '\n';
    return;
  }
  std::cout << "answer: calls " << story.number << " as " << shown << '\n';
  print_carriers(story);
  if (story.carriers.empty()) std::cout << "        by nobody: there is no carrier\n";
}

struct Told {
  std::string from;
  dialplan::Story story;
};

/// Error: who is to call is not there.
Result<Told> tell(const directory::Snapshot& snapshot, const Explain& explain, Instant instant) {
  if (!explain.carrier.empty()) {
    const Incoming incoming = find_carrier(snapshot, explain.carrier);
    if (incoming.carrier == nullptr) return failure(control::Fault::not_found, explain.carrier + ": there is no such carrier");
    return Told{explain.from + " by " + incoming.carrier->name,
                dialplan::tell_inbound(snapshot, *incoming.brand, *incoming.carrier, explain.from, explain.to)};
  }
  const Caller caller = find_caller(snapshot, explain.from);
  if (caller.customer == nullptr)
    return failure(control::Fault::not_found, explain.from + ": there is no customer with this domain");
  if (caller.terminal == nullptr)
    return failure(control::Fault::not_found, explain.from + ": there is no such terminal or extension");
  return Told{std::string(caller.terminal->name) + " of " + caller.customer->name(),
              dialplan::tell(snapshot, {.customer = caller.customer->id(),
                                        .terminal = caller.terminal->id,
                                        .dialled = explain.to,
                                        .instant = instant,
                                        .claimed = explain.as})};
}

}  // namespace

int run(const Explain& explain) {
  const auto configuration = load_configuration(explain.settings);
  if (!configuration) return exit_usage;
  const auto instant = explain.at.empty() ? Result<Instant>(system_wall_time()) : parse_rfc3339(explain.at);
  if (!instant) return fail(exit_usage, "--at " + explain.at + ": write a time like 2026-11-21T10:00:00Z");
  const auto snapshot = load(*configuration);
  if (!snapshot) return fail(exit_failure, snapshot.error());
  const auto told = tell(**snapshot, explain, *instant);
  if (!told) return fail(exit_failure, told.error());
  std::cout << "from:   " << told->from << "\nto:     " << explain.to << "\nat:     " << to_rfc3339(*instant) << '\n'
            << dialplan::explain(told->story.reasons);
  print_answer(told->story);
  return exit_success;
}

}  // namespace carillon::main
