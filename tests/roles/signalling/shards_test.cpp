// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: three shards on real sockets and threads serve their customers over UDP and TCP wherever messages arrive, answer as one,
// and keep registrations over a restart. Run under the thread sanitizer too.
#include "roles/signalling/shards.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <set>

#include "control/client.hpp"
#include "net/station.hpp"
#include "roles/signalling/live_feed.hpp"
#include "sip/digest.hpp"
#include "sip/stream_framer.hpp"
#include "support/sample_customer.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::SampleCustomer;

constexpr unsigned shard_count = 3;
constexpr int customers = 6;

std::string domain_of(int customer) {
  return fmt::format("c{}.example", customer);
}

std::shared_ptr<const directory::Snapshot> some_customers() {
  std::vector<std::shared_ptr<const directory::Customer>> built;
  for (int i = 1; i <= customers; ++i) {
    SampleCustomer customer(i, domain_of(i));
    customer.add("alice", "101");
    built.push_back(customer.build());
  }
  return carillon::testing::snapshot_of(std::move(built));
}

/// A telephone that registers over UDP or TCP, and remembers the statuses of all answers.
class Phone final : net::UdpSocket::Receiver, net::Stream::Receiver {
 public:
  Phone(net::Network& network, const net::Address& server, int customer, bool is_tcp) : server_(server), customer_(customer) {
    if (is_tcp) {
      stream_ = network.connect_tcp(server);
      stream_->set_receiver(*this);
    } else {
      socket_ = *network.bind_udp(*net::Address::parse("127.0.0.1", 0), *this);
    }
  }

  void register_for(int seconds) {
    seconds_ = seconds;
    send("REGISTER", {});
  }
  void ping() { send("OPTIONS", {}); }
  void say(std::string_view bytes) {
    if (stream_)
      stream_->write(bytes);
    else
      socket_->send(server_, bytes);
  }
  void hang_off() { stream_.reset(); }
  bool has(int status) const { return std::ranges::find(statuses, status) != statuses.end(); }
  bool is_closed() const { return is_closed_; }
  int customer() const { return customer_; }

  std::size_t count(int status) const { return static_cast<std::size_t>(std::ranges::count(statuses, status)); }

  std::vector<int> statuses;

 private:
  void send(std::string_view method, std::string_view authorization) {
    say(
        fmt::format("{0} sip:{1} SIP/2.0\r\nVia: SIP/2.0/{2} 127.0.0.1;rport;branch=z9hG4bK{3}x{4}\r\nMax-Forwards: 70\r\n"
                    "From: <sip:alice@{1}>;tag=t\r\nTo: <sip:alice@{1}>\r\nCall-ID: {3}\r\nCSeq: {4} {0}\r\n"
                    "Contact: <sip:alice@127.0.0.1:{5}>\r\nExpires: {6}\r\n{7}Content-Length: 0\r\n\r\n",
                    method, domain_of(customer_), stream_ ? "TCP" : "UDP", id_, ++sequence_, 1024 + id_ % 60000, seconds_,
                    authorization.empty() ? "" : fmt::format("Authorization: {}\r\n", authorization)));
  }
  void take(std::string_view bytes) {
    const auto message = sip::Message::parse(bytes);
    ASSERT_TRUE(message) << bytes;
    statuses.push_back(message->status());
    if (message->status() != 401) return;
    const auto challenge = sip::choose_challenge(*message);
    ASSERT_TRUE(challenge);
    const std::string ha1(32, 'a');
    const auto answer = sip::answer(hasher_, *challenge, {.user = "alice", .password = {}, .ha1 = {.sha256 = {}, .md5 = ha1}},
                                    {.method = "REGISTER", .uri = fmt::format("sip:{}", domain_of(customer_)), .cnonce = "c"});
    ASSERT_TRUE(answer);
    send("REGISTER", *answer);
  }
  void on_datagram(net::UdpSocket&, const net::Address&, std::string_view bytes) override { take(bytes); }
  bool on_bytes(std::string_view bytes) override {
    framer_.feed(bytes);
    while (true) {
      auto next = framer_.next();
      EXPECT_TRUE(next);
      if (!next || !*next) return true;
      take((*next)->bytes);
    }
  }
  void on_closed() override { is_closed_ = true; }

