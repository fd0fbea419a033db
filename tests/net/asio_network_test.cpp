// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: real sockets on loopback keep the promises of net::Network.
#include "net/asio_network.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "net/station.hpp"
#include "net/stream_receivers.hpp"

namespace carillon::net {
namespace {

using test::Accepting;
using test::Directory;
using test::Recording;
using test::Station;

Address loopback(const char* host = "127.0.0.1") {
  return Address::parse(host, 0).value();
}

struct Sink final : UdpSocket::Receiver {
  void on_datagram(UdpSocket& socket, const Address& from, std::string_view bytes) override {
    got.emplace_back(bytes);
    last_from = from;
    destination = socket.destination();
    if (echoes) socket.send_from(destination, from, bytes);
    if (destroys) destroys->reset();
  }
  void on_batch_end() override { batches++; }
  std::vector<std::string> got;
  Address last_from;
  Address destination;
  int batches = 0;
  bool echoes = false;
  std::unique_ptr<UdpSocket>* destroys = nullptr;
};

TEST(AsioUdp, EchoesOnBothFamilies) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    Station station;
    Sink server, client;
    server.echoes = true;
    auto at = station.network.bind_udp(loopback(host), server).value();
    auto from = station.network.bind_udp(loopback(host), client).value();
    ASSERT_NE(at->local().port, 0);
    EXPECT_TRUE(at->local().same_host(loopback(host)));
    from->send(at->local(), "OPTIONS");
    EXPECT_TRUE(station.turn_until([&] { return !client.got.empty(); }));
    EXPECT_EQ(client.got, std::vector<std::string>{"OPTIONS"});
    EXPECT_EQ(client.last_from, at->local());
    EXPECT_EQ(server.last_from, from->local());
    EXPECT_EQ(station.network.counters().datagrams_received, 2U);
    EXPECT_EQ(station.network.counters().datagrams_sent, 2U);
  }
}

TEST(AsioUdp, AnswersFromTheAddressThatWasAskedWhenBoundToAll) {
  const struct {
    const char *bound, *asked, *client;
  } cases[] = {{"0.0.0.0", "127.0.0.2", "127.0.0.1"}, {"0.0.0.0", "127.0.0.1", "127.0.0.3"}, {"::", "::1", "::1"}};
  Station station;
  for (const auto& c : cases) {
    Sink everywhere, one_place, client;
    everywhere.echoes = one_place.echoes = true;
    auto at = station.network.bind_udp(loopback(c.bound), everywhere).value();
    auto beside = station.network.bind_udp(loopback("127.0.0.4"), one_place).value();
    auto from = station.network.bind_udp(loopback(c.client), client).value();
    const Address asked = loopback(c.asked).with_port(at->local().port);
    from->send(asked, "OPTIONS");
    EXPECT_TRUE(station.turn_until([&] { return client.got.size() == 1; }));
    EXPECT_EQ(client.last_from, asked);
    EXPECT_EQ(everywhere.destination, asked);
    EXPECT_TRUE(at->local().is_unspecified());
    // A socket with an address of its own knows no other, also right after one that has all.
    if (!from->local().is_v4()) continue;
    from->send(beside->local(), "OPTIONS");
    EXPECT_TRUE(station.turn_until([&] { return client.got.size() == 2; }));
    EXPECT_EQ(client.last_from, beside->local());
    EXPECT_EQ(one_place.destination, beside->local());
  }
}

TEST(AsioUdp, TakesWholeDatagramsOfAnySizeInBatches) {
  Station station;
  Sink server, client;
  auto at = station.network.bind_udp(loopback(), server).value();
  auto from = station.network.bind_udp(loopback(), client).value();
  std::vector<std::string> sent;
  for (const std::size_t size : {0U, 1U, 1500U, 9000U, 65507U}) sent.emplace_back(size, 'x');
  for (int i = 0; i < 40; i++) sent.push_back(std::to_string(i));
  for (const std::string& bytes : sent) from->send(at->local(), bytes);
  EXPECT_TRUE(station.turn_until([&] { return server.got.size() == sent.size(); }));
  EXPECT_EQ(server.got, sent);
  EXPECT_EQ(server.batches, 2);
}

TEST(AsioUdp, CountsWhatItCannotSend) {
  Station station;
  Sink sink;
  auto socket = station.network.bind_udp(loopback(), sink).value();
  socket->send(socket->local(), std::string(65508, 'x'));
  socket->send(loopback("::1").with_port(9), "other family");
  EXPECT_EQ(station.network.counters().datagrams_dropped, 2U);
}

