// SPDX-License-Identifier: GPL-3.0-or-later
// recvmmsg in, sendto out.
#include "net/udp_socket.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include <array>

namespace carillon::net {

namespace {

constexpr std::size_t batch_size = 32;
constexpr std::size_t largest_datagram = 65535;
// Not a power of two, so that the beginnings of the buffers do not compete for the same lines of the cache.
constexpr std::size_t buffer_stride = largest_datagram + 1 + 5 * 64;
// Holds 100 ms of a registration storm, or of RTP while a turn is long.
constexpr int kernel_buffer = 4 * 1024 * 1024;

}  // namespace

struct DatagramBatch::Buffers {
  std::array<mmsghdr, batch_size> messages{};
  std::array<iovec, batch_size> vectors{};
  std::array<sockaddr_storage, batch_size> names{};
  std::array<PacketAddress, batch_size> destinations{};
  bool is_prepared = false;  ///< `messages` have room for them.
  // Untouched pages cost nothing, and most datagrams touch one.
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(batch_size * buffer_stride);
};

DatagramBatch::DatagramBatch() : buffers_(std::make_unique<Buffers>()) {
  for (std::size_t i = 0; i < batch_size; i++) {
    buffers_->vectors[i] = {buffers_->bytes.get() + i * buffer_stride, largest_datagram};
    buffers_->messages[i].msg_hdr.msg_iov = &buffers_->vectors[i];
    buffers_->messages[i].msg_hdr.msg_iovlen = 1;
    buffers_->messages[i].msg_hdr.msg_name = &buffers_->names[i];
    buffers_->messages[i].msg_hdr.msg_namelen = sizeof buffers_->names[i];
  }
}

DatagramBatch::~DatagramBatch() = default;

std::size_t DatagramBatch::receive(int descriptor, bool with_destinations) {
  if (with_destinations || buffers_->is_prepared) {
    for (std::size_t i = 0; i < batch_size; i++) {
      msghdr& header = buffers_->messages[i].msg_hdr;
      header.msg_control = nullptr;
      header.msg_controllen = 0;
      if (with_destinations) buffers_->destinations[i].prepare(header);
    }
    buffers_->is_prepared = with_destinations;
  }
  const int count = recvmmsg(descriptor, buffers_->messages.data(), batch_size, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count; i++) buffers_->messages[static_cast<std::size_t>(i)].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::string_view DatagramBatch::bytes(std::size_t index) const {
  return {static_cast<const char*>(buffers_->vectors[index].iov_base), buffers_->messages[index].msg_len};
}

Address DatagramBatch::from(std::size_t index) const {
  return from_system(buffers_->names[index]);
}

std::optional<Address> DatagramBatch::destination(std::size_t index) const {
  return PacketAddress::read(buffers_->messages[index].msg_hdr);
}

SystemUdpSocket::SystemUdpSocket(const UdpShared& shared, Descriptor descriptor, Receiver& receiver)
    : shared_(shared),
      descriptor_(std::move(descriptor)),
      receiver_(receiver),
      local_(local_address(descriptor_.number())),
      is_everywhere_(local_.is_unspecified()),
      destination_(local_) {
  shared_.poller.watch(descriptor_.number(), EPOLLIN, *this);
}

SystemUdpSocket::~SystemUdpSocket() {
  shared_.poller.unwatch(descriptor_.number(), *this);
}

void SystemUdpSocket::send(const Address& to, std::string_view bytes) {
  const SystemAddress name(to);
  const auto sent =
      ::sendto(descriptor_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, name.data(), name.size());
  count_sent(sent >= 0);
}

void SystemUdpSocket::send_from(const Address& from, const Address& to, std::string_view bytes) {
  if (!is_everywhere_ || from.is_unspecified() || from.is_v4() != local_.is_v4()) return send(to, bytes);
  count_sent(send_datagram(descriptor_.number(), from, to, bytes));
}

void SystemUdpSocket::count_sent(bool is_sent) {
  if (is_sent)
    shared_.counters.datagrams_sent++;
  else
    shared_.counters.datagrams_dropped++;
}

void SystemUdpSocket::on_ready(std::uint32_t) {
  const std::size_t count = shared_.batch.receive(descriptor_.number(), is_everywhere_);
  shared_.counters.datagrams_received += count;
  const Lifetime::Guard guard(lifetime_);
  for (std::size_t i = 0; i < count && !guard.is_over(); i++) {
    if (is_everywhere_) destination_ = shared_.batch.destination(i).value_or(local_).with_port(local_.port);
    receiver_.on_datagram(*this, shared_.batch.from(i), shared_.batch.bytes(i));
  }
  if (guard.is_over()) return;
  if (count > 0) receiver_.on_batch_end();
}

Result<std::unique_ptr<UdpSocket>> open_udp(const UdpShared& shared, const Address& local, UdpSocket::Receiver& receiver,
                                            bool reuse_port) {
  const SystemAddress name(local);
  Descriptor descriptor = open_socket(name.family(), SOCK_DGRAM);
  if (!descriptor) return std::unexpected(system_error(errno, "cannot open a UDP socket"));
  const int number = descriptor.number();
  if (reuse_port) set_option(number, SOL_SOCKET, SO_REUSEPORT, 1);
  for (const int buffer : {SO_RCVBUF, SO_SNDBUF}) set_option(number, SOL_SOCKET, buffer, kernel_buffer);
  // Beyond the system's limit where we may.
  for (const int buffer : {SO_RCVBUFFORCE, SO_SNDBUFFORCE}) set_option(number, SOL_SOCKET, buffer, kernel_buffer);
  if (local.is_unspecified()) tell_destinations(number, name.family());
  if (::bind(number, name.data(), name.size()) != 0) {
    return std::unexpected(system_error(errno, fmt::format("cannot bind UDP {}", local.to_string())));
  }
  return std::make_unique<SystemUdpSocket>(shared, std::move(descriptor), receiver);
}

}  // namespace carillon::net
