// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the simulated network behaves like a bad real one, and like itself when the seed is the same.
#include "support/simulated_network.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/stream_receivers.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::test {
namespace {

using net::Address;

Address host(const char* text) {
  return Address::parse(text, 0).value();
}

struct Sink final : net::UdpSocket::Receiver {
  void on_datagram(net::UdpSocket&, const Address& from, std::string_view bytes) override {
    got.emplace_back(bytes);
    last_from = from;
  }
  void on_batch_end() override { batches++; }
  std::vector<std::string> got;
  Address last_from;
  int batches = 0;
};

struct TwoHosts {
  explicit TwoHosts(std::uint64_t seed = 1) : wire(loop, seed) {}
  VirtualLoop loop;
  SimulatedWire wire;
  Address a = host("10.0.0.1");
  Address b = host("10.0.0.2");
  SimulatedNetwork left{wire, {a}};
  SimulatedNetwork right{wire, {b, host("2001:db8::2")}};
};

TEST(SimulatedNetwork, DeliversDatagramsAfterTheDelay) {
  TwoHosts hosts;
  Sink sink;
  auto sender = hosts.left.bind_udp(hosts.a, sink).value();
  auto receiver = hosts.right.bind_udp(host("0.0.0.0").with_port(5060), sink).value();
  hosts.wire.set_quality({.delay = 20ms});
  sender->send(hosts.b.with_port(5060), "one");
  sender->send(hosts.b.with_port(5060), "two");
  hosts.loop.run_for(19ms);
  EXPECT_TRUE(sink.got.empty());
  hosts.loop.run_for(2ms);
  EXPECT_EQ(sink.got, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(sink.batches, 1);
  EXPECT_EQ(sink.last_from, sender->local());

  receiver->send(sink.last_from, "back");
  hosts.loop.run_for(30ms);
  EXPECT_EQ(sink.got.back(), "back");
  EXPECT_EQ(sink.last_from, hosts.b.with_port(5060));
}

TEST(SimulatedNetwork, RefusesForeignAndTakenAddresses) {
  TwoHosts hosts;
  Sink sink;
  EXPECT_TRUE(hosts.left.bind_udp(hosts.b, sink).error().is(net::Fault::bad_address));
  EXPECT_TRUE(hosts.left.bind_udp(host("::"), sink).error().is(net::Fault::bad_address));
  auto first = hosts.left.bind_udp(hosts.a.with_port(5060), sink).value();
  EXPECT_TRUE(hosts.left.bind_udp(hosts.a.with_port(5060), sink).error().is(net::Fault::address_in_use));
  first.reset();
  EXPECT_TRUE(hosts.left.bind_udp(hosts.a.with_port(5060), sink));
  auto shared = hosts.left.bind_udp(hosts.a.with_port(5062), sink, true).value();
  EXPECT_TRUE(hosts.left.bind_udp(hosts.a.with_port(5062), sink, true));
}

/// What arrives of 2000 numbered datagrams on a bad link.
std::vector<std::string> bad_link(std::uint64_t seed, const LinkQuality& quality) {
  TwoHosts hosts(seed);
  Sink sink;
  auto sender = hosts.left.bind_udp(hosts.a, sink).value();
  auto receiver = hosts.right.bind_udp(hosts.b.with_port(5060), sink).value();
  hosts.wire.set_quality(hosts.a, hosts.b, quality);
  for (int i = 0; i < 2000; i++) {
    sender->send(hosts.b.with_port(5060), std::to_string(i));
    hosts.loop.run_for(1ms);
  }
  hosts.loop.run_for(1s);
  EXPECT_EQ(hosts.wire.counters().sent, 2000U);
  EXPECT_EQ(hosts.wire.counters().delivered, sink.got.size());
  EXPECT_EQ(2000U - hosts.wire.counters().lost + hosts.wire.counters().duplicated, sink.got.size());
  return sink.got;
}

TEST(SimulatedNetwork, LosesDoublesAndReordersAsAsked) {
  EXPECT_NEAR(static_cast<double>(bad_link(7, {.loss = 0.1}).size()), 1800, 60);
  EXPECT_NEAR(static_cast<double>(bad_link(7, {.duplication = 0.1}).size()), 2200, 60);
  const auto in_order = [](const std::vector<std::string>& got) {
    return std::ranges::is_sorted(got, {}, [](const std::string& text) { return std::stoi(text); });
  };
  EXPECT_TRUE(in_order(bad_link(7, {.loss = 0.1, .duplication = 0.1})));
  EXPECT_FALSE(in_order(bad_link(7, {.jitter = 10ms})));
  EXPECT_FALSE(in_order(bad_link(7, {.reordering = 0.1})));
  EXPECT_TRUE(bad_link(7, {.cut = true}).empty());
}

TEST(SimulatedNetwork, IsDeterminedByTheSeed) {
  const LinkQuality bad = {.jitter = 5ms, .loss = 0.05, .duplication = 0.05, .reordering = 0.05};
  EXPECT_EQ(bad_link(11, bad), bad_link(11, bad));
  EXPECT_NE(bad_link(11, bad), bad_link(12, bad));
}

TEST(SimulatedNetwork, SplitsSourcesOfASharedPort) {
  TwoHosts hosts;
  Sink one, two;
  auto first = hosts.right.bind_udp(hosts.b.with_port(5060), one, true).value();
  auto second = hosts.right.bind_udp(hosts.b.with_port(5060), two, true).value();
  std::vector<std::unique_ptr<net::UdpSocket>> senders;
  for (int i = 0; i < 10; i++) senders.push_back(hosts.left.bind_udp(hosts.a, one).value());
  for (const auto& sender : senders) sender->send(hosts.b.with_port(5060), "x");
  hosts.loop.run_for(5ms);
  EXPECT_EQ(one.got.size(), 5U);
  EXPECT_EQ(two.got.size(), 5U);
}

TEST(SimulatedNetwork, CarriesStreamsInOrderHoweverTheyAreChopped) {
  for (const std::size_t chop : {0U, 1U, 7U, 1500U}) {
    TwoHosts hosts;
    hosts.wire.set_quality({.jitter = 5ms, .loss = 0.1, .chop = chop});
    Accepting server;
    auto listener = hosts.right.listen_tcp(hosts.b.with_port(5060), server).value();
    Recording client;
    auto stream = hosts.left.connect_tcp(hosts.b.with_port(5060));
    stream->set_receiver(client);
    std::string sent;
    for (int i = 0; i < 200; i++) {
      const std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
      sent += piece;
      ASSERT_TRUE(stream->write(piece));
      if (i % 10 == 0) hosts.loop.run_for(1ms);
    }
    stream->close();
    EXPECT_FALSE(stream->write("late"));
    hosts.loop.run_for(10min);
    ASSERT_EQ(server.streams.size(), 1U);
    EXPECT_EQ(server.records[0]->bytes, sent);
    EXPECT_EQ(server.records[0]->closed, 1);
    EXPECT_EQ(client.closed, 1);
    if (chop > 1) EXPECT_LT(server.records[0]->pieces, sent.size());
  }
}

TEST(SimulatedNetwork, RefusesConnectionsWhereNobodyListens) {
  TwoHosts hosts;
  Recording client;
  auto stream = hosts.left.connect_tcp(hosts.b.with_port(5061));
  stream->set_receiver(client);
  hosts.loop.run_for(100ms);
  EXPECT_EQ(client.closed, 1);

  Recording nowhere;
  auto lost = hosts.left.connect_tcp(host("10.9.9.9").with_port(5061));
  lost->set_receiver(nowhere);
  hosts.loop.run_for(5s);
  EXPECT_EQ(nowhere.closed, 0);
  hosts.loop.run_for(10s);
  EXPECT_EQ(nowhere.closed, 1);
}

TEST(SimulatedNetwork, ClosesTheOtherSideWhenAStreamIsDestroyed) {
  TwoHosts hosts;
  Accepting server;
  auto listener = hosts.right.listen_tcp(hosts.b.with_port(5060), server).value();
  Recording client;
  auto stream = hosts.left.connect_tcp(hosts.b.with_port(5060));
  stream->set_receiver(client);
  stream->write("hello");
  hosts.loop.run_for(10ms);
  ASSERT_EQ(server.streams.size(), 1U);
  EXPECT_EQ(server.streams[0]->remote(), stream->local());
  server.streams[0]->write("last words");
  server.streams.clear();
  hosts.loop.run_for(10ms);
  EXPECT_EQ(client.bytes, "last words");
  EXPECT_EQ(client.closed, 1);
  EXPECT_FALSE(stream->write("x"));
}

TEST(SimulatedNetwork, ClosesAStreamWhosePeerDoesNotRead) {
  TwoHosts hosts;
  Accepting server;
  server.reads = false;
  auto listener = hosts.right.listen_tcp(hosts.b.with_port(5060), server).value();
  Recording client;
  auto stream = hosts.left.connect_tcp(hosts.b.with_port(5060));
  stream->set_receiver(client);
  hosts.loop.run_for(10ms);
  const std::string piece(64 * 1024, 'x');
  int taken = 0;
  while (taken < 100 && stream->write(piece)) taken++;
  EXPECT_EQ(taken, 5);
  EXPECT_EQ(client.closed, 0);
  hosts.loop.run_for(1ms);
  EXPECT_EQ(client.closed, 1);
}

TEST(SimulatedNetwork, FindsLocalSocketsByPath) {
  TwoHosts hosts;
  Accepting server;
  auto listener = hosts.right.listen_local("/run/media.sock", server).value();
  EXPECT_TRUE(hosts.left.listen_local("/run/media.sock", server).error().is(net::Fault::address_in_use));
  Recording client;
  auto stream = hosts.left.connect_local("/run/media.sock");
  stream->set_receiver(client);
  stream->write("create");
  hosts.loop.run_for(5ms);
  EXPECT_EQ(server.records.at(0)->bytes, "create");
  Recording stray;
  auto wrong = hosts.left.connect_local("/run/other.sock");
  wrong->set_receiver(stray);
  hosts.loop.run_for(5ms);
  EXPECT_EQ(stray.closed, 1);
}

TEST(SimulatedNetwork, GoesSilentWhenPoweredOff) {
  TwoHosts hosts;
  Accepting server;
  Sink sink, successor_sink;
  auto socket = hosts.right.bind_udp(hosts.b.with_port(5060), sink).value();
  auto sender = hosts.left.bind_udp(hosts.a, sink).value();
  auto listener = hosts.right.listen_tcp(hosts.b.with_port(5060), server).value();
  Recording client;
  auto stream = hosts.left.connect_tcp(hosts.b.with_port(5060));
  stream->set_receiver(client);
  stream->write("before");
  hosts.loop.run_for(10ms);

  hosts.right.power_off();
  sender->send(hosts.b.with_port(5060), "void");
  socket->send(hosts.a, "void");
  stream->write("void");
  server.streams.clear();
  hosts.loop.run_for(1min);
  EXPECT_TRUE(sink.got.empty());
  EXPECT_EQ(client.closed, 0);
  EXPECT_EQ(server.records.at(0)->bytes, "before");

  SimulatedNetwork successor(hosts.wire, {hosts.b});
  auto again = successor.bind_udp(hosts.b.with_port(5060), successor_sink).value();
  sender->send(hosts.b.with_port(5060), "hello again");
  hosts.loop.run_for(10ms);
  EXPECT_EQ(successor_sink.got.size(), 1U);
}

TEST(SimulatedNetwork, LetsATapSeeWhatIsSent) {
  TwoHosts hosts;
  Sink sink;
  std::vector<std::string> seen;
  hosts.wire.set_tap([&](const Address&, const Address& to, std::string_view bytes) {
    seen.push_back(to.to_string() + " " + std::string(bytes));
  });
  auto sender = hosts.left.bind_udp(hosts.a, sink).value();
  sender->send(hosts.b.with_port(9), "x");
  EXPECT_EQ(seen, std::vector<std::string>{"10.0.0.2:9 x"});
  hosts.loop.run_for(5ms);
  EXPECT_EQ(hosts.wire.counters().unreachable, 1U);
}

}  // namespace
}  // namespace carillon::test
