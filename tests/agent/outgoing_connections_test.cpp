// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: connections that we open are one to each place, shared, bounded in number and in time, and given up when nobody uses
// them.
#include <gtest/gtest.h>

#include "agent/stream_connections.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::agent {
namespace {

const net::Address here = *net::Address::parse("192.0.2.1", 7060);
const net::Address there = *net::Address::parse("198.51.100.7", 5060);

struct Peer final : net::Stream::Receiver, net::StreamListener::Acceptor {
  bool on_bytes(std::string_view more) override {
    bytes += more;
    return true;
  }
  void on_closed() override { is_closed = true; }
  void on_accept(std::unique_ptr<net::Stream> accepted) override {
    ++accepts;
    remote = accepted->remote();
    stream = std::move(accepted);
    stream->set_receiver(*this);
  }
  std::unique_ptr<net::Stream> stream;
  std::string bytes;
  net::Address remote;
  int accepts = 0;
  bool is_closed = false;
};

struct Owner final : StreamConnections::User {
  void on_stream_message(const net::Flow& flow, std::string_view) override { last = flow; }
  void on_stream_garbage(const net::Flow&, std::string_view, const Error&) override {}
  void on_stream_closed(const net::Flow& flow) override { closed.push_back(flow); }
  void on_stream_greedy(const net::Address&, std::string_view) override { ++greedy; }
  net::Flow last;
  std::vector<net::Flow> closed;
  int greedy = 0;
};

class OutgoingConnections : public ::testing::Test {
 protected:
  static net::Flow way_to(const net::Address& remote, net::Transport transport = net::Transport::tcp) {
    return {.transport = transport, .local = here, .remote = remote};
  }

  /// Each answer lands in `answers_`.
  void ask(const net::Flow& way, const std::string& name = {}, Payer payer = {}) {
    connections_.connect({way, name, payer}, [this](Result<net::Flow> answer) { answers_.push_back(std::move(answer)); });
  }

  void listen() { listener_ = there_.listen_tcp(there, peer_).value(); }

