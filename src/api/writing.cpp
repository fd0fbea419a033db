// SPDX-License-Identifier: GPL-3.0-or-later
// Members are read by the declaration, kept to what the role may say, and passed through the resource's rule.
#include "api/writing.hpp"

#include "api/resource_query.hpp"
#include "api/rules.hpp"
#include "model/json.hpp"
#include "store/credentials.hpp"

namespace carillon::api {

namespace {

using model::FieldInfo;
using model::Tenant;

bool is_path(const FieldInfo& field, const model::Resource& resource) {
  return (field.tenant == Tenant::brand || field.tenant == Tenant::customer) && &field != &resource.fields.front();
}

/// Whether two objects hold the same in a field.
bool is_same(const FieldInfo& field, const model::Object& a, const model::Object& b) {
  return store::text_in(field, a.get()) == store::text_in(field, b.get());
}

/// Reads what was said into `object`; each member that is not known, does not fit or may not be said becomes a fault. Saying
/// again what is so is no fault: clients send back what they got.
void read_members(const Wish& wish, const Caller& caller, bool is_new, model::Object& object,
                  std::vector<model::FieldFault>& faults) {
  const model::Object before = object;  // NOLINT(performance-unnecessary-copy-initialization): what is read changes the other
  for (const auto& [key, value] : wish.members) {
    const std::string name(key.data(), key.size());
    const FieldInfo* field = wish.resource->find_json(name);
    const bool may = field != nullptr && may_write(*field, *wish.resource, caller.role, is_new);
    if (field == nullptr || (!may && !is_visible(*field, *wish.resource, caller.role))) {
      faults.push_back({name, "There is no such field."});
      continue;
    }
    if (std::string message = model::read_json(*field, value, object.get()); !message.empty()) {
      faults.push_back({name, std::move(message)});
    } else if (!may && !is_same(*field, before, object)) {
      faults.push_back({name, "cannot be changed"});
    }
  }
}

Result<> apply_rule(Draft draft) {
  const Rule rule = rule_of(draft.object.resource());
  return rule == nullptr ? Result<>() : rule(draft);
}

/// Takes over what the store found wrong; any other error stays one.
Result<> note_faults(Result<> stored, store::Edit& edit, Written& written) {
  if (stored) return {};
  if (stored.error().is(store::Fault::invalid)) {
    written.faults.insert(written.faults.end(), edit.faults().begin(), edit.faults().end());
    return {};
  }
  if (stored.error().is(store::Fault::in_use)) {
    written.uses = edit.uses();
    return {};
  }
  return stored;
}

}  // namespace

store::Actor actor_of(const Caller& caller) {
  const Actor& actor = caller.actor;
  store::Actor who{.login = actor.name,
                   .role = std::string(model::text_of(caller.role)),
                   .emulated = caller.acting_for,
                   .source = actor.source};
  if (!caller.is_emulated()) return who;
  who.login = actor.emulated_by_name;
  who.emulated = actor.name;
  return who;
}

bool may_write(const FieldInfo& field, const model::Resource& resource, model::Role role, bool is_new) {
  if (resource.access.is_record || (is_new && !resource.access.is_made())) return false;
  if (is_path(field, resource) && (is_new || field.read_only)) return is_new;
  if (field.read_only || (field.fixed && !is_new)) return false;
  return model::reaches(role, field.write.value_or(resource.access.write));
}

bool may_update(const model::Resource& resource, model::Role role) {
  return std::ranges::any_of(resource.fields, [&](const FieldInfo& field) { return may_write(field, resource, role, false); });
}

Result<Written> create(store::Edit& edit, const Caller& caller, const Wish& wish) {
  Written written;
  model::Object object(*wish.resource);
  read_members(wish, caller, true, object, written.faults);
  if (!written.faults.empty()) return written;
  CARILLON_CHECK(edit.place(*wish.resource, object.get()));
  CARILLON_CHECK(apply_rule({edit, caller, object, nullptr, wish.password_hash, written.shown, written.faults}));
  if (!written.faults.empty()) return written;
  CARILLON_CHECK(note_faults(edit.insert(*wish.resource, object.get()), edit, written));
  if (!written.faults.empty()) return written;
  if (const Companions make = companions_of(*wish.resource)) CARILLON_CHECK(make(edit, object));
  written.object = std::move(object);
  return written;
}

Result<Written> update(store::Edit& edit, const Caller& caller, const Wish& wish, const Change& change) {
  Written written;
  CARILLON_TRY(before, store::load(edit.database(), edit.scope(), *wish.resource, change.id));
  if (!edit.may_change(*wish.resource, before.get())) return failure(store::Fault::not_found);
  if (!change.if_match.empty() && change.if_match != tag_of(before)) return failure(store::Fault::stale);
  model::Object object = before;
  if (change.replaces) {
    const model::Object fresh(*wish.resource);
    for (const FieldInfo& field : wish.resource->fields) {
      const bool is_reset = may_write(field, *wish.resource, caller.role, false) && !is_path(field, *wish.resource);
      if (is_reset) model::assign(field, object.get(), fresh.get());  // Where it belongs changes when that is said.
    }
  }
  read_members(wish, caller, false, object, written.faults);
  if (!written.faults.empty()) return written;
  CARILLON_CHECK(apply_rule({edit, caller, object, &before, wish.password_hash, written.shown, written.faults}));
  if (!written.faults.empty()) return written;
  CARILLON_CHECK(note_faults(edit.update(*wish.resource, object.get()), edit, written));
  if (written.faults.empty()) written.object = std::move(object);
  return written;
}

Result<Written> remove(store::Edit& edit, const model::Resource& resource, const Change& change) {
  Written written;
  if (!change.if_match.empty()) {
    CARILLON_TRY(before, store::load(edit.database(), edit.scope(), resource, change.id));
    if (change.if_match != tag_of(before)) return failure(store::Fault::stale);
  }
  if (const Keepers keepers = keepers_of(resource)) {
    CARILLON_TRY(uses, keepers(edit, change.id));
    written.uses = std::move(uses);
    if (!written.uses.empty()) return written;
  }
  CARILLON_CHECK(note_faults(edit.remove(resource, change.id), edit, written));
  return written;
}

std::string tag_of(const model::Object& object) {
  std::string content;
  for (const FieldInfo& field : object.resource().fields) {
    if (field.transient || field.kind == model::Kind::secret)
      continue;  // Whoever sees the tag must not be able to try guesses on it.
    const std::string text = store::text_in(field, object.get());
    content += fmt::format("{}:{};", text.size(), text);
  }
  return '"' + store::token_digest(content).substr(0, 32) + '"';
}

}  // namespace carillon::api
