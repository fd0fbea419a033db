// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/features.hpp"

#include "store/table.hpp"

namespace carillon::api {

namespace {

using Features = model::Set<model::Feature>;

Result<Features> load(store::Database& database, const store::Scope& scope) {
  Features features{static_cast<std::uint64_t>(model::all_features)};
  Id<model::Brand> brand = scope.brand;
  if (scope.customer) {
    CARILLON_TRY(customer, store::find(database, {scope.brand, {}, {}}, scope.customer));
    features = customer.features;
    brand = customer.brand;
  }
  if (!brand) return features;
  CARILLON_TRY(owner, store::find(database, {}, brand));
  return Features{features.bits & owner.features.bits};
}

}  // namespace

Task<std::expected<model::Set<model::Feature>, Problem>> features_of(Backend& backend, const Caller& caller) {
  const store::Scope everybody;  // A customer does not see its brand.
  auto look = [scope = caller.scope](store::Database& database) { return load(database, scope); };
  const auto features = co_await backend.database.run(everybody, std::move(look));
  if (!features) co_return std::unexpected(problem_of(features.error()));
  co_return *features;
}

Task<std::expected<void, Problem>> check_feature(Backend& backend, const Caller& caller, model::Feature feature) {
  const auto features = co_await features_of(backend, caller);
  if (!features) co_return std::unexpected(features.error());
  if (features->has(feature)) co_return std::expected<void, Problem>();
  co_return std::unexpected(
      Problem{.fault = Fault::not_enabled, .detail = fmt::format("{} is not enabled here.", model::text_of(feature))});
}

}  // namespace carillon::api
