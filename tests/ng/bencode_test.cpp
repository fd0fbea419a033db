// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: bencode is read as the field writes it, bounded in depth and number, and nothing malformed passes.
#include "ng/bencode.hpp"

#include <gtest/gtest.h>

namespace carillon::ng {
namespace {

TEST(Bencode, ReadsWhatItWrites) {
  std::string text;
  Writer writer(text);
  writer.dictionary().key("call").string("a b:c").key("empty").string("").key("list").list().integer(-7).integer(0).end();
  writer.key("sub").dictionary().key("n").integer(std::numeric_limits<std::int64_t>::min()).end().end();
  auto value = Document::decode(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->root().string_at("call"), "a b:c");
  EXPECT_EQ(value->root().string_at("empty"), "");
  auto list = value->root().list_at("list");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ((*list.begin()).as_integer(), -7);
  EXPECT_EQ((*++list.begin()).as_integer(), 0);
  EXPECT_EQ(value->root().find("sub")->integer_at("n"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value->root().find("absent"), nullptr);
}

TEST(Bencode, AcceptsUnsortedKeysAndNumericStrings) {
  auto value = Document::decode("d4:zeta3:1234:alphai5e1:bi6ee");
  EXPECT_FALSE(value);
  value = Document::decode("d4:zeta3:1235:alphai5ee");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->root().integer_at("zeta"), 123);
  EXPECT_EQ(value->root().integer_at("alpha"), 5);
}

TEST(Bencode, RefusesMalformedText) {
  for (auto text : {"",
                    "i",
                    "ie",
                    "i-e",
                    "i5",
                    "i1x2e",
                    "i+5e",
                    "5:four",
                    "5",
                    ":",
                    "-1:a",
                    "l",
                    "li1e",
                    "d",
                    "d1:a",
                    "d1:ae",
                    "di1ei2ee",
                    "i1ei2e",
                    "x",
                    "99999999999999999999:a",
                    "i99999999999999999999e"}) {
    auto value = Document::decode(text);
    ASSERT_FALSE(value) << text;
    EXPECT_TRUE(value.error().is(Fault::malformed)) << text;
  }
}

TEST(Bencode, BoundsDepthAndNumber) {
  std::string deep(100'000, 'l');
  EXPECT_TRUE(Document::decode(deep).error().is(Fault::too_deep));
  EXPECT_TRUE(Document::decode(std::string(16, 'l') + std::string(16, 'e')));
  std::string wide = "l";
  for (int i = 0; i < 5000; ++i) wide += "0:";
  EXPECT_TRUE(Document::decode(wide + "e").error().is(Fault::too_many));
}

TEST(Bencode, SplitsMessages) {
  auto message = decode_message("12_x d7:command4:pinge");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->cookie, "12_x");
  EXPECT_EQ(message->body.root().string_at("command"), "ping");
  for (auto text : {"", "cookie", " d7:command4:pinge", "c ", "c 4:ping", "c d7:command4:pinge "}) {
    EXPECT_FALSE(decode_message(text)) << text;
  }
}

}  // namespace
}  // namespace carillon::ng
