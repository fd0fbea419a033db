// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the control socket survives whatever is sent to it, and answers only those who have said who they are.
#include "media/control_server.hpp"

#include "relay_fixture.hpp"

namespace carillon::media {
namespace {

using test::at;

struct Peer final : net::FramedStream::Receiver {
  Peer(carillon::test::SimulatedNetwork& network, const std::string& path) : stream(network.connect_local(path)) {
    stream.set_receiver(*this);
  }
  void on_frame(net::FramedStream&, std::string_view message) override { frames.emplace_back(message); }
  void on_closed(net::FramedStream&) override { is_closed = true; }
  void send(const ng::Order& order) {
    std::string text;
    ng::encode(text, "7", order);
    EXPECT_TRUE(stream.send_frame(text));
  }
  Result<ng::Answer> last() const { return ng::decode_answer(ng::decode_message(frames.back())->body); }

  net::FramedStream stream;
  std::vector<std::string> frames;
  bool is_closed = false;
};

struct Door {
  Door() {
    BindUdp bind = [this](const net::Address& local, net::UdpSocket::Receiver& receiver) {
      return network.bind_udp(local, receiver);
    };
    Engine::Config config;
    config.hosts = {at("192.0.2.1", 0)};
    server = *ControlServer::open(network, "/control", bind, config);
  }
  carillon::test::VirtualLoop loop;
  carillon::test::SimulatedWire wire{loop, 1};
  carillon::test::SimulatedNetwork network{wire, {at("192.0.2.1", 0)}};
  std::unique_ptr<ControlServer> server;
};

TEST(ControlServer, AsksForHelloFirst) {
  Door door;
  Peer peer(door.network, "/control");
  peer.send(ng::Request{{1, 1}, {ng::Query{}}});
  door.loop.run_for(10ms);
  ASSERT_EQ(peer.frames.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<ng::Refusal>(*peer.last()));
  peer.send(ng::Hello{5});
  door.loop.run_for(10ms);
  EXPECT_TRUE(std::holds_alternative<ng::Welcome>(*peer.last()));
  peer.send(ng::Request{{1, 1}, {ng::Query{}}});
  door.loop.run_for(10ms);
  EXPECT_EQ(std::get<ng::Refusal>(*peer.last()).code, "media.no_such_leg");
}

TEST(ControlServer, ClosesOnNonsenseAndAnswersUnknownCommands) {
  for (auto text : {"", "x", "7 ", "7 i5e", "7 d", "7 d1:ai5e"}) {
    Door door;
    Peer peer(door.network, "/control");
    EXPECT_TRUE(peer.stream.send_frame(text));
    door.loop.run_for(1s);
    EXPECT_TRUE(peer.is_closed) << text;
    EXPECT_EQ(door.server->connections(), 0U);
  }
  Door door;
  Peer peer(door.network, "/control");
  EXPECT_TRUE(peer.stream.send_frame("7 d7:command4:pinge"));
  door.loop.run_for(1s);
  EXPECT_FALSE(peer.is_closed);
  EXPECT_EQ(std::get<ng::Refusal>(*peer.last()).code, "ng.not_a_request");
}

TEST(ControlServer, BoundsConnections) {
  Door door;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 100; ++i) peers.push_back(std::make_unique<Peer>(door.network, "/control"));
  door.loop.run_for(1s);
  EXPECT_EQ(door.server->connections(), 64U);
}

}  // namespace
}  // namespace carillon::media
