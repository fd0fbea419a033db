// SPDX-License-Identifier: GPL-3.0-or-later
// Prefixes are looked up as numbers, one hash for each length from the longest down.
#include "directory/pricing.hpp"

#include <algorithm>
#include <unordered_map>

#include "directory/hash.hpp"
#include "model/number.hpp"

namespace carillon::directory {
namespace {

/// "+346" as 1346: no two prefixes have the same.
std::uint64_t key_of(std::string_view digits) {
  std::uint64_t key = 1;
  for (const char c : digits) key = key * 10 + static_cast<std::uint64_t>(c - '0');
  return key;
}

std::uint64_t hash_of_key(std::uint64_t key) {
  return hash_of(static_cast<std::int64_t>(key));
}

}  // namespace

PricingPlan::PricingPlan(const model::PricingPlan& row, std::span<const model::Price> prices)
    : id_(row.id), name_(row.name), currency_(row.currency) {
  std::unordered_map<std::string_view, std::uint32_t> known;
  entries_.reserve(prices.size());
  by_key_.reserve(prices.size());
  for (const model::Price& price : prices) {
    if (!model::is_number_prefix(price.prefix) || price.name.size() > UINT8_MAX) continue;
    const std::uint64_t key = key_of(std::string_view(price.prefix).substr(1));
    if (find_key(key) != nullptr) continue;
    const auto [name, is_new] = known.emplace(price.name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
      names_.push_back(static_cast<char>(static_cast<std::uint8_t>(price.name.size())));
      names_ += price.name;
    }
    const auto period = static_cast<std::uint32_t>(std::clamp<std::int64_t>(price.period_seconds, 1, UINT32_MAX));
    by_key_.insert(hash_of_key(key), static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back({price.id.value, key, price.connection.millionths, price.per_minute.millionths, period, name->second});
    longest_ = std::max(longest_, price.prefix.size() - 1);
  }
  names_.shrink_to_fit();
}

const PricingPlan::Entry* PricingPlan::find_key(std::uint64_t key) const {
  const auto at = by_key_.find(hash_of_key(key), [&](std::uint32_t i) { return entries_[i].key == key; });
  return at == Index::none ? nullptr : &entries_[at];
}

const PricingPlan::Entry* PricingPlan::find_longest(std::string_view number, std::size_t& digits) const {
  digits = 0;
  if (!model::is_number_prefix(number)) return nullptr;
  digits = std::min(longest_, number.size() - 1);
  for (std::uint64_t key = key_of(number.substr(1, digits)); digits > 0; --digits, key /= 10)
    if (const Entry* entry = find_key(key)) return entry;
  return nullptr;
}

std::size_t PricingPlan::longest_prefix(std::string_view number) const {
  std::size_t digits = 0;
  find_longest(number, digits);
  return digits;
}

std::optional<PricingPlan::Found> PricingPlan::find(std::string_view number) const {
  std::size_t digits = 0;
  const Entry* entry = find_longest(number, digits);
  if (entry == nullptr) return std::nullopt;
  const auto length = static_cast<std::uint8_t>(names_[entry->name]);
  return Found{.id = {entry->id},
               .name = std::string_view(names_).substr(entry->name + 1, length),
               .prefix = std::string(number.substr(0, digits + 1)),
               .price = {.connection = {entry->connection},
                         .per_minute = {entry->per_minute},
                         .period = std::chrono::seconds(entry->period_seconds)}};
}

bool PricingPlan::has(Id<model::Price> id) const {
  return std::ranges::find(entries_, id.value, &Entry::id) != entries_.end();
}

std::size_t PricingPlan::bytes() const {
  return sizeof(*this) + entries_.capacity() * sizeof(Entry) + names_.capacity() + by_key_.bytes();
}

const PricingPlan* find_plan(std::span<const std::shared_ptr<const PricingPlan>> plans, Id<model::PricingPlan> id) {
  const auto found = std::ranges::lower_bound(plans, id, {}, [](const auto& plan) { return plan->id(); });
  return found == plans.end() || (*found)->id() != id ? nullptr : found->get();
}

std::optional<FoundPrice> find_price(std::span<const std::shared_ptr<const PricingPlan>> plans,
                                     std::span<const PlanAssignment> assignments, std::string_view number, Instant instant) {
  const PricingPlan* best = nullptr;
  std::size_t longest = 0;
  for (const PlanAssignment& assignment : assignments) {
    const PricingPlan* plan = assignment.holds_at(instant) ? find_plan(plans, assignment.plan) : nullptr;
    const std::size_t digits = plan == nullptr ? 0 : plan->longest_prefix(number);
    if (digits <= longest) continue;  // The smaller metric came first.
    best = plan;
    longest = digits;
  }
  if (best == nullptr) return std::nullopt;
  return FoundPrice{best, *best->find(number)};
}

}  // namespace carillon::directory
