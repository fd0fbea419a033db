// SPDX-License-Identifier: GPL-3.0-or-later
// What is enabled for whoever asks: what its brand has, and of that what its customer has.
#pragma once

#include "api/request.hpp"
#include "model/field.hpp"

namespace carillon::api {

/// Suspends. For the platform itself everything is.
Task<std::expected<model::Set<model::Feature>, Problem>> features_of(Backend& backend, const Caller& caller);

/// `not_enabled` when it is not.
Task<std::expected<void, Problem>> check_feature(Backend& backend, const Caller& caller, model::Feature feature);

}  // namespace carillon::api
