// SPDX-License-Identifier: GPL-3.0-or-later
// For whom something is read or written.
#pragma once

#include "model/brand.hpp"
#include "model/customer.hpp"

namespace carillon::store {

/// Zero = no restriction: {} is the platform, {brand} all of a brand. A user sees what names that user, and what is shared.
struct Scope {
  Id<model::Brand> brand;
  Id<model::Customer> customer;
  Id<model::User> user;

  friend bool operator==(const Scope&, const Scope&) = default;
};

}  // namespace carillon::store
