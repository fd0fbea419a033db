// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whoever sends what when, two sides never disagree about whose turn it is, and our o= line tells the truth about change.
#include "sdp/offer_answer.hpp"

#include <random>

#include "base/assert.hpp"
#include "sdp/descriptions.hpp"

namespace carillon::sdp {
namespace {

using Meaning = OfferAnswer::Meaning;
using State = OfferAnswer::State;
using Due = OfferAnswer::Due;

Draft draft(int port) {
  return {"IN IP4 198.51.100.1",
          "s=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio " + std::to_string(port) + " RTP/AVP 0\r\na=sendrecv\r\n"};
}
Session peer(int port) {
  return parse_or_die(audio("192.0.2.1", std::to_string(port)));
}

TEST(LocalDescription, CountsChangesOnly) {
  LocalDescription local(700);
  EXPECT_TRUE(local.publish(draft(4000)).starts_with("v=0\r\no=- 700 700 IN IP4 198.51.100.1\r\ns=-\r\n"));
  const std::string first(local.text());
  EXPECT_EQ(local.publish(draft(4000)), first);
  EXPECT_NE(local.publish(draft(4002)), first);
  EXPECT_EQ(local.version(), 701U);
  EXPECT_EQ(local.session_id(), 700U);
  auto restored = LocalDescription::restore(local.text());
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->publish(draft(4002)), local.text());
  restored->publish(draft(4004));
  EXPECT_EQ(restored->version(), 702U);
  EXPECT_FALSE(LocalDescription::restore("v=0\r\ns=-\r\n"));
  EXPECT_FALSE(LocalDescription::restore(""));
}

TEST(OfferAnswer, OfferInOurInvite) {
  OfferAnswer side(1);
  side.send_offer(Carrier::invite, draft(4000));
  EXPECT_EQ(side.state(), State::local_offer);
  EXPECT_FALSE(side.may_invite());
  const Session answer = peer(5000);
  EXPECT_EQ(side.receive(Carrier::provisional, nullptr).meaning, Meaning::nothing);
  EXPECT_EQ(side.receive(Carrier::provisional, &answer).meaning, Meaning::preview);
  EXPECT_EQ(side.remote()->media[0].port, 5000);
  EXPECT_EQ(side.receive(Carrier::provisional, &answer).meaning, Meaning::repeated);
  EXPECT_EQ(side.receive(Carrier::success, &answer).meaning, Meaning::repeated) << "the 200 confirms the 183";
  EXPECT_EQ(side.state(), State::stable);
  EXPECT_TRUE(side.may_invite());
  EXPECT_EQ(side.receive(Carrier::success, &answer).meaning, Meaning::repeated) << "a 2xx that comes again";
  EXPECT_EQ(side.due_in(Carrier::ack), Due::nothing);
}

TEST(OfferAnswer, TakesTheAnswerOfAnotherBranch) {
  OfferAnswer side(1);
  side.send_offer(Carrier::invite, draft(4000));
  const Session early = peer(5000);
  const Session final = peer(6000);
  EXPECT_EQ(side.receive(Carrier::provisional, &early).meaning, Meaning::preview);
  EXPECT_EQ(side.receive(Carrier::success, &final).meaning, Meaning::answer);
  EXPECT_EQ(side.remote()->media[0].port, 6000);
}

TEST(OfferAnswer, TakesAPreviewForAMissingAnswer) {
  OfferAnswer side(1);
  side.send_offer(Carrier::invite, draft(4000));
  const Session early = peer(5000);
  side.receive(Carrier::provisional, &early);
  EXPECT_EQ(side.receive(Carrier::success, nullptr).meaning, Meaning::repeated);
  EXPECT_EQ(side.remote()->media[0].port, 5000);
  OfferAnswer silent(1);
  silent.send_offer(Carrier::invite, draft(4000));
  EXPECT_EQ(silent.receive(Carrier::success, nullptr).meaning, Meaning::missing);
}

TEST(OfferAnswer, OfferInTheirInvite) {
  OfferAnswer side(1);
  const Session offer = peer(5000);
  EXPECT_EQ(side.receive(Carrier::invite, &offer).meaning, Meaning::offer);
  EXPECT_EQ(side.offered()->media[0].port, 5000);
  EXPECT_EQ(side.remote(), nullptr) << "not agreed yet";
  EXPECT_EQ(side.due_in(Carrier::success), Due::answer);
  const std::string early(side.send_answer(Carrier::provisional, draft(4000)));
  EXPECT_EQ(side.state(), State::remote_offer);
  EXPECT_EQ(side.send_answer(Carrier::success, draft(4000)), early) << "the same description, the same version";
  EXPECT_EQ(side.remote()->media[0].port, 5000);
  EXPECT_FALSE(side.may_invite()) << "the ACK is due";
  EXPECT_EQ(side.receive(Carrier::ack, nullptr).meaning, Meaning::nothing);
  EXPECT_TRUE(side.may_invite());
}

TEST(OfferAnswer, LateOfferByUs) {
  OfferAnswer side(1);
  EXPECT_EQ(side.receive(Carrier::invite, nullptr).meaning, Meaning::wanted);
  EXPECT_EQ(side.due_in(Carrier::success), Due::offer);
  side.send_offer(Carrier::success, draft(4000));
  const Session answer = peer(5000);
  EXPECT_EQ(side.receive(Carrier::invite, &answer).status, 491) << "our offer waits for its ACK (RFC 5407 §3.1.4)";
  EXPECT_EQ(side.receive(Carrier::ack, &answer).meaning, Meaning::answer);
  EXPECT_EQ(side.remote()->media[0].port, 5000);
  EXPECT_EQ(side.receive(Carrier::ack, &answer).meaning, Meaning::nothing);
  OfferAnswer silent(1);
  silent.receive(Carrier::invite, nullptr);
  silent.send_offer(Carrier::success, draft(4000));
  EXPECT_EQ(silent.receive(Carrier::ack, nullptr).meaning, Meaning::missing);
}

TEST(OfferAnswer, LateOfferByThem) {
  OfferAnswer side(1);
  side.send_empty_invite();
  const Session offer = peer(5000);
  EXPECT_EQ(side.receive(Carrier::provisional, &offer).meaning, Meaning::repeated) << "an unreliable 1xx cannot offer";
  EXPECT_EQ(side.receive(Carrier::success, &offer).meaning, Meaning::offer);
  EXPECT_EQ(side.due_in(Carrier::ack), Due::answer);
  side.send_answer(Carrier::ack, draft(4000));
  EXPECT_EQ(side.state(), State::stable);
  EXPECT_EQ(side.remote()->media[0].port, 5000);
  OfferAnswer silent(1);
  silent.send_empty_invite();
  EXPECT_EQ(silent.receive(Carrier::success, nullptr).meaning, Meaning::missing);
}

TEST(OfferAnswer, ReliableAnswerThenUpdate) {
  OfferAnswer side(1);
  side.send_offer(Carrier::invite, draft(4000));
  const Session answer = peer(5000);
  EXPECT_FALSE(side.may_update());
  EXPECT_EQ(side.receive(Carrier::reliable, &answer).meaning, Meaning::answer);
  EXPECT_FALSE(side.may_invite()) << "the INVITE still runs";
  EXPECT_TRUE(side.may_update());
  side.send_offer(Carrier::update, draft(4002));
  const Session crossing = peer(5006);
  const auto refused = side.receive(Carrier::update, &crossing);
  EXPECT_EQ(refused.meaning, Meaning::refused);
  EXPECT_EQ(refused.status, 491);
  const Session changed = peer(5002);
  EXPECT_EQ(side.receive(Carrier::update_success, &changed).meaning, Meaning::answer);
  EXPECT_EQ(side.remote()->media[0].port, 5002);
  EXPECT_EQ(side.receive(Carrier::success, nullptr).meaning, Meaning::nothing) << "the exchange is over, the 200 carries nothing";
  EXPECT_TRUE(side.may_invite());
  EXPECT_EQ(side.remote()->media[0].port, 5002);
}

TEST(OfferAnswer, OurReliableAnswerThenTheirUpdateAndPrack) {
  OfferAnswer side(1);
  const Session offer = peer(5000);
  EXPECT_EQ(side.receive(Carrier::invite, &offer).meaning, Meaning::offer);
  const auto too_soon = side.receive(Carrier::update, &offer);
  EXPECT_EQ(too_soon.status, 500) << "RFC 3311 5.2: their own offer is not answered yet";
  EXPECT_EQ(side.due_in(Carrier::reliable), Due::answer);
  side.send_answer(Carrier::reliable, draft(4000));
  const Session in_prack = peer(5002);
  EXPECT_EQ(side.receive(Carrier::prack, &in_prack).meaning, Meaning::offer);
  EXPECT_EQ(side.due_in(Carrier::prack_success), Due::answer);
  EXPECT_EQ(side.due_in(Carrier::success), Due::nothing);
  side.send_answer(Carrier::prack_success, draft(4002));
  const Session in_update = peer(5004);
  EXPECT_EQ(side.receive(Carrier::update, &in_update).meaning, Meaning::offer);
  side.remote_offer_refused();
  EXPECT_EQ(side.remote()->media[0].port, 5002) << "a refused offer changes nothing";
  EXPECT_EQ(side.due_in(Carrier::success), Due::nothing);
  side.send_bare_success();
  EXPECT_EQ(side.receive(Carrier::ack, nullptr).meaning, Meaning::nothing);
  EXPECT_TRUE(side.may_invite());
}

TEST(OfferAnswer, OffersInReliableProvisionals) {
  OfferAnswer asked(1);
  EXPECT_EQ(asked.receive(Carrier::invite, nullptr).meaning, Meaning::wanted);
  EXPECT_EQ(asked.due_in(Carrier::reliable), Due::offer);
  asked.send_offer(Carrier::reliable, draft(4000));
  const Session answer = peer(5000);
  EXPECT_EQ(asked.receive(Carrier::prack, &answer).meaning, Meaning::answer);
  EXPECT_EQ(asked.due_in(Carrier::success), Due::nothing);

  OfferAnswer asking(2);
  asking.send_empty_invite();
  EXPECT_EQ(asking.receive(Carrier::reliable, &answer).meaning, Meaning::offer);
  EXPECT_EQ(asking.due_in(Carrier::prack), Due::answer);
  asking.send_answer(Carrier::prack, draft(4000));
  EXPECT_EQ(asking.receive(Carrier::success, nullptr).meaning, Meaning::nothing);
  EXPECT_EQ(asking.state(), State::stable);
}

TEST(OfferAnswer, RefusesWhatCrossesOrComesTooSoon) {
  const Session offer = peer(5000);
  OfferAnswer crossing(1);
  crossing.send_offer(Carrier::invite, draft(4000));
  EXPECT_EQ(crossing.receive(Carrier::invite, &offer).status, 491);
  EXPECT_EQ(crossing.receive(Carrier::invite, nullptr).status, 491);
  OfferAnswer hasty(1);
  hasty.receive(Carrier::invite, &offer);
  EXPECT_EQ(hasty.receive(Carrier::invite, &offer).status, 500);
  OfferAnswer empty(1);
  empty.receive(Carrier::invite, nullptr);
  EXPECT_EQ(empty.receive(Carrier::invite, &offer).status, 500);
}

TEST(OfferAnswer, FailureLeavesTheSessionAsItWas) {
  OfferAnswer side(1);
  const Session offer = peer(5000);
  side.receive(Carrier::invite, &offer);
  side.send_answer(Carrier::success, draft(4000));
  side.receive(Carrier::ack, nullptr);
  side.send_offer(Carrier::invite, draft(4002));
  side.local_invite_failed();
  EXPECT_TRUE(side.may_invite());
  const Session next = peer(5002);
  side.receive(Carrier::invite, &next);
  side.remote_invite_refused();
  EXPECT_EQ(side.remote()->media[0].port, 5000);
  EXPECT_TRUE(side.may_invite());
  side.send_offer(Carrier::invite, draft(4002));
  EXPECT_EQ(side.local().version(), 2U) << "the failed offer had that version already";
}

TEST(OfferAnswer, KeepsTheNumberOfStreams) {
  OfferAnswer side(1);
  const Session two = parse_or_die(audio("192.0.2.1", "5000", "m=video 5002 RTP/AVP 99\r\n"));
  const Session one = peer(5000);
  side.receive(Carrier::invite, &two);
  side.send_answer(Carrier::success, draft(4000));
  side.receive(Carrier::ack, nullptr);
  EXPECT_EQ(side.receive(Carrier::invite, &one).status, 488);
  EXPECT_EQ(side.receive(Carrier::invite, &two).meaning, Meaning::offer) << "the refusal left no trace";
}

TEST(OfferAnswer, SendingOutOfTurnIsABug) {
  OfferAnswer side(1);
  EXPECT_THROW(side.send_answer(Carrier::success, draft(4000)), Broken);
  EXPECT_THROW(side.send_offer(Carrier::success, draft(4000)), Broken);
  EXPECT_THROW(side.send_offer(Carrier::ack, draft(4000)), Broken);
  side.send_empty_invite();
  EXPECT_THROW(side.send_offer(Carrier::invite, draft(4000)), Broken);
}

TEST(OfferAnswer, SurvivesARestart) {
  OfferAnswer side(9);
  const Session offer = peer(5000);
  side.receive(Carrier::invite, &offer);
  side.send_answer(Carrier::success, draft(4000));
  side.receive(Carrier::ack, nullptr);
  auto restored = OfferAnswer::restore(side.local().text(), side.remote()->text());
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->remote()->media[0].port, 5000);
  EXPECT_EQ(restored->send_offer(Carrier::invite, draft(4000)), side.local().text());
  EXPECT_TRUE(OfferAnswer::restore(side.local().text(), "")->may_invite());
  EXPECT_FALSE(OfferAnswer::restore("nonsense", ""));
}

