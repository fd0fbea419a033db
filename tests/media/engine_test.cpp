// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: two phones hear each other through the relay and nobody else does; holds, changes and timeouts do what signalling says.
#include "media/engine.hpp"

#include "relay_fixture.hpp"

namespace carillon::media {
namespace {

using test::at;
using test::audio;
using test::end;
using test::Phone;
using test::Relay;

const CallId call{1, 1};

/// Alice and Bob with public addresses, answered.
struct Talk : Relay {
  explicit Talk(Config changes = {}) : Relay(std::move(changes)) {
    std::tie(for_alice, for_bob) = create_pair(call, alice_spec, audio({}));
    auto outcome = execute({call, {ng::Modify{2, bob_spec}, ng::Connect{2, {call, 1}, ng::Phase::answered}}});
    if (outcome) for_bob = outcome->ports[0].streams[0].rtp.as<net::Address>();
  }

  /// Both speak once every 20 ms.
  void talk(Duration time, bool does_alice = true, bool does_bob = true) {
    for (auto until = loop.now() + time; loop.now() < until;) {
      if (does_alice) alice.speak(for_alice);
      if (does_bob) bob.speak(for_bob);
      loop.run_for(20ms);
    }
  }
  std::vector<ng::LegStatistics> statistics() { return execute({call, {ng::Query{}}})->statistics; }

