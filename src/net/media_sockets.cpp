// SPDX-License-Identifier: GPL-3.0-or-later
// recvmmsg into a ring of small buffers that all sockets share, sendto out. Each visit to a socket is bounded, and the
// level-triggered poller goes round them, so a flooded flow costs the others nothing but its share.
#include "net/media_sockets.hpp"

#include <ifaddrs.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "net/poller.hpp"
#include "net/socket.hpp"

namespace carillon::net {

namespace {

/// Larger than any Ethernet frame; what does not fit is cut by the kernel and dropped here.
constexpr std::size_t largest_packet = 2048;
/// One system call reads so many.
constexpr std::size_t batch_size = 16;
/// What one flow may hand over at once: a large frame of video, more than a second of speech. Older packets are dropped.
constexpr std::size_t ring_size = 64;
/// The same when the process is late by more than `lateness_limit`, so that it catches up with what is still worth hearing.
constexpr std::size_t late_share = 8;
constexpr std::uint64_t lateness_limit = 60;  ///< Ticks.
/// One visit reads so many at most.
constexpr std::size_t visit_limit = 256;
/// The kernel's own queue for one flow; it doubles the number and counts its overhead, so this is about 250 packets of speech.
constexpr int receive_buffer = 96 * 1024;
/// One drain reads so many batches of ready sockets at most, so that control is never kept waiting.
constexpr int drain_limit = 16;
/// Ready sockets that a poller tells at once.
constexpr std::uint64_t poller_batch = 64;
constexpr Duration tick = 1ms;
/// Pacing begins above two packets a tick and ends below one.
constexpr std::int64_t packets_per_tick_high = 2;
constexpr Duration unpaced_window = 10ms;
constexpr std::uint32_t paced_window = 16;
/// RFC 4594 §4.1: expedited forwarding for telephony.
constexpr int telephony_class = 46 << 2;

}  // namespace

class MediaSockets::Core {
 public:
  explicit Core(AsioLoop& loop);
  ~Core();

