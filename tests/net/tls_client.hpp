// SPDX-License-Identifier: GPL-3.0-or-later
// The other side of TLS for tests: a client that shakes hands over any stream, keeps what it reads and can be told to be old.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/network.hpp"

namespace carillon::test {

struct TlsClientOptions {
  int newest = TLS1_3_VERSION;
  const char* ciphers = nullptr;  ///< For TLS 1.2 and older.
  const char* name = nullptr;     ///< Whom it asks for (SNI).
};

class TlsClient final : net::Stream::Receiver {
 public:
  explicit TlsClient(std::unique_ptr<net::Stream> stream, TlsClientOptions options = {}) : stream_(std::move(stream)) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), options.newest);
    // OpenSSL itself refuses old versions above security level 0; the server is what is tested.
    SSL_CTX_set_security_level(context_.get(), 0);
    if (options.ciphers) SSL_CTX_set_cipher_list(context_.get(), options.ciphers);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    if (options.name) SSL_set_tlsext_host_name(ssl_.get(), options.name);
    stream_->set_receiver(*this);
    pump();
  }

  void write(std::string_view bytes) {
    to_send_ += bytes;
    pump();
  }
  void close() {
    SSL_shutdown(ssl_.get());
    flush();
    stream_->close();
  }
  bool is_connected() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  const std::string& heard() const { return heard_; }
  int closed() const { return closed_; }
  net::Stream& stream() { return *stream_; }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  /// Of the server's certificate.
  std::string fingerprint() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    X509_digest(certificate.get(), EVP_sha256(), digest, &size);
    return {reinterpret_cast<const char*>(digest), size};
  }

 private:
  bool on_bytes(std::string_view bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    pump();
    return true;
  }
  void on_closed() override { closed_++; }
  void pump() {
    if (!is_connected()) SSL_do_handshake(ssl_.get());
    if (is_connected() && !to_send_.empty()) {
      SSL_write(ssl_.get(), to_send_.data(), static_cast<int>(to_send_.size()));
      to_send_.clear();
    }
    char plain[4096];
    for (int size = 1; is_connected() && size > 0;) {
      size = SSL_read(ssl_.get(), plain, sizeof plain);
      if (size > 0) heard_.append(plain, static_cast<std::size_t>(size));
    }
    flush();
  }
  void flush() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes);
    if (size > 0) stream_->write({bytes, static_cast<std::size_t>(size)});
    BIO_reset(SSL_get_wbio(ssl_.get()));
  }

  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
  std::string to_send_;
  std::string heard_;
  int closed_ = 0;
};

}  // namespace carillon::test
