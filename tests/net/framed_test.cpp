// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: messages cross a stream whole and in order, however the stream divides them; what is too large ends it.
#include "net/framed.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::net {
namespace {

struct Messages final : FramedStream::Receiver {
  void on_frame(FramedStream& stream, std::string_view message) override {
    got.emplace_back(message);
    if (message == "close") stream.close();
    if (message == "destroy") framed.reset();
  }
  void on_closed(FramedStream&) override { closed++; }
  std::vector<std::string> got;
  int closed = 0;
  std::unique_ptr<FramedStream> framed;
};

struct Pair final : StreamListener::Acceptor {
  explicit Pair(std::size_t chop = 0, std::size_t cap = 1000) : cap_(cap) {
    wire.set_quality({.chop = chop});
    listener = network.listen_local("control", *this).value();
    client.framed = std::make_unique<FramedStream>(network.connect_local("control"), cap);
    client.framed->set_receiver(client);
    loop.run_for(10ms);
  }
  void on_accept(std::unique_ptr<Stream> stream) override {
    server.framed = std::make_unique<FramedStream>(std::move(stream), cap_);
    server.framed->set_receiver(server);
  }
  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 3};
  test::SimulatedNetwork network{wire, {}};
  std::unique_ptr<StreamListener> listener;
  Messages client, server;

 private:
  std::size_t cap_;
};

TEST(FramedStream, KeepsMessagesWholeInAnyDivision) {
  for (const std::size_t chop : {0U, 1U, 3U, 50U}) {
    Pair pair(chop);
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < 60; i++) sent.emplace_back(i * i % 300, static_cast<char>('a' + i % 26));
    sent.emplace_back(1000, 'x');
    for (const std::string& message : sent) EXPECT_TRUE(pair.client.framed->send_frame(message));
    pair.loop.run_for(10min);
    EXPECT_EQ(pair.server.got, sent) << chop;
    EXPECT_TRUE(pair.server.framed->send_frame("answer"));
    pair.loop.run_for(1s);
    EXPECT_EQ(pair.client.got, std::vector<std::string>{"answer"});
  }
}

TEST(FramedStream, RefusesToSendWhatIsTooLarge) {
  Pair pair;
  EXPECT_TRUE(pair.client.framed->send_frame(std::string(1001, 'x')).error().is(Fault::too_large));
  EXPECT_TRUE(pair.client.framed->send_frame("still open"));
  pair.loop.run_for(1s);
  EXPECT_EQ(pair.server.got, std::vector<std::string>{"still open"});
}

TEST(FramedStream, ClosesOnALengthOverTheCap) {
  for (const std::size_t chop : {0U, 1U}) {
    Pair pair(chop);
    test::SimulatedNetwork other(pair.wire, {});
    struct Deaf final : Stream::Receiver {
      bool on_bytes(std::string_view) override { return true; }
      void on_closed() override { closed++; }
      int closed = 0;
    } deaf;
    const auto raw = other.connect_local("control");
    raw->set_receiver(deaf);
    raw->write(std::string_view("\0\0\0\2ok\0\0\3\xe9never", 15));
    pair.loop.run_for(1s);
    EXPECT_EQ(pair.server.got, std::vector<std::string>{"ok"});
    EXPECT_EQ(pair.server.closed, 1);
    EXPECT_EQ(deaf.closed, 1);
  }
}

TEST(FramedStream, SaysNothingMoreOnceClosed) {
  Pair pair;
  EXPECT_TRUE(pair.client.framed->send_frame("close"));
  EXPECT_TRUE(pair.client.framed->send_frame("unheard"));
  pair.loop.run_for(1s);
  EXPECT_EQ(pair.server.got, std::vector<std::string>{"close"});
  EXPECT_EQ(pair.server.closed, 1);
  EXPECT_EQ(pair.client.closed, 1);
  EXPECT_TRUE(pair.client.framed->send_frame("late").error().is(Fault::closed));
}

TEST(FramedStream, MayBeDestroyedByItsReceiver) {
  for (const std::size_t chop : {0U, 1U}) {
    Pair pair(chop);
    EXPECT_TRUE(pair.client.framed->send_frame("destroy"));
    EXPECT_TRUE(pair.client.framed->send_frame("unheard"));
    pair.loop.run_for(1s);
    EXPECT_FALSE(pair.server.framed);
    EXPECT_EQ(pair.server.got.size(), 1U);
    EXPECT_EQ(pair.client.closed, 1);
  }
}

TEST(FramedStream, ReportsAPeerThatDoesNotRead) {
  Pair pair(0, 1024 * 1024);
  pair.wire.set_quality({.cut = true});
  struct Silent final : StreamListener::Acceptor {
    void on_accept(std::unique_ptr<Stream> accepted) override { stream = std::move(accepted); }
    std::unique_ptr<Stream> stream;
  } silent;
  auto listener = pair.network.listen_local("silent", silent).value();
  Messages writer;
  writer.framed = std::make_unique<FramedStream>(pair.network.connect_local("silent"));
  writer.framed->set_receiver(writer);
  EXPECT_TRUE(writer.framed->send_frame(std::string(1024 * 1024, 'x')));
  EXPECT_TRUE(writer.framed->send_frame(std::string(256 * 1024 - 4, 'y')));
  EXPECT_TRUE(writer.framed->send_frame("one more").error().is(Fault::queue_full));
  pair.loop.run_for(1s);
  EXPECT_EQ(writer.closed, 1);
}

}  // namespace
}  // namespace carillon::net
