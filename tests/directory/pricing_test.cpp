// SPDX-License-Identifier: GPL-3.0-or-later
// A plan finds the price of a number by its longest prefix, in little memory.
#include "directory/pricing.hpp"

#include <gtest/gtest.h>

namespace carillon::directory {
namespace {

model::Price price(std::int64_t id, std::string prefix, std::string name = "Some") {
  return {.id = {id}, .name = std::move(name), .prefix = std::move(prefix), .per_minute = {id}};
}

TEST(PricingPlan, FindsTheLongestPrefix) {
  const model::Price prices[] = {price(1, "+34", "Spain"), price(2, "+346", "Spain, mobile"), price(3, "+1"),
                                 price(4, "+999999999999999")};
  const PricingPlan plan({.id = {9}, .name = "World", .currency = "EUR"}, prices);
  EXPECT_EQ(plan.size(), 4U);
  const auto id_of = [&](std::string_view number) {
    const auto found = plan.find(number);
    return found ? found->id.value : 0;
  };
  EXPECT_EQ(id_of("+34944944944"), 1);
  EXPECT_EQ(id_of("+34676676676"), 2);
  EXPECT_EQ(id_of("+12025550100"), 3);
  EXPECT_EQ(id_of("+999999999999999"), 4);
  EXPECT_EQ(id_of("+34"), 1);
  for (const char* number : {"+33944944944", "+3", "+", "", "34944944944", "+04944944944", "112", "+34x"})
    EXPECT_EQ(id_of(number), 0);
  const auto mobile = plan.find("+34676676676");
  EXPECT_EQ(mobile->name, "Spain, mobile");
  EXPECT_EQ(mobile->prefix, "+346");
  EXPECT_EQ(mobile->price.per_minute, Money{2});
  EXPECT_EQ(mobile->price.period, Duration(1s));
  EXPECT_TRUE(plan.has({4}));
  EXPECT_FALSE(plan.has({5}));
}

TEST(PricingPlan, TakesNoHarmFromRowsThatAreNoPrices) {
  const model::Price prices[] = {price(1, "+34"), price(2, "+34"), price(3, ""),    price(4, "34"),
                                 price(5, "+"),   price(6, "+0"),  price(7, "+1x"), price(8, "+35", std::string(300, 'x'))};
  const PricingPlan plan({.id = {9}}, prices);
  EXPECT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan.find("+34944944944")->id, Id<model::Price>{1});
  EXPECT_FALSE(PricingPlan({.id = {9}}, {}).find("+34944944944"));
}

TEST(PricingPlan, KeepsAPriceInLessThanEightyBytes) {
  constexpr std::int64_t count = 75'000;
  std::vector<model::Price> prices;
  for (std::int64_t i = 0; i < count; ++i)
    prices.push_back(price(i + 1, fmt::format("+{}", 100'000 + i), fmt::format("{}", i / 4)));
  const PricingPlan plan({.id = {9}}, prices);
  EXPECT_EQ(plan.size(), static_cast<std::size_t>(count));
  EXPECT_LT(plan.bytes(), static_cast<std::size_t>(count) * 80);
  EXPECT_EQ(plan.find("+174999123456")->id, Id<model::Price>{count});
}

}  // namespace
}  // namespace carillon::directory
