// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: who proves nothing holds no place for long, however often it pings (reliability T-13).
#include "agent/stream_connections.hpp"

#include <gtest/gtest.h>

#include "net/certificate.hpp"
#include "support/simulated_network.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::agent {
namespace {

const net::Address server = *net::Address::parse("192.0.2.1", 5060);
const net::Address phone = *net::Address::parse("198.51.100.7", 0);

struct Peer final : net::Stream::Receiver {
  bool on_bytes(std::string_view) override { return true; }
  void on_closed() override { is_closed = true; }
  bool is_closed = false;
};

struct Owner final : StreamConnections::User {
  void on_stream_message(const net::Flow& flow, std::string_view) override { last = flow; }
  void on_stream_garbage(const net::Flow&, std::string_view, const Error&) override {}
  void on_stream_closed(const net::Flow&) override {}
  void on_stream_greedy(const net::Address&, std::string_view what) override { greedy = what; }
  net::Flow last;
  std::string greedy;
};

class StreamConnectionsTest : public ::testing::Test {
 protected:
  StreamConnectionsTest() {
    EXPECT_TRUE(connections_.listen(server, 0));
    stream_->set_receiver(peer_);
  }

  void ping_for(Duration time) {
    for (Duration passed = 0s; passed < time; passed += 10s) {
      if (!peer_.is_closed) stream_->write("\r\n\r\n");
      loop_.run_for(10s);
    }
  }

  test::VirtualLoop loop_;
  test::SimulatedWire wire_{loop_, 1};
  test::SimulatedNetwork here_{wire_, {server.with_port(0)}};
  test::SimulatedNetwork there_{wire_, {phone}};
  Owner owner_;
  StreamConnections connections_{loop_, here_, {}, owner_};
  Peer peer_;
  std::unique_ptr<net::Stream> stream_ = there_.connect_tcp(server);
};

TEST_F(StreamConnectionsTest, PingsDoNotKeepAStranger) {
  ping_for(20s);
  EXPECT_FALSE(peer_.is_closed);
  ping_for(20s);
  EXPECT_TRUE(peer_.is_closed);
  EXPECT_EQ(connections_.size(), 0U);
}

TEST_F(StreamConnectionsTest, WhoHasProvenAnAccountStays) {
  stream_->write("OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n");
  loop_.run_for(1s);
  connections_.prove(owner_.last, 1);
  ping_for(10min);
  EXPECT_FALSE(peer_.is_closed);
}

constexpr std::string_view message =
    "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n";

/// Small bounds, so that a few connections meet them.
class StreamShares : public ::testing::Test {
 protected:
  struct Caller {
    Peer peer;
    std::unique_ptr<net::Stream> stream;
    bool is_open() const { return !peer.is_closed; }
  };

  StreamShares() { EXPECT_TRUE(connections_.listen(server, 0)); }

  /// A new connection, which says something; with an account, it proves that.
  Caller& call(net::Network& from, std::uint64_t account = 0) {
    Caller& caller = *callers_.emplace_back(std::make_unique<Caller>());
    caller.stream = from.connect_tcp(server);
    caller.stream->set_receiver(caller.peer);
    caller.stream->write(message);
    loop_.run_for(1s);
    if (account != 0) connections_.prove(owner_.last, account);
    loop_.run_for(6s);  // Whoever is hung up on is gone.
    return caller;
  }

  test::VirtualLoop loop_;
  test::SimulatedWire wire_{loop_, 1};
  test::SimulatedNetwork here_{wire_, {server.with_port(0)}};
  test::SimulatedNetwork office_{wire_, {phone}};
  test::SimulatedNetwork elsewhere_{wire_, {*net::Address::parse("203.0.113.9", 0)}};
  Owner owner_;
  StreamConnections::Limits limits_{.connections = 8,
                                    .reserve = 2,
                                    .spare = 2,
                                    .per_source = 8,
                                    .per_known_source = 2,
                                    .per_account = 2,
                                    .proven_per_source = 4,
                                    .proof_time = 10min};
  StreamConnections connections_{loop_, here_, limits_, owner_};
  std::vector<std::unique_ptr<Caller>> callers_;
};

TEST_F(StreamShares, AnAccountLosesItsMostSilentConnection) {
  Caller& first = call(office_, 1);
  Caller& second = call(office_, 1);
  Caller& other = call(office_, 2);
  first.stream->write("\r\n\r\n");
  loop_.run_for(1s);
  Caller& third = call(office_, 1);
  EXPECT_TRUE(first.is_open() && third.is_open() && other.is_open());
  EXPECT_FALSE(second.is_open());
  EXPECT_EQ(owner_.greedy, "connections of one account");
  EXPECT_EQ(connections_.size(), 3U);
}

TEST_F(StreamShares, AnAddressHasABoundHoweverManyAccountsItKnows) {
  for (std::uint64_t account = 1; account <= 4; ++account) call(office_, account);
  EXPECT_FALSE(call(office_, 5).is_open());
  EXPECT_EQ(owner_.greedy, "proven connections of one source");
  EXPECT_TRUE(call(elsewhere_, 6).is_open());
  EXPECT_EQ(connections_.size(), 5U);
}

TEST_F(StreamShares, AKnownPhoneComesBackThroughACrowd) {
  call(office_, 1).stream.reset();  // It was here, and lost its connection.
  loop_.run_for(1s);
  EXPECT_EQ(connections_.size(), 0U);
  for (int number = 0; number < 6; ++number) EXPECT_TRUE(call(elsewhere_).is_open()) << number;
  EXPECT_FALSE(call(elsewhere_).is_open());
  EXPECT_EQ(owner_.greedy, "connections of all");
  EXPECT_TRUE(call(office_, 1).is_open());
  EXPECT_TRUE(call(office_, 2).is_open());
}

TEST_F(StreamShares, AKnownAddressGetsOnlySoMuchOfWhatIsSpare) {
  EXPECT_TRUE(call(office_, 1).is_open());
  for (int number = 0; number < 5; ++number) call(elsewhere_);
  EXPECT_EQ(connections_.size(), 6U);
  EXPECT_TRUE(call(office_).is_open());
  EXPECT_TRUE(call(office_).is_open());
  EXPECT_FALSE(call(office_).is_open());
}

TEST_F(StreamShares, AHandshakeThatDoesNotEndIsCutShort) {
  const ::carillon::testing::TemporaryDirectory directory;
  const net::TlsFiles files{.certificate = directory.path() / "crt", .key = directory.path() / "key"};
  ASSERT_TRUE(net::make_self_signed_certificate(files, {"pbx.example"}, Instant{}));
  const auto tls = net::TlsContext::load(files);
  ASSERT_TRUE(tls);
  ASSERT_TRUE(connections_.listen(server.with_port(5061), 0, tls->get()));
  Caller caller{.stream = office_.connect_tcp(server.with_port(5061))};
  caller.stream->set_receiver(caller.peer);
  for (const char byte : std::string_view("\x16\x03\x01\x01\x11\x01\x01")) {
    caller.stream->write({&byte, 1});
    loop_.run_for(1s);
  }
  EXPECT_TRUE(caller.is_open());
  loop_.run_for(4s);
  EXPECT_FALSE(caller.is_open());
  EXPECT_EQ(owner_.greedy, "time for one handshake");
}

}  // namespace
}  // namespace carillon::agent
