// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and patterns are kept in one form, however they are written; what is neither stays for others to refuse.
#include "model/number.hpp"

#include <gtest/gtest.h>

#include "model/validate.hpp"

namespace carillon::model {
namespace {

TEST(InE164, TakesNumbersAsPeopleWriteThem) {
  for (const char* written : {"34941941941", "+34941941941", "+34 941 941 941", "34 941-941.941", " +34/941941941 "})
    EXPECT_EQ(in_e164(written), "+34941941941");
}

TEST(InE164, LeavesWhatIsNone) {
  for (const char* written : {"", "+", "0034941941941", "+0941941941", "941", "alice", "++34941941941", "34941941941x",
                              "+3494194194112345", "+44 (0) 20 7946 0000", "34+941941941", "\u00a034941941941"}) {
    EXPECT_EQ(in_e164(written), written);
    EXPECT_FALSE(has_form(in_e164(written), Form::e164)) << written;
  }
}

TEST(PatternInE164, PutsThePlusWhereANumberBegins) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"^34[67]", "^\\+34[67]"},
      {"^\\+34[67]", "^\\+34[67]"},
      {"^34[89][1-8]", "^\\+34[89][1-8]"},
      {"^34[89]00", "^\\+34[89]00"},
      {"^34[89]0", "^\\+34[89]0"},
      {"^[124-9]", "^\\+[124-9]"},
      {"^3[0-35-9]", "^\\+3[0-35-9]"},
      {"^34[89]0[0-9]{6}$", "^\\+34[89]0[0-9]{6}$"},
      {"^(34|351)[67]", "^\\+(34|351)[67]"},
      {"^34|^351", "^\\+34|^\\+351"},
      {"^34|^\\+351", "^\\+34|^\\+351"},
      {"^[0-9]+$", "^\\+[0-9]+$"},
      {"^[^3]", "^\\+[^3]"},
      {"^\\d{9}$", "^\\+\\d{9}$"},
      {"^(\\+|00)34", "^(\\+|00)34"},
      {"^[+]34", "^[+]34"},
      {"^[]+]3", "^[]+]3"},
      {"^[|]3", "^\\+[|]3"},
      {"^3\\|4", "^\\+3\\|4"},
      {"34$", "34$"},
      {".*", ".*"},
      {"^", "^"},
      {"", ""},
      {"|", "|"},
      {"||", "||"},
      {"|^34|", "|^\\+34|"},
      {"^34\\", "^\\+34\\"},
      {"^(34", "^\\+(34"},
      {"^[34", "^\\+[34"},
      {")^34", ")^34"},
  };
  for (const auto& [written, kept] : rows) {
    EXPECT_EQ(pattern_in_e164(written), kept);
    EXPECT_EQ(pattern_in_e164(kept), kept);
  }
}

}  // namespace
}  // namespace carillon::model
