// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/inheritance.hpp"

#include "base/assert.hpp"
#include "model/resources.hpp"
#include "store/settings.hpp"
#include "store/table.hpp"

namespace carillon::store {
namespace {

using model::FieldInfo;
using model::member;

bool is_unsaid(const FieldInfo& field, const void* object) {
  switch (field.kind) {
    case model::Kind::enumeration:
      return field.choices[member<std::uint8_t>(object, field)].empty();
    case model::Kind::integer:
      return member<model::Integer>(object, field) == 0;
    default:
      return text_in(field, object).empty();
  }
}

constexpr std::string_view of_platform = "settings.";

/// The end of the way: what the platform has for everybody.
Result<Effective> platforms(Database& database, std::string_view name, Effective at) {
  const model::Resource& settings = model::resource_of<model::Settings>;
  CARILLON_TRY(all, load_settings(database));
  at.owner = model::Object(settings);
  at.owner.as<model::Settings>() = std::move(all);
  at.source = settings.find(name);
  CARILLON_ASSERT(at.source != nullptr && at.source->kind == at.field->kind);
  return at;
}

/// Follows "customer.language" from an object to the next.
Result<Effective> follow(Database& database, Effective at) {
  constexpr int levels_max = 4;
  for (int level = 0; level < levels_max && !at.source->inherits.empty() && is_unsaid(*at.source, at.owner.get()); ++level) {
    const std::string_view path = at.source->inherits;
    if (path.starts_with(of_platform)) return platforms(database, path.substr(of_platform.size()), std::move(at));
    const FieldInfo* reference = at.owner.resource().find(path.substr(0, path.find('.')));
    CARILLON_ASSERT(reference != nullptr);
    const model::Resource* above = model::find_resource(reference->references);
    CARILLON_ASSERT(above != nullptr);
    const FieldInfo* source = above->find(path.substr(path.find('.') + 1));
    CARILLON_ASSERT(source != nullptr && source->kind == at.source->kind);
    const auto id = member<std::int64_t>(at.owner.get(), *reference);
    if (id == 0) return at;  // Nobody's as yet: nobody says it.
    CARILLON_TRY(owner, load(database, {}, *above, id));
    at.owner = std::move(owner);
    at.source = source;
  }
  return at;
}

}  // namespace

bool has_inherited(const model::Resource& resource) {
  return std::ranges::any_of(resource.fields, [](const FieldInfo& field) { return !field.inherits.empty(); });
}

Result<std::vector<Effective>> effective_values(Database& database, const model::Resource& resource, const void* object) {
  std::vector<Effective> values;
  for (const FieldInfo& field : resource.fields) {
    if (field.inherits.empty()) continue;
    Effective own{.field = &field, .source = &field, .owner = model::Object(resource)};
    for (const FieldInfo& each : resource.fields)
      if (!each.transient) model::assign(each, own.owner.get(), object);
    CARILLON_TRY(value, follow(database, std::move(own)));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace carillon::store
