// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: TLS carries bytes unchanged over a stream in any division, refuses weak clients and changes its certificate while
// running.
#include "net/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "net/http_server.hpp"
#include "net/station.hpp"
#include "net/stream_receivers.hpp"
#include "net/tls_client.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::net {
namespace {

using test::Recording;
using test::TlsClient;

constexpr Instant now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);

struct Files : test::Directory {
  Files() { EXPECT_TRUE(make_self_signed_certificate(tls, {"localhost", "127.0.0.1"}, now)); }
  TlsFiles tls{path / "certificate.pem", path / "key.pem"};
};

/// A server that greets, on one end of a simulated wire.
struct Greeter final : StreamListener::Acceptor {
  explicit Greeter(std::size_t chop = 0) : context(TlsContext::load(files.tls).value()) {
    wire.set_quality({.chop = chop});
    listener = network.listen_local("tls", *this).value();
  }
  void on_accept(std::unique_ptr<Stream> stream) override {
    streams.push_back(context->accept(std::move(stream)));
    records.push_back(std::make_unique<Recording>());
    if (greets) streams.back()->write("welcome");
    streams.back()->set_receiver(*records.back());
  }
  std::unique_ptr<TlsClient> client(test::TlsClientOptions options = {}) {
    auto made = std::make_unique<TlsClient>(network.connect_local("tls"), options);
    loop.run_for(10min);
    return made;
  }
  Files files;
  std::unique_ptr<TlsContext> context;
  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 9};
  test::SimulatedNetwork network{wire, {}};
  std::unique_ptr<StreamListener> listener;
  bool greets = true;
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<std::unique_ptr<Recording>> records;
};

