// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a call's commands reach the real media engine in one round trip, and nothing is lost or leaked when either process goes
// away.
#include "mediaclient/local_client.hpp"

#include <gtest/gtest.h>

#include "media/control_server.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::mediaclient {
namespace {

const std::string path = "/run/media-control.sock";
const CallId call{1, 2};

net::Address at(const char* host, std::uint16_t port) {
  return *net::Address::parse(host, port);
}

LegSpec audio(const char* host, std::uint16_t port) {
  LegSpec spec;
  spec.streams.emplace_back();
  if (port != 0) spec.streams[0].remote = Endpoint::of(at(host, port));
  return spec;
}

struct World final : Client::Listener {
  World() {
    start_media();
    client.emplace(signalling, path, *this);
  }
  ~World() { scope.reset(); }

  void start_media(std::uint16_t port_max = 19000) {
    media_network.emplace(wire, std::vector{at("192.0.2.1", 0)});
    media::BindUdp bind = [this](const net::Address& local, net::UdpSocket::Receiver& receiver) {
      return media_network->bind_udp(local, receiver);
    };
    media::Engine::Config config;
    config.hosts = {at("192.0.2.1", 0)};
    config.ports.max = port_max;
    server = *media::ControlServer::open(*media_network, path, bind, config);
  }
  void kill_media() {
    server.reset();
    media_network.reset();
  }

  /// Runs `task` to its end and returns its value.
  template <class T>
  T finish(Task<T> task) {
    std::optional<T> value;
    scope->spawn(keep(std::move(task), value));
    loop.run_for(3s);
    EXPECT_TRUE(value);
    return std::move(*value);
  }
  template <class T>
  static Task<> keep(Task<T> task, std::optional<T>& value) {
    value = co_await std::move(task);
  }

  void on_media_timeout(LegId leg, Duration) override { timeouts.push_back(leg); }
  void on_media_ended(CallId id, EndReason reason, const std::vector<LegStatistics>& legs) override {
    ended.emplace_back(id, reason);
    last_statistics = legs;
  }
  void on_media_lost(CallId id) override { lost.push_back(id); }

  std::size_t leased() const { return server->engine().counters().ports_leased; }

  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 7};
  test::SimulatedNetwork signalling{wire, {at("192.0.2.1", 0)}};
  std::optional<test::SimulatedNetwork> media_network;
  std::unique_ptr<media::ControlServer> server;
  std::optional<LocalClient> client;
  std::optional<Scope> scope{std::in_place, loop, [](const Broken& broken) { ADD_FAILURE() << broken.what(); }};
  std::vector<LegId> timeouts;
  std::vector<std::pair<CallId, EndReason>> ended;
  std::vector<LegStatistics> last_statistics;
  std::vector<CallId> lost;
};

TEST(LocalClient, SetsUpACallInOneRoundTrip) {
  World w;
  w.loop.run_for(10ms);
  ASSERT_TRUE(w.client->is_connected());
  std::optional<Result<std::pair<LegPorts, LegPorts>>> pair;
  w.scope->spawn(World::keep(w.client->create_pair(call, audio("198.51.100.1", 4000), audio("", 0)), pair));
  w.loop.run_for(3ms);
  ASSERT_TRUE(pair && *pair) << "one way takes 1 ms";
  EXPECT_EQ((*pair)->first.leg, 1);
  EXPECT_EQ((*pair)->second.leg, 2);
  EXPECT_TRUE((*pair)->first.streams[0].rtp.as<net::Address>().same_host(at("192.0.2.1", 0)));
  EXPECT_EQ((*pair)->first.streams[0].rtp.port % 2, 0);
  EXPECT_EQ(w.leased(), 2U);
  auto answered = w.finish(w.client->modify_and_connect({call, 2}, audio("198.51.100.2", 4000), {call, 1}, Phase::answered));
  ASSERT_TRUE(answered);
  EXPECT_EQ(*answered, (*pair)->second) << "ports stay";
}

