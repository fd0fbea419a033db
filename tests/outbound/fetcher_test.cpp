// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: no URL, name or redirect reaches a host inside (reliability T-44), and every request ends within its bounds.
#include "outbound/fetcher.hpp"

#include <cstdlib>
#include <fstream>

#include "net/asio_network.hpp"
#include "net/certificate.hpp"
#include "net/http_server.hpp"
#include "scripted_server.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::outbound {
namespace {

using testing::Connection;
using testing::ScriptedServer;

const std::vector<std::string> loopback{"127.0.0.0/8", "::1"};

void answer(Connection& connection, std::string_view head, std::string_view body = {}) {
  connection.read_until("\r\n\r\n");
  connection.write(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", head, body.size(), body));
}

std::string_view code_of(const Result<FetchAnswer>& result) {
  return result ? "answered" : result.error().code;
}

std::string url_of(const ScriptedServer& server, std::string_view path = "/") {
  return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
}

/// Every way to write the machine itself, private hosts and what is no web at all; PORT is that of the listener inside.
constexpr std::string_view inner_urls[] = {
    // Loopback as it is
    "S://127.0.0.1:PORT/",
    "S://localhost:PORT/",
    "S://LOCALHOST:PORT/",
    "S://localhost.:PORT/",
    "S://a.localhost:PORT/",
    "S://127.0.0.1.:PORT/",
    "S://127.0.0.2:PORT/",
    "S://127.255.255.254:PORT/",
    "S://0.0.0.0:PORT/",
    "S://0:PORT/",
    // Numbers of other bases and with parts left out
    "S://2130706433:PORT/",
    "S://0x7f000001:PORT/",
    "S://0X7F000001:PORT/",
    "S://017700000001:PORT/",
    "S://0177.0.0.1:PORT/",
    "S://0x7f.0.0.1:PORT/",
    "S://0x7f.0x0.0x0.0x1:PORT/",
    "S://127.1:PORT/",
    "S://127.0.1:PORT/",
    "S://0177.1:PORT/",
    "S://00000177.0.0.1:PORT/",
    "S://127.0.0.01:PORT/",
    "S://4294967296:PORT/",
    "S://4294967297:PORT/",
    // IPv6
    "S://[::1]:PORT/",
    "S://[::]:PORT/",
    "S://[0:0:0:0:0:0:0:1]:PORT/",
    "S://[::ffff:127.0.0.1]:PORT/",
    "S://[::ffff:7f00:1]:PORT/",
    "S://[::FFFF:127.0.0.1]:PORT/",
    "S://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "S://[::127.0.0.1]:PORT/",
    "S://[64:ff9b::127.0.0.1]:PORT/",
    "S://[64:ff9b::7f00:1]:PORT/",
    "S://[2002:7f00:1::]:PORT/",
    "S://[2001:0:7f00:1::]:PORT/",
    "S://[fe80::1%25lo]:PORT/",
    "S://[fe80::1%25eth0]:PORT/",
    "S://[fd00::1]:PORT/",
    "S://[fec0::1]:PORT/",
    "S://[ff02::1]:PORT/",
    "S://[::1%25lo]:PORT/",
    // Other networks that are not public
    "S://10.0.0.1:PORT/",
    "S://172.16.0.1:PORT/",
    "S://192.168.1.1:PORT/",
    "S://169.254.169.254/latest/meta-data/",
    "S://100.64.0.1:PORT/",
    "S://192.0.0.192:PORT/",
    "S://198.18.0.1:PORT/",
    "S://203.0.113.1:PORT/",
    "S://224.0.0.1:PORT/",
    "S://255.255.255.255:PORT/",
    "S://240.0.0.1:PORT/",
    // Credentials, and what makes parsers disagree about the host
    "S://user@127.0.0.1:PORT/",
    "S://user:pass@127.0.0.1:PORT/",
    "S://example.com@127.0.0.1:PORT/",
    "S://127.0.0.1:PORT@example.com/",
    "S://example.com:80@127.0.0.1:PORT/",
    "S://example.com%40127.0.0.1:PORT/",
    "S://127.0.0.1:PORT#@example.com/",
    "S://127.0.0.1:PORT?@example.com/",
    "S://127.0.0.1:PORT\\@example.com/",
    "S:\\\\127.0.0.1:PORT/",
    "S:/127.0.0.1:PORT/",
    "S:127.0.0.1:PORT/",
    "S:///127.0.0.1:PORT/",
    "S:////127.0.0.1:PORT/",
    "S://%31%32%37.0.0.1:PORT/",
    "S://127%2e0%2e0%2e1:PORT/",
    "S://127.0.0.1:PORT\t/",
    "S://127.0.0.1 :PORT/",
    "S://127.0.0.1\r\nHost: x:PORT/",
    " S://127.0.0.1:PORT/",
    "S://①②⑦.0.0.1:PORT/",
    "S://127。0。0。1:PORT/",
    "S://127.0.0.1%00.example.com:PORT/",
    "S://ⓛocalhost:PORT/",
    // Names that resolve to what is inside
    "S://rebind.example:PORT/",
    "S://rebind.example.:PORT/",
    "S://both.example:PORT/",
    "S://private.example:PORT/",
    "S://mapped.example:PORT/",
    "S://metadata.example/",
    // Other schemes
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:PORT/_x",
    "ftp://127.0.0.1:PORT/",
    "ftps://127.0.0.1:PORT/",
    "dict://127.0.0.1:PORT/d:x",
    "ldap://127.0.0.1:PORT/",
    "smb://127.0.0.1/x",
    "tftp://127.0.0.1:PORT/x",
    "telnet://127.0.0.1:PORT/",
    "smtp://127.0.0.1:PORT/",
    "imap://127.0.0.1:PORT/",
    "rtsp://127.0.0.1:PORT/",
    "scp://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "jar:S://127.0.0.1:PORT/!x",
    "127.0.0.1:PORT",
    "//127.0.0.1:PORT/",
    "localhost:PORT",
    "ftp.localhost:PORT",
    "",
    "S://",
    "S://:PORT/",
    "S",
    "unix:/run/x.sock",
    "S://127.0.0.1:99999/",
    "S://127.0.0.1:-1/",
};

std::string filled(std::string_view form, std::string_view scheme, std::uint16_t port) {
  std::string url;
  for (std::size_t at = 0; at < form.size();) {
    const bool is_scheme = form.substr(at).starts_with("S:") || form == "S";
    if (form.substr(at).starts_with("PORT")) {
      url += std::to_string(port);
      at += 4;
    } else if (is_scheme) {
      url += scheme;
      at += 1;
    } else {
      url += form[at++];
    }
  }
  return url;
}

Fetcher::Options deceived(std::uint16_t port) {
  Fetcher::Options options;
  for (const std::string_view entry :
       {"rebind.example:PORT:127.0.0.1", "rebind.example.:PORT:127.0.0.1", "both.example:PORT:203.0.113.5,127.0.0.1,[::1]",
        "private.example:PORT:10.0.0.1,192.168.0.1", "mapped.example:PORT:[::ffff:127.0.0.1]",
        "metadata.example:443:169.254.169.254", "metadata.example:80:169.254.169.254"}) {
    options.resolve.push_back(filled(entry, "", port));
  }
  return options;
}

class InnerListener : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Each, InnerListener, ::testing::Values("https", "http", "HTTPS"));

TEST_P(InnerListener, GetsNoConnectionByAnyUrl) {
  static_assert(std::size(inner_urls) >= 60);
  ScriptedServer v4([](Connection&) {});
  ScriptedServer v6([](Connection&) {}, "::1");
  for (const std::uint16_t port : {v4.port(), v6.port()}) {
    Fetcher::Options options = deceived(port);
    // Something else is allowed, so that http: is not refused for itself.
    const std::vector<std::string> elsewhere{"10.99.0.0/16"};
    if (GetParam() == "http") options.policy = AddressPolicy(elsewhere);
    options.whole_limit = 2s;
    options.redirects_max = 3;
    Fetcher fetcher(options);
    for (const std::string_view form : inner_urls) {
      const std::string url = filled(form, GetParam(), port);
      const auto result = fetcher.fetch({.url = url});
      const std::string_view code = code_of(result);
      EXPECT_TRUE(code == "outbound.bad_url" || code == "outbound.refused_address" || code == "outbound.unreachable")
          << url << ": " << code;
    }
  }
  EXPECT_EQ(v4.connections(), 0);
  EXPECT_EQ(v6.connections(), 0);
}

TEST(Fetcher, RefusesTheAddressAndNotTheName) {
  ScriptedServer server([](Connection&) {});
  Fetcher fetcher(deceived(server.port()));
  for (const std::string_view form : {"S://127.0.0.1:PORT/", "S://2130706433:PORT/", "S://rebind.example:PORT/",
                                      "S://both.example:PORT/", "S://[::ffff:127.0.0.1]:PORT/"}) {
    const auto result = fetcher.fetch({.url = filled(form, "https", server.port())});
    EXPECT_EQ(code_of(result), "outbound.refused_address") << form;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(Fetcher, FollowsNoRedirectInside) {
  ScriptedServer inner([](Connection&) {});
  for (const std::string_view target : {"http://127.0.0.2:{}/", "http://[::ffff:127.0.0.2]:{}/", "https://127.0.0.2:{}/",
                                        "gopher://127.0.0.1:{}/", "file:///etc/passwd?{}", "http://user@127.0.0.1:{}/"}) {
    const std::string place = fmt::format(fmt::runtime(target), inner.port());
    ScriptedServer outer([&](Connection& connection) { answer(connection, fmt::format("302 Found\r\nLocation: {}", place)); });
    const std::vector<std::string> one{"127.0.0.1"};
    Fetcher fetcher({.policy = AddressPolicy(one), .redirects_max = 3});
    const auto result = fetcher.fetch({.url = url_of(outer)});
    EXPECT_FALSE(result && result->status != 302) << place;
    EXPECT_EQ(outer.connections(), 1);
  }
  EXPECT_EQ(inner.connections(), 0);
}

TEST(Fetcher, FollowsSoManyRedirectsAndByGetAlone) {
  int round = 0;
  ScriptedServer server([&](Connection& connection) {
    answer(connection, fmt::format("302 Found\r\nConnection: close\r\nLocation: /{}", ++round));
  });
  const auto ask = [&](int most, const std::string& method) {
    round = 0;
    Fetcher fetcher({.policy = AddressPolicy(loopback), .redirects_max = most});
    const auto result = fetcher.fetch({.url = url_of(server), .method = method});
    EXPECT_EQ(result ? result->status : 0, 302U) << code_of(result);
    return round;
  };
  EXPECT_EQ(ask(0, "GET"), 1);
  EXPECT_EQ(ask(3, "GET"), 4);
  EXPECT_EQ(ask(3, "POST"), 1);
}

TEST(Fetcher, AsksWhatIsAllowed) {
  std::string head, body;
  ScriptedServer server([&](Connection& connection) {
    head = connection.read_until("\r\n\r\n");
    body = connection.read_exactly(7);
    connection.write("HTTP/1.1 429 Slow down\r\nRetry-After: 120\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno");
  });
  Fetcher fetcher({.policy = AddressPolicy(loopback)});
  const auto result =
      fetcher.fetch({.url = url_of(server, "/a?b=c"), .method = "POST", .headers = {{"X-Own", "yes"}}, .body = "{\"a\":1}"});
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->status, 429U);
  EXPECT_EQ(result->body, "no");
  EXPECT_EQ(result->content_type, "text/plain");
  EXPECT_EQ(result->retry_after, 120s);
  EXPECT_TRUE(head.starts_with("POST /a?b=c HTTP/1.1\r\n")) << head;
  EXPECT_TRUE(head.contains("X-Own: yes\r\n") && head.contains("User-Agent: Carillon\r\n")) << head;
  EXPECT_FALSE(head.contains("Expect")) << head;
  EXPECT_EQ(body, "{\"a\":1}");
}

TEST(Fetcher, EndsInTimeAndSize) {
  const auto fails_with = [](std::string_view code, const ScriptedServer::Script& script) {
    ScriptedServer server(script);
    Fetcher fetcher({.policy = AddressPolicy(loopback), .whole_limit = 500ms, .answer_bytes_max = 1000});
    const Monotonic begin = system_monotonic_time();
    EXPECT_EQ(code_of(fetcher.fetch({.url = url_of(server)})), code);
    EXPECT_LT(system_monotonic_time() - begin, 3s) << code;
  };
  fails_with("outbound.too_large", [](Connection& connection) { answer(connection, "200 OK", std::string(1001, 'x')); });
  fails_with("outbound.too_large", [](Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\n");
    while (connection.write("X: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  fails_with("outbound.too_slow", [](Connection& connection) { connection.wait_for_end(); });
  fails_with("outbound.too_slow", [](Connection& connection) {
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234");
    connection.wait_for_end();
  });
  fails_with("outbound.broken", [](Connection& connection) { connection.read_until("\r\n\r\n"); });
  fails_with("outbound.broken", [](Connection& connection) { connection.write("SSH-2.0-x\r\n"); });
  fails_with("answered", [](Connection& connection) { answer(connection, "200 OK", std::string(1000, 'x')); });
}

TEST(Fetcher, StopsWhenTold) {
  StopEvent stop;
  ScriptedServer server([](Connection& connection) { connection.wait_for_end(); });
  Fetcher fetcher({.policy = AddressPolicy(loopback), .stop = &stop});
  std::thread other([&] {
    while (server.connections() == 0) std::this_thread::yield();
    stop.set();
  });
  const Monotonic begin = system_monotonic_time();
  EXPECT_EQ(code_of(fetcher.fetch({.url = url_of(server)})), "outbound.stopped");
  EXPECT_LT(system_monotonic_time() - begin, 5s);
  other.join();
}

TEST(Fetcher, TakesNoProxyOfTheEnvironment) {
  ScriptedServer proxy([](Connection&) {});
  const std::string place = fmt::format("http://127.0.0.1:{}", proxy.port());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) setenv(name, place.c_str(), 1);
  ScriptedServer server([](Connection& connection) { answer(connection, "204 No Content"); });
  Fetcher fetcher({.policy = AddressPolicy(loopback)});
  const auto result = fetcher.fetch({.url = url_of(server)});
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  EXPECT_EQ(result ? result->status : 0, 204U);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(Fetcher, SendsNoHeaderThatIsTwo) {
  ScriptedServer server([](Connection& connection) { answer(connection, "200 OK"); });
  Fetcher fetcher({.policy = AddressPolicy(loopback)});
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"},
                                                                                    {"X", "a\nY: b"},
                                                                                    {"X\r\nY", "b"},
                                                                                    {"", "b"},
                                                                                    {"X:", "b"},
                                                                                    {"X", ""},
                                                                                    {"X", std::string("a\0b", 3)}}) {
    EXPECT_EQ(code_of(fetcher.fetch({.url = url_of(server), .headers = {{name, value}}})), "outbound.bad_request");
  }
  EXPECT_EQ(code_of(fetcher.fetch({.url = url_of(server), .method = "DELETE"})), "outbound.bad_request");
  EXPECT_EQ(server.connections(), 0);
}

TEST(Fetcher, ChecksUrlsWithoutResolving) {
  EXPECT_TRUE(check_url("https://hooks.example/x?y=1", false));
  EXPECT_FALSE(check_url("http://hooks.example/", false));
  EXPECT_TRUE(check_url("http://hooks.example/", true));
  EXPECT_FALSE(check_url("https://a:b@hooks.example/", true));
  EXPECT_FALSE(check_url("https://hooks.example/" + std::string(2000, 'x'), true));
}

/// Any question gets 204.
class Nothing final : public net::HttpHandler {
 public:
  void on_request(net::HttpRequest, net::HttpRespond respond) override { respond({.status = 204}); }
};

TEST(Fetcher, ChecksCertificates) {
  const carillon::testing::TemporaryDirectory directory;
  const net::TlsFiles files{(directory.path() / "certificate.pem").string(), (directory.path() / "key.pem").string()};
  ASSERT_TRUE(net::make_self_signed_certificate(files, {"hooks.example"}, system_wall_time()));
  net::AsioLoop loop;
  net::AsioNetwork network(loop);
  Nothing handler;
  net::HttpServer server(network, handler);
  const auto address = server.listen_tls(*net::Address::parse("127.0.0.1", 0), files);
  ASSERT_TRUE(address) << address.error().what;
  std::thread thread([&] { loop.run(); });
  const auto ask = [&](std::string_view host, bool is_trusted) {
    Fetcher::Options options{.policy = AddressPolicy(loopback)};
    if (is_trusted) options.certificates_file = files.certificate;
    options.resolve.push_back(fmt::format("{}:{}:127.0.0.1", host, address->port));
    Fetcher fetcher(options);
    const auto result = fetcher.fetch({.url = fmt::format("https://{}:{}/", host, address->port)});
    return result ? std::to_string(result->status) : std::string(result.error().code);
  };
  EXPECT_EQ(ask("hooks.example", true), "204");
  EXPECT_EQ(ask("hooks.example", false), "outbound.untrusted");
  EXPECT_EQ(ask("other.example", true), "outbound.untrusted");
  loop.post([&] { loop.stop(); });
  thread.join();
}

}  // namespace
}  // namespace carillon::outbound
