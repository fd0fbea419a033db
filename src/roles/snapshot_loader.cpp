// SPDX-License-Identifier: GPL-3.0-or-later
// Rows to snapshots, within one read transaction, so that what is loaded is the state of exactly one change number.
#include "roles/snapshot_loader.hpp"

#include <set>

#include "store/catalogues.hpp"
#include "store/edit.hpp"
#include "store/settings.hpp"

namespace carillon::roles {
namespace {

using directory::Builder;
using directory::CustomerRows;

Result<> set_customer(store::Database& database, Builder& builder, model::Brand brand, model::Customer customer) {
  const store::Scope scope{customer.brand, customer.id};
  CARILLON_TRY(settings, store::load_settings(database));
  if (brand.language.empty()) brand.language = settings.language;
  if (brand.time_zone.empty()) brand.time_zone = settings.time_zone;
  if (brand.customer_calls_per_minute == 0) brand.customer_calls_per_minute = settings.customer_calls_per_minute;
  CustomerRows rows;
  rows.brand = std::move(brand);
  rows.customer = std::move(customer);
  const auto load = [&]<class T>(std::vector<T>& into) -> Result<> {
    CARILLON_TRY(loaded, store::list_all<T>(database, scope));
    into = std::move(loaded);
    return {};
  };
  CARILLON_CHECK(load(rows.domains));
  CARILLON_CHECK(load(rows.terminals));
  CARILLON_CHECK(load(rows.terminal_patterns));
  CARILLON_CHECK(load(rows.terminal_sources));
  CARILLON_CHECK(load(rows.users));
  CARILLON_CHECK(load(rows.extensions));
  CARILLON_CHECK(load(rows.targets));
  CARILLON_CHECK(load(rows.networks));
  CARILLON_CHECK(load(rows.ddis));
  CARILLON_CHECK(load(rows.match_lists));
  CARILLON_CHECK(load(rows.match_entries));
  CARILLON_CHECK(load(rows.call_acls));
  CARILLON_CHECK(load(rows.call_acl_rules));
  CARILLON_CHECK(load(rows.outgoing_ddi_rules));
  CARILLON_CHECK(load(rows.outgoing_ddi_rule_entries));
  CARILLON_CHECK(load(rows.plan_assignments));
  CARILLON_TRY(emergency_numbers, store::emergency_numbers_of(database, rows.customer.country));
  rows.emergency_numbers = std::move(emergency_numbers);
  CARILLON_TRY(node, directory::build_customer(rows));
  return builder.set_customer(std::move(node));
}

/// The domains that are the brand's own.
Result<std::vector<model::Domain>> domains_of(store::Database& database, Id<model::Brand> id) {
  CARILLON_TRY(domains, store::list_all<model::Domain>(database, {id, {}, {}}));
  std::erase_if(domains, [](const model::Domain& domain) { return static_cast<bool>(domain.customer); });
  return domains;
}

/// The brand's own lists; those of its customers, which may be many, are not looked at.
Result<> load_lists(store::Database& database, directory::RoutingRows& rows, Id<model::Brand> id) {
  CARILLON_TRY(statement, database.prepare("SELECT id FROM match_lists WHERE brand = ? AND customer IS NULL ORDER BY id"));
  statement->bind(1, id.value);
  std::vector<std::int64_t> lists;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) break;
    lists.push_back(statement->integer(0));
  }
  for (const std::int64_t list : lists) {
    CARILLON_TRY(row, store::find(database, {id, {}, {}}, Id<model::MatchList>{list}));
    rows.lists.push_back(std::move(row));
    store::Query own{.limit = 0};
    own.filters.push_back({"match_list", to_base32(list)});
    CARILLON_TRY(entries, store::list<model::MatchEntry>(database, {id, {}, {}}, own));
    rows.entries.insert(rows.entries.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
  }
  return {};
}

Result<> reload_routing(store::Database& database, Builder& builder, Id<model::Brand> id) {
  directory::RoutingRows rows;
  const auto load = [&]<class T>(std::vector<T>& into) -> Result<> {
    CARILLON_TRY(loaded, store::list_all<T>(database, {id, {}, {}}));
    into = std::move(loaded);
    return {};
  };
  CARILLON_CHECK(load(rows.transformation_sets));
  CARILLON_CHECK(load(rows.transformation_rules));
  CARILLON_CHECK(load(rows.carriers));
  CARILLON_CHECK(load(rows.servers));
  CARILLON_CHECK(load(rows.sources));
  CARILLON_CHECK(load(rows.registrations));
  CARILLON_CHECK(load(rows.credentials));
  CARILLON_CHECK(load_lists(database, rows, id));
  CARILLON_CHECK(load(rows.patterns));
  CARILLON_CHECK(load(rows.groups));
  CARILLON_CHECK(load(rows.members));
  CARILLON_CHECK(load(rows.routes));
  CARILLON_CHECK(load(rows.tags));
  CARILLON_CHECK(load(rows.customer_tags));
  CARILLON_CHECK(load(rows.number_blocks));
  builder.set_routing(id, std::make_shared<const directory::Routing>(rows));
  return {};
}

/// Loads a price list; takes it out when it is gone.
Result<> reload_plan(store::Database& database, Builder& builder, Id<model::Brand> brand, Id<model::PricingPlan> id) {
  const store::Scope scope{brand, {}, {}};
  store::Query query{.limit = 0};
  query.filters.push_back({"id", to_base32(id.value)});
  CARILLON_TRY(plans, store::list<model::PricingPlan>(database, scope, query));
  std::shared_ptr<const directory::PricingPlan> node;
  if (!plans.empty()) {
    store::Query own{.limit = 0};
    own.filters.push_back({"pricing_plan", to_base32(id.value)});
    CARILLON_TRY(prices, store::list<model::Price>(database, scope, own));
    node = std::make_shared<const directory::PricingPlan>(plans.front(), prices);
  }
  builder.set_plan(brand, id, std::move(node));
  return {};
}

Result<> reload_plans(store::Database& database, Builder& builder, Id<model::Brand> brand) {
  for (const auto& plan : builder.plans_of(brand)) builder.set_plan(brand, plan->id(), nullptr);
  CARILLON_TRY(plans, store::list_all<model::PricingPlan>(database, {brand, {}, {}}));
  for (const model::PricingPlan& plan : plans) CARILLON_CHECK(reload_plan(database, builder, brand, plan.id));
  return {};
}

/// Whose plan a price is, or was when it is gone; none: nobody's that is known.
Result<Id<model::PricingPlan>> plan_of(store::Database& database, const directory::PricingPlans& known, Id<model::Price> price) {
  CARILLON_TRY(statement, database.prepare("SELECT pricing_plan FROM prices WHERE id = ?"));
  statement->bind(1, price.value);
  CARILLON_TRY(is_there, statement->step());
  if (is_there) return Id<model::PricingPlan>{statement->integer(0)};
  const auto found = std::ranges::find_if(known, [&](const auto& plan) { return plan->has(price); });
  return found == known.end() ? Id<model::PricingPlan>() : (*found)->id();
}

/// Loads the price lists that changes are about, each once.
Result<> follow_plans(store::Database& database, Builder& builder, const std::vector<store::Change>& changes) {
  std::set<std::pair<Id<model::Brand>, Id<model::PricingPlan>>> plans;
  for (const store::Change& change : changes) {
    Id<model::PricingPlan> plan;
    if (change.entity == "pricing_plans") plan = {change.id};
    if (change.entity == "prices") {
      CARILLON_TRY(owner, plan_of(database, builder.plans_of(change.brand), {change.id}));
      plan = owner;
    }
    if (plan) plans.emplace(change.brand, plan);
  }
  for (const auto& [brand, plan] : plans) CARILLON_CHECK(reload_plan(database, builder, brand, plan));
  return {};
}

/// Whether a change of this entity of a brand's is one of how it reaches the world.
bool is_routing(std::string_view entity) {
  static constexpr std::string_view tables[] = {"transformation_sets",   "transformation_rules", "carriers",
                                                "carrier_servers",       "carrier_sources",      "carrier_registrations",
                                                "carrier_credentials",   "target_patterns",      "target_groups",
                                                "target_group_members",  "outgoing_routes",      "routing_tags",
                                                "customer_routing_tags", "number_blocks"};
  return std::ranges::find(tables, entity) != std::end(tables);
}

/// Whether a change of this entity of a brand's, and no customer's, is one of all its customers' nodes.
bool is_for_customers(std::string_view entity) {
  static constexpr std::string_view tables[] = {"brands", "domains", "match_lists", "match_entries", "ddis"};
  return std::ranges::find(tables, entity) != std::end(tables);
}

/// Loads a brand with all its customers; takes it out when it is gone. Its price lists, which may be long, stay as they are.
Result<> reload_brand(store::Database& database, Builder& builder, Id<model::Brand> id) {
  const directory::PricingPlans plans = builder.plans_of(id);
  builder.remove_brand(id);
  CARILLON_TRY(brands, store::list_all<model::Brand>(database, {id, {}}));
  CARILLON_TRY(domains, domains_of(database, id));
  if (brands.empty()) return {};
  builder.set_brand(brands.front(), domains);
  for (const auto& plan : plans) builder.set_plan(id, plan->id(), plan);
  if (plans.empty()) CARILLON_CHECK(reload_plans(database, builder, id));
  CARILLON_CHECK(reload_routing(database, builder, id));
  CARILLON_TRY(customers, store::list_all<model::Customer>(database, {id, {}}));
  for (model::Customer& customer : customers)
    CARILLON_CHECK(set_customer(database, builder, brands.front(), std::move(customer)));
  return {};
}

Result<> reload_customer(store::Database& database, Builder& builder, Id<model::Customer> id) {
  builder.remove_customer(id);
  CARILLON_TRY(customers, store::list_all<model::Customer>(database, {{}, id}));
  for (model::Customer& customer : customers) {
    CARILLON_TRY(brand, store::find(database, {}, customer.brand));
    CARILLON_CHECK(set_customer(database, builder, std::move(brand), std::move(customer)));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const directory::Snapshot>> load_snapshot(store::Database& database) {
  CARILLON_TRY(transaction, store::Transaction::begin_read(database));
  CARILLON_TRY(number, store::last_change(database));
  CARILLON_TRY(brands, store::list_all<model::Brand>(database, {}));
  Builder builder;
  for (const model::Brand& brand : brands) CARILLON_CHECK(reload_brand(database, builder, brand.id));
  CARILLON_CHECK(transaction.commit());
  return std::move(builder).build(number);
}

Result<SnapshotFollower> SnapshotFollower::start(store::Database& database) {
  CARILLON_TRY(snapshot, load_snapshot(database));
  return SnapshotFollower(std::move(snapshot));
}

Result<> SnapshotFollower::set_countries(std::shared_ptr<const directory::CountryDatabase> countries) {
  Builder builder(*current_);
  builder.set_countries(std::move(countries));
  CARILLON_TRY(next, std::move(builder).build(current_->change()));
  current_ = std::move(next);
  return {};
}

Result<std::shared_ptr<const directory::Snapshot>> SnapshotFollower::poll(store::Database& database) {
  constexpr std::int64_t most = 1000;
  CARILLON_TRY(transaction, store::Transaction::begin_read(database));
  CARILLON_TRY(number, store::last_change(database));
  if (number == current_->change()) return nullptr;
  CARILLON_TRY(changes, store::changes_after(database, current_->change(), most));

  Builder builder(*current_);
  std::set<Id<model::Brand>> brands, routings;
  std::set<Id<model::Customer>> customers;
  for (const store::Change& change : changes) {
    if (change.brand && is_routing(change.entity))
      routings.insert(change.brand);
    else if (change.customer)
      customers.insert(change.customer);
    else if (change.brand && is_for_customers(change.entity))
      brands.insert(change.brand);
  }
  const auto counts_for_all = [](const store::Change& change) {
    return change.entity == "settings" || change.entity == "countries";
  };
  const bool is_for_all = std::ranges::any_of(changes, counts_for_all);
  const bool is_unknown = std::ssize(changes) == most || number < current_->change();
  if (is_for_all || is_unknown) {
    // It counts for everybody. Or there is more than is worth following one by one, and the list was cut; or the database is
    // another, as of an earlier time.
    CARILLON_TRY(all, store::list_all<model::Brand>(database, {}));
    for (const auto& brand : current_->brands()) brands.insert(brand->id);
    for (const model::Brand& brand : all) brands.insert(brand.id);
  }
  for (const Id<model::Brand> brand : brands) CARILLON_CHECK(reload_brand(database, builder, brand));
  if (!is_unknown) CARILLON_CHECK(follow_plans(database, builder, changes));
  for (const Id<model::Brand> brand : brands)
    if (is_unknown) CARILLON_CHECK(reload_plans(database, builder, brand));
  for (const Id<model::Brand> brand : routings)
    if (!brands.contains(brand)) CARILLON_CHECK(reload_routing(database, builder, brand));
  for (const Id<model::Customer> customer : customers) CARILLON_CHECK(reload_customer(database, builder, customer));
  CARILLON_CHECK(transaction.commit());
  CARILLON_TRY(next, std::move(builder).build(number));
  current_ = next;
  return next;
}

}  // namespace carillon::roles
