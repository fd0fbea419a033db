// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a number becomes what the first rule that matches makes of it, never more than a number may have, and every step is told.
#include "dialplan/transformation.hpp"

#include <gtest/gtest.h>

namespace carillon::dialplan {
namespace {

model::TransformationRule row(std::int64_t id, std::string search, std::string replacement) {
  model::TransformationRule rule;
  rule.id = {id};
  rule.priority = id;
  rule.search = std::move(search);
  rule.replacement = std::move(replacement);
  return rule;
}

std::shared_ptr<const directory::TransformationSet> set_of(std::vector<model::TransformationRule> rows) {
  return directory::TransformationSet::of(rows);
}

TEST(Transform, StopsAtTheFirstMatch) {
  const auto set = set_of({row(1, "^7", "8"), row(2, "^0", "1"), row(3, "^0", "2"), row(4, "^1", "3")});
  std::vector<TransformationStep> steps;
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "0941", &steps), "1941");
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].rule->id.value, 1);
  EXPECT_FALSE(steps[0].has_matched);
  EXPECT_EQ(steps[0].before, "0941");
  EXPECT_EQ(steps[0].after, "0941");
  EXPECT_EQ(steps[1].rule->id.value, 2);
  EXPECT_TRUE(steps[1].has_matched);
  EXPECT_EQ(steps[1].before, "0941");
  EXPECT_EQ(steps[1].after, "1941");
}

TEST(Transform, LeavesWhatNothingMatches) {
  const auto set = set_of({row(1, "^7", "8")});
  EXPECT_EQ(transform(nullptr, Direction::caller_in, "0941"), "0941");
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "0941"), "0941");
  EXPECT_EQ(transform(set.get(), Direction::callee_in, "7941"), "7941");
  EXPECT_EQ(transform(set.get(), Direction::caller_in, ""), "");
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "anonymous"), "anonymous");
}

TEST(Transform, MakesNoNumberLongerThanItMayBeNorEmpty) {
  const std::string tens = "\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1";
  const auto set = set_of({row(1, "^1(.*)$", tens), row(2, "^1$", ""), row(3, "^2$", ""), row(4, "^1", "x")});
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "1234567"),
            std::string("234567234567234567234567234567234567234567234567234567234567"));
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "12345678"), "x2345678");  // 70 bytes: the rule does not count.
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "1"), "x");
  EXPECT_EQ(transform(set.get(), Direction::caller_in, "2"), "2");
  std::vector<TransformationStep> steps;
  const std::string endless(65, '1');
  EXPECT_EQ(transform(set.get(), Direction::caller_in, endless, &steps), endless);
  EXPECT_TRUE(steps.empty());
}

TEST(Transform, TakesHostileNumbersAsTheyAre) {
  const auto set = set_of({row(1, "^([0-9]+)$", "34\\1"), row(2, "(a+)+b", "x")});
  for (const std::string_view hostile :
       {std::string_view("1\r\nVia: x"), std::string_view("1\0002", 3), std::string_view("\xff\xfe"), std::string_view("\\1\\2"),
        std::string_view("1@evil.example;x=y")})
    EXPECT_EQ(transform(set.get(), Direction::caller_in, hostile), hostile);
}

TEST(E164, IsANeutralNumberWithPlus) {
  const std::pair<std::string_view, std::string_view> pairs[] = {
      {"34941234567", "+34941234567"}, {"1234567", "+1234567"}, {"123456789012345", "+123456789012345"}};
  for (const auto& [neutral, e164] : pairs) {
    EXPECT_EQ(to_e164(neutral), e164);
    EXPECT_EQ(from_e164(e164), neutral);
    EXPECT_EQ(to_e164(e164), e164);
    EXPECT_EQ(from_e164(neutral), neutral);
  }
  for (const std::string_view other :
       {"", "+", "123456", "1234567890123456", "0941234567", "alice", "112", "*31#", "34 941 234 567"}) {
    EXPECT_EQ(to_e164(other), other);
    EXPECT_EQ(from_e164(other), other);
  }
  EXPECT_EQ(from_e164("+123456"), "+123456");
}

}  // namespace
}  // namespace carillon::dialplan
