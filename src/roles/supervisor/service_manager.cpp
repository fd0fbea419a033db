// SPDX-License-Identifier: GPL-3.0-or-later
// One datagram per state.
#include "roles/supervisor/service_manager.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace carillon::roles {

namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  unsetenv(name);
  return taken;
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.socket_ = take_variable("NOTIFY_SOCKET");
  const std::int64_t limit = number_of(take_variable("WATCHDOG_USEC"));
  const std::string process = take_variable("WATCHDOG_PID");
  const bool is_meant = process.empty() || number_of(process) == getpid();
  if (limit > 0 && is_meant && !manager.socket_.empty()) manager.watchdog_interval_ = std::chrono::microseconds(limit) / 2;
  return manager;
}

void ServiceManager::tell(std::string_view state) const {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // An abstract name.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return;
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  (void)::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, to, size);
  ::close(descriptor);
}

}  // namespace carillon::roles
