// SPDX-License-Identifier: GPL-3.0-or-later
// From the rows of a transformation set to its lists.
#include "directory/transformation.hpp"

namespace carillon::directory {

std::shared_ptr<const TransformationSet> TransformationSet::of(std::span<const model::TransformationRule> rows) {
  std::vector<const model::TransformationRule*> ordered;
  for (const model::TransformationRule& row : rows) ordered.push_back(&row);
  std::ranges::sort(ordered, {}, [](const model::TransformationRule* row) { return std::pair(row->priority, row->id); });
  auto set = std::make_shared<TransformationSet>();
  for (const model::TransformationRule* row : ordered) {
    auto search = Pattern::compile(row->search);
    if (search)
      set->lists_[static_cast<std::size_t>(row->direction)].push_back({*std::move(search), row->replacement, row->id});
    else
      ++set->left_out_;
  }
  return set;
}

}  // namespace carillon::directory