TEST(AsioUdp, SharesAPortOnlyWhenBothAsk) {
  Station station;
  Sink sink;
  auto first = station.network.bind_udp(loopback(), sink, true).value();
  EXPECT_TRUE(station.network.bind_udp(first->local(), sink, true));
  EXPECT_TRUE(station.network.bind_udp(first->local(), sink).error().is(Fault::address_in_use));
  EXPECT_TRUE(station.network.bind_udp(Address::parse("192.0.2.77", 0).value(), sink).error().is(Fault::bad_address));
}

TEST(AsioUdp, MayBeDestroyedByItsReceiver) {
  Station station;
  Sink server, client;
  auto at = station.network.bind_udp(loopback(), server).value();
  auto from = station.network.bind_udp(loopback(), client).value();
  const Address target = at->local();
  server.destroys = &at;
  for (int i = 0; i < 5; i++) from->send(target, "x");
  EXPECT_TRUE(station.turn_until([&] { return !at; }));
  EXPECT_EQ(server.got.size(), 1U);
  EXPECT_EQ(server.batches, 0);
}

TEST(AsioStream, CarriesBytesBothWaysAndCloses) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    Station station;
    Accepting server;
    Recording client;
    auto listener = station.network.listen_tcp(loopback(host), server).value();
    auto stream = station.network.connect_tcp(listener->local());
    stream->set_receiver(client);
    EXPECT_TRUE(stream->write("early "));
    EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1 && !server.records[0]->bytes.empty(); }));
    EXPECT_EQ(server.streams[0]->remote(), stream->local());
    EXPECT_EQ(server.streams[0]->local(), stream->remote());
    EXPECT_TRUE(server.streams[0]->write("answer"));
    EXPECT_TRUE(station.turn_until([&] { return client.bytes == "answer"; }));
    EXPECT_TRUE(stream->write("bye"));
    stream->close();
    EXPECT_FALSE(stream->write("late"));
    EXPECT_TRUE(station.turn_until([&] { return server.records[0]->closed == 1 && client.closed == 1; }));
    EXPECT_EQ(server.records[0]->bytes, "early bye");
  }
}

TEST(AsioStream, GathersTheWritesOfATurn) {
  Station station;
  Accepting server;
  Recording client;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  auto stream = station.network.connect_tcp(listener->local());
  stream->set_receiver(client);
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1; }));
  for (int i = 0; i < 100; i++) stream->write("0123456789");
  EXPECT_TRUE(station.turn_until([&] { return server.records[0]->bytes.size() == 1000; }));
  EXPECT_EQ(server.records[0]->pieces, 1U);
}

TEST(AsioStream, MovesMoreThanTheKernelHolds) {
  Station station;
  Accepting server;
  Recording client;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  auto stream = station.network.connect_tcp(listener->local());
  stream->set_receiver(client);
  std::string sent;
  const std::string piece(16 * 1024, 'x');
  EXPECT_TRUE(station.turn_until([&] {
    for (int i = 0; i < 4 && sent.size() < 8U * 1024 * 1024; i++) {
      EXPECT_TRUE(stream->write(piece));
      sent += piece;
    }
    return server.streams.size() == 1 && server.records[0]->bytes.size() == 8U * 1024 * 1024;
  }));
  // One write may be larger than the queue.
  EXPECT_TRUE(stream->write(std::string(1024 * 1024, 'y')));
  EXPECT_TRUE(station.turn_until([&] { return server.records[0]->bytes.size() == 9U * 1024 * 1024; }));
}

TEST(AsioStream, ClosesWhenThePeerDoesNotRead) {
  Station station;
  Accepting server;
  server.reads = false;
  Recording client;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  auto stream = station.network.connect_tcp(listener->local());
  stream->set_receiver(client);
  const std::string piece(64 * 1024, 'x');
  bool refused = false;
  EXPECT_TRUE(station.turn_until([&] {
    while (!refused && stream->write(piece)) {
      if (stream->local().port == 0) break;  // Not connected yet: leave room.
    }
    refused = refused || !stream->write(piece);
    return client.closed == 1;
  }));
  EXPECT_EQ(station.network.counters().streams_overrun, 1U);
  EXPECT_FALSE(stream->write("x"));
}

TEST(AsioStream, ReportsARefusedConnection) {
  Station station;
  Accepting server;
  Recording client, local;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  const Address nowhere = listener->local();
  listener.reset();
  auto stream = station.network.connect_tcp(nowhere);
  stream->set_receiver(client);
  auto missing = station.network.connect_local("/nonexistent/carillon.sock");
  missing->set_receiver(local);
  auto too_long = station.network.connect_local(std::string(300, 'x'));
  too_long->set_receiver(local);
  EXPECT_TRUE(station.turn_until([&] { return client.closed == 1 && local.closed == 2; }));
}

