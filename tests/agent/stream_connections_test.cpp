// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: who proves nothing holds no place for long, however often it pings (reliability T-13).
#include "agent/stream_connections.hpp"

#include <gtest/gtest.h>

#include "support/simulated_network.hpp"
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
  void on_stream_greedy(const net::Address&, std::string_view) override {}
  net::Flow last;
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
  connections_.prove(owner_.last);
  ping_for(10min);
  EXPECT_FALSE(peer_.is_closed);
}

}  // namespace
}  // namespace carillon::agent