TEST(OfferAnswer, ForksAreIndependent) {
  OfferAnswer invite(1);
  invite.send_offer(Carrier::invite, draft(4000));
  OfferAnswer first = invite;
  OfferAnswer second = invite;
  const Session a = peer(5000);
  const Session b = peer(6000);
  first.receive(Carrier::provisional, &a);
  second.receive(Carrier::success, &b);
  EXPECT_EQ(first.remote()->media[0].port, 5000);
  EXPECT_EQ(second.remote()->media[0].port, 6000);
  EXPECT_EQ(first.state(), State::local_offer);
}

// Two sides behind a lossless but slow wire act at random for a long time. Whenever the wire is empty, nobody waits and each has
// heard exactly what the other said in the last exchange that succeeded.
class Endpoint {
 public:
  explicit Endpoint(std::uint64_t session_id) : talk(session_id) {}
  OfferAnswer talk;
  bool has_invite = false;  ///< Of the peer's, to be answered.
};

struct Wire {
  Carrier carrier;
  std::string body;
  bool is_refusal = false;
};

class OfferAnswerWalk {
 public:
  explicit OfferAnswerWalk(unsigned seed) : random_(seed) {}

  void step() {
    const int from = pick(2);
    switch (pick(4)) {
      case 0:
        return invite(from);
      case 1:
        return answer(from);
      default:
        return deliver(from);
    }
  }
  void settle() {
    for (int i = 0; i < 100; ++i) {
      for (int side : {0, 1}) {
        deliver(side);
        answer(side);
      }
    }
  }
  void check_agreement() {
    for (int side : {0, 1}) {
      ASSERT_TRUE(wires_[side].empty());
      ASSERT_EQ(ends_[side].talk.state(), State::stable);
      ASSERT_TRUE(ends_[side].talk.may_invite());
      const Session* heard = ends_[1 - side].talk.remote();
      ASSERT_EQ(heard == nullptr ? std::string_view() : heard->text(), agreed_[side]);
    }
    rounds += 1;
  }
  int rounds = 0;
  int crossings = 0;

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  Draft next_draft() { return draft(4000 + 2 * pick(100)); }

