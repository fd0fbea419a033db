// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the rules of a set are tried in the order that people gave them, whatever the order of their rows.
#include "directory/transformation.hpp"

#include <gtest/gtest.h>

namespace carillon::directory {
namespace {

using model::TransformationDirection;

model::TransformationRule row(std::int64_t id, TransformationDirection direction, std::int64_t priority, std::string search) {
  model::TransformationRule rule;
  rule.id = {id};
  rule.direction = direction;
  rule.priority = priority;
  rule.search = std::move(search);
  return rule;
}

std::vector<std::int64_t> ids(const TransformationSet& set, TransformationDirection direction) {
  std::vector<std::int64_t> found;
  for (const TransformationRule& rule : set.rules(direction)) found.push_back(rule.id.value);
  return found;
}

TEST(TransformationSet, HasFourListsInOrder) {
  using enum TransformationDirection;
  const model::TransformationRule rows[] = {row(5, caller_in, 20, "^5"), row(4, caller_in, 10, "^4"), row(3, callee_out, 1, "^3"),
                                            row(2, caller_in, 20, "^2"), row(1, callee_in, 0, "^1")};
  const auto set = TransformationSet::of(rows);
  EXPECT_EQ(ids(*set, caller_in), (std::vector<std::int64_t>{4, 2, 5}));
  EXPECT_EQ(ids(*set, callee_in), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(ids(*set, caller_out), std::vector<std::int64_t>());
  EXPECT_EQ(ids(*set, callee_out), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(set->rules(caller_in).front().search.text(), "^4");
}

TEST(TransformationSet, GoesOnWithoutWhatIsNoPattern) {
  using enum TransformationDirection;
  const model::TransformationRule rows[] = {row(1, caller_in, 1, "("), row(2, caller_in, 2, "^2")};
  const auto set = TransformationSet::of(rows);
  EXPECT_EQ(ids(*set, caller_in), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(set->left_out(), 1U);
  EXPECT_EQ(TransformationSet::of({})->left_out(), 0U);
}

}  // namespace
}  // namespace carillon::directory
