// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: ports come in even pairs, always come back, rest after use, and are never taken from another program.
#include "media/port_pool.hpp"

#include "relay_fixture.hpp"

namespace carillon::media {
namespace {

using test::at;

struct Nobody final : PortPair::User {
  void on_rtp_port(const net::Address&, std::string_view) override { ++heard; }
  void on_rtcp_port(const net::Address&, std::string_view) override { ++heard; }
  int heard = 0;
};

struct Bench {
  Bench() { open({13000, 13007}); }
  void open(PortPool::Range range) {
    BindUdp bind = [this](const net::Address& local, net::UdpSocket::Receiver& receiver) {
      ++opened;
      return network.bind_udp(local, receiver);
    };
    pool.emplace(loop, bind, at("192.0.2.1", 0), range);
  }
  std::vector<PortPool::Lease> take_all() {
    std::vector<PortPool::Lease> leases;
    for (;;) {
      auto lease = pool->take(user);
      if (!lease) return leases;
      leases.push_back(std::move(*lease));
    }
  }
  carillon::test::VirtualLoop loop;
  carillon::test::SimulatedWire wire{loop, 1};
  carillon::test::SimulatedNetwork network{wire, {at("192.0.2.1", 0)}};
  Nobody user;
  int opened = 0;
  std::optional<PortPool> pool;
};

TEST(PortPool, GivesEvenPortsUntilNoneIsLeft) {
  Bench b;
  auto leases = b.take_all();
  ASSERT_EQ(leases.size(), 4U);
  std::set<std::uint16_t> ports;
  for (auto& lease : leases) {
    EXPECT_EQ(lease->rtp_address().port % 2, 0);
    ports.insert(lease->rtp_address().port);
  }
  EXPECT_EQ(ports, (std::set<std::uint16_t>{13000, 13002, 13004, 13006}));
  EXPECT_TRUE(b.pool->take(b.user).error().is(Fault::no_ports));
  leases.clear();
  EXPECT_EQ(b.pool->leased(), 0U);
  EXPECT_EQ(b.take_all().size(), 4U);
}

TEST(PortPool, KeepsAReserveForHelp) {
  Bench b;
  b.open({13000, 13199});  // 100 pairs.
  auto leases = b.take_all();
  EXPECT_EQ(leases.size(), 98U);
  auto first = b.pool->take(b.user, true), second = b.pool->take(b.user, true);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(b.pool->take(b.user, true).error().is(Fault::no_ports));
  first = b.pool->take(b.user);  // Nothing, and what was leased is back.
  EXPECT_FALSE(first);
  EXPECT_TRUE(b.pool->take(b.user, true));
  EXPECT_FALSE(b.pool->take(b.user));
}

TEST(PortPool, WhatRestsIsGivenToHelpAlone) {
  Bench b;
  b.open({13000, 13001});
  auto lease = b.pool->take(b.user);
  ASSERT_TRUE(lease);
  const net::Address address = (*lease)->rtp_address();
  test::Phone phone(b.wire, "198.51.100.1", 4000, 1);
  phone.speak(address);
  b.loop.run_for(50ms);
  EXPECT_EQ(b.user.heard, 1);
  lease = failure(Fault::no_ports, "");
  EXPECT_EQ(b.pool->resting(), 1U);
  EXPECT_FALSE(b.pool->take(b.user));
  EXPECT_TRUE(b.pool->take(b.user, true));
}

TEST(PortPool, OddOrEmptyRanges) {
  struct Case {
    std::uint16_t min, max;
    std::size_t pairs;
  };
  for (auto c : {Case{13001, 13004, 1}, Case{13000, 13000, 0}, Case{13000, 13001, 1}, Case{13000, 12000, 0},
                 Case{65534, 65535, 1}, Case{13000, 19000, 3000}}) {
    Bench b;
    b.open({c.min, c.max});
    EXPECT_EQ(b.pool->capacity(), c.pairs) << c.min << " " << c.max;
    EXPECT_EQ(b.pool->take(b.user).has_value(), c.pairs > 0);
  }
}

TEST(PortPool, UsedPairsRestAndUnusedOnesAreReusedLast) {
  Bench b;
  test::Phone phone(b.wire, "198.51.100.1", 4000, 1);
  auto leases = b.take_all();
  auto used = leases[1]->rtp_address();
  phone.speak(used);
  b.loop.run_for(100ms);
  EXPECT_EQ(b.user.heard, 1);
  leases.clear();
  EXPECT_EQ(b.pool->resting(), 1U);
  b.loop.run_for(29s);
  leases = b.take_all();
  EXPECT_EQ(leases.size(), 3U);
  for (auto& lease : leases) EXPECT_NE(lease->rtp_address(), used);
  b.loop.run_for(2s);
  auto rested = b.pool->take(b.user);
  ASSERT_TRUE(rested);
  EXPECT_EQ((*rested)->rtp_address(), used);
}

TEST(PortPool, ReusesInTheOrderOfReturn) {
  Bench b;
  auto leases = b.take_all();
  std::vector<net::Address> order;
  for (std::size_t i : {2U, 0U, 3U, 1U}) {
    order.push_back(leases[i]->rtp_address());
    leases[i].reset();
  }
  for (auto& address : order) {
    auto lease = b.pool->take(b.user);
    ASSERT_TRUE(lease);
    EXPECT_EQ((*lease)->rtp_address(), address);
    leases.push_back(std::move(*lease));
  }
  EXPECT_EQ(b.opened, 8) << "sockets stay open between leases";
}

TEST(PortPool, LatePacketsReachNobody) {
  Bench b;
  test::Phone phone(b.wire, "198.51.100.1", 4000, 1);
  auto lease = b.pool->take(b.user);
  auto port = (*lease)->rtp_address();
  lease->reset();
  phone.speak(port);
  b.loop.run_for(100ms);
  EXPECT_EQ(b.user.heard, 0);
  EXPECT_EQ(b.pool->late_datagrams(), 1U);
}

TEST(PortPool, SkipsPortsOfOthers) {
  Bench b;
  struct Listener final : net::UdpSocket::Receiver {
    void on_datagram(net::UdpSocket&, const net::Address&, std::string_view) override {}
  } listener;
  auto rtcp_taken = b.network.bind_udp(at("192.0.2.1", 13001), listener);
  auto rtp_taken = b.network.bind_udp(at("192.0.2.1", 13004), listener);
  ASSERT_TRUE(rtcp_taken && rtp_taken);
  auto leases = b.take_all();
  EXPECT_EQ(leases.size(), 2U);
  EXPECT_TRUE(b.pool->is_ours(leases[0]->rtp_address()));
  EXPECT_FALSE(b.pool->is_ours(at("192.0.2.1", 13000)));
  EXPECT_FALSE(b.pool->is_ours(at("198.51.100.1", leases[0]->rtp_address().port)));
  rtcp_taken->reset();
  b.loop.run_for(31s);
  EXPECT_TRUE(b.pool->take(b.user)) << "tried again later";
}

}  // namespace
}  // namespace carillon::media
