// SPDX-License-Identifier: GPL-3.0-or-later
// Whether telephones that are given a domain find the platform.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/handlers.hpp"
#include "model/domain.hpp"
#include "store/table.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

constexpr Duration patience = 8s;

std::string_view shown(outbound::DomainOutcome outcome) {
  return outbound::domain_outcomes[static_cast<std::size_t>(outcome)];
}

json::object described(const model::Domain& domain, const outbound::DomainReport& report, const outbound::UsersEdge& edge) {
  json::array ways, addresses;
  for (const std::string& each : edge.addresses) addresses.emplace_back(each);
  for (const outbound::DomainWay& each : report.ways) {
    json::object way{{"transport", each.transport}, {"host", each.host}, {"port", each.port}, {"outcome", shown(each.outcome)}};
    // Names inside of the operator's network are none of a tenant's business.
    if (!each.address.empty() && each.is_showable) way["address"] = each.address;
    ways.emplace_back(std::move(way));
  }
  return {{"domain", domain.name},
          {"outcome", shown(report.outcome)},
          {"ways", std::move(ways)},
          {"expected", {{"addresses", std::move(addresses)}, {"port", edge.port}, {"tlsPort", edge.tls_port}}}};
}

}  // namespace

Task<Answer> check_domain(Backend& backend, Request request) {
  if (!model::reaches(request.caller.role, model::Role::customer)) {
    co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  }
  const Id<model::Domain> id{from_base32(request.id).value_or(0)};
  auto load = [id, scope = request.caller.scope](store::Database& database) { return store::find(database, scope, id); };
  const auto domain = co_await backend.database.run(request.caller.scope, std::move(load));
  if (!domain) co_return std::unexpected(problem_of(domain.error()));
  const bool is_lent = request.caller.scope.customer && !domain->customer;  // Its brand looks after it.
  if (is_lent) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  const auto share = backend.domain_checks.take(request.caller.scope);
  const auto too_many =
      std::unexpected(Problem{.fault = Fault::busy, .detail = "Names are being looked up already.", .retry_after = 5s});
  if (!share) co_return too_many;
  auto look = [name = domain->name, reach = backend.reach] {
    return outbound::check_domain(name, reach.edge, [&](std::span<const outbound::DnsQuestion> questions) {
      return outbound::Dns(reach.dns_servers).ask(questions);
    });
  };
  const auto report = co_await with_deadline(backend.loop, patience, run_on(backend.asking, backend.loop, std::move(look)));
  if (!report || !*report) co_return too_many;
  co_return Answer(described(*domain, **report, backend.reach.edge));
}

}  // namespace carillon::api