  Phone alice{wire, "198.51.100.1", 4000, 0xa};
  Phone bob{wire, "198.51.100.2", 6000, 0xb};
  ng::LegSpec alice_spec = audio(end("198.51.100.1", 4000));
  ng::LegSpec bob_spec = audio(end("198.51.100.2", 6000));
  net::Address for_alice, for_bob;
};

TEST(Engine, RelaysBothWays) {
  Talk t;
  t.talk(1s);
  t.loop.run_for(100ms);
  EXPECT_EQ(t.alice.heard.size(), 50U);
  EXPECT_EQ(t.bob.heard.size(), 50U);
  EXPECT_EQ(t.bob.heard[7], test::rtp_packet(8, 0xa));
  EXPECT_EQ(t.alice.heard_from, t.for_alice) << "from the port that the SDP told";
  EXPECT_EQ(t.bob.heard_from, t.for_bob);
}

TEST(Engine, RelaysReportsToTheNextPort) {
  Talk t;
  t.alice.report(t.for_alice.with_port(static_cast<std::uint16_t>(t.for_alice.port + 1)));
  t.loop.run_for(50ms);
  ASSERT_EQ(t.bob.reports.size(), 1U);
  EXPECT_EQ(t.bob.reports[0], Phone::report_text());
  EXPECT_TRUE(t.bob.heard.empty());
}

TEST(Engine, RelaysReportsToOnePortWhenAgreed) {
  Talk t;
  t.bob_spec.streams[0].rtcp_mux = true;
  t.answer(call, t.bob_spec);
  t.alice.report(t.for_alice.with_port(static_cast<std::uint16_t>(t.for_alice.port + 1)));
  t.bob.rtp->send(t.for_bob, Phone::report_text());
  t.loop.run_for(50ms);
  EXPECT_EQ(t.bob.heard, std::vector<std::string>{Phone::report_text()});
  EXPECT_EQ(t.alice.reports, std::vector<std::string>{Phone::report_text()});
}

TEST(Engine, ReportsNeverLatch) {
  Talk t;
  Phone attacker(t.wire, "198.18.0.66", 9000, 1);
  for (int i = 0; i < 10; ++i) {
    attacker.rtp->send(t.for_alice, Phone::report_text());
    attacker.report(t.for_alice.with_port(static_cast<std::uint16_t>(t.for_alice.port + 1)));
    t.loop.run_for(20ms);
  }
  t.talk(200ms, false, true);
  t.bob.report(t.for_bob.with_port(static_cast<std::uint16_t>(t.for_bob.port + 1)));
  t.loop.run_for(100ms);
  EXPECT_TRUE(attacker.heard.empty() && attacker.reports.empty());
  EXPECT_TRUE(t.bob.heard.empty() && t.bob.reports.empty());
  EXPECT_EQ(t.alice.heard.size(), 10U);
  EXPECT_EQ(t.alice.reports.size(), 1U);
}

TEST(Engine, FindsPhoneBehindNat) {
  Talk t;
  Phone carol(t.wire, "203.0.113.9", 31000, 0xc);
  ng::LegSpec spec = audio(end("192.168.1.5", 4000), end("203.0.113.9", 5060));
  t.answer(call, spec);
  t.talk(100ms, true, false);
  t.loop.run_for(100ms);
  EXPECT_TRUE(carol.heard.empty()) << "nothing leaves before the phone has proven where it is";
  for (int i = 0; i < 10; ++i) {
    carol.speak(t.for_bob);
    t.loop.run_for(20ms);
  }
  t.talk(200ms, true, false);
  t.loop.run_for(100ms);
  EXPECT_EQ(carol.heard.size(), 10U);
  EXPECT_EQ(t.alice.heard.size(), 7U) << "the first three were its probation";
  EXPECT_EQ(t.statistics()[1].streams[0].remote, end("203.0.113.9", 31000));
}

TEST(Engine, SprayingAttackerHearsAndSaysNothing) {
  for (auto moment : {0ms, 100ms, 5000ms}) {
    Talk t;
    Phone attacker(t.wire, "198.18.0.66", 9000, 0xe);
    t.talk(moment);
    auto heard = t.bob.heard.size() + t.alice.heard.size();
    for (int round = 0; round < 50; ++round) {
      for (int port = 13000; port < 19000; port += 97) attacker.speak(at("192.0.2.1", static_cast<std::uint16_t>(port)));
      attacker.speak(t.for_alice);
      attacker.speak(t.for_bob);
      t.talk(20ms);
    }
    t.loop.run_for(100ms);
    EXPECT_TRUE(attacker.heard.empty());
    EXPECT_EQ(t.bob.heard.size() + t.alice.heard.size() - heard, 100U) << "only what the phones said";
    EXPECT_GE(t.statistics()[0].streams[0].strangers, 50U);
  }
}

TEST(Engine, HoldStopsRelayingInTheHeldDirection) {
  Talk t;
  t.talk(200ms);
  t.bob_spec.streams[0].to_peer = false;
  t.answer(call, t.bob_spec);
  t.loop.run_for(50ms);
  t.bob.heard.clear();
  t.alice.heard.clear();
  t.talk(200ms);
  t.loop.run_for(50ms);
  EXPECT_TRUE(t.bob.heard.empty());
  EXPECT_EQ(t.alice.heard.size(), 10U) << "music that Bob plays still arrives";
  t.bob_spec.streams[0].from_peer = false;
  t.answer(call, t.bob_spec);
  t.alice.heard.clear();
  t.talk(200ms);
  t.loop.run_for(50ms);
  EXPECT_TRUE(t.alice.heard.empty());
  t.bob_spec.streams[0].to_peer = t.bob_spec.streams[0].from_peer = true;
  t.answer(call, t.bob_spec);
  t.talk(200ms);
  t.loop.run_for(50ms);
  EXPECT_EQ(t.alice.heard.size(), 10U);
  EXPECT_EQ(t.bob.heard.size(), 10U);
}

TEST(Engine, ChangesPayloadTypes) {
  Talk t;
  t.bob_spec.streams[0].payload_changes = {{101, 96}};
  t.answer(call, t.bob_spec);
  t.bob.speak(t.for_bob, 101);
  t.bob.speak(t.for_bob, 101 | 0x80);
  t.bob.speak(t.for_bob, 8);
  t.alice.speak(t.for_alice, 101);
  t.loop.run_for(50ms);
  ASSERT_EQ(t.alice.heard.size(), 3U);
  EXPECT_EQ(t.alice.heard[0], test::rtp_packet(1, 0xb, 96));
  EXPECT_EQ(t.alice.heard[1], test::rtp_packet(2, 0xb, 96 | 0x80)) << "the marker stays";
  EXPECT_EQ(t.alice.heard[2], test::rtp_packet(3, 0xb, 8));
  EXPECT_EQ(t.bob.heard, std::vector<std::string>{test::rtp_packet(1, 0xa, 101)}) << "the other direction is its own";
}

TEST(Engine, ConnectsALegToAnotherCall) {
  Talk t;
  Phone carol(t.wire, "198.51.100.3", 7000, 0xc);
  const CallId second{2, 2};
  auto [for_carol, unused] = t.create_pair(second, audio(end("198.51.100.3", 7000)), audio({}));
  ASSERT_TRUE(t.execute({second, {ng::Connect{1, {call, 1}, ng::Phase::answered}}}));
  carol.speak(for_carol);
  t.talk(20ms);
  t.loop.run_for(50ms);
  EXPECT_EQ(carol.heard.size(), 1U);
  EXPECT_EQ(t.alice.heard.size(), 1U);
  EXPECT_TRUE(t.bob.heard.empty()) << "Bob was left by the transfer";
  ASSERT_TRUE(t.execute({second, {ng::Destroy{0}}}));
  t.talk(40ms);
  t.loop.run_for(50ms);
  EXPECT_EQ(t.alice.heard.size(), 1U);
}

TEST(Engine, CountsWhatItSees) {
  Talk t;
  t.talk(200ms);
  t.alice.rtp->send(t.for_alice, "garbage");
  t.alice.rtp->send(t.for_alice, test::rtp_packet(14, 0xa));
  // RFC 3550 §6.4.2: three packets lost, a jitter of 24.
  const std::string_view report("\x81\xc9\0\7us__them\0\0\0\3high\0\0\0\x18last\0\0\0\0", 32);
  t.alice.rtcp->send(t.for_alice.with_port(static_cast<std::uint16_t>(t.for_alice.port + 1)), report);
  t.loop.run_for(50ms);
  auto outcome = t.execute({call, {ng::Destroy{0}}});
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->statistics.size(), 2U);
  auto& alice = outcome->statistics[0].streams[0];
  EXPECT_EQ(alice.received_packets, 11U);
  EXPECT_EQ(alice.received_bytes, 11U * 172);
  EXPECT_EQ(alice.lost, 3U);
  EXPECT_EQ(alice.sent_packets, 10U);
  EXPECT_EQ(alice.reported, (ng::PeerReport{.lost = 3, .jitter = 24}));
  EXPECT_FALSE(outcome->statistics[1].streams[0].reported);
  EXPECT_EQ(alice.discarded, 1U);
  EXPECT_EQ(alice.remote, end("198.51.100.1", 4000));
  EXPECT_EQ(t.engine->counters().calls, 0U);
  EXPECT_EQ(t.engine->counters().ports_leased, 0U);
}

TEST(Engine, TellsSilenceOfEachDirectionOnce) {
  Talk t;
  t.talk(1s);
  t.talk(90s, true, false);
  ASSERT_EQ(t.events.size(), 1U);
  const auto& told = std::get<ng::MediaTimeout>(t.events[0]);
  EXPECT_EQ(told.leg, (ng::LegId{call, 2}));
  EXPECT_GE(told.silent_ms, 59'000U) << "at the latest a minute after the last sound, and it says when that was";
  EXPECT_LE(told.silent_ms, 60'000U);
  t.talk(1s);
  t.talk(61s, true, false);
  t.loop.run_for(2s);
  EXPECT_EQ(t.events.size(), 2U) << "again after media had resumed";
}

TEST(Engine, NoTimeoutOnHoldBeforeTheAnswerOrWhileReportsCome) {
  Talk held;
  held.bob_spec.streams[0].from_peer = held.bob_spec.streams[0].to_peer = false;
  held.answer(call, held.bob_spec);
  held.loop.run_for(2h);
  EXPECT_TRUE(held.events.empty());

  Talk holding;  // By sendonly, and it has no music.
  holding.bob_spec.streams[0].to_peer = false;
  holding.answer(call, holding.bob_spec);
  holding.loop.run_for(2h);
  EXPECT_TRUE(holding.events.empty());
  holding.bob_spec.streams[0].to_peer = true;
  holding.answer(call, holding.bob_spec);
  holding.loop.run_for(50s);
  EXPECT_TRUE(holding.events.empty()) << "silence counts from the resume";
  holding.loop.run_for(12s);
  EXPECT_EQ(holding.events.size(), 2U);

  Relay ringing;
  ringing.create_pair(call, audio(end("198.51.100.1", 4000)), audio(end("198.51.100.2", 4000)));
  ringing.loop.run_for(180s);
  EXPECT_TRUE(ringing.events.empty());

  Talk muted;
  for (int i = 0; i < 30; ++i) {
    muted.alice.report(muted.for_alice.with_port(static_cast<std::uint16_t>(muted.for_alice.port + 1)));
    muted.bob.report(muted.for_bob.with_port(static_cast<std::uint16_t>(muted.for_bob.port + 1)));
    muted.loop.run_for(5s);
  }
  EXPECT_TRUE(muted.events.empty()) << "whoever reports is alive";
}

TEST(Engine, EndsWhatNobodyEnds) {
  Talk silent;
  silent.loop.run_for(122s);
  ASSERT_EQ(silent.events.size(), 3U);
  EXPECT_EQ(std::get<ng::Ended>(silent.events[2]).reason, ng::EndReason::silent);
  EXPECT_EQ(silent.engine->counters().ports_leased, 0U);

  Relay unanswered;
  unanswered.create_pair(call, audio(end("198.51.100.1", 4000)), audio({}));
  unanswered.loop.run_for(192s);
  ASSERT_EQ(unanswered.events.size(), 1U);
  EXPECT_EQ(std::get<ng::Ended>(unanswered.events[0]).reason, ng::EndReason::unanswered);
  EXPECT_EQ(unanswered.engine->counters().ports_leased, 0U);
}

TEST(Engine, CallsOutliveTheirSignallingWhileMediaFlows) {
  Talk t;
  t.bob_spec.streams[0].from_peer = false;
  t.answer(call, t.bob_spec);
  t.engine->set_present(1, false);
  t.talk(10min, true, false);
  EXPECT_EQ(t.engine->counters().calls, 1U);
  t.engine->set_present(1, true);
  t.loop.run_for(1s);
  t.engine->set_present(1, false);
  t.loop.run_for(59s);
  EXPECT_EQ(t.engine->counters().calls, 1U);
  t.loop.run_for(3s);
  EXPECT_EQ(t.engine->counters().calls, 0U);
  EXPECT_EQ(std::get<ng::Ended>(t.events.back()).reason, ng::EndReason::abandoned);
}

TEST(Engine, OffersOfASignallingThatDiedEndSoon) {
  Relay t;
  t.create_pair(call, audio(end("198.51.100.1", 4000)), audio({}));
  t.engine->set_present(1, false);
  t.loop.run_for(5s);
  t.engine->set_present(1, true);  // It was the connection alone.
  t.loop.run_for(20s);
  EXPECT_EQ(t.engine->counters().calls, 1U);
  t.engine->set_present(1, false);
  t.loop.run_for(12s);
  EXPECT_EQ(t.engine->counters().ports_leased, 0U);
  EXPECT_EQ(std::get<ng::Ended>(t.events.back()).reason, ng::EndReason::abandoned);
}

TEST(Engine, AbandonedOffersGiveAllPortsBack) {
  Relay t;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    CallId id{7, i};
    auto spec = audio(end("198.51.100.1", 4000));
    auto created = t.execute({id, {ng::Create{1, spec}, ng::Create{2, audio({})}, ng::Connect{1, {id, 2}, ng::Phase::early}}});
    if (!created) {
      EXPECT_TRUE(created.error().is(Fault::no_ports));
      t.loop.run_for(1s);
      continue;
    }
    switch (i % 8) {
      case 0:
        break;
      case 1:
        t.execute({id, {ng::Modify{2, spec}}});
        break;
      case 2:
        t.execute({id, {ng::Connect{2, {id, 1}, ng::Phase::answered}}});
        break;
      case 3:
        t.execute({id, {ng::Modify{2, spec}, ng::Connect{2, {id, 1}, ng::Phase::answered}}});
        break;
      case 4:
        t.execute({id, {ng::Destroy{1}}});
        break;
      case 5:
        t.execute({id, {ng::Disconnect{1}}});
        break;
      case 6:
        t.execute({id, {ng::Create{3, spec}, ng::Create{3, spec}}});
        break;
      default:
        t.execute({id, {ng::Modify{9, spec}}});
    }
  }
  EXPECT_GT(t.engine->counters().ports_leased, 0U);
  t.engine->set_present(1, false);
  t.loop.run_for(200s);
  EXPECT_EQ(t.engine->counters().ports_leased, 0U);
  EXPECT_EQ(t.engine->counters().calls, 0U);
}

TEST(Engine, FailedRequestLeavesNothingBehind) {
  Relay t(Relay::Config{.hosts = {at("192.0.2.1", 0)}, .ports = {13000, 13003}});
  auto spec = audio(end("198.51.100.1", 4000));
  auto failed = t.execute({call, {ng::Create{1, spec}, ng::Create{2, spec}, ng::Create{3, spec}}});
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().is(Fault::no_ports));
  EXPECT_EQ(t.engine->counters().calls, 0U);
  EXPECT_EQ(t.engine->counters().ports_leased, 0U);
  EXPECT_TRUE(t.execute({call, {ng::Create{1, spec}, ng::Create{2, spec}}}));
}

TEST(Engine, RefusesWrongCommands) {
  Relay t;
  auto spec = audio(end("198.51.100.1", 4000));
  ASSERT_TRUE(t.execute({call, {ng::Create{1, spec}}}));
  struct Case {
    ng::Command command;
    Fault fault;
  };
  const Case cases[] = {{ng::Create{1, spec}, Fault::leg_exists},
                        {ng::Create{0, spec}, Fault::leg_exists},
                        {ng::Create{2, {{}, std::vector<ng::StreamSpec>(ng::max_streams + 1)}}, Fault::too_many},
                        {ng::Modify{2, spec}, Fault::no_such_leg},
                        {ng::Connect{1, {call, 1}, ng::Phase::early}, Fault::no_such_leg},
                        {ng::Connect{1, {{9, 9}, 1}, ng::Phase::early}, Fault::no_such_leg},
                        {ng::Disconnect{2}, Fault::no_such_leg},
                        {ng::Destroy{2}, Fault::no_such_leg}};
  for (auto& c : cases) {
    auto done = t.execute({call, {c.command}});
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().is(c.fault)) << c.command.index() << " " << done.error().code;
  }
  EXPECT_TRUE(t.execute({{5, 5}, {ng::Query{}}}).error().is(Fault::no_such_leg));
  EXPECT_TRUE(t.execute({{5, 5}, {ng::Destroy{0}}})) << "destroying what is gone is no fault";
}