  test::VirtualLoop loop_;
  test::SimulatedWire wire_{loop_, 1};
  test::SimulatedNetwork here_{wire_, {*net::Address::parse("192.0.2.9", 0), here.with_port(0)}};
  test::SimulatedNetwork there_{wire_, {there.with_port(0)}};
  Owner owner_;
  Peer peer_;
  std::unique_ptr<net::StreamListener> listener_;
  StreamConnections::Limits limits_{.outgoing = 2, .outgoing_waiters = 3};
  StreamConnections connections_{loop_, here_, limits_, owner_};
  std::vector<Result<net::Flow>> answers_;
};

TEST_F(OutgoingConnections, ThereIsOneToEachPlace) {
  listen();
  ask(way_to(there));
  ask(way_to(there));
  EXPECT_TRUE(answers_.empty()) << "never at once";
  loop_.run_for(1s);
  ask(way_to(there));
  EXPECT_EQ(answers_.size(), 2U) << "never at once";
  loop_.run_for(1s);
  ASSERT_EQ(answers_.size(), 3U);
  EXPECT_EQ(*answers_[0], *answers_[1]);
  EXPECT_EQ(*answers_[0], *answers_[2]);
  EXPECT_EQ(peer_.accepts, 1);
  EXPECT_TRUE(peer_.remote.same_host(here)) << "from the listener's address";
  EXPECT_EQ(answers_[0]->local, here) << "but it stands for the listener";
  EXPECT_TRUE(connections_.send(*answers_[0], "hello"));
  loop_.run_for(1s);
  EXPECT_EQ(peer_.bytes, "hello");
}

TEST_F(OutgoingConnections, ConnectionsOfOtherNamesAreOthers) {
  listen();
  ask(way_to(there), "blue.example");
  ask(way_to(there), "red.example");
  loop_.run_for(1s);
  EXPECT_EQ(peer_.accepts, 2);
  EXPECT_NE(*answers_.at(0), *answers_.at(1));
}

TEST_F(OutgoingConnections, WhoRefusesIsToldOf) {
  ask(way_to(there));
  loop_.run_for(1s);
  EXPECT_TRUE(answers_.at(0).error().is(net::Fault::closed));
  EXPECT_EQ(connections_.size(), 0U);
  EXPECT_TRUE(owner_.closed.empty()) << "nobody knew that flow";
  listen();
  ask(way_to(there));
  loop_.run_for(1s);
  EXPECT_TRUE(answers_.at(1).has_value());
}

TEST_F(OutgoingConnections, NobodyWaitsForLongerThanFourSeconds) {
  listen();
  wire_.set_quality({.cut = true});
  ask(way_to(there));
  loop_.run_for(3900ms);
  EXPECT_TRUE(answers_.empty());
  loop_.run_for(200ms);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_FALSE(answers_[0].has_value());
  EXPECT_EQ(connections_.size(), 0U);
  EXPECT_EQ(owner_.greedy, 0) << "it is no fault of a source's";
}

TEST_F(OutgoingConnections, AreBoundedAndSoAreThoseWhoWait) {
  wire_.set_quality({.cut = true});
  for (int i = 0; i < 4; ++i) ask(way_to(there));
  ask(way_to(there.with_port(1)));
  ask(way_to(there.with_port(2)));
  loop_.run_for(1s);
  ASSERT_EQ(answers_.size(), 2U);
  for (const auto& each : answers_) EXPECT_TRUE(each.error().is(net::Fault::queue_full));
}

TEST_F(OutgoingConnections, ThereIsNoTlsWithoutAuthorities) {
  listen();
  ask(way_to(there, net::Transport::tls), "blue.example");
  loop_.run_for(1s);
  EXPECT_TRUE(answers_.at(0).error().is(net::Fault::tls));
  EXPECT_EQ(peer_.accepts, 0);
}

TEST_F(OutgoingConnections, TheEndOfOneIsTold) {
  listen();
  ask(way_to(there));
  loop_.run_for(1s);
  peer_.stream.reset();
  loop_.run_for(1s);
  EXPECT_EQ(owner_.closed, std::vector{*answers_.at(0)});
  EXPECT_FALSE(connections_.is_open(*answers_[0]));
  ask(way_to(there));
  loop_.run_for(1s);
  EXPECT_NE(*answers_.at(1), *answers_[0]);
  EXPECT_EQ(peer_.accepts, 2);
}

TEST_F(OutgoingConnections, WhatIsUsedStaysAndTheRestIsClosed) {
  listen();
  ask(way_to(there));
  loop_.run_for(1s);
  for (int i = 0; i < 3; ++i) {
    loop_.run_for(15min);
    EXPECT_TRUE(connections_.send(*answers_.at(0), "x")) << i;
  }
  ask(way_to(there));
  loop_.run_for(19min);
  EXPECT_TRUE(connections_.is_open(*answers_[0]));
  loop_.run_for(2min);
  EXPECT_FALSE(connections_.is_open(*answers_[0]));
  EXPECT_TRUE(peer_.is_closed);
}

TEST_F(OutgoingConnections, ThePeersBytesKeepNoneOpen) {
  listen();
  ask(way_to(there));
  loop_.run_for(1s);
  for (int i = 0; i < 4 && connections_.is_open(*answers_.at(0)); ++i) {
    peer_.stream->write("\r\n\r\n");
    loop_.run_for(2min);
    connections_.send(*answers_[0], "SIP/2.0 405 Method Not Allowed\r\nCSeq: 1 PUBLISH\r\n\r\n");
    connections_.send(*answers_[0], "SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n");
    loop_.run_for(4min);
  }
  EXPECT_FALSE(connections_.is_open(*answers_[0]));
  ask(way_to(there));
  loop_.run_for(1s);
  for (int i = 0; i < 4; ++i) {
    loop_.run_for(15min);
    connections_.send(*answers_.at(1), "SIP/2.0 200 OK\r\nCSeq: 1 UPDATE\r\n\r\n");
  }
  EXPECT_TRUE(connections_.is_open(*answers_[1])) << "a request that somebody here took";
}

TEST_F(OutgoingConnections, NoBrandAndNoCarrierHasThemAll) {
  limits_ = {.outgoing = 100, .outgoing_per_brand = 5, .outgoing_per_carrier = 3};
  StreamConnections shared(loop_, here_, limits_, owner_);
  wire_.set_quality({.cut = true});
  std::uint16_t port = 6000;
  const auto refused_of = [&](int count, Payer payer) {
    const std::size_t before = answers_.size();
    for (int i = 0; i < count; ++i)
      shared.connect({way_to(there.with_port(++port)), {}, payer},
                     [this](Result<net::Flow> answer) { answers_.push_back(std::move(answer)); });
    loop_.run_for(100ms);
    const std::span late(answers_.begin() + static_cast<std::ptrdiff_t>(before), answers_.end());
    for (const auto& each : late) EXPECT_TRUE(each.error().is(net::Fault::queue_full));
    return late.size();
  };
  EXPECT_EQ(refused_of(5, {.brand = 1, .carrier = 10}), 2U) << "a carrier's share";
  EXPECT_EQ(refused_of(5, {.brand = 1, .carrier = 11}), 3U) << "a brand's share";
  EXPECT_EQ(refused_of(3, {.brand = 2, .carrier = 20}), 0U) << "others have theirs";
  loop_.run_for(5s);  // Nobody has answered.
  answers_.clear();
  EXPECT_EQ(refused_of(3, {.brand = 1, .carrier = 10}), 0U) << "what is over does not count";
}

}  // namespace
}  // namespace carillon::agent
