// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: identities sort by age, do not repeat, and have exactly one spelling that reads back.
#include "base/id.hpp"

#include <set>

namespace carillon {
namespace {

constexpr Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

TEST(Id, SortsByAgeAndDiffers) {
  EXPECT_LT(make_entity_id(noon), make_entity_id(noon + 1ms));
  std::set<std::int64_t> made;
  for (int i = 0; i < 100; ++i) made.insert(make_entity_id(noon + std::chrono::milliseconds(i)));
  EXPECT_EQ(made.size(), 100U);
  EXPECT_GT(*made.begin(), 0);
}

TEST(Id, Base32ReadsBack) {
  for (const std::int64_t id : {std::int64_t{0}, std::int64_t{31}, std::int64_t{32}, make_entity_id(noon), INT64_MAX}) {
    EXPECT_EQ(from_base32(to_base32(id)), id);
  }
  EXPECT_EQ(to_base32(0), "0");
  EXPECT_EQ(to_base32(1023), "zz");
}

TEST(Id, Base32RefusesOtherSpellings) {
  for (const std::string_view text :
       {"", "01", "A", "i", "l", "o", "u", "-1", "1 ", "8000000000000", "zzzzzzzzzzzzz", "10000000000000"}) {
    EXPECT_FALSE(from_base32(text)) << text;
  }
}

TEST(CallId, SortsByAgeAndDiffers) {
  EXPECT_LT(make_call_id(noon), make_call_id(noon + 1ms));
  std::set<CallId> made;
  for (int i = 0; i < 1000; ++i) made.insert(make_call_id(noon));
  EXPECT_EQ(made.size(), 1000U);
}

TEST(CallId, HexReadsBack) {
  const CallId id{0x0123456789abcdef, 0xfedcba9876543210};
  EXPECT_EQ(to_hex(id), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(call_id_from_hex(to_hex(id)), id);
}

TEST(CallId, HexRefusesOtherSpellings) {
  for (const std::string_view text : {"", "0123", "0123456789ABCDEFfedcba9876543210", "0123456789abcdeffedcba987654321g",
                                      "0123456789abcdeffedcba98765432100"}) {
    EXPECT_FALSE(call_id_from_hex(text)) << text;
  }
}

}  // namespace
}  // namespace carillon
