// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: on real sockets, a call set up through the control socket carries speech both ways, on the main thread and on one of its
// own.
#include "roles/media/relay_worker.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "mediaclient/local_client.hpp"
#include "net/station.hpp"
#include "roles/media/settings.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

const net::Address loopback = *net::Address::parse("127.0.0.1", 0);
const CallId call{1, 2};

struct Phone final : net::UdpSocket::Receiver {
  explicit Phone(net::Network& network) : socket(*network.bind_udp(loopback, *this)) {}
  void on_datagram(net::UdpSocket&, const net::Address& from, std::string_view bytes) override {
    heard.emplace_back(bytes);
    heard_from = from;
  }
  void speak(const net::Address& to, char word) {
    std::string bytes(172, word);
    bytes[0] = '\x80';
    bytes[1] = 8;
    socket->send(to, bytes);
  }
  mediaclient::LegSpec spec() const {
    mediaclient::LegSpec result;
    result.local = mediaclient::Endpoint::of(dialled);
    result.streams.emplace_back().remote = mediaclient::Endpoint::of(socket->local());
    return result;
  }
  std::unique_ptr<net::UdpSocket> socket;
  net::Address dialled;  ///< The exchange's address that this phone knows.
  std::vector<std::string> heard;
  net::Address heard_from;
};

struct Studio final : mediaclient::Client::Listener {
  Studio() { EXPECT_TRUE(std::filesystem::create_directory(directory.path() / "run")); }
  ~Studio() { scope.reset(); }

  std::string path() const { return mediaclient::control_path(directory.path().string(), {}); }
  static media::Engine::Config config() {
    media::Engine::Config result;
    result.hosts = {loopback};
    // Other programs may hold some of these; the pool takes the next.
    result.ports = {20000, 24999};
    return result;
  }

  void run_until(const std::function<bool()>& done) { EXPECT_TRUE(station.turn_until(done)); }

  Task<> open_call() {
    auto first = alice.spec();
    auto second = bob.spec();
    second.streams[0].remote = {};
    auto pair = co_await client->create_pair(call, std::move(first), std::move(second));
    if (!pair) co_return;
    for_alice = pair->first.streams[0].rtp.as<net::Address>();
    for_bob = pair->second.streams[0].rtp.as<net::Address>();
    mediaclient::LegId alice_leg{call, 1}, bob_leg{call, 2};
    auto answer = bob.spec();
    auto answered = co_await client->modify_and_connect(bob_leg, std::move(answer), alice_leg, mediaclient::Phase::answered);
    is_open = answered.has_value();
  }

  void talk() {
    client.emplace(station.network, path(), *this);
    scope->spawn(open_call());
    run_until([&] { return is_open; });
    for (char word : std::string("abcde")) {
      alice.speak(for_alice, word);
      bob.speak(for_bob, static_cast<char>(word - 32));
    }
    run_until([&] { return alice.heard.size() == 5 && bob.heard.size() == 5; });
    EXPECT_EQ(bob.heard[0][20], 'a');
    EXPECT_EQ(alice.heard[4][20], 'E');
    EXPECT_EQ(alice.heard_from, for_alice);
    EXPECT_EQ(bob.heard_from, for_bob);
    client->destroy(call);
    run_until([&] { return !statistics.empty(); });
    ASSERT_EQ(statistics.size(), 2U);
    EXPECT_EQ(statistics[0].streams[0].received_packets, 5U);
    EXPECT_EQ(statistics[0].streams[0].sent_packets, 5U);
  }

  void on_media_timeout(mediaclient::LegId, Duration) override {}
  void on_media_ended(CallId, mediaclient::EndReason, const std::vector<mediaclient::LegStatistics>& legs) override {
    statistics = legs;
  }
  void on_media_lost(CallId) override {}

  testing::TemporaryDirectory directory;
  test::Station station;
  Phone alice{station.network}, bob{station.network};
  net::Address for_alice, for_bob;
  bool is_open = false;
  std::vector<mediaclient::LegStatistics> statistics;
  std::optional<mediaclient::LocalClient> client;
  std::optional<Scope> scope{std::in_place, station.loop, [](const Broken& broken) { ADD_FAILURE() << broken.what(); }};
};

