// SPDX-License-Identifier: GPL-3.0-or-later
// One side of TLS over a stream. Only net's own sources include this.
#pragma once

#include <memory>
#include <string>

#include "net/lifetime.hpp"
#include "net/openssl.hpp"

namespace carillon::net {

/// What both sides want of the other, whoever it is: TLS 1.2 or later, ECDHE, AEAD, no renegotiation, no compression.
void be_strict(SSL_CTX& context);

class TlsStream final : public Stream, private Stream::Receiver {
 public:
  enum class Side : std::uint8_t { server, client };

  /// `kept` lives as long as the stream: certificates among which the client's hello chooses, or whom a client wants to talk to.
  TlsStream(Ssl ssl, Side side, std::unique_ptr<Stream> stream, std::shared_ptr<const void> kept);

  void set_receiver(Stream::Receiver& receiver) override;
  Address local() const override { return stream_->local(); }
  Address remote() const override { return stream_->remote(); }
  bool write(std::string_view bytes) override;
  std::size_t waiting() const override { return early_.size() + stream_->waiting(); }
  void close() override;
  Fault fault() const override;

 private:
  bool on_bytes(std::string_view bytes) override;
  void on_closed() override { receiver_->on_closed(); }
  bool shake_hands();
  bool deliver();
  bool send_pending();

  std::shared_ptr<const void> kept_;
  Ssl ssl_;
  Side side_;
  std::unique_ptr<Stream> stream_;
  Stream::Receiver* receiver_ = nullptr;
  std::string early_;  ///< Written before the handshake was done.
  bool has_heard_ = false;
  bool is_closing_ = false;
  Lifetime lifetime_;
};

}  // namespace carillon::net
