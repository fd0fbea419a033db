// SPDX-License-Identifier: GPL-3.0-or-later
// The time zones that objects may name.
#include "api/handlers.hpp"
#include "api/items.hpp"
#include "base/time_zone.hpp"
#include "model/time_zone_name.hpp"

namespace carillon::api {

Task<Answer> list_time_zones(Backend& backend, Request request) {
  // They are read from files: not on the loop's thread.
  auto read = [](store::Database&) -> Result<std::vector<std::string>> { return TimeZone::names(); };
  const auto names = co_await backend.database.run(request.caller.scope, std::move(read));
  if (!names) co_return std::unexpected(problem_of(names.error()));
  std::vector<model::TimeZoneName> zones;
  zones.reserve(names->size());
  for (const std::string& name : *names) zones.push_back({.name = name});
  co_return boost::json::object{{"items", to_items(zones)}, {"total", zones.size()}};
}

}  // namespace carillon::api
