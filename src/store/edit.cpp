// SPDX-License-Identifier: GPL-3.0-or-later
// Configuration transactions and the feed of their numbers.
#include "store/edit.hpp"

#include "base/assert.hpp"
#include "model/resources.hpp"
#include "store/catalogues.hpp"
#include "store/row.hpp"

namespace carillon::store {
namespace {

using model::FieldInfo;
using model::Kind;
using model::member;
using model::Resource;
using model::Tenant;

/// Parts of which there may be tens of thousands go in one statement, neither in the feed nor in the audit log one by one: the
/// entry of the whole stands for them.
constexpr struct {
  std::string_view whole, removal;
} many_parts[] = {{"pricing_plans", "DELETE FROM prices WHERE pricing_plan = ?"},
                  // Its own lists, with which it began: a brand that has customers does not go.
                  {"brands", "DELETE FROM match_entries WHERE brand = ?"},
                  {"brands", "DELETE FROM match_lists WHERE brand = ?"}};

bool is_key(const FieldInfo& field) {
  return field.name == "id";
}

/// The brand or customer an object belongs to; 0 when it is above that level.
std::int64_t tenant_of(const Resource& resource, const void* object, Tenant level) {
  const auto field = std::ranges::find(resource.fields, level, &FieldInfo::tenant);
  return field == resource.fields.end() ? 0 : member<std::int64_t>(object, *field);
}

/// Puts a new object into the scope; false when it says it is somebody else's.
bool fits_scope(const Resource& resource, void* object, const Scope& scope) {
  for (const FieldInfo& field : resource.fields) {
    const std::int64_t owner = field.tenant == Tenant::brand      ? scope.brand.value
                               : field.tenant == Tenant::customer ? scope.customer.value
                                                                  : 0;
    if (owner == 0) continue;
    auto& value = member<std::int64_t>(object, field);
    if (value == 0 && !is_key(field)) value = owner;
    if (value != owner) return false;
  }
  return true;
}

/// Whether an update writes the field. What is read-only keeps its value, above all the tenant; secrets and what is derived are
/// read-only to those who ask alone.
bool is_updated(const FieldInfo& field) {
  return !field.transient && !field.fixed && (!field.read_only || field.derived || field.kind == Kind::secret);
}

/// Whether an object goes from one customer to another, or back to its brand.
bool leaves_customer(const Resource& resource, const void* before, const void* after) {
  const std::int64_t customer = tenant_of(resource, before, Tenant::customer);
  return customer != 0 && customer != tenant_of(resource, after, Tenant::customer);
}

std::string and_tenant(const Resource& resource, const Scope& scope) {
  const std::string tenant = changeable(resource, scope);
  return tenant.empty() ? tenant : " AND " + tenant;
}

/// Takes the next number. The row stays locked until the transaction ends, so numbers become visible in their order, and one that
/// is undone is given again.
Result<std::int64_t> next_change(Database& database) {
  CARILLON_TRY(next, database.prepare("UPDATE change SET n = n + 1 RETURNING n"));
  CARILLON_TRY(is_there, next->step());
  CARILLON_ASSERT(is_there);
  return next->integer(0);
}

Result<> write_changes(Database& database, std::int64_t n, std::span<const Change> changes) {
  CARILLON_TRY(statement,
               database.prepare("INSERT INTO changes (n, item, brand, customer, entity, id) VALUES (?, ?, ?, ?, ?, ?)"));
  std::int64_t item = 0;
  for (const Change& change : changes) {
    statement->bind(1, n);
    statement->bind(2, item++);
    statement->bind_id(3, change.brand.value);
    statement->bind_id(4, change.customer.value);
    statement->bind(5, change.entity);
    statement->bind(6, change.id);
    CARILLON_CHECK(statement->run());
  }
  return {};
}

}  // namespace

Result<Edit> Edit::begin(Database& database, Scope scope, Instant now, Actor actor) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  // Where several may write, this lets one edit begin when the one before it is over: what it checks stays true.
  CARILLON_TRY(number, next_change(database));
  return Edit(database, scope, now, std::move(actor), number, std::move(transaction));
}

