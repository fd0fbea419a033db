// SPDX-License-Identifier: GPL-3.0-or-later
// What calls cost: the price lists of a brand, and which of them a customer's calls go by. Nodes of the snapshot, immutable like
// all of it; a list is shared by the customers that have it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "directory/index.hpp"
#include "model/plan_assignment.hpp"
#include "model/price.hpp"
#include "model/pricing_plan.hpp"

namespace carillon::directory {

class PricingPlan {
 public:
  /// A price as it was found. Texts live as long as the plan.
  struct Found {
    Id<model::Price> id;
    std::string_view name;
    std::string prefix;  ///< "+346"
    Price price;
  };

  /// Of two with the same prefix the first counts; what is no prefix is nobody's.
  PricingPlan(const model::PricingPlan& row, std::span<const model::Price> prices);

  Id<model::PricingPlan> id() const { return id_; }
  const std::string& name() const { return name_; }
  const std::string& currency() const { return currency_; }
  std::size_t size() const { return entries_.size(); }

  /// How many digits the longest prefix has that a number in E.164 with + begins with; 0: it has no price here.
  std::size_t longest_prefix(std::string_view number) const;
  /// The price of the longest prefix.
  std::optional<Found> find(std::string_view number) const;
  /// Whether it has that price.
  bool has(Id<model::Price> id) const;

  std::size_t bytes() const;

 private:
  struct Entry {
    std::int64_t id = 0;
    std::uint64_t key = 0;  ///< The digits of the prefix as a number, behind a 1.
    std::int64_t connection = 0;
    std::int64_t per_minute = 0;
    std::uint32_t period_seconds = 1;
    std::uint32_t name = 0;  ///< Where it begins.
  };
  const Entry* find_key(std::uint64_t key) const;
  const Entry* find_longest(std::string_view number, std::size_t& digits) const;

  Id<model::PricingPlan> id_;
  std::string name_, currency_;
  std::vector<Entry> entries_;
  std::string names_;  ///< Of all prices, each with its length before it: many have the same, which is there once.
  Index by_key_;
  std::size_t longest_ = 0;  ///< Digits.
};

/// That a customer's calls go by a plan of its brand's.
struct PlanAssignment {
  Id<model::PricingPlan> plan;
  Instant valid_from;  ///< Zero: always was.
  Instant valid_to;    ///< Zero: for good.
  std::int64_t metric = 0;

  bool holds_at(Instant instant) const { return instant >= valid_from && (valid_to == Instant{} || instant < valid_to); }
};

/// The plans of a brand, by id.
using PricingPlans = std::vector<std::shared_ptr<const PricingPlan>>;
const PricingPlan* find_plan(std::span<const std::shared_ptr<const PricingPlan>> plans, Id<model::PricingPlan> id);

/// The price of a call to a number in E.164 with +.
struct FoundPrice {
  const PricingPlan* plan = nullptr;
  PricingPlan::Found found;
};
/// The longest prefix of all plans that hold; of two plans that have it, the one with the smaller metric, then the older
/// assignment. Nothing: the call has no price.
std::optional<FoundPrice> find_price(std::span<const std::shared_ptr<const PricingPlan>> plans,
                                     std::span<const PlanAssignment> assignments, std::string_view number, Instant instant);

}  // namespace carillon::directory
