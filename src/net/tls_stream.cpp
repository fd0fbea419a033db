// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL between two memory buffers: what arrives goes into one, what it wants to send comes out of the other.
#include "net/tls_stream.hpp"

#include <array>

#include "base/assert.hpp"

namespace carillon::net {

namespace {

constexpr std::size_t record_size = 16 * 1024;  // RFC 8446 §5.1: no record carries more.
constexpr std::size_t early_limit = 256 * 1024;
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // For TLS 1.2; those of 1.3 are all of this kind.

}  // namespace

void be_strict(SSL_CTX& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  CARILLON_ASSERT(SSL_CTX_set_cipher_list(&context, ciphers) == 1);
}

TlsStream::TlsStream(Ssl ssl, Side side, std::unique_ptr<Stream> stream, std::shared_ptr<const void> kept)
    : kept_(std::move(kept)), ssl_(std::move(ssl)), side_(side), stream_(std::move(stream)) {
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (side_ == Side::server)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

void TlsStream::set_receiver(Stream::Receiver& receiver) {
  receiver_ = &receiver;
  stream_->set_receiver(*this);
  if (side_ == Side::server) return;  // The client speaks first.
  ERR_clear_error();
  if (!shake_hands()) stream_->close();
}

Fault TlsStream::fault() const {
  if (SSL_is_init_finished(ssl_.get())) return stream_->fault();
  if (side_ == Side::client && SSL_get_verify_result(ssl_.get()) != X509_V_OK) return Fault::certificate;
  return has_heard_ ? Fault::tls : stream_->fault();
}

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
  has_heard_ = true;
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
  if (result != 1) return true;
  receiver_->on_secured();
  return early_.empty() || write(std::exchange(early_, {}));
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

}  // namespace carillon::net