TEST(LocalClient, CommandsBeforeTheConnectionWaitForIt) {
  World w;
  EXPECT_FALSE(w.client->is_connected());
  EXPECT_TRUE(w.finish(w.client->create({call, 1}, audio("198.51.100.1", 4000))));
}

TEST(LocalClient, DestroysWithLastStatistics) {
  World w;
  ASSERT_TRUE(w.finish(w.client->create_pair(call, audio("198.51.100.1", 4000), audio("", 0))));
  auto query = w.finish(w.client->query(call));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->size(), 2U);
  auto leg = w.finish(w.client->destroy_leg({call, 2}));
  ASSERT_TRUE(leg);
  EXPECT_EQ(leg->leg, 2);
  EXPECT_EQ(w.leased(), 1U);
  w.client->destroy(call);
  w.loop.run_for(10ms);
  ASSERT_EQ(w.ended.size(), 1U);
  EXPECT_EQ(w.ended[0], std::pair(call, EndReason::destroyed));
  EXPECT_EQ(w.last_statistics.size(), 1U);
  EXPECT_EQ(w.leased(), 0U);
  EXPECT_EQ(w.client->outstanding(), 0U);
}

TEST(LocalClient, TellsFaultsByKind) {
  World w;
  ASSERT_TRUE(w.finish(w.client->create({call, 1}, audio("198.51.100.1", 4000))));
  EXPECT_TRUE(w.finish(w.client->create({call, 1}, audio("198.51.100.1", 4000))).error().is(Fault::refused));
  EXPECT_TRUE(w.finish(w.client->modify({call, 2}, audio("198.51.100.1", 4000))).error().is(Fault::no_such_leg));
  EXPECT_TRUE(w.finish(w.client->connect({call, 1}, {call, 2}, Phase::early)).error().is(Fault::no_such_leg));
  EXPECT_TRUE(w.finish(w.client->disconnect({call, 2})).error().is(Fault::no_such_leg));
  w.kill_media();
  w.start_media(13001);
  w.loop.run_for(3s);
  EXPECT_TRUE(w.finish(w.client->create_pair(call, audio("198.51.100.1", 4000), audio("", 0))).error().is(Fault::no_ports));
  EXPECT_EQ(w.leased(), 0U);
}

TEST(LocalClient, FailsWhileMediaIsAwayAndTellsWhatWasLost) {
  World w;
  ASSERT_TRUE(w.finish(w.client->create_pair(call, audio("198.51.100.1", 4000), audio("", 0))));
  ASSERT_TRUE(w.finish(w.client->create_pair({3, 3}, audio("198.51.100.1", 4000), audio("", 0))));
  w.kill_media();
  auto failed = w.finish(w.client->query(call));
  EXPECT_TRUE(failed.error().is(Fault::unavailable));
  EXPECT_FALSE(w.client->is_connected());
  EXPECT_TRUE(w.lost.empty()) << "it is not known yet whether they are lost";
  w.client->destroy({3, 3});
  w.start_media();
  w.loop.run_for(3s);
  EXPECT_TRUE(w.client->is_connected());
  EXPECT_EQ(w.lost, std::vector<CallId>{call});
  ASSERT_EQ(w.ended.size(), 1U);
  EXPECT_EQ(w.ended[0].first, (CallId{3, 3}));
}

TEST(LocalClient, CallsSurviveALostConnection) {
  World w;
  ASSERT_TRUE(w.finish(w.client->create_pair(call, audio("198.51.100.1", 4000), audio("", 0))));
  ASSERT_TRUE(w.finish(w.client->create_pair({3, 3}, audio("198.51.100.1", 4000), audio("", 0))));
  w.client.reset();
  w.client.emplace(w.signalling, path, w);
  w.loop.run_for(1s);
  EXPECT_EQ(w.leased(), 4U);
  EXPECT_TRUE(w.finish(w.client->modify({call, 2}, audio("198.51.100.2", 4000)))) << "whoever commands a call adopts it";
  w.loop.run_for(61s);
  EXPECT_EQ(w.leased(), 2U) << "the call that nobody adopted was silent";
}

