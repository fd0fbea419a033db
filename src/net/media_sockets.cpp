// SPDX-License-Identifier: GPL-3.0-or-later
// recvmmsg into a ring of small buffers that all sockets share, sendto out. Each visit to a socket is bounded, and the
// level-triggered poller goes round them, so a flooded flow costs the others nothing but its share.
#include "net/media_sockets.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include <array>

#include "net/poller.hpp"
#include "net/socket.hpp"

namespace carillon::net {

namespace {

/// Larger than any Ethernet frame; what does not fit is cut by the kernel and dropped here.
constexpr std::size_t largest_packet = 2048;
/// One system call reads so many.
constexpr std::size_t batch_size = 16;
/// What one flow may hold after a pause of the process: more than a second of speech. Older packets are dropped.
constexpr std::size_t ring_size = 64;
/// One visit reads so many at most.
constexpr std::size_t visit_limit = 256;
/// The kernel's own queue for one flow: about `visit_limit` packets of speech with their overhead.
constexpr int receive_buffer = 256 * 1024;
/// RFC 4594 §4.1: expedited forwarding for telephony.
constexpr int telephony_class = 46 << 2;

}  // namespace

class MediaSockets::Core {
 public:
  explicit Core(AsioLoop& loop) : poller(loop.poller()) {
    for (std::size_t i = 0; i < ring_size; ++i) {
      vectors_[i] = {bytes_[i].data(), largest_packet};
      auto& header = messages_[i].msg_hdr;
      header.msg_iov = &vectors_[i];
      header.msg_iovlen = 1;
      header.msg_name = &names_[i];
      header.msg_namelen = sizeof names_[i];
    }
  }

  /// Reads one batch into the ring from `slot` on, a multiple of the batch size.
  std::size_t read(int descriptor, std::size_t slot) {
    int count = recvmmsg(descriptor, &messages_[slot], batch_size, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) messages_[slot + static_cast<std::size_t>(i)].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  std::string_view bytes(std::size_t slot) const { return {bytes_[slot].data(), messages_[slot].msg_len}; }
  bool is_cut(std::size_t slot) const { return (messages_[slot].msg_hdr.msg_flags & MSG_TRUNC) != 0; }
  Address from(std::size_t slot) const { return from_system(names_[slot]); }

  Poller& poller;
  Counters counters;

 private:
  std::array<std::array<char, largest_packet + 64>, ring_size> bytes_;  ///< The 64 keep beginnings off the same cache lines.
  std::array<sockaddr_storage, ring_size> names_{};
  std::array<iovec, ring_size> vectors_{};
  std::array<mmsghdr, ring_size> messages_{};
};

class MediaSockets::Socket final : public UdpSocket, private Poller::Watch {
 public:
  Socket(Core& core, Descriptor descriptor, Receiver& receiver)
      : core_(core), descriptor_(std::move(descriptor)), receiver_(receiver), local_(local_address(descriptor_.number())) {
    core_.poller.watch(descriptor_.number(), EPOLLIN, *this);
  }
  ~Socket() override {
    core_.poller.unwatch(descriptor_.number(), *this);
    if (destroyed_) *destroyed_ = true;
  }

  Address local() const override { return local_; }

  void send(const Address& to, std::string_view bytes) override {
    const SystemAddress name(to);
    auto sent = ::sendto(descriptor_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, name.data(), name.size());
    ++(sent < 0 ? core_.counters.unsent : core_.counters.sent);
  }

 private:
  void on_ready(std::uint32_t) override;

  Core& core_;
  Descriptor descriptor_;
  Receiver& receiver_;
  Address local_;
  bool* destroyed_ = nullptr;  ///< Set while the receiver runs, which may destroy this socket.
};

void MediaSockets::Socket::on_ready(std::uint32_t) {
  std::size_t read = 0, last = batch_size;
  while (last == batch_size && read < visit_limit) {
    last = core_.read(descriptor_.number(), read % ring_size);
    read += last;
  }
  core_.counters.received += read;
  std::size_t first = read > ring_size ? read - ring_size : 0;
  core_.counters.overrun += first;
  bool destroyed = false;
  destroyed_ = &destroyed;
  for (std::size_t i = first; i < read && !destroyed; ++i) {
    std::size_t slot = i % ring_size;
    if (core_.is_cut(slot)) {
      ++core_.counters.oversize;
    } else {
      receiver_.on_datagram(*this, core_.from(slot), core_.bytes(slot));
    }
  }
  if (destroyed) return;
  destroyed_ = nullptr;
  if (read > 0) receiver_.on_batch_end();
}

MediaSockets::MediaSockets(AsioLoop& loop) : core_(std::make_unique<Core>(loop)) {}
MediaSockets::~MediaSockets() = default;

const MediaSockets::Counters& MediaSockets::counters() const {
  return core_->counters;
}

Result<std::unique_ptr<UdpSocket>> MediaSockets::bind(const Address& local, UdpSocket::Receiver& receiver) {
  const SystemAddress name(local);
  Descriptor descriptor = open_socket(name.family(), SOCK_DGRAM);
  if (!descriptor) return std::unexpected(system_error(errno, "cannot open a media socket"));
  const int number = descriptor.number();
  set_option(number, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  if (name.family() == AF_INET6) {
    set_option(number, IPPROTO_IPV6, IPV6_TCLASS, telephony_class);
  } else {
    set_option(number, IPPROTO_IP, IP_TOS, telephony_class);
  }
  if (::bind(number, name.data(), name.size()) != 0) {
    return std::unexpected(system_error(errno, fmt::format("cannot bind media port {}", local.to_string())));
  }
  return std::make_unique<Socket>(*core_, std::move(descriptor), receiver);
}

std::uint64_t MediaSockets::raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::optional<Address> default_local_address(bool is_v4) {
  // RFC 5737 and 3849: addresses for documentation; connecting a UDP socket only asks the routing table.
  const SystemAddress somewhere(*Address::parse(is_v4 ? "192.0.2.1" : "2001:db8::1", 9));
  Descriptor descriptor = open_socket(somewhere.family(), SOCK_DGRAM);
  if (!descriptor || ::connect(descriptor.number(), somewhere.data(), somewhere.size()) != 0) return std::nullopt;
  return local_address(descriptor.number()).with_port(0);
}

}  // namespace carillon::net
