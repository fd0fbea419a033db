// SPDX-License-Identifier: GPL-3.0-or-later
// What counts for an object where it says nothing itself, and where that comes from.
#include <boost/json/object.hpp>

#include "api/handlers.hpp"
#include "api/resource_query.hpp"
#include "api/resource_routes.hpp"
#include "control/message.hpp"
#include "model/settings.hpp"
#include "store/inheritance.hpp"
#include "store/table.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

json::object shown(const std::vector<store::Effective>& values, const Caller& caller, const model::Resource& resource) {
  json::object all;
  for (const store::Effective& each : values) {
    if (!is_visible(*each.field, resource, caller.role)) continue;
    const json::object owner = control::write_fields(each.owner.resource(), each.owner.get());
    const auto id = model::member<std::int64_t>(each.owner.get(), each.owner.resource().fields.front());
    const bool is_platforms = &each.owner.resource() == &model::resource_of<model::Settings>;
    json::object& said = all[model::json_name(*each.field)].emplace_object();
    said["value"] = owner.at(model::json_name(*each.source));
    said["from"] = is_platforms ? "platform" : collection_of(each.owner.resource().table);
    if (!is_platforms) said["id"] = to_base32(id);
  }
  return all;
}

}  // namespace

Task<Answer> get_effective(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  const auto not_there = std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  if (!model::reaches(request.caller.role, resource.access.read)) {
    co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  }
  const auto id = from_base32(request.id);
  if (!id || !store::is_value(resource.fields.front(), request.id)) co_return not_there;
  using Values = std::vector<store::Effective>;
  auto look = [&resource, id = static_cast<std::int64_t>(*id), scope = request.caller.scope](store::Database& database) {
    return store::load(database, scope, resource, id);
  };
  const auto object = co_await backend.database.run(request.caller.scope, std::move(look));
  if (!object) co_return std::unexpected(problem_of(object.error()));
  auto load = [&resource, object = *object](store::Database& database) -> Result<Values> {
    return store::effective_values(database, resource, object.get());
  };
  const store::Scope everybody;  // What it inherits from may be above whoever asks.
  const auto values = co_await backend.database.run(everybody, std::move(load));
  if (!values && values.error().is(store::Fault::not_found)) co_return not_there;
  if (!values) co_return std::unexpected(problem_of(values.error()));
  co_return Answer(shown(*values, request.caller, resource));
}

}  // namespace carillon::api
