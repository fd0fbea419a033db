// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whoever forges the address of a carrier, which is trusted by where it calls from, calls nobody outside, and keeps nobody
// else from calling (reliability T-20).
#include <gtest/gtest.h>

#include "flows/scene.hpp"

namespace carillon::flows {
namespace {

class SpoofedCarrier : public ::testing::Test, net::UdpSocket::Receiver {
 protected:
  void on_datagram(net::UdpSocket&, const net::Address&, std::string_view) override { ++answers_; }

  std::string invite(const std::string& number) {
    ++sent_;
    return fmt::format(
        "INVITE sip:{0}@192.0.2.1:7060 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.1:5999;branch=z9hG4bK{1}\r\nMax-Forwards: 70\r\n"
        "From: <sip:676676676@203.0.113.1>;tag=f{1}\r\nTo: <sip:{0}@192.0.2.1>\r\nCall-ID: spoofed{1}\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:x@203.0.113.1:5999>\r\nContent-Length: 0\r\n\r\n",
        number, sent_);
  }

  void forge(const std::string& number) { socket_->send_from(socket_->local(), Platform::trunk_address(), invite(number)); }

  Scene scene_{account_kinds().front()};
  test::SimulatedNetwork network_{scene_.platform.wire, {Scene::carrier_host()}};
  std::unique_ptr<net::UdpSocket> socket_ = *network_.bind_udp(Scene::carrier_host().with_port(5999), *this);
  std::size_t sent_ = 0, answers_ = 0;
};

/// What costs money is never reached on the word of an address alone.
TEST_F(SpoofedCarrier, CallsNobodyOutside) {
  for (const std::string number : {"944944944", "0034944944944", "+34944944944", "900900900", "112", "102", "alice", "911"})
    forge(number);
  scene_.platform.loop.run_for(1s);
  EXPECT_GT(answers_, 0U);  // Strangers are not told more than five a second.
  EXPECT_FALSE(scene_.carrier.is_invited);
  EXPECT_TRUE(scene_.platform.journal.ended_calls().empty());
  EXPECT_EQ(scene_.platform.shard->call_count(), 0U);
}

/// Ten thousand in a second, for five seconds, to a number that rings and to one that is nobody's.
TEST_F(SpoofedCarrier, KeepsNobodyElseFromCalling) {
  constexpr int calls = 100, each = 500;
  const auto alice = scene_.make_phone();
  const auto bob = scene_.make_phone({.user = "bob", .password = "bob"});
  for (Phone* phone : {alice.get(), bob.get()}) scene_.register_phone(*phone);
  int answered = 0;
  for (int i = 0; i < calls; ++i) {
    alice->call("102");
    for (int n = 0; n < each; ++n) {
      forge(n % 2 == 0 ? "941941941" : "941000000");
      if (n % 10 == 0) scene_.platform.loop.run_for(1ms);
      if (bob->is_invited && bob->caller == "101") bob->answer();
    }
    answered += alice->is_answered ? 1 : 0;
    if (alice->is_answered) alice->hang_up();
    EXPECT_TRUE(scene_.becomes([&] { return bob->is_hung_up; })) << i;
  }
  EXPECT_GE(answered, calls * 99 / 100);
  EXPECT_EQ(sent_, static_cast<std::size_t>(calls) * each);
  EXPECT_LT(scene_.platform.shard->call_count(), 20000U);
}

}  // namespace
}  // namespace carillon::flows
