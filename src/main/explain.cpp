// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon explain`: the decision of the call path, taken over the database as it is now, with its reasons.
#include <iostream>

#include "dialplan/decide.hpp"
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
  const std::string_view name = who.substr(0, at);
  caller.terminal = caller.customer->find_terminal(name);
  const directory::Extension* extension = caller.customer->find_extension(name);
  if (caller.terminal == nullptr && extension != nullptr && extension->target.user != nullptr) {
    caller.terminal = extension->target.user->terminal;
  }
  return caller;
}

Result<std::shared_ptr<const directory::Snapshot>> load(const Configuration& configuration) {
  CARILLON_TRY(database, store::open(configuration.text("database.url"), configuration.text("data.dir"), store::Access::read));
  CARILLON_CHECK(store::check_schema(*database));
  CARILLON_CHECK(database->confine({}));
  return roles::load_snapshot(*database);
}

void print_answer(const dialplan::Decision& decision) {
  if (const auto* refusal = std::get_if<dialplan::Refusal>(&decision.answer)) {
    std::cout << "answer: refused with " << dialplan::sip_status(*refusal) << ", " << dialplan::text_of(*refusal) << '\n';
    return;
  }
  if (const auto* external = std::get_if<dialplan::External>(&decision.answer)) {
    std::cout << "answer: calls " << external->number << " as " << (external->ddi == nullptr ? "nobody" : external->ddi->number)
              << '\n';
    return;
  }
  if (const auto* on_net = std::get_if<dialplan::OnNet>(&decision.answer)) {
    std::cout << "answer: calls " << on_net->number << " of this platform as " << on_net->ddi->number << '\n';
    return;
  }
  const auto& target = std::get<directory::Target>(decision.answer);
  std::cout << "answer: rings " << target.user->display_name;
  if (target.user->terminal != nullptr)
    std::cout << ", terminal " << target.user->terminal->name << '\n';
  else
    std::cout << ", who has no terminal\n";
}

}  // namespace

int run(const Explain& explain) {
  const auto configuration = load_configuration(explain.settings);
  if (!configuration) return exit_usage;
  const auto instant = explain.at.empty() ? Result<Instant>(system_wall_time()) : parse_rfc3339(explain.at);
  if (!instant) return fail(exit_usage, "--at " + explain.at + ": write a time like 2026-11-21T10:00:00Z");
  const auto snapshot = load(*configuration);
  if (!snapshot) return fail(exit_failure, snapshot.error());
  const Caller caller = find_caller(**snapshot, explain.from);
  if (caller.customer == nullptr) return fail(exit_failure, explain.from + ": there is no customer with this domain");
  if (caller.terminal == nullptr) return fail(exit_failure, explain.from + ": there is no such terminal or extension");
  const dialplan::Decision decision = dialplan::decide(
      **snapshot,
      {.customer = caller.customer->id(), .terminal = caller.terminal->id, .dialled = explain.to, .instant = *instant});
  std::cout << "from:   " << caller.terminal->name << " of " << caller.customer->name() << "\nto:     " << explain.to
            << "\nat:     " << to_rfc3339(*instant) << '\n'
            << dialplan::explain(decision);
  print_answer(decision);
  return exit_success;
}

}  // namespace carillon::main