  /// Reads one batch into the ring from `slot` on, a multiple of the batch size.
  std::size_t read(int descriptor, std::size_t slot) {
    int count = recvmmsg(descriptor, &messages_[slot], batch_size, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) messages_[slot + static_cast<std::size_t>(i)].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  std::string_view bytes(std::size_t slot) const { return {bytes_[slot].data(), messages_[slot].msg_len}; }
  bool is_cut(std::size_t slot) const { return (messages_[slot].msg_hdr.msg_flags & MSG_TRUNC) != 0; }
  Address from(std::size_t slot) const { return from_system(names_[slot]); }

  Poller poller;  ///< Of the media sockets alone.
  Counters counters;
  bool is_paced = false;
  std::size_t share = ring_size;  ///< Packets that one flow may hand over at once.

 private:
  struct Readable final : Poller::Watch {
    explicit Readable(Core& its_core) : core(its_core) {}
    void on_ready(std::uint32_t) override { core.on_readable(); }
    Core& core;
  };
  struct Tick final : Poller::Watch {
    explicit Tick(Core& its_core) : core(its_core) {}
    void on_ready(std::uint32_t) override { core.on_tick(); }
    Core& core;
  };
  void on_readable();
  void on_tick();
  void set_paced(bool paced);
  void drain();

  AsioLoop& loop_;
  Readable readable_{*this};
  Tick tick_{*this};
  Descriptor timer_;
  std::uint64_t window_begin_count_ = 0;  ///< `counters.received` when the window began.
  Monotonic window_begin_{};
  std::uint32_t ticks_ = 0;

  std::array<std::array<char, largest_packet + 64>, ring_size> bytes_;  ///< The 64 keep beginnings off the same cache lines.
  std::array<sockaddr_storage, ring_size> names_{};
  std::array<iovec, ring_size> vectors_{};
  std::array<mmsghdr, ring_size> messages_{};
};

MediaSockets::Core::Core(AsioLoop& loop) : loop_(loop), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  for (std::size_t i = 0; i < ring_size; ++i) {
    vectors_[i] = {bytes_[i].data(), largest_packet};
    auto& header = messages_[i].msg_hdr;
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    header.msg_name = &names_[i];
    header.msg_namelen = sizeof names_[i];
  }
  CARILLON_ASSERT(timer_);
  loop_.poller().watch(poller.descriptor(), EPOLLIN, readable_);
  loop_.poller().watch(timer_.number(), EPOLLIN, tick_);
}

MediaSockets::Core::~Core() {
  loop_.poller().unwatch(timer_.number(), tick_);
  loop_.poller().unwatch(poller.descriptor(), readable_);
}

void MediaSockets::Core::set_paced(bool paced) {
  is_paced = paced;
  share = ring_size;
  itimerspec when{};
  if (paced) when.it_value.tv_nsec = when.it_interval.tv_nsec = std::chrono::nanoseconds(tick).count();
  timerfd_settime(timer_.number(), 0, &when, nullptr);
  loop_.poller().change(poller.descriptor(), paced ? 0U : EPOLLIN, readable_);
  window_begin_ = loop_.now();
  window_begin_count_ = counters.received;
  ticks_ = 0;
}

void MediaSockets::Core::on_readable() {
  poller.dispatch();
  Duration elapsed = loop_.now() - window_begin_;
  if (elapsed < unpaced_window) return;
  auto packets = static_cast<std::int64_t>(counters.received - window_begin_count_);
  if (packets > elapsed / tick * packets_per_tick_high) return set_paced(true);
  window_begin_ = loop_.now();
  window_begin_count_ = counters.received;
}

void MediaSockets::Core::on_tick() {
  std::uint64_t expirations = 0;
  if (::read(timer_.number(), &expirations, sizeof expirations) < 0) return;
  share = expirations > lateness_limit ? late_share : ring_size;
  drain();
  if (++ticks_ < paced_window) return;
  if (counters.received - window_begin_count_ < paced_window) return set_paced(false);
  window_begin_count_ = counters.received;
  ticks_ = 0;
}

void MediaSockets::Core::drain() {
  for (int i = 0; i < drain_limit; ++i) {
    std::uint64_t before = counters.received;
    poller.dispatch();
    if (counters.received - before < poller_batch) return;
  }
}

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
  void send_from(const Address& from, const Address& to, std::string_view bytes) override {
    if (!local_.is_unspecified() || from.is_unspecified() || from.is_v4() != local_.is_v4()) return send(to, bytes);
    const bool is_sent = send_datagram(descriptor_.number(), from, to, bytes);
    ++(is_sent ? core_.counters.sent : core_.counters.unsent);
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
  std::size_t first = read > core_.share ? read - core_.share : 0;
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

bool MediaSockets::is_paced() const {
  return core_->is_paced;
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
  // RFC 5737 and 3849: addresses for documentation.
  return local_address_towards(*Address::parse(is_v4 ? "192.0.2.1" : "2001:db8::1", 9));
}

std::optional<Address> local_address_towards(const Address& remote) {
  // Connecting a UDP socket only asks the routing table.
  const SystemAddress somewhere(remote);
  Descriptor descriptor = open_socket(somewhere.family(), SOCK_DGRAM);
  if (!descriptor || ::connect(descriptor.number(), somewhere.data(), somewhere.size()) != 0) return std::nullopt;
  return local_address(descriptor.number()).with_port(0);
}

std::vector<Address> local_addresses() {
  std::vector<Address> found;
  const auto add = [&found](const Address& address) {
    const bool is_link_local = !address.is_v4() && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
    if (!address.is_unspecified() && !is_link_local && std::ranges::find(found, address) == found.end()) found.push_back(address);
  };
  for (const bool is_v4 : {true, false})
    if (auto own = default_local_address(is_v4)) add(*own);
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    sockaddr_storage storage{};
    const auto family = each->ifa_addr->sa_family;
    if (family == AF_INET) std::memcpy(&storage, each->ifa_addr, sizeof(sockaddr_in));
    if (family == AF_INET6) std::memcpy(&storage, each->ifa_addr, sizeof(sockaddr_in6));
    add(from_system(storage));
  }
  freeifaddrs(list);
  return found;
}

}  // namespace carillon::net