TEST(AsioStream, DeliversTheLastWordsOfADestroyedStream) {
  Station station;
  Accepting server;
  Recording client;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  auto stream = station.network.connect_tcp(listener->local());
  stream->set_receiver(client);
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1; }));
  stream->write("last words");
  stream.reset();
  EXPECT_TRUE(station.turn_until([&] { return server.records[0]->closed == 1; }));
  EXPECT_EQ(server.records[0]->bytes, "last words");
  EXPECT_EQ(client.closed, 0);
}

TEST(AsioStream, ClosesWhenTheReceiverSaysSo) {
  Station station;
  Accepting server;
  Recording client;
  client.refuse_at = 5;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  auto stream = station.network.connect_tcp(listener->local());
  stream->set_receiver(client);
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1; }));
  server.streams[0]->write("too much");
  EXPECT_TRUE(station.turn_until([&] { return client.closed == 1 && server.records[0]->closed == 1; }));
  EXPECT_EQ(client.pieces, 1U);
}

TEST(AsioStream, TellsALateReceiverOfTheEnd) {
  Station station;
  Accepting server;
  server.reads = false;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  auto stream = station.network.connect_tcp(listener->local());
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1; }));
  stream->write("words");
  stream.reset();
  Recording late;
  server.streams[0]->set_receiver(late);
  EXPECT_TRUE(station.turn_until([&] { return late.closed == 1; }));
  EXPECT_EQ(late.bytes, "words");
}

/// Destroys its stream in the middle of a callback.
struct Suicidal final : Stream::Receiver {
  bool on_bytes(std::string_view) override {
    stream.reset();
    return true;
  }
  void on_closed() override { stream.reset(); }
  std::unique_ptr<Stream> stream;
};

TEST(AsioStream, MayBeDestroyedByItsReceiver) {
  Station station;
  Accepting server;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  Suicidal on_bytes, on_closed;
  on_bytes.stream = station.network.connect_tcp(listener->local());
  on_bytes.stream->set_receiver(on_bytes);
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1; }));
  server.streams[0]->write("x");
  EXPECT_TRUE(station.turn_until([&] { return !on_bytes.stream; }));
  on_closed.stream = station.network.connect_tcp(listener->local());
  on_closed.stream->set_receiver(on_closed);
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 2; }));
  server.streams.clear();
  EXPECT_TRUE(station.turn_until([&] { return !on_closed.stream; }));
}

TEST(AsioListener, AcceptsManyAtOnceAndOutlivesNone) {
  Station station;
  Accepting server;
  Recording client;
  auto listener = station.network.listen_tcp(loopback(), server).value();
  EXPECT_TRUE(station.network.listen_tcp(listener->local(), server).error().is(Fault::address_in_use));
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 50; i++) streams.push_back(station.network.connect_tcp(listener->local()));
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 50; }));
  listener.reset();
  streams[0]->write("still here");
  EXPECT_TRUE(station.turn_until(
      [&] { return std::ranges::any_of(server.records, [](const auto& record) { return record->bytes == "still here"; }); }));
}

TEST(AsioLocal, ListensForItsOwnerOnly) {
  const Directory directory;
  const std::string path = directory.path / "media.sock";
  Station station;
  Accepting server;
  auto listener = station.network.listen_local(path, server).value();
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  Recording client;
  auto stream = station.network.connect_local(path);
  stream->set_receiver(client);
  stream->write("create");
  EXPECT_TRUE(station.turn_until([&] { return server.streams.size() == 1 && server.records[0]->bytes == "create"; }));
  EXPECT_EQ(server.streams[0]->remote(), Address{});
  server.streams[0]->write("created");
  EXPECT_TRUE(station.turn_until([&] { return client.bytes == "created"; }));
  EXPECT_TRUE(station.network.listen_local(path, server).error().is(Fault::address_in_use));
  listener.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(AsioLocal, ReplacesAStaleFileButNothingElse) {
  const Directory directory;
  Station station;
  Accepting server;
  const std::string stale = directory.path / "stale.sock";
  {
    auto listener = station.network.listen_local(stale, server).value();
    std::filesystem::create_hard_link(stale, directory.path / "kept.sock");
  }
  EXPECT_TRUE(station.network.listen_local(directory.path / "kept.sock", server));
  std::ofstream(directory.path / "file") << "precious";
  EXPECT_FALSE(station.network.listen_local(directory.path / "file", server));
  EXPECT_EQ(std::filesystem::file_size(directory.path / "file"), 8U);
  EXPECT_TRUE(station.network.listen_local(std::string(200, 'x'), server).error().is(Fault::bad_address));
}

}  // namespace
}  // namespace carillon::net
