// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: real and sloppy descriptions are understood, hostile ones are refused within the bounds, and nothing gets lost on the way
// back to text.
#include "sdp/session.hpp"

#include "sdp/descriptions.hpp"

namespace carillon::sdp {
namespace {

TEST(Session, ReadsASoftphonesOffer) {
  const Session session = parse_or_die(read_description("softphone.sdp"));
  EXPECT_EQ(session.origin.user, "alice");
  EXPECT_EQ(session.origin.session_id, "3724394400");
  EXPECT_EQ(session.origin.version, "3724394405");
  ASSERT_EQ(session.media.size(), 2U);
  const Media& audio = session.media[0];
  EXPECT_EQ(audio.type, "audio");
  EXPECT_EQ(audio.port, 10942);
  EXPECT_TRUE(audio.is_plain_rtp());
  ASSERT_EQ(audio.formats.size(), 5U);
  EXPECT_EQ(audio.formats[0].encoding, "opus");
  EXPECT_EQ(audio.formats[0].clock_rate, 48000U);
  EXPECT_EQ(audio.formats[0].channels, 2);
  EXPECT_EQ(audio.formats[0].fmtp, "useinbandfec=1;stereo=0");
  EXPECT_EQ(audio.formats[2].encoding, "PCMA") << "static payload types need no rtpmap";
  EXPECT_EQ(audio.formats[3].clock_rate, 8000U);
  EXPECT_TRUE(audio.formats[4].is_telephone_event());
  EXPECT_EQ(audio.rtcp_port, 10943);
  ASSERT_TRUE(audio.rtcp_connection);
  EXPECT_EQ(audio.rtcp_connection->address, "192.0.2.10");
  EXPECT_TRUE(audio.has_rtcp_mux);
  EXPECT_EQ(audio.ptime_ms, 20);
  EXPECT_EQ(audio.max_ptime_ms, 60);
  EXPECT_NE(audio.find_attribute("crypto"), nullptr);
  EXPECT_EQ(session.direction_of(audio), Direction::sendrecv);
  EXPECT_EQ(session.connection_of(audio)->address, "192.0.2.10");
  EXPECT_FALSE(session.media[1].is_active());
}

TEST(Session, ReadsWhatSloppyDevicesSend) {
  const Session session = parse_or_die(read_description("sloppy.sdp"));
  ASSERT_EQ(session.media.size(), 1U);
  const Media& audio = session.media[0];
  EXPECT_EQ(audio.port, 4000);
  EXPECT_EQ(session.connection_of(audio)->address, "192.0.2.7");
  EXPECT_EQ(audio.ptime_ms, 30) << "a ptime beyond reason does not count";
  EXPECT_EQ(session.direction_of(audio), Direction::sendonly);
  EXPECT_TRUE(audio.find_format("101")->is_telephone_event());
  EXPECT_EQ(audio.find_attribute("x-vendor")->value, "one:two");
}

TEST(Session, TakesBareLineFeedsAndAMissingLastOne) {
  const Session session = parse_or_die("v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\na=recvonly");
  EXPECT_EQ(session.direction_of(session.media.at(0)), Direction::recvonly);
}

TEST(Session, TakesMediaOverSessionConnectionAndDirection) {
  const Session session = parse_or_die(read_description("rfc8866_section_5.sdp"));
  ASSERT_EQ(session.media.size(), 3U);
  EXPECT_EQ(session.connection_of(session.media[0])->address, "198.51.100.1");
  EXPECT_EQ(session.connection_of(session.media[2])->address, "2001:db8::2");
  EXPECT_TRUE(session.connection_of(session.media[2])->is_v6);
  const Session directed = parse_or_die("v=0\na=inactive\nm=audio 1 RTP/AVP 0\nm=audio 2 RTP/AVP 0\na=sendonly\n");
  EXPECT_EQ(directed.direction_of(directed.media[0]), Direction::inactive);
  EXPECT_EQ(directed.direction_of(directed.media[1]), Direction::sendonly);
}

TEST(Session, RefusesWhatItCannotUse) {
  const struct {
    std::string text;
    Fault fault;
  } cases[] = {
      {"", Fault::not_sdp},
      {"\r\n", Fault::not_sdp},
      {"v=1\r\n", Fault::not_sdp},
      {"<xml/>", Fault::not_sdp},
      {"v=0\r\nhello\r\n", Fault::bad_line},
      {"v=0\r\nm\r\n", Fault::bad_line},
      {std::string("v=0\r\ns=a\0b\r\n", 12), Fault::bad_line},
      {"v=0\r\na=x:\rVia: y\r\n", Fault::bad_line},
      {"v=0\r\na=\r\n", Fault::bad_line},
      {"v=0\r\na=:x\r\n", Fault::bad_line},
      {"v=0\r\nc=IN IP5 x\r\n", Fault::bad_line},
      {"v=0\r\nc=IN IP4\r\n", Fault::bad_line},
      {"v=0\r\nm=audio\r\n", Fault::bad_media},
      {"v=0\r\nm=audio 4000\r\n", Fault::bad_media},
      {"v=0\r\nm=audio 4000 RTP/AVP\r\n", Fault::bad_media},
      {"v=0\r\nm=audio 65536 RTP/AVP 0\r\n", Fault::bad_media},
      {"v=0\r\nm=audio -1 RTP/AVP 0\r\n", Fault::bad_media},
      {"v=0\r\nm=audio 0x10 RTP/AVP 0\r\n", Fault::bad_media},
  };
  for (const auto& c : cases) {
    const auto session = Session::parse(c.text);
    ASSERT_FALSE(session) << c.text;
    EXPECT_TRUE(session.error().is(c.fault)) << c.text << " gave " << session.error().code;
  }
}

TEST(Session, HoldsItsBounds) {
  const auto repeat = [](std::string_view line, std::size_t times) {
    std::string text = "v=0\r\n";
    for (std::size_t i = 0; i < times; ++i) text += line;
    return text;
  };
  EXPECT_TRUE(Session::parse(repeat("m=audio 1 RTP/AVP 0\r\n", media_max)));
  EXPECT_TRUE(Session::parse(repeat("m=audio 1 RTP/AVP 0\r\n", media_max + 1)).error().is(Fault::too_many_media));
  EXPECT_TRUE(Session::parse(repeat("a=x\r\n", attributes_max)));
  EXPECT_TRUE(Session::parse(repeat("a=x\r\n", attributes_max + 1)).error().is(Fault::too_many_attributes));
  EXPECT_TRUE(Session::parse(repeat("b=AS:1\r\n", attributes_max + 1)).error().is(Fault::too_many_attributes));
  std::string formats = "v=0\r\nm=audio 1 RTP/AVP";
  for (std::size_t i = 0; i < formats_max; ++i) formats += " 0";
  EXPECT_TRUE(Session::parse(formats));
  EXPECT_TRUE(Session::parse(formats + " 0").error().is(Fault::too_many_formats));
  const std::string full = "v=0\r\ns=" + std::string(size_max - 7, 'x');
  EXPECT_TRUE(Session::parse(full));
  EXPECT_TRUE(Session::parse(full + "x").error().is(Fault::too_large));
}

TEST(Session, WritesWhatItRead) {
  for (std::string_view name :
       {"softphone.sdp", "browser.sdp", "sloppy.sdp", "fax.sdp", "rfc8866_section_5.sdp", "desk_phone_answer.sdp"}) {
    const Session session = parse_or_die(read_description(name));
    const std::string text = write(session);
    const Session again = parse_or_die(text);
    EXPECT_EQ(write(again), text) << name;
    ASSERT_EQ(again.media.size(), session.media.size());
    for (std::size_t i = 0; i < session.media.size(); ++i) {
      EXPECT_EQ(again.media[i].formats.size(), session.media[i].formats.size());
      EXPECT_EQ(again.media[i].attributes.size(), session.media[i].attributes.size()) << name;
      EXPECT_EQ(again.direction_of(again.media[i]), session.direction_of(session.media[i]));
    }
  }
}

TEST(Session, CopiesAndMovesKeepTheirViews) {
  Session original = parse_or_die(read_description("softphone.sdp"));
  const std::string text = write(original);
  Session copy = original;
  original = parse_or_die(read_description("fax.sdp"));
  Session moved = std::move(copy);
  EXPECT_EQ(write(moved), text);
  moved = original;
  EXPECT_EQ(moved.media.at(0).type, "image");
}

TEST(Session, KnowsHoldInAllItsSpellings) {
  const struct {
    std::string text;
    bool is_held;
    Direction direction;
  } cases[] = {
      {audio("192.0.2.1", "4000"), false, Direction::sendrecv},
      {audio("192.0.2.1", "4000", "a=sendrecv\r\n"), false, Direction::sendrecv},
      {audio("192.0.2.1", "4000", "a=sendonly\r\n"), true, Direction::sendonly},
      {audio("192.0.2.1", "4000", "a=recvonly\r\n"), true, Direction::recvonly},
      {audio("192.0.2.1", "4000", "a=inactive\r\n"), true, Direction::inactive},
      {audio("0.0.0.0", "4000"), true, Direction::sendonly},
      {audio("0.0.0.0", "4000", "a=recvonly\r\n"), true, Direction::inactive},
      {audio("192.0.2.1", "4000", "c=IN IP4 0.0.0.0\r\n"), true, Direction::sendonly},
      {audio("0.0.0.0", "4000", "c=IN IP4 192.0.2.1\r\n"), false, Direction::sendrecv},
      {audio("192.0.2.1", "4000", "c=IN IP6 ::\r\n"), true, Direction::sendonly},
      {audio("192.0.2.1", "0"), false, Direction::sendrecv},
      {audio("192.0.2.1", "4000", "a=sendonly\r\nm=video 4002 RTP/AVP 99\r\n"), true, Direction::sendonly},
      {audio("192.0.2.1", "4000", "m=video 4002 RTP/AVP 99\r\na=sendonly\r\n"), false, Direction::sendrecv},
      {audio("192.0.2.1", "0", "m=video 4002 RTP/AVP 99\r\na=inactive\r\n"), true, Direction::sendrecv},
  };
  for (const auto& c : cases) {
    const Session session = parse_or_die(c.text);
    EXPECT_EQ(is_held(session), c.is_held) << c.text;
    EXPECT_EQ(session.direction_of(session.media.at(0)), c.direction) << c.text;
  }
}

TEST(Session, ComparesAllButTheOrigin) {
  const Session first = parse_or_die("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n");
  const Session newer = parse_or_die("v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n");
  const Session other = parse_or_die("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4002 RTP/AVP 0\r\n");
  EXPECT_TRUE(same_but_origin(first, newer));
  EXPECT_FALSE(same_but_origin(first, other));
}

}  // namespace
}  // namespace carillon::sdp