/// Gives a new object its place in the tree: from the scope, and its brand from its customer.
Result<> Edit::place(const Resource& resource, void* object) {
  if (!fits_scope(resource, object, scope_)) return failure(Fault::not_found);
  const auto brand = std::ranges::find(resource.fields, Tenant::brand, &FieldInfo::tenant);
  const std::int64_t customer = tenant_of(resource, object, Tenant::customer);
  const bool is_told = brand == resource.fields.end() || is_key(*brand) || member<std::int64_t>(object, *brand) != 0;
  if (is_told || customer == 0) return {};
  CARILLON_TRY(statement, database_->prepare("SELECT brand FROM customers WHERE id = ?"));
  statement->bind(1, customer);
  CARILLON_TRY(found, statement->step());
  if (found) member<std::int64_t>(object, *brand) = statement->integer(0);
  return {};
}

bool Edit::may_change(const Resource& resource, const void* object) const {
  if (resource.access.is_shared) return !scope_.brand && !scope_.customer;
  return !resource.access.is_lent || !scope_.customer || tenant_of(resource, object, Tenant::customer) == scope_.customer.value;
}

Result<> Edit::check(const Resource& resource, const void* object, const void* before) {
  faults_ = model::validate(resource, object);
  if (faults_.empty()) {
    CARILLON_TRY(faults, check_neighbours(*database_, scope_, resource, object, before));
    faults_ = std::move(faults);
    CARILLON_TRY(unknown, check_catalogues(*database_, resource, object, before));
    faults_.insert(faults_.end(), unknown.begin(), unknown.end());
  }
  if (faults_.empty()) return {};
  return failure(Fault::invalid, fmt::format("{} {}", faults_.front().field, faults_.front().message));
}

/// `in_use` while others refer to it so that it cannot go.
Result<> Edit::check_unused(const Resource& resource, std::int64_t id) {
  CARILLON_TRY(uses, uses_of(*database_, resource, id, Hold::keeps));
  uses_ = std::move(uses);
  if (uses_.empty()) return {};
  return failure(Fault::in_use, fmt::format("{} of {} refers to it", uses_.front().title, uses_.front().table));
}

Result<> Edit::insert(const Resource& resource, void* object) {
  const FieldInfo& key = resource.fields.front();
  CARILLON_ASSERT(is_key(key) && key.kind == Kind::id);
  if (member<std::int64_t>(object, key) == 0) {
    CARILLON_TRY(id, fresh_id(*database_, resource, now_));
    member<std::int64_t>(object, key) = id;
  }
  CARILLON_CHECK(place(resource, object));
  CARILLON_CHECK(check(resource, object));
  if (!resource.target_kind.empty()) {
    CARILLON_TRY(target, database_->prepare("INSERT INTO targets (id, brand, customer, kind) VALUES (?, ?, ?, ?)"));
    target->bind(1, member<std::int64_t>(object, key));
    target->bind_id(2, tenant_of(resource, object, Tenant::brand));
    target->bind_id(3, tenant_of(resource, object, Tenant::customer));
    target->bind(4, resource.target_kind);
    CARILLON_CHECK(target->run());
  }
  CARILLON_TRY(inserter, Inserter::prepare(*database_, resource));
  CARILLON_CHECK(inserter.insert_row(object));
  note(resource, object);
  const Audited audited{.action = model::AuditAction::create, .resource = &resource, .after = object};
  return write_audit(*database_, actor_, audited, now_);
}

Result<> Edit::update(const Resource& resource, const void* object) {
  CARILLON_TRY(before, load(*database_, scope_, resource, member<std::int64_t>(object, resource.fields.front())));
  if (!may_change(resource, before.get())) return failure(Fault::not_found);
  model::Object after = before;
  for (const FieldInfo& field : resource.fields)
    if (is_updated(field) || field.transient) model::assign(field, after.get(), object);
  const bool leaves = leaves_customer(resource, before.get(), after.get());
  if (leaves && scope_.customer) return failure(Fault::not_found);
  CARILLON_CHECK(check(resource, after.get(), before.get()));
  if (leaves) CARILLON_CHECK(check_unused(resource, member<std::int64_t>(object, resource.fields.front())));
  std::string assignments;
  for (const FieldInfo& field : resource.fields) {
    if (is_updated(field)) assignments += fmt::format("{}{} = ?", assignments.empty() ? "" : ", ", quoted(field));
  }
  CARILLON_TRY(statement, database_->prepare(fmt::format("UPDATE {} SET {} WHERE id = ?{}", resource.table, assignments,
                                                         and_tenant(resource, scope_))));
  int parameter = 1;
  for (const FieldInfo& field : resource.fields) {
    if (is_updated(field)) Value::of(field, after.get()).bind(*statement, parameter++);
  }
  Value::of(resource.fields.front(), after.get()).bind(*statement, parameter);
  CARILLON_CHECK(statement->run());
  if (database_->changed_rows() == 0) return failure(Fault::not_found);
  if (leaves) CARILLON_CHECK(let_go(resource, member<std::int64_t>(object, resource.fields.front())));
  if (leaves) note(resource, before.get());
  note(resource, after.get());
  const Audited audited{
      .action = model::AuditAction::update, .resource = &resource, .before = before.get(), .after = after.get()};
  return write_audit(*database_, actor_, audited, now_);
}

