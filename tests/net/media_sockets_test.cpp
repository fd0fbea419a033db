// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: relay sockets on the real system: packets pass, floods cost their own flow its oldest packets, and nobody else anything.
#include "net/media_sockets.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "net/socket.hpp"
#include "net/station.hpp"

namespace carillon::net {
namespace {

const Address loopback = *Address::parse("127.0.0.1", 0);

struct Ear final : UdpSocket::Receiver {
  void on_datagram(UdpSocket& socket, const Address& source, std::string_view bytes) override {
    heard.emplace_back(bytes);
    from = source;
    if (destroy) destroy->reset();
    if (echo) socket.send(source, bytes);
  }
  std::vector<std::string> heard;
  Address from;
  bool echo = false;
  std::unique_ptr<UdpSocket>* destroy = nullptr;
};

struct Desk {
  void run_until(const std::function<bool()>& done) { EXPECT_TRUE(station.turn_until(done)); }
  std::unique_ptr<UdpSocket> open(Ear& ear) { return *sockets.bind(loopback, ear); }

  test::Station station;
  MediaSockets sockets{station.loop};
};

/// A plain socket that is not on the loop.
struct Sender {
  explicit Sender(const Address& target) : to(target) {}
  void send(std::string_view bytes) { sendto(descriptor.number(), bytes.data(), bytes.size(), 0, to.data(), to.size()); }
  Descriptor descriptor = open_socket(AF_INET, SOCK_DGRAM);
  SystemAddress to;
};

TEST(MediaSockets, PassPacketsBothWays) {
  Desk desk;
  Ear a, b;
  b.echo = true;
  auto left = desk.open(a), right = desk.open(b);
  EXPECT_NE(left->local().port, 0);
  left->send(right->local(), "hello");
  desk.run_until([&] { return !a.heard.empty(); });
  EXPECT_EQ(a.heard, std::vector<std::string>{"hello"});
  EXPECT_EQ(a.from, right->local());
  EXPECT_EQ(b.from, left->local());
  EXPECT_EQ(desk.sockets.counters().received, 2U);
  EXPECT_EQ(desk.sockets.counters().sent, 2U);
}

TEST(MediaSockets, SendFromTheAddressTheyAreToldWhenBoundToAll) {
  for (const char* host : {"127.0.0.2", "::1"}) {
    Desk desk;
    Ear ear, other;
    const Address source = *Address::parse(host, 0);
    auto everywhere = *desk.sockets.bind(*Address::parse(source.is_v4() ? "0.0.0.0" : "::", 0), ear);
    auto peer = *desk.sockets.bind(source.is_v4() ? loopback : source, other);
    everywhere->send_from(source, peer->local(), "speech");
    desk.run_until([&] { return !other.heard.empty(); });
    EXPECT_EQ(other.from, source.with_port(everywhere->local().port));
    EXPECT_EQ(desk.sockets.counters().sent, 1U);
  }
}

TEST(MediaSockets, RefuseATakenPort) {
  Desk desk;
  Ear a;
  auto first = desk.open(a);
  EXPECT_TRUE(desk.sockets.bind(first->local(), a).error().is(Fault::address_in_use));
}

TEST(MediaSockets, OverrunDropsTheOldestOfThatFlowOnly) {
  Desk desk;
  Ear flooded, calm;
  auto a = desk.open(flooded), b = desk.open(calm);
  Sender flood(a->local()), speech(b->local());
  for (int i = 0; i < 150; ++i) flood.send(std::to_string(i));
  speech.send("speech");
  desk.run_until([&] { return !flooded.heard.empty() && !calm.heard.empty(); });
  ASSERT_EQ(flooded.heard.size(), 64U);
  EXPECT_EQ(flooded.heard.front(), "86");
  EXPECT_EQ(flooded.heard.back(), "149");
  EXPECT_EQ(desk.sockets.counters().overrun, 86U);
  EXPECT_EQ(calm.heard.size(), 1U);
  flood.send("later");
  desk.run_until([&] { return flooded.heard.size() > 64; });
  EXPECT_EQ(flooded.heard.back(), "later") << "a flow is never shut out";
}

TEST(MediaSockets, DropOversizeAndKeepEmptyDatagrams) {
  Desk desk;
  Ear ear;
  auto socket = desk.open(ear);
  Sender sender(socket->local());
  sender.send(std::string(2049, 'x'));
  sender.send(std::string(60'000, 'x'));
  sender.send(std::string(2048, 'x'));
  sender.send("");
  desk.run_until([&] { return ear.heard.size() >= 2; });
  EXPECT_EQ(ear.heard[0].size(), 2048U);
  EXPECT_EQ(ear.heard[1].size(), 0U);
  EXPECT_EQ(desk.sockets.counters().oversize, 2U);
}

TEST(MediaSockets, ArePacedUnderLoadAndWakeAtOnceAfterwards) {
  Desk desk;
  Ear ear;
  auto socket = desk.open(ear);
  Sender sender(socket->local());
  std::size_t sent = 0;
  desk.run_until([&] {
    for (int i = 0; i < 10; ++i, ++sent) sender.send("x");
    return desk.sockets.is_paced();
  });
  desk.run_until([&] {
    for (int i = 0; i < 10; ++i, ++sent) sender.send("x");
    return sent > 3000;
  });
  desk.run_until([&] { return ear.heard.size() + desk.sockets.counters().overrun == sent; });
  desk.run_until([&] { return !desk.sockets.is_paced(); });
  sender.send("last");
  desk.run_until([&] { return ear.heard.back() == "last"; });
}

TEST(MediaSockets, MayBeDestroyedByTheirReceiver) {
  Desk desk;
  Ear ear;
  auto socket = desk.open(ear);
  ear.destroy = &socket;
  Sender sender(socket->local());
  for (int i = 0; i < 5; ++i) sender.send("x");
  desk.run_until([&] { return !ear.heard.empty(); });
  EXPECT_EQ(ear.heard.size(), 1U);
}

TEST(MediaSockets, KnowTheirHost) {
  auto own = default_local_address(true);
  const std::vector<Address> all = local_addresses();
  EXPECT_NE(std::ranges::find(all, loopback), all.end());
  EXPECT_TRUE(std::ranges::none_of(all, &Address::is_unspecified));
  if (!own) return;  // This host has no route.
  EXPECT_FALSE(own->is_unspecified());
  EXPECT_EQ(own->port, 0);
  EXPECT_EQ(all.front(), *own);
}

}  // namespace
}  // namespace carillon::net
