// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a whole platform lives through 60,000 malformed messages, half of them made from what its own phones are saying in that
// moment: nothing breaks, nothing is left over, and the next call is like any other (reliability T-14).
#include <gtest/gtest.h>

#include <deque>

#include "flows/phone.hpp"
#include "flows/platform.hpp"
#include "support/malformed_messages.hpp"

namespace carillon::flows {
namespace {

constexpr int rounds = 150;
constexpr int messages_per_round = 80;

/// Sends from a port of its own on any host; whatever comes back is ignored.
class Sender final : net::UdpSocket::Receiver, net::Stream::Receiver {
 public:
  Sender(test::SimulatedWire& wire, const net::Address& host) : network_(wire, {host.with_port(0)}) {
    socket_ = *network_.bind_udp(host.with_port(5999), *this);
  }
  void send(std::string_view bytes) {
    if (bytes.size() <= 65000) socket_->send_from(socket_->local(), Platform::sip_address(), bytes);
  }
  void send_by_stream(std::string_view bytes) {
    stream_ = network_.connect_tcp(Platform::sip_address());
    stream_->set_receiver(*this);
    stream_->write(bytes);
  }

 private:
  void on_datagram(net::UdpSocket&, const net::Address&, std::string_view) override {}
  bool on_bytes(std::string_view) override { return true; }
  void on_closed() override {}

  test::SimulatedNetwork network_;
  std::unique_ptr<net::UdpSocket> socket_;
  std::unique_ptr<net::Stream> stream_;
};

/// A platform, two phones that call each other, and who sends rubbish meanwhile.
class Siege {
 public:
  explicit Siege(std::uint64_t seed) : platform_(seed), generator_(seed) {
    test::LinkQuality quality;
    quality.chop = 700;
    platform_.wire.set_quality(quality);
    platform_.wire.set_tap([this](const net::Address&, const net::Address& to, std::string_view bytes) {
      if (to != Platform::sip_address() || is_throwing_) return;
      said_.emplace_back(bytes);
      if (said_.size() > 12) said_.pop_front();
    });
  }

  /// One call, step by step, with a share of the messages behind each.
  void suffer(int round) {
    net::Address hosts[] = {host("198.51.100.{}", round), host("198.51.101.{}", round)};
    Phone alice(platform_.loop, platform_.wire, hosts[0], Platform::sip_address(), {.user = "alice", .password = "alice"}, false);
    Phone bob(platform_.loop, platform_.wire, hosts[1], Platform::sip_address(), {.user = "bob", .password = "bob"}, false);
    Sender senders[] = {{platform_.wire, hosts[0]}, {platform_.wire, hosts[1]}, {platform_.wire, host("203.0.113.{}", round)}};
    alice.register_for(600);
    bob.register_for(600);
    platform_.loop.run_for(50ms);
    const std::function<void()> steps[] = {[&] { alice.call("102"); },
                                           [&] {
                                             if (bob.is_invited) bob.ring();
                                           },
                                           [&] {
                                             if (bob.is_invited) bob.answer();
                                           },
                                           [&] {
                                             if (alice.is_answered && !alice.is_hung_up) alice.change("sendonly");
                                           },
                                           [&] {
                                             if (bob.is_change_wanted) bob.accept_change(200);
                                           },
                                           [&] {
                                             if (bob.is_answered && !bob.is_hung_up) bob.press('5');
                                           },
                                           [&] {
                                             if (bob.is_answered && !bob.is_hung_up) bob.hang_up();
                                           },
                                           [&] {
                                             if (!alice.is_answered) alice.cancel();
                                           }};
    for (const auto& step : steps) {
      step();
      for (int i = 0; i < messages_per_round / 8; ++i) {
        platform_.loop.run_for(4ms);
        throw_one(senders);
      }
    }
    bob.register_for(0);
    alice.register_for(0);
    platform_.loop.run_for(1s);
  }

  /// One clean call: "" or what is wrong with it.
  std::string serve() {
    Phone alice(platform_.loop, platform_.wire, host("198.51.102.{}", 0), Platform::sip_address(),
                {.user = "alice", .password = "alice"}, false);
    Phone bob(platform_.loop, platform_.wire, host("198.51.102.{}", 1), Platform::sip_address(),
              {.user = "bob", .password = "bob"}, false);
    bob.register_for(600);
    platform_.loop.run_for(100ms);
    alice.call("102");
    platform_.loop.run_for(100ms);
    if (!bob.is_invited) return "bob is not invited";
    bob.answer();
    platform_.loop.run_for(100ms);
    for (int i = 0; i < 10; ++i) {
      alice.speak("alice");
      platform_.loop.run_for(20ms);
    }
    if (!alice.is_answered || bob.heard["alice"] < 8) return "bob does not hear alice";
    alice.hang_up();
    platform_.loop.run_for(100ms);
    return bob.is_hung_up ? "" : "bob is not hung up";
  }

  /// What is left of all calls once the longest wait is over, and how many of them a fault of ours ended. The longest is that of
  /// a call on hold whose phone is gone: the session timer ends it.
  std::string aftermath() {
    platform_.loop.run_for(std::chrono::seconds(1800));
    std::string left = platform_.leftovers();
    for (const auto& call : platform_.journal.ended_calls())
      if (call.ended.broken) left += "a call broke; ";
    return left;
  }
  std::size_t calls() const { return platform_.journal.ended_calls().size(); }
  std::uint64_t sent() const { return total_; }

 private:
  static net::Address host(std::string_view pattern, int number) {
    return *net::Address::parse(fmt::format(fmt::runtime(pattern), number + 1), 0);
  }

  void throw_one(Sender (&senders)[3]) {
    is_throwing_ = true;  // Not to be taken for something that a phone said.
    const std::size_t turn = total_++ % 4;
    if (turn < 2 && !said_.empty())
      senders[turn].send(generator_.next_of(said_[static_cast<std::size_t>(total_ / 4) % said_.size()]));
    else if (turn == 2)
      senders[2].send(generator_.next());
    else
      senders[2].send_by_stream(generator_.next());
    is_throwing_ = false;
  }

  Platform platform_;
  test::MalformedMessages generator_;
  std::deque<std::string> said_;  ///< By the phones, to the platform, lately.
  bool is_throwing_ = false;
  std::uint64_t total_ = 0;
};

class MalformedSeeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MalformedSeeds, BreakNoPlatform) {
  Siege siege(GetParam());
  for (int round = 0; round < rounds; ++round) siege.suffer(round);
  EXPECT_EQ(siege.sent(), static_cast<std::uint64_t>(rounds) * messages_per_round);
  EXPECT_GT(siege.calls(), static_cast<std::size_t>(rounds) / 2);
  EXPECT_EQ(siege.aftermath(), "");
  EXPECT_EQ(siege.serve(), "");
  EXPECT_EQ(siege.aftermath(), "");
}

INSTANTIATE_TEST_SUITE_P(Flows, MalformedSeeds, ::testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace carillon::flows
