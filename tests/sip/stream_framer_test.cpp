// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: messages and pings come out of a stream in any division, bounded, and a stream that cannot be read on is given up.
#include "sip/stream_framer.hpp"

#include "sample.hpp"

namespace carillon::sip {
namespace {

struct Seen {
  std::vector<std::string> messages;
  int pings = 0;
  std::string_view fault;
};

Seen feed(StreamFramer& framer, const std::string& bytes, std::size_t piece) {
  Seen seen;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const std::string part = bytes.substr(at, piece);  // A copy that dies at the end of the turn.
    framer.feed(part);
    for (;;) {
      const auto item = framer.next();
      if (!item) {
        seen.fault = item.error().code;
        return seen;
      }
      if (!*item) break;
      if ((*item)->kind == StreamFramer::Kind::ping) {
        ++seen.pings;
      } else {
        seen.messages.emplace_back((*item)->bytes);
      }
    }
  }
  return seen;
}

Seen feed(const std::string& bytes, std::size_t piece) {
  StreamFramer framer;
  return feed(framer, bytes, piece);
}

TEST(StreamFramer, CutsMessagesInAnyDivision) {
  const std::string invite = sample("invite.dat");
  const std::string registration = sample("register.dat");
  for (std::size_t piece : {1UL, 2UL, 3UL, 7UL, 100UL, 1000UL, 100000UL}) {
    const Seen seen = feed("\r\n" + invite + registration + "\r\n\r\n" + invite, piece);
    EXPECT_EQ(seen.fault, "");
    EXPECT_EQ(seen.messages, (std::vector<std::string>{invite, registration, invite})) << piece;
    EXPECT_EQ(seen.pings, 1);
  }
}

TEST(StreamFramer, SeesPingsSplitAcrossReads) {
  for (std::size_t piece : {1UL, 2UL, 3UL, 4UL, 5UL, 64UL}) {
    EXPECT_EQ(feed("\r\n\r\n", piece).pings, 1) << piece;
    EXPECT_EQ(feed("\r\n\r\n\r\n\r\n", piece).pings, 2) << piece;
    EXPECT_EQ(feed("\r\n", piece).pings, 0) << piece;
  }
  StreamFramer framer;
  EXPECT_EQ(feed(framer, "\r\n", 2).pings, 0);
  EXPECT_FALSE(framer.mid_message());
  EXPECT_EQ(feed(framer, "\r\n", 2).pings, 1);
  EXPECT_EQ(framer.buffered(), 0U);
}

TEST(StreamFramer, TellsAnUnfinishedMessage) {
  StreamFramer framer;
  const std::string invite = sample("invite.dat");
  EXPECT_FALSE(framer.mid_message());
  feed(framer, invite.substr(0, 1), 1);
  EXPECT_TRUE(framer.mid_message());
  feed(framer, invite.substr(1, 500), 100);
  EXPECT_TRUE(framer.mid_message());
  EXPECT_EQ(feed(framer, invite.substr(501), 100000).messages.size(), 1U);
  EXPECT_FALSE(framer.mid_message());
  EXPECT_EQ(framer.buffered(), 0U);
}

TEST(StreamFramer, GivesUpWhatCannotBeFramed) {
  const std::string invite = sample("invite.dat");
  const std::string no_length = with(invite, "Content-Length", "X-Length");
  struct {
    std::string bytes;
    Fault fault;
  } cases[] = {
      {no_length, Fault::no_content_length},
      {with(invite, "Content-Length: ", "Content-Length: -"), Fault::bad_content_length},
      {with(invite, "Content-Length: ", "Content-Length: 999"), Fault::body_too_large},
      {with(invite, "Content-Length: ", "Content-Length: 99999999999999999999"), Fault::body_too_large},
      {with(invite, "CSeq", "l: 3\r\nCSeq"), Fault::duplicate_header},
      {with(invite, "CSeq", "bad header\r\nCSeq"), Fault::bad_header},
      {with(invite, "CSeq", "X: a\nl: 3\r\nCSeq"), Fault::bad_header},
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Fault::not_sip},
      {"\rINVITE", Fault::not_sip},
      {std::string(20000, 'x'), Fault::header_too_large},
      {with(invite, "CSeq", "X: " + std::string(17000, 'x') + "\r\nCSeq"), Fault::header_too_large},
  };
  for (const auto& one : cases) {
    for (std::size_t piece : {1UL, 50UL, 100000UL}) {
      const Seen seen = feed(one.bytes, piece);
      EXPECT_EQ(seen.fault, name_of(one.fault)) << one.bytes.substr(0, 300);
      EXPECT_TRUE(seen.messages.empty());
    }
  }
}

TEST(StreamFramer, LeavesWhatCanBeRefusedToTheParser) {
  const std::string invite = sample("invite.dat");
  const Seen seen = feed(with(invite, "SIP/2.0\r\n", "SIP/3.0\r\n") + with(invite, "CSeq: 1", "CSeq: x") + invite, 100);
  EXPECT_EQ(seen.fault, "");
  ASSERT_EQ(seen.messages.size(), 3U);
  EXPECT_TRUE(Message::parse(seen.messages[0]).error().is(Fault::bad_version));
  EXPECT_TRUE(Message::parse(seen.messages[1]).error().is(Fault::bad_cseq));
  EXPECT_TRUE(Message::parse(seen.messages[2]));
}

TEST(StreamFramer, ShowsWhatItRejected) {
  StreamFramer framer;
  const std::string bytes = with(sample("invite.dat"), "Content-Length", "X-Length");
  framer.feed(bytes);
  EXPECT_FALSE(framer.next());
  EXPECT_TRUE(Message::for_refusal(framer.rejected()));
}

}  // namespace
}  // namespace carillon::sip
