// SPDX-License-Identifier: GPL-3.0-or-later
// IP_PKTINFO says where each datagram leaves from and which address it came to.
#include "phone_socket.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace bench {

namespace {

constexpr int buffer_bytes = 16 << 20;

[[noreturn]] void die(const char* what) {
  fmt::print(stderr, "{}: {}\n", what, std::strerror(errno));
  std::exit(2);
}

}  // namespace

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

PhoneSocket::PhoneSocket(std::uint16_t port) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  constexpr std::string_view device = "lo";
  const int on = 1;
  if (fd_ < 0 || setsockopt(fd_, SOL_SOCKET, SO_BINDTODEVICE, device.data(), device.size()) != 0) die("a socket on loopback");
  if (setsockopt(fd_, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) die("IP_PKTINFO");
  // The larger of what the system allows everybody and what it allows root.
  for (const int option : {SO_RCVBUF, SO_SNDBUF, SO_RCVBUFFORCE, SO_SNDBUFFORCE}) {
    setsockopt(fd_, SOL_SOCKET, option, &buffer_bytes, sizeof buffer_bytes);
  }
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  if (bind(fd_, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) die("the telephones' port");
}

PhoneSocket::~PhoneSocket() {
  close(fd_);
}

void PhoneSocket::send(in_addr from, const sockaddr_in& to, std::string_view bytes) {
  if (waiting_ == batch) flush();
  const std::size_t i = waiting_++;
  texts_[i] = bytes;
  out_->peers[i] = to;
  out_->vectors[i] = {texts_[i].data(), texts_[i].size()};
  msghdr& message = out_->messages[i].msg_hdr;
  message = {&out_->peers[i], sizeof(sockaddr_in), &out_->vectors[i], 1, out_->controls[i].bytes.data(), sizeof(Control), 0};
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  const in_pktinfo info{.ipi_ifindex = 0, .ipi_spec_dst = from, .ipi_addr = {}};
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
}

void PhoneSocket::flush() {
  for (std::size_t sent = 0; sent < waiting_;) {
    const int count = sendmmsg(fd_, &out_->messages[sent], static_cast<unsigned>(waiting_ - sent), 0);
    if (count <= 0) {
      unsent_ += waiting_ - sent;
      break;
    }
    sent += static_cast<std::size_t>(count);
  }
  waiting_ = 0;
}

std::size_t PhoneSocket::fill() {
  for (std::size_t i = 0; i < batch; ++i) {
    in_->vectors[i] = {(*buffers_)[i].data(), (*buffers_)[i].size()};
    in_->messages[i].msg_hdr = {
        &in_->peers[i], sizeof(sockaddr_in), &in_->vectors[i], 1, in_->controls[i].bytes.data(), sizeof(Control), 0};
  }
  const int count = recvmmsg(fd_, in_->messages.data(), batch, MSG_DONTWAIT, nullptr);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

PhoneSocket::Datagram PhoneSocket::datagram(std::size_t index) const {
  Datagram result{.bytes = {(*buffers_)[index].data(), in_->messages[index].msg_len}, .to = {}, .from = in_->peers[index]};
  msghdr& message = in_->messages[index].msg_hdr;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != IPPROTO_IP || control->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(control), sizeof info);
    result.to = info.ipi_addr;
  }
  return result;
}

void PhoneSocket::wait(int milliseconds) const {
  pollfd ready{fd_, POLLIN, 0};
  poll(&ready, 1, milliseconds);
}

}  // namespace bench
