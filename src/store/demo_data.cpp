// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the demo platform, written in small transactions. Ids are a millisecond apart, so the order of creation is theirs.
#include "store/demo_data.hpp"

#include "base/assert.hpp"
#include "model/administrator.hpp"
#include "model/carrier.hpp"
#include "model/carrier_server.hpp"
#include "model/ddi.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/outgoing_route.hpp"
#include "model/plan_assignment.hpp"
#include "model/price.hpp"
#include "model/pricing_plan.hpp"
#include "model/target.hpp"
#include "model/terminal.hpp"
#include "model/transformation_rule.hpp"
#include "model/transformation_set.hpp"
#include "model/user.hpp"
#include "store/country_targets.hpp"
#include "store/credentials.hpp"
#include "store/edit.hpp"
#include "store/high_cost_numbers.hpp"

namespace carillon::store {
namespace {

constexpr std::string_view password = "changeme";
constexpr int rows_per_transaction = 500;
constexpr int rows_per_subscriber = 4;
constexpr int first_extension = 100'001;
constexpr model::Integer carrier_port = 7090;

struct Tenant {
  model::Customer customer;
  model::Domain domain;
};

/// A person with a telephone and an extension.
struct Person {
  std::string terminal;
  std::string password;
  std::string number;
  std::string name;
  std::string last_name;
  std::string email;  ///< With a login when not empty.
  Id<model::Ddi> outgoing_ddi = {};
};

class Loader {
 public:
  Loader(Database& database, const DemoOptions& options, Instant now) : database_(database), options_(options) {
    const std::int64_t rows = 512 + std::int64_t{options.tenants} * 2 + std::int64_t{options.subscribers} * rows_per_subscriber;
    next_id_ = now - std::chrono::milliseconds(rows);
  }

  Result<> load() {
    CARILLON_CHECK(prepare());
    CARILLON_CHECK(load_company());
    CARILLON_CHECK(load_tenants());
    CARILLON_CHECK(load_subscribers());
    CARILLON_TRY(transaction, Transaction::begin_write(database_));
    const Change everything{0, brand_.id, {}, "brands", brand_.id.value};
    CARILLON_CHECK(publish(database_, {&everything, 1}));
    return transaction.commit();
  }

 private:
  template <class T>
  Id<T> fresh() {
    next_id_ += 1ms;
    return {make_entity_id(next_id_)};
  }

  Result<> prepare() {
    const auto add = [&](std::optional<Inserter>& inserter, const model::Resource& resource) -> Result<> {
      CARILLON_TRY(prepared, Inserter::prepare(database_, resource));
      inserter.emplace(std::move(prepared));
      return {};
    };
    CARILLON_CHECK(add(brands_, model::resource_of<model::Brand>));
    CARILLON_CHECK(add(customers_, model::resource_of<model::Customer>));
    CARILLON_CHECK(add(domains_, model::resource_of<model::Domain>));
    CARILLON_CHECK(add(administrators_, model::resource_of<model::Administrator>));
    CARILLON_CHECK(add(targets_, model::resource_of<model::Target>));
    CARILLON_CHECK(add(terminals_, model::resource_of<model::Terminal>));
    CARILLON_CHECK(add(users_, model::resource_of<model::User>));
    CARILLON_CHECK(add(ddis_, model::resource_of<model::Ddi>));
    return add(extensions_, model::resource_of<model::Extension>);
  }

  /// As people and carriers in Spain write numbers.
  Result<> insert_spanish_numbers() {
    using enum model::TransformationDirection;
    struct Rule {
      model::TransformationDirection direction;
      std::string_view search, replacement;
    };
    static constexpr Rule rules[] = {
        {caller_in, R"(^(00|\+)([1-9][0-9]+)$)", R"(\2)"},
        {caller_in, "^([1-9][0-9]{8})$", R"(34\1)"},
        {callee_in, R"(^(00|\+)([1-9][0-9]+)$)", R"(\2)"},
        {callee_in, "^([1-9][0-9]{8})$", R"(34\1)"},
        {caller_out, "^34([0-9]+)$", R"(\1)"},
        {caller_out, "^([0-9]+)$", R"(00\1)"},
        {callee_out, "^34([0-9]+)$", R"(\1)"},
        {callee_out, "^([0-9]+)$", R"(00\1)"},
    };
    spain_ = {.id = fresh<model::TransformationSet>(),
              .brand = brand_.id,
              .name = "Spain",
              .country = "ES",
              .calling_code = "34",
              .international_prefix = "00",
              .national_length = 9};
    CARILLON_TRY(sets, Inserter::prepare(database_, model::resource_of<model::TransformationSet>));
    CARILLON_TRY(inserter, Inserter::prepare(database_, model::resource_of<model::TransformationRule>));
    CARILLON_CHECK(sets.insert(spain_));
    std::int64_t priority = 0;
    for (const Rule& rule : rules) {
      CARILLON_CHECK(inserter.insert(model::TransformationRule{.id = fresh<model::TransformationRule>(),
                                                               .brand = brand_.id,
                                                               .transformation_set = spain_.id,
                                                               .direction = rule.direction,
                                                               .priority = ++priority,
                                                               .search = std::string(rule.search),
                                                               .replacement = std::string(rule.replacement)}));
    }
    return {};
  }

