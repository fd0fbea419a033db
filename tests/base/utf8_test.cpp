// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what peers sent is a text that databases and JSON accept, whatever its bytes are.
#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(CleanText, KeepsWhatIsReadableOnly) {
  const std::pair<std::string, std::string> rows[] = {
      {"plain", "plain"},
      {"a\nb\tc\x7f", "a?b?c?"},
      {std::string("a\0b", 3), "a?b"},
      {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"\xff\xc3", "??"},
      {"\xc0\xaf", "??"},            // Overlong.
      {"\xed\xa0\x80", "???"},       // A surrogate.
      {"\xf4\x90\x80\x80", "????"},  // Beyond the last character.
      {"\xe2\x82x", "??x"},
  };
  for (const auto& [text, clean] : rows) EXPECT_EQ(clean_text(text, 255), clean);
  EXPECT_EQ(clean_text("a\nb", 255, true), "a\nb");
  EXPECT_EQ(clean_text("abcdef", 3), "abc");
  EXPECT_EQ(clean_text("ab\xc3\xa9", 3), "ab?");
}

}  // namespace
}  // namespace carillon