  void invite(int side) {
    OfferAnswer& talk = ends_[side].talk;
    if (!talk.may_invite()) return;
    if (pick(3) == 0) {
      talk.send_empty_invite();
      wires_[side].push_back({Carrier::invite, ""});
    } else {
      open_offer_[side] = talk.send_offer(Carrier::invite, next_draft());
      wires_[side].push_back({Carrier::invite, open_offer_[side]});
    }
  }
  void answer(int side) {
    Endpoint& end = ends_[side];
    if (!end.has_invite) return;
    end.has_invite = false;
    if (pick(5) == 0) {
      end.talk.remote_invite_refused();
      wires_[side].push_back({Carrier::success, "", true});
      return;
    }
    const bool is_answer = end.talk.due_in(Carrier::success) == Due::answer;
    const Draft text = next_draft();
    const std::string_view body =
        is_answer ? end.talk.send_answer(Carrier::success, text) : end.talk.send_offer(Carrier::success, text);
    if (!is_answer) open_offer_[side] = body;
    wires_[side].push_back({Carrier::success, std::string(body)});
  }
  void deliver(int from) {
    if (wires_[from].empty()) return;
    const Wire message = wires_[from].front();
    wires_[from].erase(wires_[from].begin());
    const int to = 1 - from;
    OfferAnswer& talk = ends_[to].talk;
    if (message.is_refusal) return talk.local_invite_failed();
    std::optional<Session> session;
    if (!message.body.empty()) session = parse_or_die(message.body);
    const auto verdict = talk.receive(message.carrier, session ? &*session : nullptr);
    ASSERT_NE(verdict.meaning, Meaning::missing);
    if (verdict.meaning == Meaning::answer) {
      agreed_[to] = open_offer_[to];
      agreed_[from] = message.body;
    }
    if (verdict.meaning == Meaning::refused) {
      ++crossings;
      wires_[to].push_back({Carrier::success, "", true});
    } else if (message.carrier == Carrier::invite) {
      ends_[to].has_invite = true;
    } else if (message.carrier == Carrier::success) {
      const bool is_due = talk.due_in(Carrier::ack) == Due::answer;
      wires_[to].push_back({Carrier::ack, is_due ? std::string(talk.send_answer(Carrier::ack, next_draft())) : ""});
    }
  }

  std::minstd_rand random_;
  Endpoint ends_[2] = {Endpoint(100), Endpoint(200)};
  std::vector<Wire> wires_[2];
  std::string open_offer_[2];
  std::string agreed_[2];  ///< What each side said in the last exchange that succeeded.
};

TEST(OfferAnswer, TwoSidesNeverDisagree) {
  int crossings = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    OfferAnswerWalk walk(seed);
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 60; ++i) walk.step();
      walk.settle();
      walk.check_agreement();
    }
    ASSERT_EQ(walk.rounds, 5) << "seed " << seed;
    crossings += walk.crossings;
  }
  EXPECT_GT(crossings, 100) << "the walk must meet glare to prove anything";
}

}  // namespace
}  // namespace carillon::sdp
