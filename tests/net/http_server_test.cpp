// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: requests are understood in any division, answered in order, and no client can hold more than its share of time and room.
#include "net/http_server.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "net/stream_receivers.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::net {
namespace {

using test::Recording;

Address host(const char* text) {
  return Address::parse(text, 0).value();
}

/// Answers with what it understood, at once or when the test says so.
struct Mirror final : HttpHandler {
  void on_request(HttpRequest request, HttpRespond respond) override {
    requests.push_back(std::move(request));
    if (holds) {
      held.push_back(std::move(respond));
    } else if (!drops) {
      respond({.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = requests.back().body + "!"});
    }
  }
  bool holds = false;
  bool drops = false;
  std::vector<HttpRequest> requests;
  std::vector<HttpRespond> held;
};

struct Site {
  explicit Site(HttpLimits limits = {}, std::size_t chop = 0) : server(right, mirror, limits) {
    wire.set_quality({.chop = chop});
    address = server.listen(b.with_port(80)).value();
  }
  struct Client {
    std::unique_ptr<Stream> stream;
    Recording heard;
    explicit Client(std::unique_ptr<Stream> its_stream) : stream(std::move(its_stream)) { stream->set_receiver(heard); }
    std::string status() const { return heard.bytes.substr(0, heard.bytes.find('\r')); }
    std::string body() const { return heard.bytes.substr(heard.bytes.find("\r\n\r\n") + 4); }
  };
  std::unique_ptr<Client> client() { return std::make_unique<Client>(left.connect_tcp(address)); }
  std::unique_ptr<Client> ask(std::string_view bytes, Duration wait = 1s) {
    auto asking = client();
    asking->stream->write(bytes);
    loop.run_for(wait);
    return asking;
  }

  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 5};
  Address a = host("10.0.0.1"), b = host("10.0.0.2");
  test::SimulatedNetwork left{wire, {a}}, right{wire, {b}};
  Mirror mirror;
  HttpServer server;
  Address address;
};

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) found++;
  return found;
}

TEST(HttpServer, UnderstandsRequestsInAnyDivision) {
  const std::string bytes =
      "POST /api/v1/echo?a=1 HTTP/1.1\r\nHost: example.com\r\nX-Thing: one\r\nContent-Length: 5\r\n\r\nhello"
      "PUT /chunked HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"
      "GET /last HTTP/1.1\r\nHost: example.com\r\n\r\n";
  for (const std::size_t chop : {0U, 1U, 2U, 17U, 80U}) {
    Site site({.request_time = 5min}, chop);
    const auto client = site.ask(bytes, 10min);
    ASSERT_EQ(site.mirror.requests.size(), 3U) << chop;
    const HttpRequest& first = site.mirror.requests[0];
    EXPECT_EQ(first.method, "POST");
    EXPECT_EQ(first.target, "/api/v1/echo?a=1");
    EXPECT_EQ(first.path, "/api/v1/echo");
    EXPECT_EQ(first.parameter("a"), "1");
    EXPECT_EQ(first.parameter("b"), std::nullopt);
    EXPECT_EQ(first.header("x-thing"), "one");
    EXPECT_EQ(first.header("x-other"), "");
    EXPECT_EQ(first.body, "hello");
    EXPECT_TRUE(first.remote.same_host(site.a));
    EXPECT_EQ(site.mirror.requests[1].body, "abcdefg");
    EXPECT_EQ(site.mirror.requests[2].path, "/last");
    EXPECT_EQ(count(client->heard.bytes, "HTTP/1.1 200 OK\r\n"), 3U);
    EXPECT_LT(client->heard.bytes.find("hello!"), client->heard.bytes.find("abcdefg!"));
  }
}

TEST(HttpServer, WritesCompleteAnswers) {
  Site site;
  const auto client = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client->heard.bytes,
            "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\n"
            "Content-Length: 1\r\n\r\n!");
  const auto head = site.ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(head->heard.bytes.ends_with("Content-Length: 1\r\n\r\n"));
  const auto old = site.ask("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old->status(), "HTTP/1.1 200 OK");
  EXPECT_EQ(old->heard.closed, 1);
  const auto closing = site.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(closing->heard.closed, 1);
  EXPECT_EQ(site.server.connections(), 2U);
}

TEST(HttpServer, KeepsHandlersFromSplittingAnswers) {
  Site site;
  site.mirror.holds = true;
  const auto client = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  site.mirror.held.at(0)({.status = 302, .headers = {{"Location", "/a\r\nSet-Cookie: b=c"}}, .body = ""});
  site.loop.run_for(1s);
  EXPECT_EQ(count(client->heard.bytes, "\r\nSet-Cookie"), 0U);
  EXPECT_EQ(client->status(), "HTTP/1.1 302 Found");
}

