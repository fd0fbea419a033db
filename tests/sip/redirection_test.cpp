// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: who sent a call on is read from either header field as its writer meant it, and what is malformed names nobody.
#include "sip/redirection.hpp"

#include "sip/transaction_wire.hpp"

namespace carillon::sip {
namespace {

Redirection read(const std::string& lines) {
  TestRequest request;
  request.method = "INVITE";
  request.extra = lines;
  const std::string bytes = request.bytes();
  const auto message = Message::parse(bytes);
  EXPECT_TRUE(message) << lines;
  return message ? read_redirection(*message) : Redirection{};
}

TEST(Redirection, Nobody) {
  EXPECT_EQ(read("").count, 0U);
  EXPECT_EQ(read("").user, "");
}

TEST(Redirection, TheLatestOfDiversion) {
  // RFC 5806 §9.1: the topmost is the latest.
  const auto read_here = read("Diversion: <sip:Bob@B>;reason=user-busy;counter=2, <sip:carol@C>;reason=no-answer\r\n");
  EXPECT_EQ(read_here.user, "Bob");
  EXPECT_EQ(read_here.reason, "user-busy");
  EXPECT_EQ(read_here.count, 3U);
  EXPECT_FALSE(read_here.is_private);
  EXPECT_EQ(read("Diversion: \"B\" <tel:+34941941941>;privacy=\"full\";reason=\"UNCONDITIONAL\"\r\n").user, "+34941941941");
  EXPECT_TRUE(read("Diversion: <tel:+34941941941>;privacy=full\r\n").is_private);
  EXPECT_EQ(read("Diversion: <tel:+34941941941>;reason=made-up\r\n").reason, "unknown");
}

TEST(Redirection, TheLatestOfHistory) {
  // RFC 7044: Bob to Carol, who did not answer and went on to David.
  const auto told = read(
      "History-Info: <sip:bob@a>;index=1, <sip:carol@a;cause=302>;index=1.1;mp=1\r\n"
      "History-Info: <sip:david@a;cause=408>;index=1.1.1;mp=1.1\r\n");
  EXPECT_EQ(told.user, "carol");
  EXPECT_EQ(told.reason, "no-answer");
  EXPECT_EQ(told.count, 2U);
  // RFC 4244: the one that was left has the reason.
  const auto old =
      read("History-Info: <sip:bob@a?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1, <sip:carol@a>;index=1.1\r\n");
  EXPECT_EQ(old.user, "bob");
  EXPECT_EQ(old.reason, "user-busy");
  EXPECT_EQ(old.count, 1U);
  EXPECT_TRUE(old.is_private);
  // Both of one: once.
  EXPECT_EQ(read("History-Info: <sip:bob@a?Reason=SIP%3Bcause%3D302>;index=1, <sip:carol@a;cause=302>;index=1.1;mp=1\r\n").count,
            1U);
  // A history without any forward is none.
  EXPECT_EQ(read("History-Info: <sip:bob@a>;index=1, <sip:bob@192.0.2.1>;index=1.1;rc=1\r\n").count, 0U);
}

TEST(Redirection, OfNonsenseNobody) {
  for (const char* value : {"", "x", "<", "<sip:>;index=1", "<urn:service:sos>;index=1", ";;;", "\"a", "<mailto:a@b>",
                            "<sip:a@b?Reason=SIP%3Bcause%3Dx>;index=1", "<sip:a@b;cause=302>;index=1;mp=7"}) {
    EXPECT_EQ(read(std::string("History-Info: ") + value + "\r\n").user, "") << value;
    EXPECT_NE(read(std::string("Diversion: ") + value + "\r\n").count, 200U) << value;
  }
  EXPECT_EQ(read("Diversion: <sip:a@b>;counter=99999999999\r\n").count, 100U);
  std::string many = "Diversion: <sip:a@b>;counter=50";
  for (int i = 0; i < 50; ++i) many += ", <sip:a@b>;counter=50";
  EXPECT_EQ(read(many + "\r\n").count, 100U);
}

TEST(Redirection, IsReadAsItIsWritten) {
  const Redirection wrote{.user = "941941941", .reason = "no-answer", .count = 1, .is_private = true};
  const std::string address = "sip:941941941@example.com";
  EXPECT_EQ(write_diversion(wrote, address), "<sip:941941941@example.com>;reason=no-answer;counter=1;privacy=full");
  EXPECT_EQ(write_history(wrote, address, "sip:1@b"),
            "<sip:941941941@example.com?Privacy=history>;index=1, <sip:1@b;cause=408>;index=1.1;mp=1");
  for (const std::string& line :
       {"Diversion: " + write_diversion(wrote, address), "History-Info: " + write_history(wrote, address, "sip:1@b")}) {
    const Redirection back = read(line + "\r\n");
    EXPECT_EQ(back.user, wrote.user);
    EXPECT_EQ(back.reason, wrote.reason);
    EXPECT_EQ(back.count, 1U);
    EXPECT_TRUE(back.is_private);
  }
}

}  // namespace
}  // namespace carillon::sip
