// SPDX-License-Identifier: GPL-3.0-or-later
#include "directory/calling.hpp"

#include <algorithm>

namespace carillon::directory {

MatchList::MatchList(const model::MatchList& list, std::span<const model::MatchEntry> entries) : name_(list.name) {
  for (const model::MatchEntry& entry : entries)
    if (entry.match_list == list.id) add(entry);
}

MatchList::MatchList(const model::MatchList& list, const std::vector<const model::MatchEntry*>& own) : name_(list.name) {
  for (const model::MatchEntry* entry : own) add(*entry);
}

void MatchList::add(const model::MatchEntry& entry) {
  if (entry.kind == model::MatchKind::number) {
    numbers_.insert(entry.value);
  } else if (auto pattern = Pattern::compile(entry.value)) {
    patterns_.push_back(std::move(*pattern));
  }
}

bool MatchList::matches(std::string_view number) const {
  return numbers_.contains(std::string(number)) ||
         std::ranges::any_of(patterns_, [number](const Pattern& each) { return each.matches(number); });
}

}  // namespace carillon::directory
