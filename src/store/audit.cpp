// SPDX-License-Identifier: GPL-3.0-or-later
// What differs between two states of an object, as JSON.
#include "store/audit.hpp"

#include <boost/json/object.hpp>

#include "model/json.hpp"
#include "model/resources.hpp"
#include "store/row.hpp"

namespace carillon::store {
namespace {

namespace json = boost::json;
using model::FieldInfo;

/// The fields of `object` in which it differs from `other`.
json::object differing(const model::Resource& resource, const void* object, const void* other) {
  json::object all = model::to_json(resource, object);
  json::object kept;
  for (const FieldInfo& field : resource.fields) {
    if (field.transient) continue;
    const std::string value = Value::of(field, object).text();
    const bool is_same = other == nullptr ? value.empty() : value == Value::of(field, other).text();
    if (is_same) continue;
    const std::string name = json_name(field);
    if (const json::value* shown = all.if_contains(name))
      kept[name] = *shown;
    else
      kept[name] = "***";
  }
  return kept;
}

std::int64_t tenant_of(const model::Resource& resource, const void* object, model::Tenant level) {
  const auto field = std::ranges::find(resource.fields, level, &FieldInfo::tenant);
  return field == resource.fields.end() ? 0 : model::member<std::int64_t>(object, *field);
}

/// Says when it was and who is behind it, and writes it.
Result<> insert(Database& database, const Actor& actor, model::AuditEntry entry, Instant now) {
  CARILLON_TRY(id, fresh_id(database, model::resource_of<model::AuditEntry>, now));
  entry.id = {id};
  entry.at = now;
  entry.login = actor.login;
  entry.role = actor.role;
  entry.emulated = actor.emulated;
  entry.source = actor.source;
  CARILLON_TRY(inserter, Inserter::prepare(database, model::resource_of<model::AuditEntry>));
  return inserter.insert(entry);
}

Result<bool> has_failed_lately(Database& database, std::string_view object, Instant now) {
  CARILLON_TRY(statement, database.prepare("SELECT 1 FROM audit WHERE object = ? AND at > ? AND action = 'login_failed'"));
  statement->bind(1, object);
  statement->bind(2, (now - 1min).time_since_epoch().count());
  return statement->step();
}

}  // namespace

Result<> write_sign_in(Database& database, const Actor& actor, model::AuditAction action, const Login& whose, Instant now) {
  model::AuditEntry entry;
  entry.object = to_base32(whose.id);
  if (action == model::AuditAction::login_failed) {
    CARILLON_TRY(known, has_failed_lately(database, entry.object, now));
    if (known) return {};
  }
  entry.brand = whose.brand;
  entry.customer = whose.customer;
  entry.action = action;
  const bool acts = action == model::AuditAction::emulate;  // For a brand or customer itself.
  entry.entity = whose.role == Role::user            ? "users"
                 : acts && whose.role == Role::brand ? "brands"
                 : acts                              ? "customers"
                                                     : "administrators";
  entry.title = whose.name;
  return insert(database, actor, std::move(entry), now);
}

Result<> write_notice(Database& database, model::AuditAction action, const model::Customer& customer,
                      const boost::json::object& what, Instant now) {
  model::AuditEntry entry{.brand = customer.brand, .customer = customer.id, .action = action, .entity = "customers"};
  entry.object = to_base32(customer.id.value);
  entry.title = customer.name;
  entry.after.text = model::write_json(what);
  return insert(database, {}, std::move(entry), now);
}

Result<> write_audit(Database& database, const Actor& actor, const Audited& what, Instant now) {
  const model::Resource& resource = *what.resource;
  const void* object = what.after != nullptr ? what.after : what.before;
  model::AuditEntry entry;
  entry.brand = {tenant_of(resource, object, model::Tenant::brand)};
  const std::int64_t customer = tenant_of(resource, object, model::Tenant::customer);
  const bool has_moved = what.before != nullptr && tenant_of(resource, what.before, model::Tenant::customer) != customer;
  // Of what goes from one customer to another the brand alone reads: the entry tells of both. So it is of what customers do not
  // read.
  const bool is_customers = model::reaches(model::Role::customer, resource.access.read);
  if (!has_moved && is_customers) entry.customer = {customer};
  entry.action = what.action;
  entry.entity = resource.table;
  entry.object = to_base32(model::member<std::int64_t>(object, resource.fields.front()));
  entry.title = model::title_of(resource, object);
  if (what.before != nullptr) entry.before.text = model::write_json(differing(resource, what.before, what.after));
  if (what.after != nullptr) entry.after.text = model::write_json(differing(resource, what.after, what.before));
  if (entry.before.text == "{}" && entry.after.text == "{}") return {};
  return insert(database, actor, std::move(entry), now);
}

}  // namespace carillon::store