TEST(RelayWorker, CarriesACallOnTheSameLoop) {
  Studio studio;
  auto relay = RelayWorker::open(studio.station.loop, studio.station.network, studio.path(), Studio::config());
  ASSERT_TRUE(relay);
  studio.talk();
  studio.client.reset();
}

TEST(RelayWorker, BoundToAllSpeaksFromTheAddressesThatItTold) {
  Studio studio;
  studio.alice.dialled = *net::Address::parse("127.0.0.2", 0);
  studio.bob.dialled = *net::Address::parse("127.0.0.3", 0);
  auto config = Studio::config();
  config.hosts = {*net::Address::parse("0.0.0.0", 0)};
  auto relay = RelayWorker::open(studio.station.loop, studio.station.network, studio.path(), std::move(config));
  ASSERT_TRUE(relay);
  studio.talk();
  EXPECT_TRUE(studio.for_alice.same_host(studio.alice.dialled));
  EXPECT_TRUE(studio.for_bob.same_host(studio.bob.dialled));
  studio.client.reset();
}

TEST(RelayWorker, CarriesACallOnItsOwnThread) {
  Studio studio;
  auto relay = RelayThread::start(1, studio.path(), Studio::config());
  ASSERT_TRUE(relay);
  studio.talk();
}

TEST(RelayWorker, FailsWhereItCannotListen) {
  Studio studio;
  EXPECT_FALSE(RelayThread::start(1, "/nonexistent/media.sock", Studio::config()));
}

Configuration configuration(std::vector<std::string> overrides) {
  return *Configuration::load({.presets = {}, .file = {}, .overrides = std::move(overrides)});
}

TEST(MediaSettings, DivideThePortsAmongWorkers) {
  auto settings = configuration({"media.address=127.0.0.1", "media.port_min=13000", "media.port_max=19000"});
  struct Case {
    unsigned worker, workers;
    std::uint16_t min, max;
  };
  for (auto c : {Case{0, 1, 13000, 18999}, Case{0, 2, 13000, 15999}, Case{1, 2, 16000, 18999}, Case{2, 3, 17000, 18999}}) {
    auto config = read_media_settings(settings, c.worker, c.workers);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->ports.min, c.min) << c.worker << "/" << c.workers;
    EXPECT_EQ(config->ports.max, c.max) << c.worker << "/" << c.workers;
  }
  EXPECT_FALSE(
      read_media_settings(configuration({"media.address=127.0.0.1", "media.port_min=13000", "media.port_max=13002"}), 0, 1));
}

TEST(MediaSettings, KnowAddressesAndListeners) {
  auto config = read_media_settings(configuration({"sip.users.address=127.0.0.1", "sip.users.port=25060", "http.port=0",
                                                   "media.advertised_address=203.0.113.1"}),
                                    0, 1);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->hosts, std::vector<net::Address>{loopback});
  EXPECT_EQ(config->advertised, std::vector<net::Address>{*net::Address::parse("203.0.113.1", 0)});
  EXPECT_TRUE(std::ranges::find(config->listeners, loopback.with_port(25060)) != config->listeners.end());
  EXPECT_TRUE(std::ranges::none_of(config->listeners, [](auto& each) { return each.port == 0; }));
  auto anywhere = read_media_settings(configuration({"media.address=0.0.0.0"}), 0, 1);
  ASSERT_TRUE(anywhere);
  EXPECT_NE(std::ranges::find(anywhere->own_hosts, loopback), anywhere->own_hosts.end()) << "an SDP needs a real address";
  EXPECT_TRUE(std::ranges::none_of(anywhere->own_hosts, &net::Address::is_unspecified));
  EXPECT_EQ(media_workers(configuration({"signalling.shards=3"})), 3U);
  EXPECT_GE(media_workers(configuration({})), 1U);
}

}  // namespace
}  // namespace carillon::roles
