// SPDX-License-Identifier: GPL-3.0-or-later
// How much of something each tenant has under way: no one keeps the others from it.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include "store/scope.hpp"

namespace carillon::api {

/// For one thread. It must outlive what it gave.
class Shares {
 public:
  /// Counts for as long as it lives.
  class Hold {
   public:
    Hold(Shares& shares, std::int64_t whose) : shares_(&shares), whose_(whose) { ++shares.counts_[whose]; }
    Hold(Hold&& other) noexcept : shares_(std::exchange(other.shares_, nullptr)), whose_(other.whose_) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (shares_ != nullptr && --shares_->counts_[whose_] == 0) shares_->counts_.erase(whose_);
    }

   private:
    Shares* shares_;
    std::int64_t whose_;
  };

  explicit Shares(int most) : most_(most) {}
  Shares(const Shares&) = delete;
  Shares& operator=(const Shares&) = delete;

  /// Whether the tenant has less than its share. The platform itself has as much as it wants.
  bool has_room(const store::Scope& scope) const {
    const auto known = counts_.find(owner_of(scope));
    return owner_of(scope) == 0 || known == counts_.end() || known->second < most_;
  }
  /// None when there is no room.
  std::optional<Hold> take(const store::Scope& scope) {
    if (!has_room(scope)) return std::nullopt;
    return Hold(*this, owner_of(scope));
  }

 private:
  static std::int64_t owner_of(const store::Scope& scope) { return scope.customer ? scope.customer.value : scope.brand.value; }

  int most_;
  std::unordered_map<std::int64_t, int> counts_;
};

}  // namespace carillon::api
