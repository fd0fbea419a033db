// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as what a request asks for: path and parameters, then the query of each resource with its filters and its cursor.
// What gets through can climb nowhere and stays within its bounds.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "api/resource_query.hpp"
#include "base/assert.hpp"
#include "model/resources.hpp"
#include "net/http_target.hpp"

namespace carillon::api {
namespace {

constexpr Instant now{std::chrono::seconds(1'750'000'000)};

void check(std::string_view text) {
  const auto target = net::parse_http_target(text);
  if (!target) return;
  CARILLON_ASSERT(target->path.starts_with('/') && target->path.find("/../") == std::string::npos);
  CARILLON_ASSERT(!target->path.ends_with("/.."));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  CARILLON_ASSERT(std::ranges::none_of(target->path, is_control));
  for (const store::Role role : {store::Role::platform, store::Role::user}) {
    Caller caller;
    caller.role = role;
    for (const model::Resource* resource : model::resources()) {
      const auto query = read_resource_query(target->query, *resource, caller, now);
      if (query)
        CARILLON_ASSERT(query->query.limit > 0 && query->query.limit <= per_page_max);
      else
        CARILLON_ASSERT(query.error().fault == Fault::bad_request);
    }
  }
}

}  // namespace
}  // namespace carillon::api

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::api::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
