// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: no customer watches so much that nothing is left for its neighbours on the shard, and what it lets go of it may have
// again.
#include "pbx/notifier.hpp"

#include <gtest/gtest.h>

#include "support/sample_customer.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::pbx {
namespace {

const net::Address server = *net::Address::parse("192.0.2.1", 5060);
const net::Address phone = *net::Address::parse("192.0.2.9", 5060);

/// Everybody may watch everything.
class Anything final : public EventPackage {
 public:
  std::string_view name() const override { return "dialog"; }
  std::string_view content_type() const override { return "text/plain"; }
  Found find(const directory::Customer&, const directory::Terminal&, std::string_view) const override { return {200, 1}; }
  void write(Resource, std::string_view, std::uint32_t, std::string& body) const override { body += "so"; }
};

class World final : agent::Agent::User, agent::Secrets, net::UdpSocket::Receiver {
 public:
  explicit World(Notifier::Limits limits) : notifier(*agent_, limits) {
    notifier.add(package_);
    for (int i = 0; i < 8; ++i) one_.add(fmt::format("user{}", i), fmt::format("10{}", i));
    two_.add("user0", "100");
    snapshot_ = testing::snapshot_of({one_.build(), two_.build()});
  }

  /// Status of the answer to a SUBSCRIBE of this user of this customer's.
  int subscribe(std::string_view domain, std::string_view user, unsigned seconds = 600) {
    const directory::Customer& customer = *snapshot_->find_domain(domain);
    const std::string request = fmt::format(
        "SUBSCRIBE sip:100@{0} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{2}\r\nMax-Forwards: 70\r\n"
        "From: <sip:{1}@{0}>;tag=w\r\nTo: <sip:100@{0}>\r\nCall-ID: {2}\r\nCSeq: 1 SUBSCRIBE\r\nEvent: dialog\r\n"
        "Contact: <sip:{1}@192.0.2.9>\r\nExpires: {3}\r\nContent-Length: 0\r\n\r\n",
        domain, user, ++count_, seconds);
    status_ = 0;
    const auto message = sip::Message::parse(request);
    EXPECT_TRUE(message);
    // As it comes from the agent: received, and proven.
    agent_->transactions().receive(*message, agent::to_hop(flow_));
    notifier.on_subscribe({*message, flow_}, customer, *customer.find_terminal(user));
    loop.run_for(1s);
    return status_;
  }

  test::VirtualLoop loop;

 private:
  void on_request(const agent::Incoming&) override {}
  bool is_registered(const net::Address&) const override { return false; }
  void on_flow_closed(const net::Flow&) override {}
  std::string_view instance_at(const net::Flow&, std::string_view) const override { return {}; }
  std::optional<Secret> find_secret(std::string_view, std::string_view) const override { return std::nullopt; }
  /// Keeps answers, and takes every NOTIFY.
  void on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) override {
    const auto message = sip::Message::parse(bytes);
    ASSERT_TRUE(message);
    if (!message->is_request()) {
      status_ = message->status();
      has_retry_after = message->has(sip::HeaderId::retry_after);
      return;
    }
    std::string out;
    sip::Writer writer(out);
    sip::write_response_head(writer, *message, {.status = 200});
    writer.end();
    socket.send(from, out);
  }

  test::SimulatedWire wire_{loop, 1};
  test::SimulatedNetwork network_{wire_, {server.with_port(0)}};
  test::SimulatedNetwork phone_network_{wire_, {phone.with_port(0)}};
  std::unique_ptr<net::UdpSocket> socket_ = *phone_network_.bind_udp(phone, *this);
  std::unique_ptr<agent::Agent> agent_ = *agent::Agent::open(loop, network_, {.addresses = {server}}, *this, *this, {});
  net::Flow flow_{.transport = net::Transport::udp, .local = server, .remote = phone};
  Anything package_;
  testing::SampleCustomer one_{1, "one.example"}, two_{2, "two.example"};
  std::shared_ptr<const directory::Snapshot> snapshot_;
  int status_ = 0;
  int count_ = 0;

 public:
  bool has_retry_after = false;
  Notifier notifier;
};

TEST(Notifier, LeavesRoomForOtherCustomers) {
  World world({.subscriptions = 100, .of_customer = 5, .of_terminal = 3});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.subscribe("one.example", fmt::format("user{}", i)), 200);
  EXPECT_FALSE(world.has_retry_after);
  EXPECT_EQ(world.subscribe("one.example", "user6"), 503);
  EXPECT_TRUE(world.has_retry_after);
  EXPECT_EQ(world.subscribe("one.example", "user0"), 503);
  EXPECT_EQ(world.subscribe("one.example", "user0", 0), 503) << "a single look takes a place too, for a moment";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.subscribe("two.example", "user0"), 200) << "a neighbour";
  EXPECT_EQ(world.subscribe("two.example", "user0"), 503) << "one terminal of it";
  EXPECT_EQ(world.notifier.size(), 8U);
}

TEST(Notifier, GivesPlacesBack) {
  World world({.subscriptions = 100, .of_customer = 5, .of_terminal = 5});
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(world.subscribe("one.example", fmt::format("user{}", i), 60), 200) << round;
    EXPECT_EQ(world.subscribe("one.example", "user7"), 503);
    world.loop.run_for(90s);
    EXPECT_EQ(world.notifier.size(), 0U);
  }
}

TEST(Notifier, HasABoundOfItsOwn) {
  World world({.subscriptions = 2, .of_customer = 5, .of_terminal = 5});
  EXPECT_EQ(world.subscribe("one.example", "user0"), 200);
  EXPECT_EQ(world.subscribe("one.example", "user1"), 200);
  EXPECT_EQ(world.subscribe("two.example", "user0"), 503);
}

}  // namespace
}  // namespace carillon::pbx
