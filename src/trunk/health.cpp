// SPDX-License-Identifier: GPL-3.0-or-later
// Marks are few: only what failed has one.
#include "trunk/health.hpp"

#include <algorithm>

namespace carillon::trunk {

void TargetHealth::note_failure(const Target& target, Monotonic now, Duration retry_after) {
  auto place = marks_.find(key_of(target));
  if (place == marks_.end()) {
    make_room();
    place = marks_.emplace(key_of(target), Mark{}).first;
  }
  Mark& mark = place->second;
  // Calls that were on their way together fail together: that is one failure.
  if (mark.penalty == Duration::zero() || now >= mark.until + memory) {
    mark.penalty = penalty_min;
  } else if (now >= mark.until) {
    mark.penalty = std::min(mark.penalty * 2, penalty_max);
  }
  mark.failed_at = now;
  mark.until = std::max({mark.until, now + mark.penalty, now + std::clamp(retry_after, Duration::zero(), retry_after_max)});
  mark.on_trial_until = {};
}

void TargetHealth::note_success(const Target& target) {
  marks_.erase(key_of(target));
}

bool TargetHealth::is_healthy(const Target& target, Monotonic now) const {
  const auto place = marks_.find(key_of(target));
  return place == marks_.end() || place->second.is_over(now);
}

void TargetHealth::order(std::vector<Target>& targets, Monotonic now) {
  std::vector<std::pair<Monotonic, std::size_t>> places;
  for (std::size_t i = 0; i < targets.size(); ++i)
    places.emplace_back(is_healthy(targets[i], now) ? Monotonic::min() : marks_.at(key_of(targets[i])).failed_at, i);
  std::ranges::sort(places);
  std::vector<Target> ordered;
  for (const auto& [failed_at, place] : places) ordered.push_back(std::move(targets[place]));
  targets = std::move(ordered);
  if (targets.empty()) return;
  const auto first = marks_.find(key_of(targets.front()));
  if (first != marks_.end() && first->second.is_over(now)) first->second.on_trial_until = now + trial;
}

void TargetHealth::make_room() {
  if (marks_.size() < marks_max) return;
  marks_.erase(std::ranges::min_element(marks_, {}, [](const auto& each) { return each.second.until; }));
}

}  // namespace carillon::trunk
