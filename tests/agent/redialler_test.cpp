// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what is said to a carrier whose connection is gone goes by another one, to where it is known to be and nowhere else, and
// nothing waits without bound.
#include "agent/redialler.hpp"

#include <gtest/gtest.h>

namespace carillon::agent {
namespace {

const net::Address here = *net::Address::parse("192.0.2.1", 7060);
const net::Address there = *net::Address::parse("198.51.100.7", 5060);

/// Connections that are made when the test says so.
struct Board final : Streams, Redialler::User {
  void connect(const Way& way, Connected done) override {
    asked.push_back(way);
    waiting.push_back(std::move(done));
  }
  bool send(const net::Flow& flow, std::string_view bytes) override {
    sent.emplace_back(flow, bytes);
    return true;
  }
  bool is_open(const net::Flow&) const override { return false; }
  void prove(const net::Flow&, std::uint64_t) override {}
  void on_redialled(const net::Flow& old, const net::Flow& now) override { moved.emplace_back(old, now); }
  void on_not_redialled(const net::Flow& old) override { lost.push_back(old); }

  void answer(Result<net::Flow> result) {
    Connected done = std::move(waiting.front());
    waiting.erase(waiting.begin());
    done(std::move(result));
  }

  std::vector<Way> asked;
  std::vector<Connected> waiting;
  std::vector<std::pair<net::Flow, std::string>> sent;
  std::vector<std::pair<net::Flow, net::Flow>> moved;
  std::vector<net::Flow> lost;
};

net::Flow flow_of(std::uint32_t generation, const net::Address& remote = there) {
  return {.transport = net::Transport::tcp, .slot = generation, .generation = generation, .local = here, .remote = remote};
}

class RediallerTest : public ::testing::Test {
 protected:
  Board board_;
  Redialler redialler_{board_, board_};
};

TEST_F(RediallerTest, SaysNothingToWhomItDoesNotKnow) {
  EXPECT_FALSE(redialler_.send(flow_of(1), "BYE"));
  redialler_.know(flow_of(1), {flow_of(1), "blue.example"});
  EXPECT_TRUE(redialler_.knows(flow_of(1)));
  redialler_.forget(flow_of(1));
  EXPECT_FALSE(redialler_.send(flow_of(1), "BYE"));
  EXPECT_TRUE(board_.asked.empty());
}

TEST_F(RediallerTest, WhatWaitedGoesByTheNewConnectionInItsOrder) {
  redialler_.know(flow_of(1), {flow_of(1), "blue.example"});
  EXPECT_TRUE(redialler_.send(flow_of(1), "one"));
  EXPECT_TRUE(redialler_.send(flow_of(1), "two"));
  ASSERT_EQ(board_.asked.size(), 1U) << "one connection";
  EXPECT_EQ(board_.asked[0].flow, flow_of(0)) << "the way, and not the connection that was";
  EXPECT_EQ(board_.asked[0].name, "blue.example");
  board_.answer(flow_of(2));
  using Sent = std::pair<net::Flow, std::string>;
  EXPECT_EQ(board_.sent, (std::vector<Sent>{{flow_of(2), "one"}, {flow_of(2), "two"}}));
  EXPECT_EQ(board_.moved.size(), 1U);
  EXPECT_FALSE(redialler_.knows(flow_of(1)));
  EXPECT_TRUE(redialler_.knows(flow_of(2))) << "which may break too";
}

TEST_F(RediallerTest, WhoCannotBeReachedIsToldOfAndTriedAgain) {
  redialler_.know(flow_of(1), {flow_of(1), {}});
  EXPECT_TRUE(redialler_.send(flow_of(1), "one"));
  board_.answer(failure(net::Fault::closed));
  EXPECT_EQ(board_.lost, std::vector{flow_of(1)});
  EXPECT_TRUE(board_.sent.empty());
  EXPECT_TRUE(redialler_.send(flow_of(1), "two"));
  board_.answer(flow_of(2));
  ASSERT_EQ(board_.sent.size(), 1U);
  EXPECT_EQ(board_.sent[0].second, "two");
}

TEST_F(RediallerTest, OnlySoMuchWaits) {
  redialler_.know(flow_of(1), {flow_of(1), {}});
  EXPECT_TRUE(redialler_.send(flow_of(1), std::string(Redialler::waiting_max, 'x')));
  EXPECT_FALSE(redialler_.send(flow_of(1), "x"));
}

TEST_F(RediallerTest, WhoWasForgottenMeanwhileHearsNothing) {
  redialler_.know(flow_of(1), {flow_of(1), {}});
  EXPECT_TRUE(redialler_.send(flow_of(1), "BYE"));
  redialler_.forget(flow_of(1));
  board_.answer(flow_of(2));
  EXPECT_TRUE(board_.sent.empty() && board_.moved.empty());
}

TEST(WayBack, LeadsToThePortOfTheContactAtTheAddressThatSpoke) {
  const net::Flow came = flow_of(3, there.with_port(49152));
  EXPECT_EQ(way_back(came, "sip:op@198.51.100.7:5080;transport=tcp").flow.remote, there.with_port(5080));
  EXPECT_EQ(way_back(came, "sip:op@sip.blue.example").flow.remote, there);
  EXPECT_EQ(way_back(came, "sip:op@sip.blue.example").name, "sip.blue.example");
  EXPECT_EQ(way_back(came, "sip:op@192.0.2.66:5080").flow.remote, there.with_port(5080)) << "wherever it would send us";
  EXPECT_EQ(way_back(came, "nonsense").flow.remote, there);
  net::Flow secure = came;
  secure.transport = net::Transport::tls;
  EXPECT_EQ(way_back(secure, "sips:op@sip.blue.example").flow.remote, there.with_port(5061));
}

}  // namespace
}  // namespace carillon::agent
