// SPDX-License-Identifier: GPL-3.0-or-later
// References looked for in both directions, and uniqueness.
#include "store/references.hpp"

#include "model/resources.hpp"
#include "store/row.hpp"

namespace carillon::store {
namespace {

using model::FieldInfo;
using model::Kind;
using model::member;
using model::Resource;
using model::Tenant;

const FieldInfo* tenant_field(const Resource& resource, Tenant level) {
  const auto field = std::ranges::find(resource.fields, level, &FieldInfo::tenant);
  return field == resource.fields.end() ? nullptr : &*field;
}

bool refers_to(const FieldInfo& field, const Resource& resource) {
  if (field.references.empty()) return false;
  return field.references == resource.table || (field.references == "targets" && !resource.target_kind.empty());
}

Hold hold_of(const FieldInfo& field) {
  if (field.part) return Hold::part;
  return field.yields ? Hold::yields : Hold::keeps;
}

Result<> add_uses(Database& database, const Resource& user, const FieldInfo& field, std::int64_t id, std::vector<Use>& uses) {
  CARILLON_TRY(statement, database.prepare(fmt::format("SELECT {} FROM {} WHERE {} = ? LIMIT {}", column_list(user), user.table,
                                                       quoted(field), uses_max - static_cast<std::int64_t>(uses.size()))));
  statement->bind(1, id);
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return {};
    model::Object object(user);
    CARILLON_CHECK(read_row(*statement, user, object.get()));
    uses.push_back({std::string(user.table), json_name(field), member<std::int64_t>(object.get(), user.fields.front()),
                    model::title_of(user, object.get())});
  }
}

/// Whether the row a reference names is there and in the same tenant.
Result<bool> leads_somewhere(Database& database, const Resource& resource, const FieldInfo& field, const void* object) {
  std::string sql = fmt::format("SELECT 1 FROM {} WHERE id = ?", field.references);
  std::vector<std::int64_t> values{member<std::int64_t>(object, field)};
  const bool is_target = field.references == "targets";
  const Resource* referred = model::find_resource(field.references);
  for (const Tenant level : {Tenant::brand, Tenant::customer}) {
    const FieldInfo* ours = tenant_field(resource, level);
    const FieldInfo* theirs = referred == nullptr ? nullptr : tenant_field(*referred, level);
    if (ours == nullptr || (theirs == nullptr && !is_target) || member<std::int64_t>(object, *ours) == 0) continue;
    const std::string column = theirs == nullptr ? quoted(*ours) : quoted(*theirs);
    const bool is_lent = referred != nullptr && referred->access.is_lent && level == Tenant::customer;
    sql += is_lent ? fmt::format(" AND ({0} = ? OR {0} IS NULL)", column) : fmt::format(" AND {} = ?", column);
    values.push_back(member<std::int64_t>(object, *ours));
  }
  CARILLON_TRY(statement, database.prepare(sql));
  int parameter = 1;
  for (const std::int64_t value : values) statement->bind(parameter++, value);
  return statement->step();
}

bool has_same_tenant(const Resource& resource, const void* a, const void* b) {
  return std::ranges::all_of(resource.fields, [&](const FieldInfo& field) {
    return field.tenant == Tenant::none || field.kind != Kind::id ||
           member<std::int64_t>(a, field) == member<std::int64_t>(b, field);
  });
}

Result<bool> is_taken(Database& database, const Resource& resource, const FieldInfo& field, const void* object) {
  std::string sql = fmt::format("SELECT 1 FROM {} WHERE {} = ? AND id <> ?", resource.table, quoted(field));
  std::vector<std::int64_t> owners;
  const auto keep_within = [&](Tenant level) {
    const FieldInfo* within = tenant_field(resource, level);
    const std::int64_t owner = within == nullptr ? 0 : member<std::int64_t>(object, *within);
    // Said so that the unique index finds it.
    if (within != nullptr) sql += fmt::format(" AND {} {}", quoted(*within), owner == 0 ? "IS NULL" : "= ?");
    if (owner != 0) owners.push_back(owner);
    return owner != 0;
  };
  // What has no customer is its brand's.
  const bool is_customers = field.unique == model::Unique::customer && keep_within(Tenant::customer);
  if (field.unique != model::Unique::platform && !is_customers) keep_within(Tenant::brand);
  CARILLON_TRY(statement, database.prepare(sql));
  Value::of(field, object).bind(*statement, 1);
  statement->bind(2, member<std::int64_t>(object, resource.fields.front()));
  int parameter = 3;
  for (const std::int64_t owner : owners) statement->bind(parameter++, owner);
  return statement->step();
}

}  // namespace

Result<std::vector<Use>> uses_of(Database& database, const Resource& resource, std::int64_t id, Hold hold) {
  std::vector<Use> uses;
  for (const Resource* user : model::resources()) {
    if (user->access.is_record) continue;
    for (const FieldInfo& field : user->fields) {
      if (!refers_to(field, resource) || &field == &user->fields.front() || hold_of(field) != hold) continue;
      // What a thing belongs to is said by its customer; the brand of it would say the same again.
      const bool is_below = field.tenant == Tenant::brand && tenant_field(*user, Tenant::customer) != nullptr;
      if (is_below || uses.size() >= uses_max) continue;
      CARILLON_CHECK(add_uses(database, *user, field, id, uses));
    }
  }
  return uses;
}

Result<std::vector<model::FieldFault>> check_neighbours(Database& database, const Scope& scope, const Resource& resource,
                                                        const void* object, const void* before) {
  std::vector<model::FieldFault> faults;
  const bool stays = before != nullptr && has_same_tenant(resource, object, before);
  for (const FieldInfo& field : resource.fields) {
    if (&field == &resource.fields.front() || field.transient) continue;
    const std::string value = Value::of(field, object).text();
    if (value.empty() || value == "0") continue;
    const bool is_scopes = (field.tenant == Tenant::brand && scope.brand) || (field.tenant == Tenant::customer && scope.customer);
    const bool was_so = stays && Value::of(field, before).text() == value;
    if (!field.references.empty() && !is_scopes && !was_so) {
      CARILLON_TRY(is_there, leads_somewhere(database, resource, field, object));
      if (!is_there) faults.push_back({json_name(field), "does not exist"});
    }
    if (field.unique == model::Unique::no) continue;
    CARILLON_TRY(taken, is_taken(database, resource, field, object));
    if (taken) faults.push_back({json_name(field), "is taken"});
  }
  return faults;
}

}  // namespace carillon::store