  Result<> insert_tenant(std::string_view name, std::string_view domain) {
    Tenant tenant;
    tenant.customer = {.id = fresh<model::Customer>(),
                       .brand = brand_.id,
                       .name = std::string(name),
                       .country = "ES",
                       .country_code = "34",
                       .time_zone = "Europe/Madrid",
                       .currency = "EUR",
                       .language = "es",
                       .denied_numbers = brand_.denied_numbers,
                       .transformation_set = spain_.id};
    tenant.domain = {
        .id = fresh<model::Domain>(), .brand = brand_.id, .customer = tenant.customer.id, .name = std::string(domain)};
    CARILLON_CHECK(customers_->insert(tenant.customer));
    CARILLON_CHECK(domains_->insert(tenant.domain));
    tenants_.push_back(std::move(tenant));
    return {};
  }

  Result<> insert_administrator(model::Level level, Id<model::Brand> brand, Id<model::Customer> customer,
                                std::string_view login) {
    return administrators_->insert(model::Administrator{.id = fresh<model::Administrator>(),
                                                        .level = level,
                                                        .brand = brand,
                                                        .customer = customer,
                                                        .login = std::string(login),
                                                        .password_hash = hash_password(password, HashCost::demo)});
  }

  Result<Id<model::User>> insert_person(const Tenant& tenant, const Person& person) {
    const Id<model::Brand> brand = tenant.customer.brand;
    const Id<model::Customer> customer = tenant.customer.id;
    Ha1 ha1 = digest_ha1(person.terminal, tenant.domain.name, person.password);
    const model::Terminal terminal{.id = fresh<model::Terminal>(),
                                   .brand = brand,
                                   .customer = customer,
                                   .domain = tenant.domain.id,
                                   .name = person.terminal,
                                   .ha1_md5 = std::move(ha1.md5),
                                   .ha1_sha256 = std::move(ha1.sha256)};
    const model::Target target{
        .id = fresh<model::Target>(), .brand = brand, .customer = customer, .kind = model::TargetKind::user};
    const model::Extension extension{
        .id = fresh<model::Extension>(), .brand = brand, .customer = customer, .number = person.number, .target = target.id};
    const model::User user{.id = {target.id.value},
                           .brand = brand,
                           .customer = customer,
                           .name = person.name,
                           .last_name = person.last_name,
                           .email = person.email,
                           .password_hash = person.email.empty() ? Secret() : hash_password(password, HashCost::demo),
                           .terminal = terminal.id,
                           .extension = extension.id,
                           .outgoing_ddi = person.outgoing_ddi};
    const model::Target own{.id = {terminal.id.value}, .brand = brand, .customer = customer, .kind = model::TargetKind::terminal};
    CARILLON_CHECK(targets_->insert(own));
    CARILLON_CHECK(terminals_->insert(terminal));
    CARILLON_CHECK(targets_->insert(target));
    CARILLON_CHECK(extensions_->insert(extension));
    CARILLON_CHECK(users_->insert(user));
    return user.id;
  }

  /// The number of a company leads to one of its people, and both call with it: references are looked at in the end.
  Result<> insert_people(const Tenant& company) {
    model::Ddi ddi{.id = fresh<model::Ddi>(),
                   .brand = brand_.id,
                   .customer = company.customer.id,
                   .number = "+34941941941",
                   .country = "ES"};
    CARILLON_TRY(alice, insert_person(company, {"alice", "alice", "101", "Alice", "Alison", "alice@democompany.com", ddi.id}));
    CARILLON_CHECK(insert_person(company, {"bob", "bob", "102", "Bob", "Bobson", "bob@democompany.com", ddi.id}));
    ddi.target = {alice.value};
    return ddis_->insert(ddi);
  }

  /// Calls to Spain leave by OPERATOR.
  Result<> load_carrier() {
    CARILLON_CHECK(make_country_targets(database_, brand_.id, next_id_));
    Query spain;
    spain.filters.push_back({"pattern", "+34"});
    CARILLON_TRY(patterns, list<model::TargetPattern>(database_, {brand_.id, {}}, spain));
    CARILLON_ASSERT(patterns.size() == 1);
    const model::Carrier carrier{
        .id = fresh<model::Carrier>(), .brand = brand_.id, .name = "OPERATOR", .transformation_set = spain_.id};
    const model::CarrierServer server{.id = fresh<model::CarrierServer>(),
                                      .brand = brand_.id,
                                      .carrier = carrier.id,
                                      .host = "127.0.0.1",
                                      .port = carrier_port,
                                      .transport = model::ServerTransport::udp};
    const model::OutgoingRoute route{
        .id = fresh<model::OutgoingRoute>(), .brand = brand_.id, .target_pattern = patterns.front().id, .carrier = carrier.id};
    CARILLON_CHECK(insert_one(carrier));
    CARILLON_CHECK(insert_one(server));
    return insert_one(route);
  }

