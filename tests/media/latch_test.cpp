// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the latching matrix: who is believed at once, after probation, or never, before and after the learning window.
#include "media/latch.hpp"

#include <gtest/gtest.h>

namespace carillon::media {
namespace {

using Verdict = Latch::Verdict;

net::Address at(const char* host, std::uint16_t port) {
  return *net::Address::parse(host, port);
}

const net::Address described = at("198.51.100.7", 4000);
const net::Address same_host = at("198.51.100.7", 4555);
const net::Address lan = at("192.168.1.5", 4000);
const net::Address nat = at("203.0.113.9", 5060);
const net::Address nat_media = at("203.0.113.9", 31000);
const net::Address stranger = at("233.252.0.1", 4000);
const net::Address attacker = at("198.18.0.66", 4000);

/// One latch, and peers that send 20 ms frames with running sequence numbers.
struct Line {
  Latch latch;
  Monotonic now{1h};
  std::map<net::Address, std::uint16_t> sequences;

  void signal(const net::Address& sdp, const net::Address& source) { latch.signal(sdp, source, now); }
  Verdict hear(const net::Address& from, std::uint32_t ssrc = 1) {
    now += 20ms;
    return latch.judge(from, {0, false, ++sequences[from], 0, ssrc}, now);
  }
  /// Frames until something else than `verdict` comes.
  int count(const net::Address& from, Verdict verdict, std::uint32_t ssrc = 1) {
    for (int frames = 0; frames < 200; ++frames) {
      if (hear(from, ssrc) != verdict) return frames;
    }
    return 200;
  }
};

TEST(Latch, FirstPacketMatrix) {
  struct Case {
    const char* what;
    net::Address sdp, source, from;
    Verdict first;
    bool is_learned_later;
  };
  const Case cases[] = {
      {"exact match", described, {}, described, Verdict::latched, true},
      {"other port of the described host", described, {}, same_host, Verdict::probation, true},
      {"signalling host, but the SDP is public", described, nat, nat_media, Verdict::stranger, false},
      {"signalling host, private SDP", lan, nat, nat_media, Verdict::probation, true},
      {"private SDP, somebody inside claims to be it", lan, nat, lan, Verdict::stranger, false},
      {"private SDP, stranger", lan, nat, attacker, Verdict::stranger, false},
      {"no SDP yet, signalling host", {}, nat, nat_media, Verdict::probation, true},
      {"no SDP yet, stranger", {}, nat, attacker, Verdict::stranger, false},
      {"nothing known", {}, {}, attacker, Verdict::stranger, false},
      {"private on both sides, exact", lan, at("192.168.1.5", 5060), lan, Verdict::latched, true},
      {"private SDP, private signalling elsewhere", lan, at("10.0.0.1", 5060), at("10.0.0.1", 9), Verdict::probation, true},
      {"stranger, public SDP", described, nat, attacker, Verdict::stranger, false},
  };
  for (auto& c : cases) {
    Line line;
    line.signal(c.sdp, c.source);
    EXPECT_EQ(line.hear(c.from), c.first) << c.what;
    for (int i = 0; i < 10; ++i) line.hear(c.from);
    EXPECT_EQ(line.latch.is_latched(), c.is_learned_later) << c.what;
  }
}

TEST(Latch, ProbationTakesFourPacketsInOrderOver25Ms) {
  Line line;
  line.signal(described, {});
  EXPECT_EQ(line.count(same_host, Verdict::probation), 3);
  EXPECT_EQ(line.latch.latched(), same_host);

  Line burst;
  burst.signal(described, {});
  for (std::uint16_t i = 0; i < 50; ++i) {
    EXPECT_EQ(burst.latch.judge(same_host, {0, false, i, 0, 1}, burst.now), Verdict::probation) << "no time has passed";
  }

  Line disordered;
  disordered.signal(described, {});
  for (std::uint16_t i = 0; i < 50; ++i) {
    disordered.now += 20ms;
    auto sequence = static_cast<std::uint16_t>(1000 - i);
    EXPECT_EQ(disordered.latch.judge(same_host, {0, false, sequence, 0, 1}, disordered.now), Verdict::probation);
  }
}

TEST(Latch, NeverSendsToUnprovenAddress) {
  Line line;
  line.signal(lan, nat);
  EXPECT_FALSE(line.latch.destination()) << "a private address cannot be reached through the public network";
  line.hear(nat_media);
  line.hear(nat_media);
  EXPECT_FALSE(line.latch.destination());
  line.hear(nat_media);
  line.hear(nat_media);
  EXPECT_EQ(line.latch.destination(), nat_media);

  Line open;
  open.signal(described, {});
  EXPECT_EQ(open.latch.destination(), described);
  open.hear(same_host);
  EXPECT_EQ(open.latch.destination(), described);
}

TEST(Latch, ExactMatchBeatsLearnedSourceWithinTheWindowOnly) {
  Line early;
  early.signal(described, {});
  early.count(same_host, Verdict::probation);
  EXPECT_EQ(early.hear(described), Verdict::latched);
  EXPECT_EQ(early.latch.latched(), described);

  Line late;
  late.signal(described, {});
  late.count(same_host, Verdict::probation);
  while (late.now < Monotonic(1h) + Latch::learning_window) EXPECT_EQ(late.hear(same_host), Verdict::accepted);
  EXPECT_EQ(late.hear(described), Verdict::stranger);
}

TEST(Latch, AttackersNeverGetInWhileThePeerSpeaks) {
  Line line;
  line.signal(lan, nat);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(line.hear(attacker, static_cast<std::uint32_t>(i % 3)), Verdict::stranger);
    if (i > 10) line.hear(nat_media);
  }
  EXPECT_EQ(line.latch.destination(), nat_media);
}

TEST(Latch, RelearnsAfterSilence) {
  struct Case {
    const char* what;
    net::Address from;
    std::uint32_t ssrc;
    bool is_learned;
  };
  const Case cases[] = {
      {"same host, new port", at("203.0.113.9", 32000), 2, true},
      {"roamed: new host, same source", at("198.51.100.200", 900), 1, true},
      {"stranger with another source", attacker, 2, false},
  };
  for (auto& c : cases) {
    Line line;
    line.signal(lan, nat);
    for (int i = 0; i < 300; ++i) line.hear(nat_media);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(line.hear(c.from, c.ssrc), Verdict::stranger) << c.what << ": not silent for 2 s yet";
    line.now += 2s;
    for (int i = 0; i < 4; ++i) line.hear(c.from, c.ssrc);
    EXPECT_EQ(line.latch.latched() == c.from, c.is_learned) << c.what;
  }
}

TEST(Latch, RepeatedOfferKeepsTheSourceAndNewAddressDropsIt) {
  Line line;
  line.signal(described, {});
  line.count(same_host, Verdict::probation);
  line.signal(described, {});
  EXPECT_EQ(line.latch.destination(), same_host);
  EXPECT_EQ(line.hear(same_host), Verdict::accepted);

  auto moved = at("198.51.100.7", 4100);
  line.signal(moved, {});
  EXPECT_EQ(line.latch.destination(), moved);
  EXPECT_EQ(line.hear(moved), Verdict::latched);
}

TEST(Latch, PhoneBehindNatChangesItsPortByReoffer) {
  Line line;
  line.signal(lan, nat);
  for (int i = 0; i < 300; ++i) line.hear(nat_media);
  auto new_lan = at("192.168.1.5", 4100), new_media = at("203.0.113.9", 31002);
  line.signal(new_lan, nat);
  EXPECT_EQ(line.latch.destination(), nat_media) << "the only address that is proven";
  EXPECT_EQ(line.count(new_media, Verdict::probation, 7), 3);
  EXPECT_EQ(line.latch.destination(), new_media);
}

TEST(Latch, CandidatesDoNotPushEachOtherAside) {
  Line line;
  line.signal(described, {});
  auto other = at("198.51.100.7", 4777);
  EXPECT_EQ(line.hear(same_host), Verdict::probation);
  EXPECT_EQ(line.hear(other, 2), Verdict::stranger);
  EXPECT_EQ(line.hear(same_host), Verdict::probation);
  EXPECT_EQ(line.hear(other, 2), Verdict::stranger);
  EXPECT_EQ(line.hear(same_host), Verdict::probation);
  EXPECT_EQ(line.hear(same_host), Verdict::latched);
}

}  // namespace
}  // namespace carillon::media