/// Empties the references that yield to an object that goes.
Result<> Edit::let_go(const Resource& resource, std::int64_t id) {
  CARILLON_TRY(yielding, uses_of(*database_, resource, id, Hold::yields));
  for (const Use& use : yielding) {
    const Resource& user = *model::find_resource(use.table);
    CARILLON_TRY(object, load(*database_, {}, user, use.id));
    member<std::int64_t>(object.get(), *user.find_json(use.field)) = 0;
    CARILLON_CHECK(update(user, object.get()));
  }
  return {};
}

/// Some at a time, as uses_of() finds them. What its owner never sees goes with it too, as a carrier's login of a telephone does.
Result<> Edit::remove_parts(const Resource& resource, std::int64_t id) {
  for (const auto& [whole, removal] : many_parts) {
    if (whole != resource.table) continue;
    CARILLON_TRY(statement, database_->prepare(removal));
    statement->bind(1, id);
    CARILLON_CHECK(statement->run());
  }
  while (true) {
    bool is_over = false;
    CARILLON_CHECK(database_->look_beyond([&]() -> Result<> {
      CARILLON_TRY(parts, uses_of(*database_, resource, id, Hold::part));
      is_over = parts.empty();
      for (const Use& part : parts) CARILLON_CHECK(remove(*model::find_resource(part.table), part.id));
      return {};
    }));
    if (is_over) return {};
  }
}

Result<> Edit::remove(const Resource& resource, std::int64_t id) {
  CARILLON_TRY(before, load(*database_, scope_, resource, id));
  if (!may_change(resource, before.get())) return failure(Fault::not_found);
  CARILLON_CHECK(check_unused(resource, id));
  CARILLON_CHECK(remove_parts(resource, id));
  CARILLON_CHECK(let_go(resource, id));
  CARILLON_TRY(statement,
               database_->prepare(fmt::format("DELETE FROM {} WHERE id = ?{}", resource.table, and_tenant(resource, scope_))));
  statement->bind(1, id);
  CARILLON_CHECK(statement->run());
  if (!resource.target_kind.empty()) {
    CARILLON_TRY(target, database_->prepare("DELETE FROM targets WHERE id = ?"));
    target->bind(1, id);
    CARILLON_CHECK(target->run());
  }
  note(resource, before.get());
  const Audited audited{.action = model::AuditAction::remove, .resource = &resource, .before = before.get()};
  return write_audit(*database_, actor_, audited, now_);
}

void Edit::note(const Resource& resource, const void* object) {
  changes_.push_back({0,
                      {tenant_of(resource, object, Tenant::brand)},
                      {tenant_of(resource, object, Tenant::customer)},
                      std::string(resource.table),
                      member<std::int64_t>(object, resource.fields.front())});
}

Result<std::int64_t> Edit::commit() {
  if (changes_.empty()) {
    {
      const Transaction undone = std::move(transaction_);
    }
    return 0;
  }
  CARILLON_CHECK(write_changes(*database_, number_, changes_));
  CARILLON_CHECK(transaction_.commit());
  return number_;
}

Result<std::int64_t> publish(Database& database, std::span<const Change> changes) {
  CARILLON_TRY(number, next_change(database));
  CARILLON_CHECK(write_changes(database, number, changes));
  return number;
}

Result<std::int64_t> last_change(Database& database) {
  CARILLON_TRY(statement, database.prepare("SELECT n FROM change"));
  CARILLON_CHECK(statement->step());
  return statement->integer(0);
}

Result<std::vector<Change>> changes_after(Database& database, std::int64_t n, std::int64_t limit) {
  CARILLON_TRY(statement,
               database.prepare("SELECT n, brand, customer, entity, id FROM changes WHERE n > ? ORDER BY n, item LIMIT ?"));
  statement->bind(1, n);
  statement->bind(2, limit);
  std::vector<Change> changes;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return changes;
    changes.push_back({statement->integer(0),
                       {statement->integer(1)},
                       {statement->integer(2)},
                       std::string(statement->text(3)),
                       statement->integer(4)});
  }
}

}  // namespace carillon::store
