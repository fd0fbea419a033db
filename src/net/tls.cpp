// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL between two memory buffers: what arrives goes into one, what it wants to send comes out of the other.
#include "net/tls.hpp"

#include <fmt/format.h>

#include <array>

#include "base/assert.hpp"
#include "net/lifetime.hpp"
#include "net/openssl.hpp"

namespace carillon::net {

namespace {

constexpr std::size_t record_size = 16 * 1024;  // RFC 8446 §5.1: no record carries more.
constexpr std::size_t early_limit = 256 * 1024;
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // For TLS 1.2; those of 1.3 are all of this kind.

class TlsStream final : public Stream, private Stream::Receiver {
 public:
  TlsStream(Ssl ssl, std::unique_ptr<Stream> stream) : ssl_(std::move(ssl)), stream_(std::move(stream)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }

  void set_receiver(Stream::Receiver& receiver) override {
    receiver_ = &receiver;
    stream_->set_receiver(*this);
  }
  Address local() const override { return stream_->local(); }
  Address remote() const override { return stream_->remote(); }
  bool write(std::string_view bytes) override;
  void close() override;

 private:
  bool on_bytes(std::string_view bytes) override;
  void on_closed() override { receiver_->on_closed(); }
  bool shake_hands();
  bool deliver();
  bool send_pending();

  Ssl ssl_;
  std::unique_ptr<Stream> stream_;
  Stream::Receiver* receiver_ = nullptr;
  std::string early_;  ///< Written before the handshake was done.
  bool is_closing_ = false;
  Lifetime lifetime_;
};

bool TlsStream::write(std::string_view bytes) {
  if (is_closing_) return false;
  if (!SSL_is_init_finished(ssl_.get())) {
    early_ += bytes;
    if (early_.size() > early_limit) close();
    return !is_closing_;
  }
  if (bytes.empty()) return true;
  ERR_clear_error();
  std::size_t written = 0;
  // Memory takes everything, so nothing is written by halves.
  return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) == 1 && send_pending();
}

void TlsStream::close() {
  if (std::exchange(is_closing_, true)) return;
  if (SSL_is_init_finished(ssl_.get())) {
    SSL_shutdown(ssl_.get());
    send_pending();
  }
  stream_->close();
}

bool TlsStream::on_bytes(std::string_view bytes) {
  ERR_clear_error();
  std::size_t taken = 0;
  if (BIO_write_ex(SSL_get_rbio(ssl_.get()), bytes.data(), bytes.size(), &taken) != 1) return false;
  if (!SSL_is_init_finished(ssl_.get()) && !shake_hands()) return false;
  return !SSL_is_init_finished(ssl_.get()) || deliver();
}

bool TlsStream::shake_hands() {
  const int result = SSL_do_handshake(ssl_.get());
  const bool goes_on = result == 1 || SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  if (!send_pending() || !goes_on) return false;  // An alert goes out even when the handshake has failed.
  return result != 1 || early_.empty() || write(std::exchange(early_, {}));
}

bool TlsStream::deliver() {
  const Lifetime::Guard guard(lifetime_);
  while (true) {
    std::array<char, record_size> plain;
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), plain.data(), plain.size(), &size);
    if (result != 1) {
      const bool goes_on = SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
      return send_pending() && goes_on;
    }
    const bool wants_more = receiver_->on_bytes({plain.data(), size});
    if (guard.is_over() || is_closing_) return true;
    if (!wants_more) {
      close();
      return true;
    }
    ERR_clear_error();
  }
}

bool TlsStream::send_pending() {
  char* bytes = nullptr;
  BIO* const out = SSL_get_wbio(ssl_.get());
  const long size = BIO_get_mem_data(out, &bytes);
  if (size <= 0) return true;
  const bool is_taken = stream_->write({bytes, static_cast<std::size_t>(size)});
  BIO_reset(out);
  return is_taken;
}

}  // namespace

struct TlsContext::Loaded {
  SslContext context;
};

TlsContext::TlsContext(TlsFiles files, std::unique_ptr<Loaded> loaded) : files_(std::move(files)), loaded_(std::move(loaded)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext::Loaded>> TlsContext::read(const TlsFiles& files) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_server_method()));
  CARILLON_ASSERT(context);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  CARILLON_ASSERT(SSL_CTX_set_cipher_list(context.get(), ciphers) == 1);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return std::unexpected(openssl_error(fmt::format("cannot use the certificate {}", files.certificate)));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return std::unexpected(openssl_error(fmt::format("cannot use the key {} with {}", files.key, files.certificate)));
  }
  return std::make_unique<Loaded>(std::move(context));
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(const TlsFiles& files) {
  CARILLON_TRY(loaded, read(files));
  return std::unique_ptr<TlsContext>(new TlsContext(files, std::move(loaded)));
}

Result<> TlsContext::reload() {
  CARILLON_TRY(loaded, read(files_));
  loaded_ = std::move(loaded);
  return {};
}

std::unique_ptr<Stream> TlsContext::accept(std::unique_ptr<Stream> stream) {
  Ssl ssl(SSL_new(loaded_->context.get()));
  CARILLON_ASSERT(ssl);
  return std::make_unique<TlsStream>(std::move(ssl), std::move(stream));
}

}  // namespace carillon::net