  net::Address server_;
  int customer_;
  std::uint64_t id_ = random_bits();
  unsigned sequence_ = 0;
  int seconds_ = 0;
  bool is_closed_ = false;
  sip::Hasher hasher_;
  sip::StreamFramer framer_;
  std::unique_ptr<net::UdpSocket> socket_;
  std::unique_ptr<net::Stream> stream_;
};

/// What a shard holds: the customers of its bindings.
struct Held {
  std::vector<std::int64_t> customers{};
};

class ShardsTest : public ::testing::Test {
 protected:
  ShardsTest() {
    start();
    configure();
  }

  /// Without limit of answers unless it says so: these phones never repeat what was not answered.
  void start(agent::FloodGuard::Limits flood = {}, agent::AnswerLimit::Limits answers = {.answers = 0}) {
    Shards::Settings settings;
    settings.shard.agent.flood = flood;
    settings.shard.agent.answers = answers;
    settings.count = shard_count;
    settings.shard.agent.addresses = {*net::Address::parse("127.0.0.1", 0)};
    settings.data_dir = directory_.path().string();
    settings.paths = {directory_.path() / "journal", directory_.path() / "registrations"};
    // A port that is free for UDP may be taken for TCP.
    auto started = Shards::start(station_.loop, settings, [] {});
    for (int tries = 0; tries < 5 && !started && started.error().is(net::Fault::address_in_use); ++tries)
      started = Shards::start(station_.loop, settings, [] {});
    ASSERT_TRUE(started) << started.error().what;
    shards_ = std::move(*started);
  }

  void configure() {
    shards_->set_snapshot(some_customers());
    // Media is not there, and that is all that is missing once each shard has its snapshot.
    ASSERT_TRUE(station_.turn_until([this] { return shards_->trouble() == "has no connection to media"; }));
  }

  Phone& phone(int customer, bool is_tcp) {
    phones_.push_back(std::make_unique<Phone>(station_.network, shards_->local_address(), customer, is_tcp));
    return *phones_.back();
  }

  /// Several telephones of each customer, so that messages arrive at every socket.
  void register_everybody(bool is_tcp) {
    for (int customer = 1; customer <= customers; ++customer)
      for (int i = 0; i < 4; ++i) phone(customer, is_tcp).register_for(120);
    ASSERT_TRUE(station_.turn_until([this] { return std::ranges::all_of(phones_, [](auto& each) { return each->has(200); }); }));
  }

  std::vector<Held> ask_what_is_held() {
    std::optional<std::vector<Held>> answer;
    shards_->ask_all<Held>(
        [](Shard& shard) {
          Held held;
          shard.registrar().for_each([&](const journal::Registration& each) { held.customers.push_back(each.customer); });
          return held;
        },
        [&answer](std::vector<Held> all) { answer = std::move(all); });
    EXPECT_TRUE(station_.turn_until([&] { return answer.has_value(); }));
    return answer.value_or(std::vector<Held>());
  }

  std::size_t count_held() {
    std::size_t count = 0;
    for (const Held& held : ask_what_is_held()) count += held.customers.size();
    return count;
  }

  bool hold(std::size_t count) {
    for (int i = 0; i < 100; ++i)
      if (count_held() == count) return true;
    return false;
  }

  testing::TemporaryDirectory directory_;
  test::Station station_;
  std::unique_ptr<Shards> shards_;
  std::vector<std::unique_ptr<Phone>> phones_;
};

TEST_F(ShardsTest, BeforeItKnowsItsCustomersEverybodyIsAskedToComeBack) {
  shards_.reset();
  start();
  Phone& early = phone(1, false);
  early.register_for(120);
  early.ping();
  ASSERT_TRUE(station_.turn_until([&] { return early.count(503) == 2; })) << "no password is judged without its owner";
  configure();
  early.register_for(120);
  EXPECT_TRUE(station_.turn_until([&] { return early.has(200); }));
}

