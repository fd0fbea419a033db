// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a price is exact and rounded half-up once, to four decimals; amounts read back as written.
#include "base/money.hpp"

namespace carillon {
namespace {

Money money(std::string_view text) {
  return parse_money(text).value();
}

TEST(Money, ReadsAndWritesDecimals) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"0", "0.00"},      {"12", "12.00"},          {"0.15", "0.15"}, {"0.0002", "0.0002"},
      {"-2.5", "-2.50"},  {"0.000001", "0.000001"}, {"007", "7.00"},  {"9223372036854.775807", "9223372036854.775807"},
      {"-0.01", "-0.01"},
  };
  for (const auto& [text, written] : cases) EXPECT_EQ(to_decimal(money(text)), written) << text;
}

TEST(Money, RefusesWhatIsNoAmount) {
  for (const std::string_view text : {"", "-", ".", ".5", "5.", "1,5", "1.2.3", "1e3", " 1", "+1", "0.0000001", "--1", "0x1"}) {
    ASSERT_FALSE(parse_money(text)) << text;
    EXPECT_TRUE(parse_money(text).error().is(MoneyFault::malformed)) << text;
  }
  for (const std::string_view text : {"9223372036854.775808", "99999999999999999999999"}) {
    ASSERT_FALSE(parse_money(text)) << text;
    EXPECT_TRUE(parse_money(text).error().is(MoneyFault::too_large)) << text;
  }
}

TEST(Money, AddsAndCompares) {
  EXPECT_EQ(money("0.10") + money("0.20"), money("0.30"));
  EXPECT_EQ(money("0.10") - money("0.20"), -money("0.10"));
  EXPECT_LT(money("-1"), money("0.000001"));
}

TEST(MoneyDeathTest, OverflowAborts) {
  const Money most{INT64_MAX};
  EXPECT_DEATH(most + Money{1}, "assertion failed");
  EXPECT_DEATH(cost(Price{most, most, 1s}, 1h), "assertion failed");
}

TEST(Cost, FollowsTheFormula) {
  struct Case {
    std::string_view connection;
    std::string_view per_minute;
    Duration period;
    Duration duration;
    std::string_view expected;
  };
  const std::vector<Case> cases = {
      {"0.15", "0.02", 1s, 30s, "0.16"},       {"0", "0.007", 1s, 1'632ms, "0.0002"},
      {"0", "0.007", 1s, 12'002ms, "0.0015"},  {"0", "0.007", 1s, 122'257ms, "0.0144"},
      {"0.15", "0.02", 1s, 0s, "0.15"},        {"0", "0.60", 60s, 1ms, "0.60"},
      {"0", "0.60", 60s, 60s, "0.60"},         {"0", "0.60", 60s, 60'001ms, "1.20"},
      {"0", "0.60", 60s, 60s + 999us, "0.60"},  // Below a millisecond nothing is charged.
      {"0", "0.003", 1s, 1s, "0.0001"},         // 0.00005 exactly: half goes up.
      {"0", "0.002999", 1s, 1s, "0.00"},       {"0.00005", "0", 1s, 1h, "0.0001"},
      {"0", "1", 100ms, 150ms, "0.0033"},      {"0", "999999", 1s, 240h, "14399985600.00"},
  };
  for (const Case& c : cases) {
    const Price price{money(c.connection), money(c.per_minute), c.period};
    EXPECT_EQ(to_decimal(cost(price, c.duration)), c.expected)
        << c.connection << " " << c.per_minute << " " << c.duration.count();
  }
}

}  // namespace
}  // namespace carillon
