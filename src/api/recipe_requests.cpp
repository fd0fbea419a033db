// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration of a PBX for one of its accounts here.
#include <algorithm>

#include "api/handlers.hpp"
#include "api/recipe.hpp"
#include "store/table.hpp"

namespace carillon::api {

namespace {

/// What the query says: what the PBX is, and whether there is NAT between it and the platform.
struct Wanted {
  std::string_view peer = recipe_peers[0];
  bool has_nat = false;
};

std::expected<Wanted, Problem> read_wanted(const net::HttpFields& query) {
  Wanted wanted;
  std::vector<model::FieldFault> faults;
  for (const auto& [name, value] : query) {
    const bool is_nat = name == "nat" && (value == "true" || value == "false");
    const auto peer = std::ranges::find(recipe_peers, value);
    const bool is_peer = name == "peer" && peer != std::end(recipe_peers);
    if (is_nat)
      wanted.has_nat = value == "true";
    else if (is_peer)
      wanted.peer = *peer;
    else
      faults.push_back({name, name == "nat" ? "Write true or false." : "There is no such parameter or peer."});
  }
  if (!faults.empty()) return refused(Fault::bad_request, "The parameters are not understood.", std::move(faults));
  return wanted;
}

/// An account and its domain, which a customer may have from its brand.
struct Account {
  model::Terminal terminal;
  model::Domain domain;
};

Result<Account> find_account(store::Database& database, const store::Scope& scope, Id<model::Terminal> id) {
  CARILLON_TRY(terminal, store::find(database, scope, id));
  CARILLON_TRY(domain, store::find(database, {terminal.brand, terminal.customer, {}}, terminal.domain));
  return Account{std::move(terminal), std::move(domain)};
}

}  // namespace

Task<Answer> get_recipe(Backend& backend, Request request) {
  if (!model::reaches(request.caller.role, model::Role::customer)) co_return refused(Fault::forbidden);
  const auto wanted = read_wanted(request.http.query);
  if (!wanted) co_return std::unexpected(wanted.error());
  const Id<model::Terminal> id{from_base32(request.id).value_or(0)};
  auto load = [id, scope = request.caller.scope](store::Database& database) { return find_account(database, scope, id); };
  const auto account = co_await backend.database.run(request.caller.scope, std::move(load));
  if (!account) co_return std::unexpected(problem_of(account.error()));
  Document document{boost::json::value()};
  document.type = "text/plain; charset=utf-8";
  document.text = write_recipe(
      wanted->peer,
      {.terminal = account->terminal, .domain = account->domain, .edge = backend.reach.edge, .has_nat = wanted->has_nat});
  co_return document;
}

}  // namespace carillon::api