TEST_F(ShardsTest, EachCustomerLivesOnOneShardWhereverItsDatagramsArrive) {
  register_everybody(false);
  std::set<std::int64_t> seen;
  for (const Held& held : ask_what_is_held()) {
    const std::set<std::int64_t> here(held.customers.begin(), held.customers.end());
    EXPECT_EQ(here.size(), customers / shard_count);
    for (const std::int64_t customer : here) {
      EXPECT_TRUE(seen.insert(customer).second) << customer << " lives twice";
      EXPECT_EQ(customer % shard_count, *here.begin() % shard_count);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(customers));
  EXPECT_EQ(count_held(), 4U * customers);
}

TEST_F(ShardsTest, ConnectionsServeEveryShardAndTakeTheirBindingsAlong) {
  register_everybody(true);
  EXPECT_EQ(count_held(), 4U * customers);
  for (const auto& each : phones_) each->hang_off();
  EXPECT_TRUE(hold(0));
}

TEST_F(ShardsTest, BindingsComeBackOnTheirShard) {
  register_everybody(false);
  shards_.reset();
  start();
  configure();
  EXPECT_EQ(count_held(), 4U * customers);
  for (const Held& held : ask_what_is_held())
    for (const std::int64_t customer : held.customers) EXPECT_EQ(customer % shard_count, held.customers.front() % shard_count);
}

TEST_F(ShardsTest, StrangersAreAnswered) {
  for (const bool is_tcp : {false, true})
    for (int i = 0; i < 8; ++i) phone(i % 2 == 0 ? 77 : 1, is_tcp).ping();
  EXPECT_TRUE(station_.turn_until([this] { return std::ranges::all_of(phones_, [](auto& each) { return each->has(200); }); }));
}

/// Whoever registers with one shard may be asked for pings that others answer.
TEST_F(ShardsTest, AProofOnOneShardSpeaksForItsNetworkOnAll) {
  shards_.reset();
  start({}, {.shards = shard_count});
  configure();
  Phone& known = phone(1, false);
  known.register_for(120);
  ASSERT_TRUE(station_.turn_until([&] { return known.has(200); }));
  bool is_told = false;
  shards_->when_all_turned([&is_told] { is_told = true; });
  ASSERT_TRUE(station_.turn_until([&] { return is_told; }));
  for (int i = 0; i < 10; ++i)
    for (int customer = 1; customer <= customers; ++customer) phone(customer, false).ping();
  EXPECT_TRUE(station_.turn_until([this] { return std::ranges::all_of(phones_, [](auto& each) { return each->has(200); }); }));
}

/// Both ends of a control channel on one loop.
struct Watching {
  struct Wire final : control::Wire {
    bool send_frame(std::string_view frame) override {
      loop.post([this, frame = std::string(frame)] { EXPECT_TRUE(take(frame)); });
      return true;
    }
    explicit Wire(Loop& its_loop) : loop(its_loop) {}
    Loop& loop;
    std::function<bool(std::string_view)> take;
  };
  Watching(Loop& loop, const control::Methods& methods)
      : to_server(loop),
        to_client(loop),
        session(std::make_shared<control::Session>(methods, to_client)),
        client(loop, to_server) {
    to_server.take = [this](std::string_view frame) { return session == nullptr || session->take(frame).has_value(); };
    to_client.take = [this](std::string_view frame) { return client.take(frame).has_value(); };
    client.watch<control::EventsWatch>(
        {},
        [this](bool, const std::vector<control::LiveEvent>& events) {
          for (const control::LiveEvent& event : events) heard.push_back({event.type, event.customer.value});
        },
        [this](const Result<>& end) { is_refused = !end; });
  }
  std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(std::ranges::count(heard, type, &std::pair<std::string, std::int64_t>::first));
  }
  Wire to_server, to_client;
  std::shared_ptr<control::Session> session;
  control::Client client;
  std::vector<std::pair<std::string, std::int64_t>> heard;
  bool is_refused = false;
};

