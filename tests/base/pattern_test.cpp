// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: patterns that people write find and replace as they read, and no pattern and no text, however hostile, costs more than
// its length.
#include "base/pattern.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

Pattern compiled(std::string_view text) {
  auto pattern = Pattern::compile(text);
  EXPECT_TRUE(pattern) << text;
  return *std::move(pattern);
}

TEST(Pattern, IsFoundAnywhereUnlessItSaysWhere) {
  EXPECT_TRUE(compiled("44").matches("94400"));
  EXPECT_FALSE(compiled("^44").matches("94400"));
  EXPECT_TRUE(compiled("^$").matches(""));
  EXPECT_FALSE(compiled("^[0-9]+$").matches("123\n"));
  EXPECT_FALSE(compiled("^[0-9]+$").matches(std::string_view("12\0003", 4)));
  EXPECT_EQ(compiled("^44").text(), "^44");
}

TEST(Pattern, ReplacesTheFirstMatch) {
  const struct {
    std::string_view pattern, replacement, text, result;
  } rows[] = {
      {"^(00|\\+)([1-9][0-9]+)$", "\\2", "0034941234567", "34941234567"},
      {"^(00|\\+)([1-9][0-9]+)$", "\\2", "+34941234567", "34941234567"},
      {"^([1-9][0-9]{8})$", "34\\1", "941234567", "34941234567"},
      {"0", "", "1001", "101"},
      {"^0", "", "0941", "941"},
      {"(a)(b)?", "\\2\\1", "xay", "xay"},
      {"b", "[\\0]", "abc", "a[b]c"},
      {"(.)", "\\\\\\1", "a", "\\a"},
  };
  for (const auto& row : rows) EXPECT_EQ(compiled(row.pattern).replace(row.text, row.replacement), row.result) << row.pattern;
  EXPECT_EQ(compiled("^9").replace("123", "x"), std::nullopt);
  EXPECT_EQ(compiled("^1").replace("123", "\\1"), std::nullopt);
  EXPECT_EQ(compiled("^1").replace("123", "x\\"), std::nullopt);
}

TEST(Pattern, KnowsTheReplacementsThatAreItsOwn) {
  const Pattern pattern = compiled("^(1)(2)$");
  for (const char* fits : {"", "\\1", "\\2\\1", "\\0", "34\\1", "a\\\\b"})
    EXPECT_TRUE(Pattern::check_replacement(pattern, fits)) << fits;
  for (const char* wrong : {"\\3", "\\9", "x\\", "\\x", "\\ 1"}) {
    const auto checked = Pattern::check_replacement(pattern, wrong);
    ASSERT_FALSE(checked) << wrong;
    EXPECT_EQ(checked.error().code, "base.bad_replacement");
    EXPECT_FALSE(checked.error().what.empty());
  }
}

TEST(Pattern, RefusesWhatIsNone) {
  const std::string deep = std::string(255, '(') + "a" + std::string(255, ')');
  const std::string wrong[] = {"",
                               "(",
                               ")",
                               "[",
                               "a**",
                               "(?P<n>",
                               "\\",
                               "a{1001}",
                               "\\1",
                               "(?=a)",
                               "(a",
                               "[z-a]",
                               "\xff\xfe",
                               "caf\xc3",
                               std::string(513, '1'),
                               "((((a{100}){100}){100}){100})",
                               "(\\pL{500}){2}"};
  for (const std::string& text : wrong) {
    const auto pattern = Pattern::compile(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().code, "base.bad_pattern");
    EXPECT_FALSE(pattern.error().what.empty());
  }
  EXPECT_TRUE(Pattern::compile(std::string(512, '1')));
  const auto taken = Pattern::compile(deep);  // Or not: it comes back.
  EXPECT_TRUE(!taken || taken->matches("a"));
}

/// Each of them takes a backtracking engine longer than the machine lasts.
TEST(Pattern, TakesTimeOfTheTextsLengthAlone) {
  const std::string text = std::string(20'000, 'a') + "!";
  for (const char* each : {"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*a){20}$", "^([a-zA-Z]+)*$", "^(a?){200}a{200}$"})
    EXPECT_FALSE(compiled(each).matches(text)) << each;
  EXPECT_EQ(compiled("^(a+)+$").replace(text, "\\1"), std::nullopt);
}

TEST(Pattern, IsOneForAllItsCopies) {
  const Pattern first = compiled("^1");
  const Pattern copy = first;  // NOLINT(performance-unnecessary-copy-initialization): that is what is tried
  EXPECT_EQ(&first.text(), &copy.text());
}

TEST(WithPlus, PutsItWhereANumberBegins) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"^34", "^\\+34"},
      {"^\\+34", "^\\+34"},
      {"^[67]", "^\\+[67]"},
      {"^(34|351)9", "^\\+(34|351)9"},
      {"^[0-9]+$", "^\\+[0-9]+$"},
      {"^\\d{9}$", "^\\+\\d{9}$"},
      {"^34|^351", "^\\+34|^\\+351"},
      {"^34|^\\+351", "^\\+34|^\\+351"},
      {"^(\\+|00)34", "^(\\+|00)34"},
      {"^[+]34", "^[+]34"},
      {"^[]+]34", "^[]+]34"},
      {"^[|]34", "^\\+[|]34"},
      {"^3\\|4", "^\\+3\\|4"},
      {"34", "34"},
      {"34$", "34$"},
      {"^.*$", "^.*$"},
      {"^\\*31", "^\\*31"},
      {"^", "^"},
      {"", ""},
      {"^34\\", "^\\+34\\"},
      {"^(34", "^\\+(34"},
      {"^34|", "^\\+34|"},
      {"|", "|"},
  };
  for (const auto& [pattern, converted] : rows) {
    EXPECT_EQ(with_plus(pattern), converted);
    EXPECT_EQ(with_plus(converted), converted);
  }
  EXPECT_TRUE(compiled(with_plus("^34")).matches("+34941234567"));
}

}  // namespace
}  // namespace carillon
