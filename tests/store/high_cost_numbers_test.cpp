// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the list has what costs much and nothing that people call every day, every brand begins with it once, and it keeps the
// customers of before from nothing.
#include "store/high_cost_numbers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/pattern.hpp"
#include "model/customer.hpp"
#include "model/match_entry.hpp"
#include "store/edit.hpp"
#include "store/table.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class HighCostNumbersTest : public OnEachDatabase {
 protected:
  std::vector<model::MatchEntry> entries(Id<model::MatchList> list) {
    Query query{.limit = 0};
    query.filters.push_back({"match_list", to_base32(list.value)});
    return store::list<model::MatchEntry>(*database_, {}, query).value();
  }

  SampleDatabase database_{DemoOptions()};
  model::Brand brand_ = list_all<model::Brand>(*database_, {})->front();
};
CARILLON_ON_EACH_DATABASE(HighCostNumbersTest);

TEST_P(HighCostNumbersTest, AreDeniedToNewCustomers) {
  ASSERT_TRUE(brand_.denied_numbers);
  const auto all = entries(brand_.denied_numbers);
  EXPECT_EQ(all.size(), high_cost_ranges().size());
  for (const model::MatchEntry& entry : all) EXPECT_FALSE(entry.description.empty()) << entry.value;
  EXPECT_EQ(list_all<model::Customer>(*database_, {})->front().denied_numbers, brand_.denied_numbers);
}

TEST_P(HighCostNumbersTest, AreThoseThatCostMuch) {
  std::vector<Pattern> patterns;
  for (const model::MatchEntry& entry : entries(brand_.denied_numbers)) {
    auto pattern = Pattern::compile(entry.value);
    ASSERT_TRUE(pattern) << entry.value;
    patterns.push_back(std::move(*pattern));
  }
  const auto is_denied = [&](std::string_view number) {
    return std::ranges::any_of(patterns, [&](const Pattern& each) { return each.matches(number); });
  };
  for (const char* number :
       {"+870773123456", "+88162345678",  "+88213300655", "+883510001234", "+979112345678", "+19005551234",  "+12465551234",
        "+18765551234",  "+2463701234",   "+2521234567",  "+5352345678",   "+37129123456",  "+34806123456",  "+34905123456",
        "+449012345678", "+447012345678", "+33899123456", "+398991234",    "+499001234567", "+380900123456", "+6745551234"})
    EXPECT_TRUE(is_denied(number)) << number;
  for (const char* number :
       {"+34944944944",  "+34676676676",   "+34800123456",  "+34900123456",  "+34902123456", "+380441234567", "+12125551234",
        "+14165551234",  "+18005551234",   "+442071234567", "+447912345678", "+33123456789", "+390612345678", "+4930123456",
        "+351210000000", "+5215512345678", "+61212345678",  "+6421123456",   "+37251234567", "+2711234567"})
    EXPECT_FALSE(is_denied(number)) << number;
}

TEST_P(HighCostNumbersTest, AreMadeForBrandsOfBeforeAndKeepNobodyThere) {
  ASSERT_TRUE(
      database_->execute("UPDATE customers SET denied_numbers = NULL; UPDATE brands SET denied_numbers = NULL, "
                         "ranges_made = 0; DELETE FROM match_entries; DELETE FROM match_lists"));
  const std::int64_t change = last_change(*database_).value();
  EXPECT_EQ(make_missing_high_cost_numbers(*database_, test_start).value(), 1);
  EXPECT_EQ(last_change(*database_).value(), change + 1);
  EXPECT_TRUE(list_all<model::Brand>(*database_, {})->front().denied_numbers);
  EXPECT_FALSE(list_all<model::Customer>(*database_, {})->front().denied_numbers);
  // Lifted, it stays so.
  ASSERT_TRUE(database_->execute("UPDATE brands SET denied_numbers = NULL"));
  EXPECT_EQ(make_missing_high_cost_numbers(*database_, test_start + 1h).value(), 0);
}

TEST_P(HighCostNumbersTest, LeaveAnotherListOfThatNameAlone) {
  ASSERT_TRUE(database_->execute("UPDATE brands SET ranges_made = 0; DELETE FROM match_entries"));
  EXPECT_EQ(make_missing_high_cost_numbers(*database_, test_start).value(), 1);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM match_lists"), 1);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM match_entries"), 0);
}

TEST_P(HighCostNumbersTest, GoWithTheirBrand) {
  auto edit = Edit::begin(*database_, {}, test_start).value();
  model::Brand brand{.name = "Short-lived", .language = "en", .time_zone = "Europe/Madrid", .currency = "EUR"};
  ASSERT_TRUE(edit.insert(brand));
  const auto made = make_high_cost_numbers(*database_, brand.id, test_start);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(find(*database_, {}, *made)->name, "High-cost numbers");
  ASSERT_TRUE(edit.commit());
  auto end = Edit::begin(*database_, {}, test_start + 1h).value();
  const auto removed = end.remove(brand.id);
  ASSERT_TRUE(removed) << removed.error().what;
  ASSERT_TRUE(end.commit());
}

}  // namespace
}  // namespace carillon::store