TEST(Engine, RefusedStreamsKeepTheirPlace) {
  Relay t;
  ng::LegSpec spec;
  spec.streams.resize(3);
  spec.streams[0].kind = ng::Kind::other;
  auto outcome = t.execute({call, {ng::Create{1, spec}}});
  ASSERT_TRUE(outcome);
  auto& streams = outcome->ports[0].streams;
  ASSERT_EQ(streams.size(), 3U);
  EXPECT_EQ(streams[0].rtp, end("192.0.2.1", 0));
  EXPECT_NE(streams[1].rtp.port, 0);
  EXPECT_EQ(streams[1].rtcp_port, streams[1].rtp.port + 1);
  EXPECT_EQ(t.engine->counters().ports_leased, 2U);
}

TEST(Engine, AddsStreamsOnReoffer) {
  Talk t;
  auto more = t.bob_spec;
  more.streams.push_back({ng::Kind::video, end("198.51.100.2", 6002)});
  auto outcome = t.execute({call, {ng::Modify{2, more}}});
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->ports[0].streams.size(), 2U);
  EXPECT_EQ(outcome->ports[0].streams[0].rtp.as<net::Address>(), t.for_bob) << "ports never change";
  more = t.alice_spec;
  more.streams.push_back({ng::Kind::video, end("198.51.100.1", 4002)});
  auto video = t.execute({call, {ng::Modify{1, more}}})->ports[0].streams[1].rtp.as<net::Address>();
  Phone bob_video(t.wire, "198.51.100.2", 6002, 0xbb), alice_video(t.wire, "198.51.100.1", 4002, 0xaa);
  alice_video.speak(video);
  t.loop.run_for(50ms);
  EXPECT_EQ(bob_video.heard.size(), 1U);
}

