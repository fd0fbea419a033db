// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what breaks inside a call ends that call with a flagged record, whoever called its legs: a message, a timer, other work
// of the loop. The process and the call next to it go on.
#include <gtest/gtest.h>

#include "call/call.hpp"
#include "mediaclient/local_client.hpp"
#include "support/sample_customer.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::call {
namespace {

constexpr std::string_view offer =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

net::Address address(std::string_view host, std::uint16_t port = 5060) {
  return *net::Address::parse(host, port);
}

/// A device that says what a test tells it to.
class Device final : public net::UdpSocket::Receiver {
 public:
  Device(test::SimulatedWire& wire, std::string_view host) : network_(wire, {address(host, 0)}) {
    socket_ = *network_.bind_udp(address(host), *this);
  }

  void send(std::string_view bytes) { socket_->send(address("192.0.2.1"), bytes); }
  void invite() {
    send(
        fmt::format("INVITE sip:102@pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKcaller\r\n"
                    "Max-Forwards: 70\r\nFrom: <sip:alice@pbx.example>;tag=alice\r\nTo: <sip:102@pbx.example>\r\n"
                    "Call-ID: broken-call\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.9>\r\n"
                    "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{}",
                    offer.size(), offer));
  }
  /// Answers the request that came last.
  void respond(int status) {
    const auto request = sip::Message::parse(last);
    ASSERT_TRUE(request);
    std::string out;
    sip::Writer writer(out);
    sip::write_response_head(writer, *request, {.status = status, .to_tag = "device"});
    writer.header(sip::HeaderId::contact, "<sip:bob@192.0.2.10>");
    writer.end();
    send(out);
  }

  std::string last;

 private:
  void on_datagram(net::UdpSocket&, const net::Address&, std::string_view bytes) override { last = bytes; }

