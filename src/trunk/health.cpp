// SPDX-License-Identifier: GPL-3.0-or-later
// A mark for each target that calls go to; what nobody has called for long has none.
#include "trunk/health.hpp"

#include <algorithm>

namespace carillon::trunk {

void TargetHealth::Mark::note(bool has_failed) {
  failed <<= 1;
  failed.set(0, has_failed);
  calls = std::min(calls + 1, calls_max);
}

TargetHealth::Mark& TargetHealth::mark_of(const Target& target, Monotonic now) {
  auto place = marks_.find(key_of(target));
  if (place == marks_.end()) {
    make_room();
    place = marks_.emplace(key_of(target), Mark{}).first;
  } else if (now >= std::max(place->second.heard_at, place->second.until) + memory) {
    place->second = {};
  }
  place->second.heard_at = now;
  return place->second;
}

void TargetHealth::open(Mark& mark, Monotonic now, Duration retry_after) {
  // Calls that were on their way together fail together: that is one failure.
  if (!mark.is_open()) {
    mark.penalty = penalty_min;
  } else if (now >= mark.until || mark.is_back) {
    mark.penalty = std::min(mark.penalty * 2, penalty_max);
  }
  mark.until = std::max({mark.until, now + mark.penalty, now + std::clamp(retry_after, Duration::zero(), retry_after_max)});
  mark.on_trial_until = {};
  mark.is_back = false;
}

void TargetHealth::note_timeout(const Target& target, Monotonic now) {
  Mark& mark = mark_of(target, now);
  mark.note(true);
  ++mark.timeouts;
  if (mark.is_open() || mark.is_bad()) open(mark, now, {});
}

void TargetHealth::note_error(const Target& target, Monotonic now, Duration retry_after) {
  Mark& mark = mark_of(target, now);
  mark.note(true);
  mark.timeouts = 0;
  if (retry_after > Duration::zero() || mark.is_open() || mark.is_bad()) open(mark, now, retry_after);
}

void TargetHealth::note_success(const Target& target, Monotonic now) {
  const auto place = marks_.find(key_of(target));
  if (place == marks_.end()) {
    mark_of(target, now).note(false);
    return;
  }
  Mark& mark = mark_of(target, now);
  // Whatever it was before its penalty, it works.
  if (mark.is_open()) mark = Mark{.heard_at = now};
  mark.note(false);
  mark.timeouts = 0;
}

void TargetHealth::note_back(const Target& target, Monotonic now) {
  const auto place = marks_.find(key_of(target));
  if (place == marks_.end()) return;
  Mark& mark = place->second;
  mark.timeouts = 0;
  mark.is_back = mark.is_open();
  mark.until = std::min(mark.until, now);
}

void TargetHealth::note_failure(const Target& target, Monotonic now, Duration retry_after) {
  open(mark_of(target, now), now, retry_after);
}

bool TargetHealth::is_healthy(const Target& target, Monotonic now) const {
  const auto place = marks_.find(key_of(target));
  return place == marks_.end() || place->second.is_over(now);
}

void TargetHealth::order(std::vector<Target>& targets, Monotonic now) {
  std::vector<std::pair<Monotonic, std::size_t>> places;
  for (std::size_t i = 0; i < targets.size(); ++i)
    places.emplace_back(is_healthy(targets[i], now) ? Monotonic::min() : marks_.at(key_of(targets[i])).heard_at, i);
  std::ranges::sort(places);
  std::vector<Target> ordered;
  for (const auto& [heard_at, place] : places) ordered.push_back(std::move(targets[place]));
  targets = std::move(ordered);
  if (targets.empty()) return;
  const auto first = marks_.find(key_of(targets.front()));
  if (first == marks_.end()) return;
  Mark& mark = first->second;
  if (mark.is_open() && !mark.is_back && mark.is_over(now)) mark.on_trial_until = now + trial;
}

void TargetHealth::make_room() {
  if (marks_.size() < marks_max) return;
  // An open one is remembered longer: it is what this is for.
  const auto age = [](const auto& each) { return std::max(each.second.heard_at, each.second.until); };
  marks_.erase(std::ranges::min_element(marks_, {}, age));
}

}  // namespace carillon::trunk
