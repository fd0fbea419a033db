// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a server is believed when an authority vouches for it and its certificate is of the very name that was asked for
// (RFC 5922 §7), and hears nothing otherwise.
#include "net/tls_trust.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>

#include "net/openssl.hpp"
#include "net/station.hpp"
#include "net/stream_receivers.hpp"
#include "net/tls.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::net {
namespace {

struct Noting final : Stream::Receiver {
  bool on_bytes(std::string_view more) override {
    bytes += more;
    return true;
  }
  void on_closed() override { is_closed = true; }
  void on_secured() override { is_secured = true; }
  std::string bytes;
  bool is_closed = false, is_secured = false;
};

/// A self-signed certificate with these alternative names, as OpenSSL writes them: "DNS:a.example,URI:sip:b.example".
TlsFiles make_certificate(const std::filesystem::path& folder, const std::string& names, std::int64_t seconds_left = 86400) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400 * 2);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds_left);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("only.example"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key.get());
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  X509_add_ext(certificate.get(), extension.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const TlsFiles files{folder / "shown.pem", folder / "shown.key"};
  const auto write = [](const std::string& path, const auto& what) {
    const std::unique_ptr<std::FILE, OpensslRelease<std::fclose>> file(std::fopen(path.c_str(), "w"));
    what(file.get());
  };
  write(files.certificate, [&](std::FILE* file) { PEM_write_X509(file, certificate.get()); });
  write(files.key, [&](std::FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return files;
}

/// A server with that certificate on one end of a wire.
struct Server final : StreamListener::Acceptor {
  explicit Server(const TlsFiles& files) : context(TlsContext::load(files).value()) {
    listener = network.listen_local("tls", *this).value();
  }
  void on_accept(std::unique_ptr<Stream> accepted) override {
    stream = context->accept(std::move(accepted));
    stream->set_receiver(heard);
  }
  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 9};
  test::SimulatedNetwork network{wire, {}};
  std::unique_ptr<TlsContext> context;
  std::unique_ptr<StreamListener> listener;
  std::unique_ptr<Stream> stream;
  Noting heard;
};

/// What becomes of a client that wants to talk to that name: nothing, when it is believed.
std::optional<Fault> ask(const TlsTrust& trust, const TlsFiles& files, const std::string& name) {
  Server server(files);
  Noting client;
  const std::unique_ptr<Stream> stream = trust.connect(server.network.connect_local("tls"), name);
  stream->write("INVITE");
  stream->set_receiver(client);
  server.loop.run_for(1min);
  EXPECT_EQ(server.heard.bytes, client.is_secured ? "INVITE" : "");
  EXPECT_NE(client.is_secured, client.is_closed);
  if (client.is_secured) return std::nullopt;
  return stream->fault();
}

TEST(TlsTrust, BelievesTheNameThatWasAskedForAndNoOther) {
  struct Row {
    const char* names;
    const char* asked;
    bool is_believed;
  };
  const Row rows[] = {
      {"DNS:sip.blue.example", "sip.blue.example", true},
      {"DNS:sip.blue.example", "SIP.Blue.example", true},
      {"DNS:SIP.blue.example", "sip.blue.example", true},
      {"DNS:sip.blue.example", "blue.example", false},
      {"DNS:blue.example", "sip.blue.example", false},
      {"DNS:*.blue.example", "sip.blue.example", false},
      {"DNS:other.example,DNS:sip.blue.example", "sip.blue.example", true},
      {"DNS:sip.blue.example", "only.example", false},
      {"URI:sip:blue.example", "blue.example", true},
      {"URI:sip:blue.example,DNS:sip.blue.example", "sip.blue.example", false},
      {"URI:sip:user@blue.example", "blue.example", false},
      {"URI:https://blue.example", "blue.example", false},
      {"URI:https://blue.example,DNS:blue.example", "blue.example", true},
      {"IP:192.0.2.7", "192.0.2.7", true},
      {"IP:192.0.2.7", "192.0.2.8", false},
      {"DNS:192.0.2.7", "192.0.2.7", false},
      {"IP:2001:db8::7", "2001:db8::7", true},
  };
  for (const Row& row : rows) {
    const test::Directory folder;
    const TlsFiles files = make_certificate(folder.path, row.names);
    const auto trust = TlsTrust::load(files.certificate).value();
    const std::optional<Fault> fault = ask(*trust, files, row.asked);
    EXPECT_EQ(!fault, row.is_believed) << row.names << " for " << row.asked;
    if (fault) EXPECT_EQ(*fault, Fault::certificate) << row.names << " for " << row.asked;
  }
}

TEST(TlsTrust, BelievesNobodyWithoutAnAuthority) {
  const test::Directory folder, other;
  const TlsFiles files = make_certificate(folder.path, "DNS:sip.blue.example");
  const auto trust = TlsTrust::load(make_certificate(other.path, "DNS:sip.blue.example").certificate).value();
  EXPECT_EQ(ask(*trust, files, "sip.blue.example"), Fault::certificate);
  EXPECT_EQ(ask(*TlsTrust::load("").value(), files, "sip.blue.example"), Fault::certificate) << "the system's";
}

TEST(TlsTrust, BelievesNoCertificateThatHasRunOut) {
  const test::Directory folder;
  const TlsFiles files = make_certificate(folder.path, "DNS:sip.blue.example", -60);
  EXPECT_EQ(ask(*TlsTrust::load(files.certificate).value(), files, "sip.blue.example"), Fault::certificate);
}

TEST(TlsTrust, TellsWhoSpeaksNoTls) {
  const test::Directory folder;
  const auto trust = TlsTrust::load(make_certificate(folder.path, "DNS:sip.blue.example").certificate).value();
  test::VirtualLoop loop;
  test::SimulatedWire wire{loop, 9};
  test::SimulatedNetwork network{wire, {}};
  test::Accepting accepting;
  const auto listener = network.listen_local("plain", accepting).value();
  Noting client;
  const std::unique_ptr<Stream> stream = trust->connect(network.connect_local("plain"), "sip.blue.example");
  stream->set_receiver(client);
  loop.run_for(1s);
  accepting.streams.at(0)->write("SIP/2.0 400 Bad Request\r\n\r\n");
  loop.run_for(1min);
  EXPECT_TRUE(client.is_closed && !client.is_secured);
  EXPECT_EQ(stream->fault(), Fault::tls);
}

TEST(TlsTrust, ReadsItsFileAgain) {
  const test::Directory folder, other;
  const TlsFiles files = make_certificate(folder.path, "DNS:sip.blue.example");
  const std::string authorities = other.path / "authorities.pem";
  std::filesystem::copy_file(make_certificate(other.path, "DNS:x.example").certificate, authorities);
  const auto trust = TlsTrust::load(authorities).value();
  EXPECT_EQ(ask(*trust, files, "sip.blue.example"), Fault::certificate);
  std::filesystem::copy_file(files.certificate, authorities, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(trust->reload());
  EXPECT_EQ(ask(*trust, files, "sip.blue.example"), std::nullopt);
  std::ofstream(authorities, std::ios::trunc) << "no certificate";
  EXPECT_TRUE(trust->reload().error().is(Fault::tls));
  EXPECT_EQ(ask(*trust, files, "sip.blue.example"), std::nullopt) << "those before are believed";
  EXPECT_FALSE(TlsTrust::load("/nonexistent").has_value());
}

}  // namespace
}  // namespace carillon::net
