// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what a SUBSCRIBE asks for is read right, and nothing else is taken for it (RFC 6665 §8.2.1).
#include "sip/event.hpp"

#include "sip/transaction_wire.hpp"

namespace carillon::sip {
namespace {

std::string subscribe(const std::string& lines) {
  TestRequest request;
  request.method = "SUBSCRIBE";
  request.extra = lines;
  return request.bytes();
}

std::optional<Event> read(const std::string& lines) {
  const std::string bytes = subscribe(lines);
  const auto message = Message::parse(bytes);
  return message ? Event::of(*message) : std::nullopt;
}

bool accepted(const std::string& lines, std::string_view type) {
  const std::string bytes = subscribe(lines);
  const auto message = Message::parse(bytes);
  return message && accepts(*message, type);
}

TEST(Event, PackageAndId) {
  EXPECT_EQ(read("Event: dialog\r\n"), (Event{"dialog", ""}));
  EXPECT_EQ(read("o: dialog ; sla; id=7a\r\n"), (Event{"dialog", "7a"}));
  EXPECT_EQ(read("Event: presence.winfo\r\n"), (Event{"presence.winfo", ""}));
  EXPECT_EQ((Event{"dialog", "7a"}).text(), "dialog;id=7a");
  EXPECT_EQ((Event{"dialog", ""}).text(), "dialog");
}

TEST(Event, Nonsense) {
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("Event:\r\n"));
  EXPECT_FALSE(read("Event: ;id=7\r\n"));
  EXPECT_FALSE(read("Event: dia log\r\n"));
  EXPECT_FALSE(read("Event: dialog;id=\r\n"));
  EXPECT_FALSE(read("Event: dialog;id=\"a b\"\r\n"));
  EXPECT_FALSE(read("Event: dialog;=x\r\n"));
  EXPECT_FALSE(read("Event: " + std::string(65, 'a') + "\r\n"));
}

TEST(Event, Accept) {
  constexpr std::string_view type = "application/dialog-info+xml";
  EXPECT_TRUE(accepted("", type));
  EXPECT_TRUE(accepted("Accept: application/sdp, Application/Dialog-Info+xml;q=0.5\r\n", type));
  EXPECT_TRUE(accepted("Accept: application/*\r\n", type));
  EXPECT_TRUE(accepted("Accept: */*\r\n", type));
  EXPECT_FALSE(accepted("Accept: application/pidf+xml\r\n", type));
  EXPECT_FALSE(accepted("Accept: application/dialog-info\r\n", type));
}

}  // namespace
}  // namespace carillon::sip