TEST(Engine, TellsAdvertisedAddressAndJoinsBothFamilies) {
  Relay t(Relay::Config{.hosts = {at("192.0.2.1", 0), at("2001:db8::1", 0)}, .advertised = {at("203.0.113.1", 0)}});
  Phone four(t.wire, "198.51.100.1", 4000, 4), six(t.wire, "2001:db8:6::6", 6000, 6);
  auto [for_four, for_six] = t.create_pair(call, audio(end("198.51.100.1", 4000)), audio(end("2001:db8:6::6", 6000)));
  EXPECT_TRUE(for_four.same_host(at("203.0.113.1", 0)));
  EXPECT_TRUE(for_six.same_host(at("2001:db8::1", 0))) << "no address of its family is advertised";
  four.speak(at("192.0.2.1", for_four.port));
  six.speak(for_six);
  t.loop.run_for(50ms);
  EXPECT_EQ(four.heard.size(), 1U);
  EXPECT_EQ(six.heard.size(), 1U);
}

TEST(Engine, BoundToAllTellsTheAddressThatSignallingUses) {
  const auto made = [](Relay& relay, const char* local) {
    ng::LegSpec spec = audio(end("198.51.100.1", 4000));
    if (local != nullptr) spec.local = end(local, 5060);
    auto outcome = relay.execute({call, {ng::Create{1, spec}}});
    EXPECT_TRUE(outcome) << outcome.error().what;
    return outcome->ports.at(0);
  };
  const struct {
    const char *local, *told;
  } cases[] = {{"192.0.2.1", "192.0.2.1"}, {"127.0.0.1", "127.0.0.1"}, {nullptr, "192.0.2.9"}, {"2001:db8::1", "192.0.2.9"}};
  for (const auto& c : cases) {
    Relay relay({.hosts = {at("0.0.0.0", 0)}, .own_hosts = {at("192.0.2.9", 0), at("192.0.2.1", 0)}});
    const ng::LegPorts ports = made(relay, c.local);
    EXPECT_EQ(ports.streams[0].rtp.as<net::Address>().host(), c.told);
    EXPECT_NE(ports.streams[0].rtp.port, 0);
    EXPECT_TRUE(ports.is_everywhere);
  }
  Relay behind_nat({.hosts = {at("0.0.0.0", 0)}, .advertised = {at("203.0.113.1", 0)}});
  const ng::LegPorts ports = made(behind_nat, "192.0.2.1");
  EXPECT_EQ(ports.streams[0].rtp.as<net::Address>().host(), "203.0.113.1");
  EXPECT_FALSE(ports.is_everywhere);
  Relay nowhere({.hosts = {at("0.0.0.0", 0)}});
  EXPECT_TRUE(nowhere.execute({call, {ng::Create{1, audio({})}}}).error().is(Fault::no_address));
  EXPECT_EQ(nowhere.engine->counters().ports_leased, 0U);
}

