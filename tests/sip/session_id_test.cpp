// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a session's name is taken as RFC 7989 spells it, and from no other spelling.
#include "sip/session_id.hpp"

#include <algorithm>

#include "sip/transaction_wire.hpp"

namespace carillon::sip {
namespace {

std::optional<SessionId> said(const std::string& value) {
  TestRequest request;
  if (!value.empty()) request.extra = "Session-ID: " + value + "\r\n";
  const std::string bytes = request.bytes();
  const auto message = Message::parse(bytes);
  if (!message) return std::nullopt;
  return SessionId::of_sender(*message);
}

TEST(SessionId, OfTheSender) {
  // As in RFC 7989 §10.1.
  const auto id = said("ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), "ab30317f1a784dc48ff824d0d3715d86");
  EXPECT_EQ(said("ab30317f1a784dc48ff824d0d3715d86"), id) << "RFC 7329 knew no remote";
  EXPECT_EQ(said("AB30317F1A784DC48FF824D0D3715D86 ;remote=x;logme"), id);
}

TEST(SessionId, NothingElse) {
  for (const char* value : {"", "ab", "ab30317f1a784dc48ff824d0d3715d8g", "ab30317f1a784dc48ff824d0d3715d860", ";remote=ab",
                            "ab30317f-1a78-4dc4-8ff8-24d0d3715d86", "00000000000000000000000000000000"})
    EXPECT_FALSE(said(value)) << value;
}

TEST(SessionId, MadeAtRandom) {
  const SessionId one = SessionId::make();
  EXPECT_TRUE(one.is_known());
  EXPECT_NE(one, SessionId::make());
  EXPECT_TRUE(std::ranges::all_of(one.text(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }));
  EXPECT_EQ(one.text()[12], '4') << "RFC 4122 §4.1.3";
  EXPECT_FALSE(SessionId().is_known());
}

}  // namespace
}  // namespace carillon::sip
