// SPDX-License-Identifier: GPL-3.0-or-later
// What a call can be routed to: one supertype for every kind, so that whatever routes holds a single reference.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class TargetKind : std::uint8_t { user, terminal };
inline constexpr std::string_view target_kind_names[] = {"user", "terminal"};
constexpr std::span<const std::string_view> choices(TargetKind) {
  return target_kind_names;
}

/// The row shares its id with the entity it stands for: the target of user 7 is target 7.
struct Target {
  RESOURCE(Target, targets)
  FIELD(Id<Target>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(TargetKind, kind, .read_only = true)
};

}  // namespace carillon::model
