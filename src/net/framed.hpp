// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a byte stream between our processes into whole messages: a length of four bytes, most significant first, then the
// message.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/lifetime.hpp"
#include "net/network.hpp"

namespace carillon::net {

class FramedStream final : private Stream::Receiver {
 public:
  class Receiver {
   public:
    /// One message; the bytes live until the call returns. The stream may be destroyed inside.
    virtual void on_frame(FramedStream& stream, std::string_view message) = 0;
    /// The peer closed, the connection failed or a message was over the cap. The stream may be destroyed inside.
    virtual void on_closed(FramedStream& stream) = 0;

   protected:
    ~Receiver() = default;
  };

  static constexpr std::size_t default_cap = 1024 * 1024;

  explicit FramedStream(std::unique_ptr<Stream> stream, std::size_t cap = default_cap);
  FramedStream(const FramedStream&) = delete;
  FramedStream& operator=(const FramedStream&) = delete;
  ~FramedStream();

  void set_receiver(Receiver& receiver);  ///< Starts reading.
  /// Queues one message. Errors: `too_large` over the cap (nothing is sent, the stream lives on), `queue_full` when the peer does
  /// not read (the stream closes in the next turn), `closed`.
  Result<> send_frame(std::string_view message);
  void close();  ///< After what is queued is written; on_closed() follows.

 private:
  bool on_bytes(std::string_view bytes) override;
  void on_closed() override;
  bool take_message(std::string_view& bytes);

  std::unique_ptr<Stream> stream_;
  std::size_t cap_;
  Receiver* receiver_ = nullptr;
  std::string partial_;   ///< The beginning of a message whose end has not come yet, its length included.
  std::string outgoing_;  ///< Reused, so that a message costs one write and no allocation.
  bool is_closed_ = false;
  Lifetime lifetime_;
};

}  // namespace carillon::net
