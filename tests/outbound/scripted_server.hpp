// SPDX-License-Identifier: GPL-3.0-or-later
// A server on loopback that says what a test tells it to, and counts who came.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

namespace carillon::outbound::testing {

/// One connection, as the script sees it.
class Connection {
 public:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(descriptor_); }

  /// Everything up to and including `end`; what came before the other side closed, or for 5 s, when it does not come.
  std::string read_until(std::string_view end) {
    while (!received_.contains(end)) {
      if (!read_some()) return std::exchange(received_, {});
    }
    const std::size_t size = received_.find(end) + end.size();
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }
  std::string read_exactly(std::size_t size) {
    while (received_.size() < size && read_some()) {
    }
    std::string taken = received_.substr(0, size);
    received_.erase(0, taken.size());
    return taken;
  }
  bool write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Until the other side closes, at most 10 s.
  void wait_for_end() {
    while (read_some(10'000)) {
    }
  }

 private:
  bool read_some(int milliseconds = 5000) {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    char buffer[4096];
    if (poll(&waiting, 1, milliseconds) <= 0) return false;
    const ssize_t size = recv(descriptor_, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }
  int descriptor_;
  std::string received_;
};

/// Serves one connection after another on a thread of its own.
class ScriptedServer {
 public:
  using Script = std::function<void(Connection&)>;

  explicit ScriptedServer(Script script, const char* address = "127.0.0.1") : script_(std::move(script)) {
    const bool is_v6 = std::string_view(address).contains(':');
    listener_ = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage place{};
    socklen_t size = is_v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    place.ss_family = is_v6 ? AF_INET6 : AF_INET;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&place);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&place);
    EXPECT_EQ(inet_pton(place.ss_family, address, is_v6 ? static_cast<void*>(&v6->sin6_addr) : &v4->sin_addr), 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&place), size), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&place), &size), 0);
    port_ = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    is_ending_ = true;
    thread_.join();
    close(listener_);
  }

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void serve() {
    while (!is_ending_) {
      pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int descriptor = accept(listener_, nullptr, nullptr);
      if (descriptor < 0) continue;
      ++connections_;
      Connection connection(descriptor);
      script_(connection);
    }
  }

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::thread thread_;
};

}  // namespace carillon::outbound::testing
