// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a transfer goes where the REFER says and nowhere else (RFC 3515, RFC 3891).
#include "sip/refer.hpp"

#include "sip/transaction_wire.hpp"

namespace carillon::sip {
namespace {

Result<ReferTo> read(const std::string& lines) {
  TestRequest request;
  request.method = "REFER";
  request.extra = lines;
  const std::string bytes = request.bytes();
  const auto message = Message::parse(bytes);
  if (!message) return std::unexpected(message.error());
  return read_refer_to(*message);
}

TEST(Refer, Blind) {
  const auto target = read("Refer-To: \"Carol\" <sip:%31%30%33@example.com;user=phone>\r\n");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->user, "103");
  EXPECT_EQ(target->host, "example.com");
  EXPECT_FALSE(target->replaces);
  ASSERT_TRUE(read("r: tel:+34911234567\r\n"));
  EXPECT_EQ(read("r: tel:+34911234567\r\n")->user, "+34911234567");
}

TEST(Refer, ToHelpByItsName) {
  ASSERT_TRUE(read("Refer-To: <urn:service:sos.fire>\r\n"));
  EXPECT_EQ(read("Refer-To: <urn:service:sos.fire>\r\n")->user, "urn:service:sos.fire");
  EXPECT_FALSE(read("Refer-To: <urn:service:counseling>\r\n"));
}

TEST(Refer, Attended) {
  // As in RFC 5589 §7.3.
  const auto target = read(
      "Refer-To: <sips:482n4z24kdg@chicago.example.com;gr=8594958?Replaces=090459243588173445%3B"
      "to-tag%3D9m2n3wq%3Bfrom-tag%3D763231>\r\n");
  ASSERT_TRUE(target);
  ASSERT_TRUE(target->replaces);
  EXPECT_EQ(target->replaces->call_id, "090459243588173445");
  EXPECT_EQ(target->replaces->to_tag, "9m2n3wq");
  EXPECT_EQ(target->replaces->from_tag, "763231");
  EXPECT_FALSE(target->replaces->is_early_only);
}

TEST(Refer, RefusesWhatLeadsNowhere) {
  EXPECT_FALSE(read(""));
  for (std::string_view bad : {"<mailto:bob@example.com>", "<sip:example.com>", "nonsense", "<sip:103@example.com?Replaces=>",
                               "<sip:103@example.com?Replaces=a%3Bto-tag%3Db>", "<sip:103@example.com?Replaces=a%3Bfrom-tag%3Db>",
                               "<sip:103@example.com?Replaces=a%0D%0AX%3Bto-tag%3Db%3Bfrom-tag%3Dc>"}) {
    const auto target = read(fmt::format("Refer-To: {}\r\n", bad));
    EXPECT_FALSE(target) << bad;
  }
  const auto other = read("Refer-To: <sip:103@example.com;method=BYE>\r\n");
  ASSERT_FALSE(other);
  EXPECT_TRUE(other.error().is(ReferFault::bad_method));
  EXPECT_TRUE(read("Refer-To: <sip:103@example.com;method=INVITE>\r\n"));
}

TEST(Refer, Sipfrag) {
  EXPECT_EQ(sipfrag(100, ""), "SIP/2.0 100 Trying\r\n");
  EXPECT_EQ(sipfrag(486, "Busy"), "SIP/2.0 486 Busy\r\n");
}

}  // namespace
}  // namespace carillon::sip