TEST(LocalClient, PassesEventsOn) {
  World w;
  ASSERT_TRUE(w.finish(w.client->create_pair(call, audio("198.51.100.1", 4000), audio("", 0))));
  ASSERT_TRUE(w.finish(w.client->modify_and_connect({call, 2}, audio("198.51.100.2", 4000), {call, 1}, Phase::answered)));
  w.loop.run_for(62s);
  EXPECT_EQ(w.timeouts, (std::vector<LegId>{{call, 1}, {call, 2}}));
  w.loop.run_for(62s);
  ASSERT_EQ(w.ended.size(), 1U);
  EXPECT_EQ(w.ended[0], std::pair(call, EndReason::silent));
  EXPECT_EQ(w.last_statistics.size(), 2U);
}

TEST(LocalClient, ACancelledTaskLeavesItsRequestToDestroy) {
  World w;
  w.loop.run_for(10ms);
  w.scope->spawn([](Client& client) -> Task<> {
    (void)co_await client.create_pair(call, audio("198.51.100.1", 4000), audio("", 0));
  }(*w.client));
  w.loop.run_for(500us);
  w.scope->cancel();
  w.client->destroy(call);
  w.loop.run_for(100ms);
  EXPECT_EQ(w.leased(), 0U);
  EXPECT_EQ(w.ended.size(), 1U);
  EXPECT_EQ(w.client->outstanding(), 0U);
}

TEST(LocalClient, GivesUpWaitingForASilentPeer) {
  World w;
  w.loop.run_for(10ms);
  w.media_network->power_off();
  EXPECT_TRUE(w.finish(w.client->query(call)).error().is(Fault::timeout));
  EXPECT_EQ(w.client->outstanding(), 0U);
}

struct Nobody final : net::StreamListener::Acceptor, net::FramedStream::Receiver {
  void on_accept(std::unique_ptr<net::Stream> accepted) override {
    ++accepts;
    stream = std::make_unique<net::FramedStream>(std::move(accepted));
    stream->set_receiver(*this);
    (void)stream->send_frame("not a message");
  }
  void on_frame(net::FramedStream&, std::string_view) override {}
  void on_closed(net::FramedStream&) override { ++closes; }
  std::unique_ptr<net::FramedStream> stream;
  int accepts = 0, closes = 0;
};

TEST(LocalClient, LeavesAPeerThatTalksNonsense) {
  World w;
  w.kill_media();
  w.loop.run_for(1s);
  Nobody nobody;
  auto listener = w.signalling.listen_local(path, nobody);
  ASSERT_TRUE(listener);
  w.loop.run_for(10s);
  EXPECT_GT(nobody.closes, 1);
  EXPECT_LE(nobody.accepts, 15) << "retries are spaced";
  EXPECT_FALSE(w.client->is_connected());
}

TEST(LocalClient, PathsOfWorkers) {
  EXPECT_EQ(control_path("/var/lib/carillon", {}, 0), "/var/lib/carillon/run/media-control.sock");
  EXPECT_EQ(control_path("/var/lib/carillon", {}, 2), "/var/lib/carillon/run/media-control-2.sock");
  EXPECT_EQ(control_path("/var/lib/carillon", "/run/relay.sock", 0), "/run/relay.sock");
  EXPECT_EQ(control_path("/var/lib/carillon", "unix:/run/relay.sock", 1), "/run/relay-1.sock");
  EXPECT_EQ(control_path("/var/lib/carillon", "unix:/run/relay", 3), "/run/relay-3");
}

}  // namespace
}  // namespace carillon::mediaclient
