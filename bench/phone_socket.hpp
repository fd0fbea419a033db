// SPDX-License-Identifier: GPL-3.0-or-later
// One UDP socket that speaks for a telephone at every address of loopback, so that a server sees as many sources as there are
// telephones; datagrams go and come in batches.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// Nanoseconds of the monotonic clock.
std::uint64_t now_ns();

class PhoneSocket {
 public:
  struct Datagram {
    std::string_view bytes;
    in_addr to;  ///< Which telephone it is for.
    sockaddr_in from;
  };

  /// Binds the port at all addresses, but for the loopback device alone. Ends the program when that fails.
  explicit PhoneSocket(std::uint16_t port);
  PhoneSocket(const PhoneSocket&) = delete;
  PhoneSocket& operator=(const PhoneSocket&) = delete;
  ~PhoneSocket();

  /// Gathers a datagram from the telephone at `from`; it leaves with flush(), or when the batch is full.
  void send(in_addr from, const sockaddr_in& to, std::string_view bytes);
  void flush();
  std::uint64_t unsent() const { return unsent_; }

  /// Hands what is there to `take(const Datagram&)`; false when nothing was.
  template <class Take>
  bool receive(Take take) {
    const std::size_t count = fill();
    for (std::size_t i = 0; i < count; ++i) take(datagram(i));
    return count > 0;
  }
  /// Waits until something arrives, or the milliseconds are over.
  void wait(int milliseconds) const;

 private:
  static constexpr std::size_t batch = 64;
  struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> bytes;
  };
  struct Batch {
    std::array<mmsghdr, batch> messages{};
    std::array<iovec, batch> vectors{};
    std::array<sockaddr_in, batch> peers{};
    std::array<Control, batch> controls{};
  };

  std::size_t fill();
  Datagram datagram(std::size_t index) const;

  int fd_;
  std::uint64_t unsent_ = 0;
  std::size_t waiting_ = 0;
  std::array<std::string, batch> texts_;
  std::unique_ptr<Batch> out_ = std::make_unique<Batch>();
  std::unique_ptr<Batch> in_ = std::make_unique<Batch>();
  std::unique_ptr<std::array<std::array<char, 4096>, batch>> buffers_ =
      std::make_unique<std::array<std::array<char, 4096>, batch>>();
};

}  // namespace bench