TEST(Tls, CarriesBytesInAnyDivision) {
  for (const std::size_t chop : {0U, 1U, 100U}) {
    Greeter greeter(chop);
    const auto client = greeter.client();
    EXPECT_EQ(client->version(), "TLSv1.3");
    EXPECT_EQ(client->heard(), "welcome");
    std::string sent;
    for (int i = 0; i < 20; i++) {
      const std::string piece(static_cast<std::size_t>(i * 50), static_cast<char>('a' + i));
      client->write(piece);
      sent += piece;
    }
    greeter.loop.run_for(10min);
    EXPECT_EQ(greeter.records.at(0)->bytes, sent);
    EXPECT_TRUE(greeter.streams[0]->write(std::string(100'000, 'z')));
    greeter.streams[0]->close();
    EXPECT_FALSE(greeter.streams[0]->write("late"));
    greeter.loop.run_for(1h);
    EXPECT_EQ(client->heard().size(), 7U + 100'000U);
    EXPECT_EQ(client->closed(), 1);
    EXPECT_EQ(greeter.records[0]->closed, 1);
  }
}

TEST(Tls, AcceptsOnlyStrongClients) {
  struct Row {
    test::TlsClientOptions options;
    bool is_accepted;
  };
  const Row rows[] = {
      {{TLS1_3_VERSION, nullptr}, true},
      {{TLS1_2_VERSION, nullptr}, true},
      {{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"}, true},
      {{TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"}, true},
      {{TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"}, false},
      {{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"}, false},
      {{TLS1_1_VERSION, nullptr}, false},
      {{TLS1_VERSION, nullptr}, false},
  };
  for (const Row& row : rows) {
    Greeter greeter;
    const auto client = greeter.client(row.options);
    EXPECT_EQ(client->is_connected(), row.is_accepted) << row.options.newest << (row.options.ciphers ? row.options.ciphers : "");
    EXPECT_EQ(client->closed(), row.is_accepted ? 0 : 1);
    EXPECT_EQ(greeter.records.at(0)->closed, row.is_accepted ? 0 : 1);
  }
}

/// A directory of certificates by name, and a context that shows them.
struct Named {
  Named() { std::filesystem::create_directory(names); }
  void add(const std::string& name) {
    const TlsFiles made{files.path / (name + ".crt"), files.path / (name + ".key")};
    ASSERT_TRUE(make_self_signed_certificate(made, {"localhost"}, now));
    std::ofstream out(names / (name + ".pem"), std::ios::binary | std::ios::trunc);
    for (const std::string& part : {made.certificate, made.key}) out << std::ifstream(part, std::ios::binary).rdbuf();
    std::filesystem::remove(made.certificate);
    std::filesystem::remove(made.key);
  }
  Files files;
  std::filesystem::path names{files.path / "names"};
};

TEST(Tls, ShowsTheCertificateOfTheNameThatIsAskedFor) {
  Named named;
  named.add("pbx.example.com");
  named.add("*.users.example");
  Greeter greeter;
  greeter.context = TlsContext::load(named.files.tls, named.names).value();
  const auto shown = [&](const char* name) { return greeter.client({.name = name})->fingerprint(); };
  const std::string fallback = shown(nullptr);
  EXPECT_NE(shown("pbx.example.com"), fallback);
  EXPECT_EQ(shown("PBX.example.com"), shown("pbx.example.com"));
  EXPECT_NE(shown("acme.users.example"), fallback);
  EXPECT_EQ(shown("acme.users.example"), shown("other.users.example"));
  EXPECT_EQ(shown("a.b.users.example"), fallback) << "a star is one label";
  EXPECT_EQ(shown("unknown.example.com"), fallback);
}

TEST(Tls, NoticesAndTakesChangedFiles) {
  Named named;
  Greeter greeter;
  greeter.context = TlsContext::load(named.files.tls, named.names).value();
  const auto old = greeter.client({.name = "late.example.com"});
  EXPECT_FALSE(greeter.context->has_changed());
  named.add("late.example.com");
  EXPECT_TRUE(greeter.context->has_changed());
  ASSERT_TRUE(greeter.context->reload());
  EXPECT_FALSE(greeter.context->has_changed());
  EXPECT_NE(greeter.client({.name = "late.example.com"})->fingerprint(), old->fingerprint());
  old->write("still here");
  greeter.loop.run_for(1min);
  EXPECT_EQ(greeter.records.front()->bytes, "still here") << "a connection outlives the certificate it began with";

  std::ofstream(named.names / "bad.example.com.pem") << "no certificate";
  EXPECT_TRUE(greeter.context->has_changed());
  EXPECT_FALSE(greeter.context->reload());
  EXPECT_FALSE(greeter.context->has_changed()) << "said once, not every time";
  EXPECT_NE(greeter.client({.name = "late.example.com"})->fingerprint(), old->fingerprint()) << "the ones before are still shown";
}

TEST(Tls, KnowsWhenItsCertificatesRunOut) {
  const Files files;
  const auto context = TlsContext::load(files.tls).value();
  const auto left = std::chrono::floor<std::chrono::days>(context->expires_at() - now);
  EXPECT_GT(left, std::chrono::days(3640));
  EXPECT_LT(left, std::chrono::days(3660));
}

TEST(Tls, ClosesOnWhatIsNotTls) {
  Greeter greeter;
  Recording heard;
  const auto raw = greeter.network.connect_local("tls");
  raw->set_receiver(heard);
  raw->write("GET / HTTP/1.1\r\n\r\n");
  greeter.loop.run_for(1s);
  EXPECT_EQ(heard.closed, 1);
  EXPECT_EQ(greeter.records.at(0)->closed, 1);
}

TEST(Tls, HearsItsClientLeave) {
  Greeter greeter;
  const auto client = greeter.client();
  client->close();
  greeter.loop.run_for(1s);
  EXPECT_EQ(greeter.records.at(0)->closed, 1);
}

TEST(Tls, LimitsWhatWaitsForTheHandshake) {
  Greeter greeter;
  greeter.greets = false;
  const auto raw = greeter.network.connect_local("tls");
  Recording heard;
  raw->set_receiver(heard);
  greeter.loop.run_for(1s);
  EXPECT_TRUE(greeter.streams.at(0)->write(std::string(256 * 1024, 'x')));
  EXPECT_FALSE(greeter.streams[0]->write("x"));
  greeter.loop.run_for(1s);
  EXPECT_EQ(greeter.records[0]->closed, 1);
}

TEST(Tls, TakesANewCertificateWithoutDroppingAnybody) {
  Greeter greeter;
  const auto early = greeter.client();
  std::filesystem::remove(greeter.files.tls.certificate);
  EXPECT_TRUE(greeter.context->reload().error().is(Fault::tls));
  EXPECT_EQ(greeter.client()->fingerprint(), early->fingerprint());

  std::filesystem::remove(greeter.files.tls.key);
  ASSERT_TRUE(make_self_signed_certificate(greeter.files.tls, {"localhost"}, now + 1s));
  EXPECT_TRUE(greeter.context->reload());
  const auto late = greeter.client();
  EXPECT_TRUE(late->is_connected());
  EXPECT_NE(late->fingerprint(), early->fingerprint());
  early->write("still here");
  greeter.loop.run_for(1s);
  EXPECT_EQ(greeter.records.at(0)->bytes, "still here");
}

TEST(Tls, RefusesFilesThatDoNotFit) {
  const Files one, other;
  EXPECT_TRUE(TlsContext::load({one.tls.certificate, other.tls.key}).error().is(Fault::tls));
  EXPECT_TRUE(TlsContext::load({one.tls.certificate, "/nonexistent"}).error().is(Fault::tls));
  EXPECT_TRUE(TlsContext::load({one.tls.key, one.tls.key}).error().is(Fault::tls));
}

TEST(SelfSigned, NamesWhatItServesAndIsForItsOwnerOnly) {
  const test::Directory directory;
  const TlsFiles files{directory.path / "certificate.pem", directory.path / "key.pem"};
  ASSERT_TRUE(make_self_signed_certificate(files, {"pbx.example.com", "192.0.2.7", "2001:db8::7"}, now));
  for (const std::string& path : {files.certificate, files.key}) {
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(files.certificate.c_str(), "r"), std::fclose);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_check_host(certificate.get(), "pbx.example.com", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "other.example.com", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "2001:db8::7", 0), 1);
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
  time_t at = std::chrono::system_clock::to_time_t(now);
  EXPECT_LT(X509_cmp_time(X509_get0_notBefore(certificate.get()), &at), 0);
  EXPECT_GT(X509_cmp_time(X509_get0_notAfter(certificate.get()), &at), 0);
}

TEST(SelfSigned, LeavesWhatExistsAlone) {
  const Files files;
  const auto content = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = content(files.tls.certificate) + content(files.tls.key);
  EXPECT_TRUE(make_self_signed_certificate(files.tls, {"localhost"}, now));
  EXPECT_EQ(content(files.tls.certificate) + content(files.tls.key), before);
  std::filesystem::remove(files.tls.certificate);
  EXPECT_TRUE(make_self_signed_certificate(files.tls, {"localhost"}, now).error().is(Fault::tls));
  EXPECT_FALSE(std::filesystem::exists(files.tls.certificate));
}

TEST(SelfSigned, RefusesWhatItCannotName) {
  const test::Directory directory;
  const TlsFiles files{directory.path / "c.pem", directory.path / "k.pem"};
  EXPECT_TRUE(make_self_signed_certificate(files, {}, now).error().is(Fault::tls));
  EXPECT_TRUE(make_self_signed_certificate(files, {"a,DNS:b"}, now).error().is(Fault::tls));
  EXPECT_TRUE(make_self_signed_certificate(files, {""}, now).error().is(Fault::tls));
  EXPECT_TRUE(make_self_signed_certificate({"/nonexistent/c", "/nonexistent/k"}, {"a"}, now).error().is(Fault::tls));
  EXPECT_FALSE(std::filesystem::exists(files.certificate));
}

struct Hello final : HttpHandler {
  void on_request(HttpRequest request, HttpRespond respond) override {
    respond({.status = 200, .headers = {}, .body = request.path == "/big" ? std::string(2'000'000, 'x') : "hello"});
  }
};

TEST(HttpsOnRealSockets, ServesPlainAndTlsBesideEachOther) {
  const Files files;
  test::Station station;
  Hello hello;
  HttpServer server(station.network, hello);
  const Address loopback = Address::parse("127.0.0.1", 0).value();
  EXPECT_TRUE(server.listen_tls(loopback, {"/nonexistent", "/nonexistent"}).error().is(Fault::tls));
  const Address plain = server.listen(loopback).value();
  const Address secure = server.listen_tls(loopback, files.tls).value();
  EXPECT_TRUE(server.listen(plain).error().is(Fault::address_in_use));

  Recording heard;
  const auto stream = station.network.connect_tcp(plain);
  stream->set_receiver(heard);
  stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  TlsClient client(station.network.connect_tcp(secure));
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(station.turn_until([&] { return heard.bytes.ends_with("hello") && client.heard().ends_with("hello"); }));
  client.write("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(station.turn_until([&] { return client.closed() == 1; }));
  EXPECT_GT(client.heard().size(), 2'000'000U);
  EXPECT_TRUE(server.reload());
}

}  // namespace
}  // namespace carillon::net
