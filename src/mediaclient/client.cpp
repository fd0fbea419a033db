// SPDX-License-Identifier: GPL-3.0-or-later
// The usual command sequences, each in one request.
#include "mediaclient/client.hpp"

namespace carillon::mediaclient {

namespace {

/// The first `count` legs' ports; a reply that has not as many is as good as a refusal.
Result<Outcome> with_ports(Result<Outcome> outcome, std::size_t count) {
  if (outcome && outcome->ports.size() != count) return failure(Fault::refused, "The media process sent an incomplete reply.");
  return outcome;
}

std::vector<Command> just(Command command) {
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  return commands;
}

}  // namespace

Task<Result<std::pair<LegPorts, LegPorts>>> Client::create_pair(CallId call, LegSpec first, LegSpec second) {
  std::vector<Command> commands;
  commands.reserve(3);
  commands.push_back(ng::Create{1, std::move(first)});
  commands.push_back(ng::Create{2, std::move(second)});
  commands.push_back(ng::Connect{1, {call, 2}, Phase::early});
  auto reply = co_await execute(call, std::move(commands));
  auto outcome = with_ports(std::move(reply), 2);
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return std::pair(std::move(outcome->ports[0]), std::move(outcome->ports[1]));
}

Task<Result<LegPorts>> Client::create(LegId leg, LegSpec spec) {
  auto commands = just(ng::Create{leg.number, std::move(spec)});
  auto reply = co_await execute(leg.call, std::move(commands));
  auto outcome = with_ports(std::move(reply), 1);
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return std::move(outcome->ports[0]);
}

Task<Result<LegPorts>> Client::modify(LegId leg, LegSpec spec) {
  auto commands = just(ng::Modify{leg.number, std::move(spec)});
  auto reply = co_await execute(leg.call, std::move(commands));
  auto outcome = with_ports(std::move(reply), 1);
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return std::move(outcome->ports[0]);
}

Task<Result<LegPorts>> Client::modify_and_connect(LegId leg, LegSpec spec, LegId other, Phase phase) {
  auto commands = just(ng::Modify{leg.number, std::move(spec)});
  commands.push_back(ng::Connect{leg.number, other, phase});
  auto reply = co_await execute(leg.call, std::move(commands));
  auto outcome = with_ports(std::move(reply), 1);
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return std::move(outcome->ports[0]);
}

Task<Result<>> Client::connect(LegId leg, LegId other, Phase phase) {
  auto commands = just(ng::Connect{leg.number, other, phase});
  auto outcome = co_await execute(leg.call, std::move(commands));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return Result<>();
}

Task<Result<>> Client::disconnect(LegId leg) {
  auto commands = just(ng::Disconnect{leg.number});
  auto outcome = co_await execute(leg.call, std::move(commands));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return Result<>();
}

Task<Result<LegStatistics>> Client::destroy_leg(LegId leg) {
  auto commands = just(ng::Destroy{leg.number});
  auto outcome = co_await execute(leg.call, std::move(commands));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  if (outcome->statistics.empty()) co_return failure(Fault::refused, "The media process sent an incomplete reply.");
  co_return std::move(outcome->statistics[0]);
}

Task<Result<std::vector<LegStatistics>>> Client::query(CallId call) {
  auto commands = just(ng::Query{});
  auto outcome = co_await execute(call, std::move(commands));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return std::move(outcome->statistics);
}

}  // namespace carillon::mediaclient