TEST_F(ShardsTest, TellsThoseWhoWatchWhatChangesOnEveryShard) {
  phone(1, false).register_for(120);
  ASSERT_TRUE(station_.turn_until([this] { return phones_.front()->has(200); }));
  control::Methods methods;
  LiveFeed feed(station_.loop, methods, *shards_);
  std::list<Watching> watching;
  Watching& first = watching.emplace_back(station_.loop, methods);
  ASSERT_TRUE(station_.turn_until([&] { return first.count("watching") == 1; }));
  for (std::size_t n = 1; n < LiveFeed::watchers_max; ++n) watching.emplace_back(station_.loop, methods);
  ASSERT_TRUE(station_.turn_until([&] { return watching.back().count("watching") == 1; }));
  Watching& refused = watching.emplace_back(station_.loop, methods);
  ASSERT_TRUE(station_.turn_until([&] { return refused.is_refused; }));
  watching.pop_back();

  register_everybody(true);
  for (const auto& each : phones_) each->register_for(120);  // A refresh, of which nothing is said.
  for (Watching& each : watching)
    ASSERT_TRUE(station_.turn_until([&] { return each.count("registration.added") == 4U * customers; }));
  for (const auto& each : phones_) each->hang_off();
  ASSERT_TRUE(station_.turn_until([&] { return first.count("registration.removed") == 4U * customers; }));
  std::set<std::int64_t> seen;
  for (const auto& [type, customer] : first.heard)
    if (type == "registration.added") seen.insert(customer);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(customers));
  EXPECT_EQ(first.count("registration.added"), 4U * customers);
  EXPECT_TRUE(station_.turn_until([&] { return first.count("counters") >= static_cast<std::size_t>(customers); }));
}

class ShardsFloodTest : public ShardsTest, public ::testing::WithParamInterface<bool> {
 protected:
  static constexpr int pings = 60;
  ShardsFloodTest() {
    shards_.reset();
    start({.requests = pings, .window = 60s});
    configure();
  }
};

TEST_P(ShardsFloodTest, RegisteredTelephonesCountForNoFloodWhereverTheirShardIs) {
  for (int customer = 1; customer <= customers; ++customer) phone(customer, GetParam()).register_for(120);
  const auto all_have = [this](std::size_t count) {
    return station_.turn_until(
        [=, this] { return std::ranges::all_of(phones_, [=](auto& each) { return each->count(200) == count; }); });
  };
  ASSERT_TRUE(all_have(1));
  for (int i = 0; i < pings; ++i) {
    for (const auto& each : phones_) each->ping();
    ASSERT_TRUE(all_have(2 + static_cast<std::size_t>(i))) << i;
  }
}

TEST_P(ShardsFloodTest, StrangersAreSilenced) {
  Phone& stranger = phone(1, GetParam());
  for (int i = 0; i < 2 * pings; ++i) stranger.ping();
  ASSERT_TRUE(station_.turn_until([&] { return stranger.count(200) >= pings; }));
  EXPECT_EQ(stranger.count(200), static_cast<std::size_t>(pings));
}

INSTANTIATE_TEST_SUITE_P(OverUdpAndTcp, ShardsFloodTest, ::testing::Bool());

TEST_F(ShardsTest, WhatIsNoSipEndsItsConnectionWithAnAnswer) {
  Phone& rude = phone(1, true);
  rude.say(
      "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
      "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n");  // RFC 3261 §18.3: Content-Length is a must on streams.
  EXPECT_TRUE(station_.turn_until([&] { return rude.is_closed(); }));
  EXPECT_TRUE(rude.has(400));
}

TEST_F(ShardsTest, SayWhenAllThreadsHaveTurned) {
  bool is_done = false;
  shards_->when_all_turned([&is_done] { is_done = true; });
  EXPECT_TRUE(station_.turn_until([&] { return is_done; }));
}

TEST_F(ShardsTest, AreOverWhenToldToStopWithoutCalls) {
  EXPECT_FALSE(shards_->is_over());
  shards_->stop();
  EXPECT_TRUE(station_.turn_until([this] { return shards_->is_over(); }));
}

}  // namespace
}  // namespace carillon::roles
