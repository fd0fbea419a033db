// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: every order and answer survives the wire unchanged, and values out of their range are refused.
#include "ng/leg_wire.hpp"

#include <gtest/gtest.h>

namespace carillon::ng {
namespace {

Endpoint endpoint(std::uint8_t last, std::uint16_t port) {
  Endpoint result;
  result.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last};
  result.port = port;
  return result;
}

const CallId call{0x0123456789abcdef, 0xfedcba9876543210};

Request full_request() {
  LegSpec spec;
  spec.signalling_source = endpoint(7, 5060);
  spec.local = endpoint(3, 5060);
  spec.streams.push_back({Kind::audio, endpoint(7, 40000), endpoint(7, 40009), true, false, true, {{101, 96}, {0, 127}}});
  spec.streams.back().srtp =
      SrtpKeys{{rtp::SrtpProfile::aes_256_gcm, std::string(44, '\0')}, {rtp::SrtpProfile::aes_256_gcm, std::string(44, '\xff')}};
  spec.streams.push_back({Kind::video, endpoint(8, 65535), {}, false, true, false, {}});
  spec.streams.push_back({Kind::other, {}, {}, false, true, true, {}});
  return {call,
          {Create{1, spec}, Create{65535, {}}, Modify{1, spec}, Connect{1, {{1, 2}, 9}, Phase::answered},
           Connect{1, {call, 2}, Phase::early}, Disconnect{2}, Destroy{0}, Destroy{3}, Query{}}};
}

template <class Message, class Kinds>
void expect_same(const Message& sent, Result<Kinds> (*decode)(const Value&)) {
  std::string text;
  encode(text, "c1", Kinds(sent));
  auto message = decode_message(text);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->cookie, "c1");
  auto received = decode(message->body);
  ASSERT_TRUE(received) << received.error().what;
  ASSERT_TRUE(std::holds_alternative<Message>(*received));
  EXPECT_EQ(std::get<Message>(*received), sent);
}

TEST(LegWire, CarriesRequests) {
  expect_same<Request, Order>(full_request(), decode_order);
}

TEST(LegWire, CarriesOutcomes) {
  StreamStatistics counts{Kind::video, endpoint(9, 1), 1, 2, 3, 4, 5, 6, 7, {}};
  StreamStatistics reported{Kind::audio, endpoint(9, 3), 1, 2, 3, 4, 5, 6, 7, PeerReport{-8, 0xffffffff}};
  Outcome outcome{{{1, {{endpoint(1, 13000), 13001}, {{}, 0}}, true}, {2, {}}}, {{1, {counts, {}}}, {2, {reported}}}};
  expect_same<Outcome, Answer>(outcome, decode_answer);
  expect_same<Outcome, Answer>(Outcome(), decode_answer);
  expect_same<Event, Answer>(Event(MediaTimeout{{call, 2}, 1, 59001}), decode_answer);
  expect_same<Event, Answer>(Event(Ended{call, EndReason::abandoned, outcome.statistics}), decode_answer);
}

TEST(LegWire, CarriesHelloWelcomeAndRefusal) {
  std::string text;
  encode(text, "1", Order(Hello{0xffffffffffffffff}));
  auto order = decode_order(decode_message(text)->body);
  EXPECT_EQ(std::get<Hello>(*order).owner, 0xffffffffffffffff);
  text.clear();
  encode(text, "1", Answer(Welcome{42}));
  auto answer = decode_answer(decode_message(text)->body);
  EXPECT_EQ(std::get<Welcome>(*answer).process, 42U);
  text.clear();
  encode(text, "1", Answer(Refusal{"media.no_ports"}));
  answer = decode_answer(decode_message(text)->body);
  EXPECT_EQ(std::get<Refusal>(*answer).code, "media.no_ports");
}

TEST(LegWire, RefusesWhatIsOutOfRange) {
  std::string hex = to_hex(call);
  auto request = [&](const std::string& commands) { return "d7:command4:legs4:call32:" + hex + "8:commandsl" + commands + "ee"; };
  for (const auto& text : {
           std::string("d7:command4:pinge"),
           std::string("d7:command5:helloe"),
           std::string("d7:command4:legs4:call3:abc8:commandsld2:do5:query3:legi0eeee"),
           request(""),
           request("d2:do5:query3:legi65536ee"),
           request("d2:do5:query3:legi-1ee"),
           request("d2:do6:dancer3:legi1ee"),
           request("d2:do6:create3:legi1e6:source3:abce"),
           request("d2:do6:create3:legi1e7:streamsld4:kindi9eeee"),
           request("d2:do6:create3:legi1e7:streamsld4:kindi0e8:payloadsli1eeeee"),
           request("d2:do6:create3:legi1e7:streamsld4:kindi0e8:payloadsli1ei128eeeee"),
           request("d2:do7:connect3:legi1e10:other-call32:" + hex + "5:otheri2e5:phasei2ee"),
       }) {
    auto value = Document::decode(text);
    ASSERT_TRUE(value) << text;
    auto order = decode_order(*value);
    ASSERT_FALSE(order) << text;
    EXPECT_TRUE(order.error().is(Fault::not_a_request)) << text;
  }
}

TEST(LegWire, BoundsCommandsAndStreams) {
  Request request{call, std::vector<Command>(max_commands + 1, Query{})};
  std::string text;
  encode(text, "1", Order(request));
  EXPECT_FALSE(decode_order(decode_message(text)->body));
  Create create{1, {}};
  create.spec.streams.resize(max_streams + 1);
  text.clear();
  encode(text, "1", Order(Request{call, {create}}));
  EXPECT_FALSE(decode_order(decode_message(text)->body));
}

}  // namespace
}  // namespace carillon::ng