  test::SimulatedNetwork network_;
  std::unique_ptr<net::UdpSocket> socket_;
};

/// Rings two devices, of which one is not there, and never listens to what its legs say.
Task<> deaf_story(Call& call) {
  const std::vector<std::uint16_t> numbers{13000};
  const sdp::RelayPorts ports{"192.0.2.1", numbers};
  const sdp::Draft draft = sdp::make_relayed_offer(*call.caller().session().offered(), ports);
  const Party from{.user = "101", .domain = "pbx.example"};
  const Party to{.user = "102", .domain = "pbx.example"};
  for (const std::string_view host : {"192.0.2.10", "192.0.2.11"}) {
    const net::Flow flow{.transport = net::Transport::udp, .local = address("192.0.2.1"), .remote = address(host)};
    const Contact contact{.uri = fmt::format("sip:bob@{}", host), .flow = flow, .account = "bob"};
    call.add_leg(contact, "102", from, to)->invite(&draft, 69, {});
  }
  co_await sleep(call.services().loop, 1h);
}

class BrokenCall : public ::testing::Test,
                   agent::Agent::User,
                   agent::Secrets,
                   Call::Owner,
                   JournalSink,
                   Locations,
                   Switchboard,
                   Outgoing,
                   mediaclient::Client::Listener {
 protected:
  BrokenCall() {
    testing::SampleCustomer customer(7, "pbx.example");
    customer.add("alice", "101");
    snapshot_ = testing::snapshot_of({customer.build()});
    agent_ = *agent::Agent::open(loop_, network_, {.addresses = {address("192.0.2.1")}}, *this, *this, {});
    caller_.invite();
    loop_.run_for(1s);
  }

  /// No device can do that: media that reports the same silence over and over is a fault of ours.
  void fill_queue() {
    call_->mark_answered(call_->caller());
    for (std::size_t i = 0; i < EventQueue::capacity; ++i) call_->on_media_silent({call_->id(), 1}, 60s);
    loop_.run_for(100ms);
  }
  /// Everybody's tail is over, and one record says that we broke it.
  void expect_flagged_record() {
    ASSERT_EQ(ended_.size(), 1U);
    EXPECT_TRUE(ended_.front().broken);
    EXPECT_EQ(ended_.front().status, journal::Status::failed);
    EXPECT_TRUE(caller_.last.starts_with("SIP/2.0 500")) << caller_.last;
    loop_.run_for(5min);
    EXPECT_EQ(call_, nullptr);
    EXPECT_EQ(agent_->dialog_count(), 0U);
    EXPECT_EQ(ended_.size(), 1U);
  }

  test::VirtualLoop loop_;
  test::SimulatedWire wire_{loop_, 1};
  test::SimulatedNetwork network_{wire_, {address("192.0.2.1", 0)}};
  Device caller_{wire_, "192.0.2.9"};
  Device callee_{wire_, "192.0.2.10"};
  std::shared_ptr<const directory::Snapshot> snapshot_;
  std::unique_ptr<agent::Agent> agent_;
  mediaclient::LocalClient media_{network_, "/run/nobody.sock", *this};
  std::unique_ptr<Call> call_;
  std::vector<journal::Ended> ended_;

 private:
  void on_request(const agent::Incoming& incoming) override {
    const directory::Customer* customer = snapshot_->find_domain("pbx.example");
    Call::Facts facts{.snapshot = snapshot_, .customer = customer, .terminal = customer->find_terminal("alice")};
    facts.caller = "101";
    facts.dialled = "102";
    const sdp::Session offered = *read_offer(incoming.message);
    call_ = *Call::accept({loop_, *agent_, media_, *this, *this, *this, *this}, *this, std::move(facts), incoming, &offered);
    call_->start(&deaf_story);
  }
  Task<> enter(Call&, dialplan::External) override { return {}; }
  Task<> enter(Call&, dialplan::OnNet) override { return {}; }
  Task<bool> admit(Call&) override { return {}; }
  void count_on(Call&, Id<model::Carrier>) override {}
  std::size_t count_external(const directory::Customer&, const Call&) const override { return 0; }
  Call* find_call(CallId) override { return nullptr; }
  Call* find_call(const sip::Replaces&) override { return nullptr; }
  Call* go_on(TransferredCall&) override { return nullptr; }
  std::size_t count_calls(const directory::Customer&, const directory::User&, const Call&) const override { return 0; }
  std::size_t count_calls(const directory::Customer&, const directory::Terminal&, const Call&) const override { return 0; }
  std::string_view instance_at(const net::Flow&, std::string_view) const override { return {}; }
  bool is_registered(const net::Address&) const override { return true; }
  void on_flow_closed(const net::Flow&) override {}
  std::optional<Secret> find_secret(std::string_view, std::string_view) const override { return std::nullopt; }
  void on_call_over(CallId) override { call_.reset(); }
  void append(journal::Record record) override {
    if (auto* ended = std::get_if<journal::Ended>(&record)) ended_.push_back(std::move(*ended));
  }
  Task<bool> commit(journal::Record) override { co_return true; }
  std::vector<Contact> find_contacts(const directory::Terminal&) const override { return {}; }
  void note_silent(Id<model::Terminal>, std::string_view) override {}
  void on_media_timeout(mediaclient::LegId, Duration) override {}
  void on_media_ended(CallId, mediaclient::EndReason, const std::vector<mediaclient::LegStatistics>&) override {}
  void on_media_lost(CallId) override {}
};

TEST_F(BrokenCall, ByAMessage) {
  fill_queue();
  ASSERT_TRUE(ended_.empty());
  callee_.respond(180);
  loop_.run_for(100ms);
  EXPECT_TRUE(callee_.last.starts_with("CANCEL")) << callee_.last;
  expect_flagged_record();
}

TEST_F(BrokenCall, ByATimer) {
  fill_queue();
  loop_.run_for(sip::transaction_timeout);  // The device that is not there has not answered.
  expect_flagged_record();
}

TEST_F(BrokenCall, ByOtherWorkOfTheLoop) {
  fill_queue();
  loop_.run_for(1s);
  loop_.later([this] { call_->on_media_silent({call_->id(), 1}, 60s); });
  loop_.run_for(100ms);
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_TRUE(ended_.front().broken);
  EXPECT_GT(ended_.front().duration, 0ms);
}

}  // namespace
}  // namespace carillon::call