TEST(HttpServer, RefusesWhatIsMalformedOrTooLarge) {
  struct Row {
    std::string bytes;
    const char* status;
  };
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  const Row rows[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"},
      {"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "400"},
      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
      {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {post + "Transfer-Encoding: xchunked\r\n\r\nGET /inner HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "400"},
      {post + "Content-Length: -1\r\n\r\n", "400"},
      {post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"},
      {post + "Content-Length: 1001\r\n\r\n", "413"},
      {post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'), "413"},
      {post + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(3000, 'x'), "431"},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(3000, 'x') + "\r\n\r\n", "431"},
      {"GET /" + std::string(3000, 'x'), "431"},
  };
  for (const Row& row : rows) {
    for (const std::size_t chop : {0U, 7U}) {
      Site site({.header_bytes = 2000, .body_bytes = 1000, .request_time = 1min}, chop);
      const auto client = site.ask(row.bytes, 30s);
      EXPECT_EQ(client->status().substr(9, 3), row.status) << row.bytes.substr(0, 80);
      EXPECT_TRUE(client->heard.bytes.contains("\r\nContent-Type: application/problem+json\r\n")) << client->heard.bytes;
      EXPECT_TRUE(client->body().contains(fmt::format("\"status\":{},\"code\":\"http.", row.status))) << client->body();
      EXPECT_TRUE(site.mirror.requests.empty());
      EXPECT_EQ(client->heard.closed, 1);
      EXPECT_EQ(site.server.connections(), 0U);
    }
  }
}

TEST(HttpServer, EndsRequestsThatTakeTooLong) {
  Site site;
  const auto silent = site.client();
  const auto slow = site.client();
  slow->stream->write("GET / HTTP/1.1\r\n");
  const auto body = site.client();
  body->stream->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  for (int second = 0; second < 4; second++) {
    site.loop.run_for(1s);
    slow->stream->write("X: y\r\n");
    body->stream->write("y");
  }
  EXPECT_EQ(site.server.connections(), 3U);
  site.loop.run_for(2s);
  EXPECT_EQ(slow->status(), "HTTP/1.1 408 Request Timeout");
  EXPECT_TRUE(slow->body().contains("\"code\":\"http.request_timeout\""));
  EXPECT_EQ(body->status(), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(silent->heard.bytes, "");
  EXPECT_EQ(silent->heard.closed + slow->heard.closed + body->heard.closed, 3);
  EXPECT_EQ(site.server.connections(), 0U);
}

TEST(HttpServer, CutsIdleConnectionsButServesBusyOnes) {
  Site site;
  const auto client = site.ask("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", 29s);
  client->stream->write("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  site.loop.run_for(29s);
  EXPECT_EQ(site.mirror.requests.size(), 2U);
  EXPECT_EQ(client->heard.closed, 0);
  site.loop.run_for(2s);
  EXPECT_EQ(client->heard.closed, 1);
}

TEST(HttpServer, TakesAnswersLaterInTheOrderOfRequests) {
  Site site;
  site.mirror.holds = true;
  const auto client = site.ask("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(site.mirror.held.size(), 1U);
  site.mirror.held[0]({.status = 200, .headers = {}, .body = "first"});
  site.mirror.held[0]({.status = 200, .headers = {}, .body = "twice"});
  site.loop.run_for(1s);
  ASSERT_EQ(site.mirror.held.size(), 2U);
  site.mirror.held[1]({.status = 200, .headers = {}, .body = "second"});
  site.loop.run_for(1s);
  EXPECT_EQ(count(client->heard.bytes, "first"), 1U);
  EXPECT_EQ(count(client->heard.bytes, "twice"), 0U);
  EXPECT_TRUE(client->heard.bytes.ends_with("second"));
}

TEST(HttpServer, AnswersForAHandlerThatDoesNot) {
  Site site;
  site.mirror.drops = true;
  EXPECT_EQ(site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n")->status(), "HTTP/1.1 500 Internal Server Error");
  site.mirror.holds = true;
  const auto client = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 61s);
  EXPECT_EQ(client->status(), "HTTP/1.1 504 Gateway Timeout");
  EXPECT_EQ(client->heard.closed, 1);
  site.mirror.held[0]({.status = 200, .headers = {}, .body = "too late"});
}

TEST(HttpServer, ForgetsAClientThatLeft) {
  Site site;
  site.mirror.holds = true;
  site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").reset();
  site.loop.run_for(1s);
  EXPECT_EQ(site.server.connections(), 0U);
  site.mirror.held.at(0)({.status = 200, .headers = {}, .body = "nobody"});
}

TEST(HttpServer, LimitsConnectionsInTotalAndPerSource) {
  Site site({.connections = 5, .connections_per_source = 3});
  std::vector<std::unique_ptr<Site::Client>> clients;
  for (int i = 0; i < 4; i++) clients.push_back(site.client());
  site.loop.run_for(10ms);
  EXPECT_EQ(site.server.connections(), 3U);
  EXPECT_EQ(clients[3]->heard.closed, 1);

  test::SimulatedNetwork other(site.wire, {host("10.0.0.3")});
  for (int i = 0; i < 3; i++) clients.push_back(std::make_unique<Site::Client>(other.connect_tcp(site.address)));
  site.loop.run_for(10ms);
  EXPECT_EQ(site.server.connections(), 5U);
  clients.clear();
  site.loop.run_for(10ms);
  EXPECT_EQ(site.server.connections(), 0U);
  const auto again = site.client();
  site.loop.run_for(10ms);
  EXPECT_EQ(site.server.connections(), 1U);
}

TEST(HttpServer, RefusesToHoardPipelinedRequests) {
  Site site({.header_bytes = 1000});
  site.mirror.holds = true;
  const auto client = site.ask("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  client->stream->write(std::string(2000, 'x'));
  site.loop.run_for(1s);
  EXPECT_EQ(client->heard.closed, 1);
}

TEST(HttpServer, TellsAClientToContinue) {
  Site site;
  const auto client = site.ask("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client->heard.bytes, "HTTP/1.1 100 Continue\r\n\r\n");
  client->stream->write("bo");
  site.loop.run_for(1s);
  client->stream->write("dy");
  site.loop.run_for(1s);
  EXPECT_EQ(count(client->heard.bytes, "100 Continue"), 1U);
  EXPECT_TRUE(client->heard.bytes.ends_with("body!"));
}

/// Streams an answer to everybody who asks.
struct Fountain final : HttpHandler {
  void on_request(HttpRequest, HttpRespond respond) override {
    HttpStream& stream =
        streams.emplace_back(respond.stream({.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = {}}));
    stream.on_gone([this] { gone++; });
  }
  std::deque<HttpStream> streams;
  int gone = 0;
};

struct StreamSite {
  explicit StreamSite(HttpLimits limits = {}) : server(right, fountain, limits) {
    address = server.listen(b.with_port(80)).value();
  }
  std::unique_ptr<Site::Client> ask(std::string_view bytes) {
    auto client = std::make_unique<Site::Client>(left.connect_tcp(address));
    client->stream->write(bytes);
    loop.run_for(1s);
    return client;
  }

  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 5};
  Address a = host("10.0.0.1"), b = host("10.0.0.2");
  test::SimulatedNetwork left{wire, {a}}, right{wire, {b}};
  Fountain fountain;
  HttpServer server;
  Address address;
};

TEST(HttpServer, StreamsAnAnswerForAsLongAsItLikes) {
  StreamSite site;
  const auto client = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client->heard.bytes.contains("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(client->heard.bytes.contains("Content-Length"));
  ASSERT_EQ(site.fountain.streams.size(), 1U);
  EXPECT_TRUE(site.fountain.streams[0].write("hello"));
  site.loop.run_for(10min);  // Neither idle nor late.
  EXPECT_TRUE(site.fountain.streams[0].write(""));
  EXPECT_TRUE(site.fountain.streams[0].write("0123456789abcdef"));
  site.fountain.streams[0].end();
  EXPECT_FALSE(site.fountain.streams[0].write("late"));
  site.loop.run_for(1s);
  EXPECT_TRUE(client->body().starts_with("5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT_EQ(site.fountain.streams.size(), 2U);
  EXPECT_EQ(site.server.streams(), 1U);
  EXPECT_EQ(site.fountain.gone, 0);
}

TEST(HttpServer, StreamsToOldClientsUntilTheEndOfTheConnection) {
  StreamSite site;
  const auto client = site.ask("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(site.fountain.streams.at(0).write("hello"));
  site.fountain.streams[0].end();
  site.loop.run_for(1s);
  EXPECT_EQ(client->body(), "hello");
  EXPECT_FALSE(client->heard.bytes.contains("chunked"));
  EXPECT_EQ(client->heard.closed, 1);
  const auto head = site.ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(site.fountain.streams.at(1).is_open());
  EXPECT_EQ(head->body(), "");
  EXPECT_EQ(site.server.streams(), 0U);
}

TEST(HttpServer, TellsAStreamThatItsClientHasGone) {
  StreamSite site;
  auto client = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.reset();
  site.loop.run_for(1s);
  EXPECT_EQ(site.fountain.gone, 1);
  EXPECT_FALSE(site.fountain.streams.at(0).is_open());
  EXPECT_FALSE(site.fountain.streams[0].write("x"));
  EXPECT_EQ(site.server.streams(), 0U);
  EXPECT_EQ(site.server.connections(), 0U);
}

TEST(HttpServer, BoundsStreamsInAllAndOfOneSource) {
  StreamSite site({.streams = 2, .streams_per_source = 1});
  const auto first = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first->status(), "HTTP/1.1 200 OK");
  const auto second = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second->status(), "HTTP/1.1 503 Service Unavailable");
  EXPECT_FALSE(site.fountain.streams.at(1).is_open());
  site.fountain.streams[0].end();
  const auto third = site.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(third->status(), "HTTP/1.1 200 OK");
}

}  // namespace
}  // namespace carillon::net
