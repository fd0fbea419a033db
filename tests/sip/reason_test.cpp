// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: why a call ended reaches the other side, and nothing else comes with it (RFC 3326).
#include "sip/reason.hpp"

#include "sip/transaction_wire.hpp"

namespace carillon::sip {
namespace {

std::string passed_on(const std::string& lines) {
  TestRequest request;
  request.method = "BYE";
  request.extra = lines;
  const std::string bytes = request.bytes();
  const auto message = Message::parse(bytes);
  EXPECT_TRUE(message) << bytes;
  return message ? reason_to_pass_on(*message) : std::string("no message");
}

TEST(Reason, IsWrittenAnew) {
  EXPECT_EQ(passed_on(""), "");
  EXPECT_EQ(passed_on("Reason: Q.850 ;cause=16 ;text=\"Terminated\"\r\n"), "Q.850;cause=16;text=\"Terminated\"");
  EXPECT_EQ(passed_on("Reason: sip;cause=200;text=\"Call completed elsewhere\", q.850;cause=26\r\n"),
            "SIP;cause=200;text=\"Call completed elsewhere\", Q.850;cause=26");
  EXPECT_EQ(passed_on("Reason: Preemption;cause=1\r\nReason: SIP;cause=480\r\n"), "SIP;cause=480");
}

TEST(Reason, LeavesOutWhatMakesNoSense) {
  for (std::string_view value :
       {"SIP", "SIP;cause=", "SIP;cause=99", "SIP;cause=700", "Q.850;cause=0", "Q.850;cause=128", ";cause=16"})
    EXPECT_EQ(passed_on(fmt::format("Reason: {}\r\n", value)), "") << value;
  EXPECT_EQ(passed_on("Reason: SIP;cause=486;text=\"a\\\"b\\\\c\"\r\n"), "SIP;cause=486;text=\"abc\"");
  EXPECT_EQ(passed_on(fmt::format("Reason: SIP;cause=486;text=\"{}\"\r\n", std::string(500, 'x'))),
            fmt::format("SIP;cause=486;text=\"{}\"", std::string(64, 'x')));
  EXPECT_EQ(passed_on("Reason: SIP;cause=486, SIP;cause=487, SIP;cause=488\r\n"), "SIP;cause=486, SIP;cause=487");
}

}  // namespace
}  // namespace carillon::sip