TEST(Engine, BoundToAllKnowsItsOwnPortsAndLoopback) {
  Relay relay({.hosts = {at("0.0.0.0", 0)}, .own_hosts = {at("192.0.2.1", 0)}, .listeners = {at("0.0.0.0", 5060)}});
  const auto forbidden = [&](ng::Endpoint destination, const char* local) {
    const std::uint64_t before = relay.engine->counters().forbidden_destinations;
    ng::LegSpec spec = audio(destination);
    spec.local = end(local, 5060);
    EXPECT_TRUE(relay.execute({call, {ng::Create{1, spec}}}));
    const bool is_forbidden = relay.engine->counters().forbidden_destinations > before;
    EXPECT_TRUE(relay.execute({call, {ng::Destroy{0}}}));
    return is_forbidden;
  };
  EXPECT_FALSE(forbidden(end("198.51.100.1", 4000), "192.0.2.1"));
  EXPECT_TRUE(forbidden(end("192.0.2.1", 5060), "192.0.2.1")) << "our SIP listener";
  EXPECT_TRUE(forbidden(end("127.0.0.1", 4000), "192.0.2.1"));
  EXPECT_FALSE(forbidden(end("127.0.0.1", 4000), "127.0.0.2")) << "a phone on this very host";
  EXPECT_TRUE(forbidden(end("127.0.0.1", 5060), "127.0.0.2"));
  ng::LegSpec spec = audio({});
  spec.local = end("192.0.2.1", 5060);
  const auto first = relay.execute({{7, 7}, {ng::Create{1, spec}}});
  ASSERT_TRUE(first);
  EXPECT_TRUE(forbidden(first->ports[0].streams[0].rtp, "192.0.2.1")) << "a loop";
}