  /// What its calls cost.
  Result<> load_prices(const Tenant& company) {
    const model::PricingPlan plan{
        .id = fresh<model::PricingPlan>(), .brand = brand_.id, .name = "Testing pricing plan", .currency = "EUR"};
    const model::Price spain{.id = fresh<model::Price>(),
                             .brand = brand_.id,
                             .pricing_plan = plan.id,
                             .name = "Spain",
                             .prefix = "+34",
                             .connection = {150'000},
                             .per_minute = {20'000},
                             .period_seconds = 1};
    CARILLON_CHECK(insert_one(plan));
    CARILLON_CHECK(insert_one(spain));
    return insert_one(model::PlanAssignment{
        .id = fresh<model::PlanAssignment>(), .brand = brand_.id, .customer = company.customer.id, .pricing_plan = plan.id});
  }

  /// For what there is one of.
  template <class T>
  Result<> insert_one(const T& object) {
    CARILLON_TRY(inserter, Inserter::prepare(database_, model::resource_of<T>));
    return inserter.insert(object);
  }

  Result<> load_company() {
    CARILLON_TRY(transaction, Transaction::begin_write(database_));
    brand_ = {.id = fresh<model::Brand>(),
              .name = "DemoBrand",
              .language = "es",
              .time_zone = "Europe/Madrid",
              .currency = "EUR",
              .numbers_from = model::NumbersFrom::anywhere};
    CARILLON_CHECK(brands_->insert(brand_));
    CARILLON_TRY(denied, make_high_cost_numbers(database_, brand_.id, next_id_));
    brand_.denied_numbers = denied;
    CARILLON_CHECK(insert_spanish_numbers());
    CARILLON_CHECK(insert_tenant("DemoCompany", "users.democompany.com"));
    const Tenant& company = tenants_.front();
    CARILLON_CHECK(load_carrier());
    CARILLON_CHECK(load_prices(company));
    CARILLON_CHECK(insert_administrator(model::Level::platform, {}, {}, "admin"));
    CARILLON_CHECK(insert_administrator(model::Level::brand, brand_.id, {}, "demobrand"));
    CARILLON_CHECK(insert_administrator(model::Level::customer, brand_.id, company.customer.id, "democompany"));
    CARILLON_CHECK(insert_people(company));
    return transaction.commit();
  }

  Result<> load_tenants() {
    for (int tenant = 1; tenant <= options_.tenants;) {
      CARILLON_TRY(transaction, Transaction::begin_write(database_));
      const int last = std::min(options_.tenants, tenant + rows_per_transaction / 2 - 1);
      for (; tenant <= last; ++tenant) {
        CARILLON_CHECK(insert_tenant(fmt::format("tenant{:04}", tenant), fmt::format("tenant{:04}.example", tenant)));
      }
      CARILLON_CHECK(transaction.commit());
    }
    return {};
  }

  /// DemoCompany takes all subscribers when there are no further tenants.
  const Tenant& tenant_of(int subscriber) const {
    if (options_.tenants == 0) return tenants_.front();
    return tenants_[1 + static_cast<std::size_t>((subscriber - 1) % options_.tenants)];
  }

  /// Tenant by tenant, which the database's indexes like better than one subscriber for each in turn.
  std::vector<int> loading_order() const {
    std::vector<int> order;
    const int step = std::max(options_.tenants, 1);
    for (int first = 1; first <= std::min(step, options_.subscribers); ++first) {
      for (int subscriber = first; subscriber <= options_.subscribers; subscriber += step) order.push_back(subscriber);
    }
    return order;
  }

  Result<> load_subscribers() {
    const std::vector<int> order = loading_order();
    constexpr std::size_t most = rows_per_transaction / rows_per_subscriber;
    for (std::size_t begin = 0; begin < order.size(); begin += most) {
      CARILLON_TRY(transaction, Transaction::begin_write(database_));
      for (const int subscriber : std::span(order).subspan(begin, std::min(most, order.size() - begin))) {
        const std::string name = fmt::format("user{:04}", subscriber);
        CARILLON_CHECK(insert_person(tenant_of(subscriber),
                                     {name, "pw-" + name, std::to_string(first_extension + subscriber - 1), name, "", ""}));
      }
      CARILLON_CHECK(transaction.commit());
    }
    return {};
  }

  Database& database_;
  DemoOptions options_;
  Instant next_id_;
  model::Brand brand_;
  model::TransformationSet spain_;
  std::vector<Tenant> tenants_;  ///< DemoCompany first.
  std::optional<Inserter> brands_, customers_, domains_, administrators_, targets_, terminals_, users_, extensions_, ddis_;
};

}  // namespace

Result<> load_demo_data(Database& database, const DemoOptions& options, Instant now) {
  CARILLON_ASSERT(options.subscribers >= 0 && options.subscribers <= DemoOptions::max_subscribers);
  CARILLON_ASSERT(options.tenants >= 0 && options.tenants <= DemoOptions::max_tenants);
  return Loader(database, options, now).load();
}

}  // namespace carillon::store
