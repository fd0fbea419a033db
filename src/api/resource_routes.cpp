// SPDX-License-Identifier: GPL-3.0-or-later
// From declarations to operations.
#include "api/resource_routes.hpp"

#include "api/handlers.hpp"
#include "model/resources.hpp"
#include "store/inheritance.hpp"

namespace carillon::api {

namespace {

/// "carrier_servers" → "CarrierServers".
std::string camel(std::string_view table) {
  std::string name;
  bool is_capital = true;
  for (const char c : table) {
    if (c != '_') name.push_back(is_capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    is_capital = c == '_';
  }
  return name;
}

/// "CarrierServer" → "carrier server".
std::string words(std::string_view type) {
  std::string text;
  for (const char c : type) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital && !text.empty()) text.push_back(' ');
    text.push_back(is_capital ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return text;
}

void add_routes(const model::Resource& resource, std::vector<Route>& routes) {
  const std::string all = '/' + collection_of(resource.table);
  const std::string one = all + "/{id}";
  const std::string type(resource.type);
  const std::string what = words(type);
  const Shape list = resource.access.by_time.empty() ? Shape::numbered_list : Shape::paged_list;
  const auto add = [&](std::string id, std::string_view method, const std::string& path, std::string summary, Shape shape,
                       Input input, Handler handle) {
    routes.push_back({{.id = std::move(id),
                       .method = method,
                       .path = path,
                       .summary = std::move(summary),
                       .shape = shape,
                       .item = &resource,
                       .item_name = type,
                       .input = input,
                       .feature = resource.access.feature},
                      handle});
  };
  add("list" + camel(resource.table), "GET", all, "Find: " + what, list, Input::none, list_objects);
  const bool is_made = resource.access.is_made();
  if (is_made) add("create" + type, "POST", all, "Make: " + what, Shape::created, Input::whole, create_object);
  if (is_made)
    add("import" + camel(resource.table), "POST", all + "/import", "Make many from a file: " + what, Shape::import, Input::csv,
        import_objects);
  add("export" + camel(resource.table), "POST", all + "/export", "Make a file of all: " + what, Shape::job, Input::none,
      export_to_file);
  add("get" + type, "GET", one, "Show: " + what, Shape::object, Input::none, get_object);
  if (store::has_inherited(resource))
    add("get" + type + "Effective", "GET", one + "/effective", "What counts where it says nothing itself: " + what,
        Shape::effective, Input::none, get_effective);
  if (resource.access.is_record) return;
  if (is_made) add("replace" + type, "PUT", one, "Replace: " + what, Shape::object, Input::whole, update_object);
  add("update" + type, "PATCH", one, "Change: " + what, Shape::object, Input::part, update_object);
  if (is_made) add("delete" + type, "DELETE", one, "Delete: " + what, Shape::nothing, Input::none, delete_object);
}

}  // namespace

std::string collection_of(std::string_view table) {
  std::string name(table);
  std::ranges::replace(name, '_', '-');
  return name;
}

const model::Resource* resource_of_collection(std::string_view collection) {
  const auto is_it = [&](const model::Resource* resource) { return collection_of(resource->table) == collection; };
  const auto found = std::ranges::find_if(model::resources(), is_it);
  return found == model::resources().end() ? nullptr : *found;
}

std::vector<Route> resource_routes() {
  std::vector<Route> routes;
  for (const model::Resource* resource : model::resources()) add_routes(*resource, routes);
  return routes;
}

}  // namespace carillon::api
