// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what a side with keys says reaches a side without, and the other way; who has no key is not heard, is told nothing and
// teaches the relay no address; a description that repeats a key changes nothing.
#include "rtp/srtp.hpp"

#include "media/relay_fixture.hpp"

namespace carillon::media::test {
namespace {

const CallId call{1, 2};
constexpr std::uint16_t leg_secret = 1;

ng::SrtpKeys keys(char ours = 'o', char theirs = 't') {
  constexpr auto profile = rtp::SrtpProfile::aes_128_sha1_80;
  return {{profile, std::string(rtp::master_size(profile), ours)}, {profile, std::string(rtp::master_size(profile), theirs)}};
}

std::span<const std::uint8_t> octets(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

struct SecretCall : Relay {
  SecretCall() {
    secret_spec.signalling_source = end("192.0.2.10", 5060);
    secret_spec.streams.push_back({.kind = ng::Kind::audio, .remote = end("192.0.2.10", 4000), .srtp = keys()});
    plain_spec.signalling_source = end("192.0.2.20", 5060);
    plain_spec.streams.push_back({.kind = ng::Kind::audio, .remote = end("192.0.2.20", 5000)});
    std::tie(towards_secret, towards_plain) = create_pair(call, secret_spec, plain_spec);
  }
  std::string sealed(std::uint16_t sequence) {
    std::string packet = rtp_packet(sequence, 77);
    std::vector<std::uint8_t> buffer(packet.begin(), packet.end());
    buffer.resize(packet.size() + rtp::srtp_growth);
    buffer.resize(phone_sender.seal_rtp(buffer, packet.size()));
    return {buffer.begin(), buffer.end()};
  }
  std::optional<std::string> opened(std::string_view packet) {
    std::vector<std::uint8_t> plain(packet.size());
    const auto size = phone_receiver.open_rtp(octets(packet), plain);
    if (!size) return std::nullopt;
    return std::string(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(*size));
  }

  ng::LegSpec secret_spec, plain_spec;
  net::Address towards_secret, towards_plain;
  Phone teller{wire, "192.0.2.10", 4000, 77};
  Phone listener{wire, "192.0.2.20", 5000, 88};
  rtp::SrtpSender phone_sender{keys().theirs};
  rtp::SrtpReceiver phone_receiver{keys().ours};
};

TEST(SrtpRelay, OpensOneSideAndSealsForIt) {
  SecretCall t;
  for (std::uint16_t i = 1; i <= 5; ++i) t.teller.rtp->send(t.towards_secret, t.sealed(i));
  t.loop.run_for(1s);
  ASSERT_EQ(t.listener.heard.size(), 5U);
  EXPECT_EQ(t.listener.heard[4], rtp_packet(5, 77));
  t.listener.speak(t.towards_plain);
  t.loop.run_for(1s);
  ASSERT_EQ(t.teller.heard.size(), 1U);
  EXPECT_EQ(t.teller.heard[0].size(), 182U);
  EXPECT_EQ(t.opened(t.teller.heard[0]), rtp_packet(1, 88));
}

TEST(SrtpRelay, WhoHasNoKeyIsNobody) {
  SecretCall t;
  Phone stranger(t.wire, "203.0.113.66", 6000, 99);
  for (int i = 0; i < 50; ++i) {
    stranger.speak(t.towards_secret);
    t.teller.speak(t.towards_secret);  // From the right place, but plain.
    t.loop.run_for(20ms);
  }
  EXPECT_TRUE(t.listener.heard.empty());
  t.listener.speak(t.towards_plain);
  t.loop.run_for(1s);
  EXPECT_TRUE(stranger.heard.empty());
  EXPECT_EQ(t.teller.heard.size(), 1U);
  t.teller.rtp->send(t.towards_secret, t.sealed(1));
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 1U);
  const std::string once = t.sealed(2);
  for (int i = 0; i < 3; ++i) t.teller.rtp->send(t.towards_secret, once);
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 2U) << "the same packet counts once";
}

TEST(SrtpRelay, RepeatedKeysGoOnAndNewOnesBeginAnew) {
  SecretCall t;
  const std::string once = t.sealed(1);
  t.teller.rtp->send(t.towards_secret, once);
  t.listener.speak(t.towards_plain);
  t.loop.run_for(1s);
  ASSERT_TRUE(t.execute({call, {ng::Modify{leg_secret, t.secret_spec}}}));
  t.teller.rtp->send(t.towards_secret, once);
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 1U) << "a replay";
  t.listener.speak(t.towards_plain);
  t.loop.run_for(1s);
  ASSERT_EQ(t.teller.heard.size(), 2U);
  EXPECT_TRUE(t.opened(t.teller.heard[1]));

  ng::LegSpec closed = t.secret_spec;
  closed.streams[0] = {.kind = ng::Kind::audio};
  ASSERT_TRUE(t.execute({call, {ng::Modify{leg_secret, closed}, ng::Modify{leg_secret, t.secret_spec}}}));
  t.teller.rtp->send(t.towards_secret, once);
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 1U) << "a replay after the line was closed and opened";

  t.secret_spec.streams[0].srtp = keys('p', 'u');
  ASSERT_TRUE(t.execute({call, {ng::Modify{leg_secret, t.secret_spec}}}));
  t.teller.rtp->send(t.towards_secret, t.sealed(3));
  t.listener.speak(t.towards_plain);
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 1U) << "by the old key";
  ASSERT_EQ(t.teller.heard.size(), 3U);
  EXPECT_FALSE(t.opened(t.teller.heard[2])) << "by the old key";
}

// A telephone that is transferred takes its keys along, and goes on counting.
TEST(SrtpRelay, KeysThatComeToAnotherCallGoOn) {
  SecretCall t;
  const std::string once = t.sealed(65'535);
  t.teller.rtp->send(t.towards_secret, once);
  t.teller.rtp->send(t.towards_secret, t.sealed(0));  // Beyond the roll-over.
  t.listener.speak(t.towards_plain);
  t.loop.run_for(1s);
  ASSERT_EQ(t.listener.heard.size(), 2U);
  ASSERT_EQ(t.teller.heard.size(), 1U);
  EXPECT_TRUE(t.opened(t.teller.heard[0]));

  const CallId next{3, 4};
  ASSERT_TRUE(t.execute({call, {ng::Destroy{0}}}));
  const auto [towards_secret, towards_plain] = t.create_pair(next, t.secret_spec, t.plain_spec);
  t.teller.rtp->send(towards_secret, once);
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 2U) << "a replay";
  t.teller.rtp->send(towards_secret, t.sealed(1));
  t.loop.run_for(1s);
  EXPECT_EQ(t.listener.heard.size(), 3U) << "by the roll-over counter that it has";
  t.listener.rtp->send(towards_plain, rtp_packet(1, 88));
  t.loop.run_for(1s);
  EXPECT_EQ(t.teller.heard.size(), 1U) << "an index that was used";
}

}  // namespace
}  // namespace carillon::media::test
