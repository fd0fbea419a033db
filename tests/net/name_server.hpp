// SPDX-License-Identifier: GPL-3.0-or-later
// A DNS server on loopback that says what the test tells it to, late, cut off, by TCP, or never.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "base/time.hpp"
#include "net/dns.hpp"

namespace carillon::net::test {

/// The pieces of DNS messages (RFC 1035 §4.1).
inline std::string number_of(std::size_t value, std::size_t size) {
  std::string bytes;
  while (size-- > 0) bytes.push_back(static_cast<char>(value >> 8 * size & 0xff));
  return bytes;
}
inline std::string text_of(const std::string& text) {
  return number_of(text.size(), 1) + text;
}
inline std::string name_of(const std::string& name) {
  std::string bytes;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    bytes += text_of(name.substr(at, end - at));
    at = end + 1;
  }
  return bytes + '\0';
}
inline std::string srv_of(std::size_t priority, std::size_t weight, std::size_t port, const std::string& target) {
  return number_of(priority, 2) + number_of(weight, 2) + number_of(port, 2) + name_of(target);
}
inline std::string naptr_of(std::size_t order, std::size_t preference, const std::string& service, const std::string& to) {
  return number_of(order, 2) + number_of(preference, 2) + text_of("s") + text_of(service) + text_of("") + name_of(to);
}
/// `owner` is encoded; "\xc0\x0c" points to the question.
inline std::string record_of(std::size_t type, std::size_t ttl_s, const std::string& data,
                             const std::string& owner = "\xc0\x0c") {
  return owner + number_of(type, 2) + number_of(1, 2) + number_of(ttl_s, 4) + number_of(data.size(), 2) + data;
}
inline std::string message_of(const DnsQuestion& question, const std::vector<std::string>& records, std::size_t flags = 0x8180,
                              std::size_t id = 1) {
  std::string bytes = number_of(id, 2) + number_of(flags, 2) + number_of(1, 2) + number_of(records.size(), 2) + number_of(0, 4) +
                      name_of(question.name) + number_of(static_cast<std::size_t>(question.type), 2) + number_of(1, 2);
  for (const std::string& each : records) bytes += each;
  return bytes;
}

class NameServer {
 public:
  struct Reply {
    std::vector<std::string> records;
    std::size_t flags = 0x8180;
    Duration delay{};
    bool is_silent = false;
  };
  /// Called on the server's thread.
  using Script = std::function<Reply(const DnsQuestion& question, bool is_tcp)>;

  explicit NameServer(Script script) : script_(std::move(script)) {
    // The same port for both: the system gives one for TCP, which somebody else may have for UDP.
    for (int i = 0; !bind_both() && i < 10; ++i) continue;
    CARILLON_ASSERT(port_ != 0);
    CARILLON_ASSERT(pipe(end_) == 0);
    thread_ = std::thread([this] { run(); });
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  ~NameServer() {
    close(end_[1]);
    thread_.join();
    for (const int each : {udp_, tcp_, end_[0]}) close(each);
    for (const int each : connections_) close(each);
  }

  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  int asked() const { return asked_; }
  int asked_by_tcp() const { return asked_by_tcp_; }
  /// Different ports that questions came from by UDP.
  std::size_t ports() const { return ports_; }

 private:
  struct Later {
    Monotonic due;
    sockaddr_in to;
    std::string bytes;
  };

  bool bind_both() {
    for (const int each : {udp_, tcp_}) close(each);
    udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tcp_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int buffer = 212'992;  // The system doubles it: hundreds of questions come at once.
    CARILLON_ASSERT(setsockopt(udp_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) == 0);
    sockaddr_in here{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof here;
    CARILLON_ASSERT(bind(tcp_, reinterpret_cast<sockaddr*>(&here), size) == 0 && listen(tcp_, 64) == 0);
    CARILLON_ASSERT(getsockname(tcp_, reinterpret_cast<sockaddr*>(&here), &size) == 0);
    if (bind(udp_, reinterpret_cast<sockaddr*>(&here), size) != 0) return false;
    port_ = ntohs(here.sin_port);
    return true;
  }
  void run() {
    while (true) {
      std::vector<pollfd> waiting{{end_[0], POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
      for (const int each : connections_) waiting.push_back({each, POLLIN, 0});
      poll(waiting.data(), waiting.size(), later_.empty() ? -1 : 5);
      if (waiting[0].revents != 0) return;
      if (waiting[1].revents != 0) read_datagram();
      for (std::size_t i = 3; i < waiting.size(); ++i)
        if (waiting[i].revents != 0) read_connection(waiting[i].fd);
      if (waiting[2].revents != 0) connections_.push_back(accept(tcp_, nullptr, nullptr));
      send_due();
    }
  }
  void send_due() {
    const Monotonic now = system_monotonic_time();
    std::erase_if(later_, [&](const Later& each) {
      if (each.due > now) return false;
      sendto(udp_, each.bytes.data(), each.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&each.to), sizeof each.to);
      return true;
    });
  }
  void read_datagram() {
    char buffer[4096];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t read = recvfrom(udp_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (read < 12) return;
    if (std::ranges::find(seen_, from.sin_port) == seen_.end()) seen_.push_back(from.sin_port);
    ports_ = seen_.size();
    Duration delay{};
    const std::string answer = answer_to({buffer, static_cast<std::size_t>(read)}, false, delay);
    if (!answer.empty()) later_.push_back({system_monotonic_time() + delay, from, answer});
  }
  void read_connection(int connection) {
    char buffer[4096];
    const ssize_t read = recv(connection, buffer, sizeof buffer, 0);
    if (read < 14) {
      close(connection);
      std::erase(connections_, connection);
      return;
    }
    Duration delay{};
    const std::string answer = answer_to({buffer + 2, static_cast<std::size_t>(read - 2)}, true, delay);
    const std::string framed = number_of(answer.size(), 2) + answer;
    if (!answer.empty()) send(connection, framed.data(), framed.size(), MSG_NOSIGNAL);
  }
  std::string answer_to(std::string_view bytes, bool is_tcp, Duration& delay) {
    ++asked_;
    if (is_tcp) ++asked_by_tcp_;
    DnsQuestion question;
    std::size_t at = 12;
    for (; bytes[at] != 0; at += 1U + static_cast<unsigned char>(bytes[at]))
      question.name +=
          (question.name.empty() ? "" : ".") + std::string(bytes.substr(at + 1, static_cast<std::size_t>(bytes[at])));
    question.type =
        static_cast<DnsType>(static_cast<unsigned char>(bytes[at + 1]) << 8 | static_cast<unsigned char>(bytes[at + 2]));
    const Reply reply = script_(question, is_tcp);
    delay = reply.delay;
    if (reply.is_silent) return {};
    return std::string(bytes.substr(0, 2)) + message_of(question, reply.records, reply.flags).substr(2);
  }

  Script script_;
  int udp_ = -1, tcp_ = -1, end_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::vector<int> connections_;
  std::vector<Later> later_;
  std::vector<std::uint16_t> seen_;
  std::atomic<int> asked_ = 0, asked_by_tcp_ = 0;
  std::atomic<std::size_t> ports_ = 0;
  std::thread thread_;
};

}  // namespace carillon::net::test
