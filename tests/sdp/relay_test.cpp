// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the far side of a relayed call sees the same streams and codecs at our address, and nothing that only the near side
// should know.
#include "sdp/relay.hpp"

#include <array>

#include "sdp/descriptions.hpp"

namespace carillon::sdp {
namespace {

constexpr std::array<std::uint16_t, 3> offer_ports = {13000, 13002, 13004};
constexpr std::array<std::uint16_t, 3> answer_ports = {13004, 13006, 13008};
constexpr RelayPorts towards_callee = {"198.51.100.1", offer_ports};
constexpr RelayPorts towards_caller = {"198.51.100.1", answer_ports};

TEST(Relay, OffersWhatItCanCarry) {
  const struct {
    std::string_view offer;
    std::string_view relayed;
    RelayPorts relay;
  } cases[] = {
      {"softphone.sdp", "softphone.relayed", towards_callee},
      {"browser.sdp", "browser.relayed", towards_callee},
      {"sloppy.sdp", "sloppy.relayed", {"2001:db8::1", offer_ports}},
  };
  for (const auto& c : cases) {
    const Draft draft = make_relayed_offer(parse_or_die(read_description(c.offer)), c.relay);
    EXPECT_EQ(draft.lines, read_description(c.relayed)) << c.offer;
  }
}

TEST(Relay, AnswersInTheOffersOrder) {
  const Session offer = parse_or_die(read_description("softphone.sdp"));
  const Session answer = parse_or_die(read_description("desk_phone_answer.sdp"));
  EXPECT_EQ(make_relayed_answer(offer, answer, towards_caller).lines, read_description("desk_phone_answer.relayed"));
}

TEST(Relay, KnowsWhatItCannotCarry) {
  EXPECT_TRUE(has_relayable(parse_or_die(read_description("softphone.sdp"))));
  EXPECT_FALSE(has_relayable(parse_or_die(read_description("browser.sdp"))));
  EXPECT_FALSE(has_relayable(parse_or_die(read_description("fax.sdp"))));
  EXPECT_FALSE(has_relayable(parse_or_die(audio("192.0.2.1", "0"))));
  EXPECT_FALSE(has_relayable(parse_or_die("v=0\r\n")));
}

TEST(Relay, JoinsWhoSharesACodecUnderOnePayloadType) {
  constexpr std::string_view head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
  const auto can = [head](std::string_view one, std::string_view other) {
    const Session first = parse_or_die(std::string(head).append(one));
    const Session second = parse_or_die(std::string(head).append(other));
    EXPECT_EQ(can_join(first, second), can_join(second, first));
    return can_join(first, second);
  };
  constexpr std::string_view audio = "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
  constexpr std::string_view other_audio = "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
  constexpr std::string_view opus = "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n";
  constexpr std::string_view opus_elsewhere = "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 OPUS/48000/2\r\n";
  constexpr std::string_view not_opus = "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 speex/48000/2\r\n";
  constexpr std::string_view video = "m=video 4000 RTP/AVP 34\r\n";
  EXPECT_TRUE(can(audio, "m=audio 4000 RTP/AVP 8 0\r\n"));
  EXPECT_FALSE(can(audio, other_audio));
  EXPECT_TRUE(can(opus, opus));
  EXPECT_FALSE(can(opus, opus_elsewhere));
  EXPECT_FALSE(can(opus, not_opus));
  EXPECT_TRUE(can(audio, std::string(audio).append(video)));
  EXPECT_FALSE(can(audio, std::string(video).append(audio)));
  EXPECT_FALSE(can(audio, "m=audio 0 RTP/AVP 0\r\n"));
}

TEST(Relay, RefusesAStreamWithoutAPort) {
  const Session offer = parse_or_die(audio("192.0.2.1", "4000", "m=audio 4002 RTP/AVP 8\r\n"));
  constexpr std::array<std::uint16_t, 1> one_port = {13000};
  const Session relayed = parse_or_die("v=0\r\n" + make_relayed_offer(offer, {"198.51.100.1", one_port}).lines);
  ASSERT_EQ(relayed.media.size(), 2U);
  EXPECT_EQ(relayed.media[0].port, 13000);
  EXPECT_EQ(relayed.media[1].port, 0);
}

TEST(Relay, AnswersForAFarSideThatForgotAStream) {
  const Session offer = parse_or_die(audio("192.0.2.1", "4000", "m=audio 4002 RTP/AVP 8\r\n"));
  const Session answer = parse_or_die(audio("192.0.2.2", "5000"));
  const Session relayed = parse_or_die("v=0\r\n" + make_relayed_answer(offer, answer, towards_caller).lines);
  ASSERT_EQ(relayed.media.size(), 2U);
  EXPECT_TRUE(relayed.media[0].is_active());
  EXPECT_FALSE(relayed.media[1].is_active());
}

TEST(Relay, PassesHoldOnAndAnswersIt) {
  // What the holder writes, what the far side hears, what it answers, what the holder hears (RFC 3264 §6.1, §8.4).
  const struct {
    std::string address, offered;
    Direction relayed;
    std::string answered;
    Direction final;
  } cases[] = {
      {"192.0.2.1", "a=sendonly\r\n", Direction::sendonly, "a=recvonly\r\n", Direction::recvonly},
      {"192.0.2.1", "a=sendonly\r\n", Direction::sendonly, "", Direction::recvonly},
      {"192.0.2.1", "a=inactive\r\n", Direction::inactive, "a=inactive\r\n", Direction::inactive},
      {"192.0.2.1", "a=inactive\r\n", Direction::inactive, "a=sendrecv\r\n", Direction::inactive},
      {"192.0.2.1", "a=recvonly\r\n", Direction::recvonly, "a=sendonly\r\n", Direction::sendonly},
      {"0.0.0.0", "", Direction::sendonly, "a=recvonly\r\n", Direction::recvonly},
      {"192.0.2.1", "", Direction::sendrecv, "a=sendonly\r\n", Direction::sendonly},
      {"192.0.2.1", "", Direction::sendrecv, "", Direction::sendrecv},
  };
  for (const auto& c : cases) {
    const Session offer = parse_or_die(audio(c.address, "4000", c.offered));
    const Session relayed = parse_or_die("v=0\r\n" + make_relayed_offer(offer, towards_callee).lines);
    EXPECT_EQ(relayed.direction_of(relayed.media.at(0)), c.relayed) << c.address << c.offered;
    EXPECT_EQ(is_held(relayed), is_held(offer));
    const Session answer = parse_or_die(audio("192.0.2.2", "5000", c.answered));
    const Session back = parse_or_die("v=0\r\n" + make_relayed_answer(offer, answer, towards_caller).lines);
    EXPECT_EQ(back.direction_of(back.media.at(0)), c.final) << c.address << c.offered << c.answered;
  }
}

TEST(Relay, AnswerDirectionNeverExceedsTheOffer) {
  constexpr Direction all[] = {Direction::inactive, Direction::sendonly, Direction::recvonly, Direction::sendrecv};
  for (Direction offered : all) {
    for (Direction wanted : all) {
      const Direction answer = answer_direction(offered, wanted);
      EXPECT_TRUE(!sends(answer) || (receives(offered) && sends(wanted)));
      EXPECT_TRUE(!receives(answer) || (sends(offered) && receives(wanted)));
    }
    EXPECT_EQ(answer_direction(offered, Direction::sendrecv), reversed(offered));
  }
}

}  // namespace
}  // namespace carillon::sdp