TEST(Engine, HostileDestinationsAreNeverSentTo) {
  const char* const hosts[] = {"127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                               "240.1.2.3", "::1",     "ff02::1",   "::ffff:127.0.0.1"};
  for (auto host : hosts) {
    Talk t;
    int sent = 0;
    t.wire.set_tap([&](const net::Address&, const net::Address& to, std::string_view) { sent += to.same_host(at(host, 0)); });
    t.answer(call, audio(end(host, 6000)));
    t.talk(200ms, true, false);
    t.alice.report(t.for_alice.with_port(static_cast<std::uint16_t>(t.for_alice.port + 1)));
    t.loop.run_for(100ms);
    EXPECT_EQ(sent, 0) << host;
  }
}

TEST(Engine, NeverSendsToItself) {
  Relay t(Relay::Config{.hosts = {at("192.0.2.1", 0)}, .listeners = {at("192.0.2.1", 5060)}});
  Phone alice(t.wire, "198.51.100.1", 4000, 1);
  auto [for_alice, for_bob] = t.create_pair(call, audio(end("198.51.100.1", 4000)), audio({}));
  int sent = 0;
  t.wire.set_tap(
      [&](const net::Address&, const net::Address& to, std::string_view) { sent += to.same_host(at("192.0.2.1", 0)); });
  for (auto port : {for_alice.port, for_bob.port, std::uint16_t{5060}}) {
    t.answer(call, audio(end("192.0.2.1", port)));
    for (int i = 0; i < 5; ++i) alice.speak(for_alice);
    t.loop.run_for(50ms);
  }
  EXPECT_EQ(sent, 15) << "only what Alice sent";
  EXPECT_GT(t.engine->counters().forbidden_destinations, 0U);
}

}  // namespace
}  // namespace carillon::media
