// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: no answer to a stranger's datagram is longer than one and a half times what it answers, what has to stand in it still
// stands there, and a request as real phones send it is answered in full.
#include "agent/reflection_limit.hpp"

#include <gtest/gtest.h>

#include "sip/message.hpp"

namespace carillon::agent {
namespace {

const std::string answer =
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;received=192.0.2.1\r\nVia: SIP/2.0/UDP b;branch=z9hG4bKb\r\n"
    "From: <sip:a@b>;tag=1\r\nTo: <sip:b>;tag=0123456789abcdef\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REGISTER\r\nContent-Length: 0\r\n\r\n";

std::size_t request_for(std::size_t size) {
  return (size * 2 + 2) / 3;
}

TEST(ReflectionLimit, LeavesAnAnswerAloneThatIsNoLonger) {
  std::string sent = answer;
  EXPECT_TRUE(limit_reflection(sent, request_for(answer.size())));
  EXPECT_EQ(sent, answer);
}

TEST(ReflectionLimit, LeavesOutWhatIsOptionalThenShortensNames) {
  std::string last = answer;
  for (std::size_t bytes = answer.size(); bytes > 0; --bytes) {
    std::string sent = answer;
    if (!limit_reflection(sent, bytes)) break;
    EXPECT_LE(sent.size() * 2, bytes * 3);
    EXPECT_LE(sent.size(), last.size());
    last = sent;
    const auto message = sip::Message::parse(sent);
    ASSERT_TRUE(message) << sent;
    EXPECT_EQ(message->via_branch(), "z9hG4bKa");
    EXPECT_EQ(message->to_tag(), "0123456789abcdef");
    EXPECT_EQ(message->call_id(), "c");
    EXPECT_EQ(message->from_tag(), "1");
  }
  EXPECT_EQ(last.find("Allow"), std::string::npos);
  EXPECT_EQ(last.find("Content-Length"), std::string::npos);
  EXPECT_NE(last.find("\r\nv:SIP/2.0/UDP b;"), std::string::npos) << last;
}

TEST(ReflectionLimit, SendsNothingWhereNothingHelps) {
  std::string sent = answer;
  EXPECT_FALSE(limit_reflection(sent, 50));
}

}  // namespace
}  // namespace carillon::agent
