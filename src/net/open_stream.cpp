// SPDX-License-Identifier: GPL-3.0-or-later
// How streams and their listeners come to be, over TCP and over local sockets.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "net/stream_socket.hpp"

namespace carillon::net {

namespace {

constexpr int backlog = 1024;

/// The path as the system takes it; nothing when it is too long.
std::optional<sockaddr_un> local_name(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) return std::nullopt;
  std::memcpy(name.sun_path, path.data(), path.size());
  return name;
}

int bind_local(const Descriptor& descriptor, const sockaddr_un& name) {
  return ::bind(descriptor.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
}

/// A crashed process leaves its file behind: nobody answers there.
bool is_stale(const sockaddr_un& name) {
  struct stat status{};
  if (::lstat(name.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Descriptor probe = open_socket(AF_UNIX, SOCK_STREAM);
  return ::connect(probe.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 && errno == ECONNREFUSED;
}

std::unique_ptr<Stream> connect(const StreamShared& shared, Descriptor descriptor, const sockaddr* name, socklen_t size,
                                const Address& remote) {
  const bool is_connected = descriptor && ::connect(descriptor.number(), name, size) == 0;
  const bool is_possible = is_connected || errno == EINPROGRESS;
  return std::make_unique<SystemStream>(shared, is_possible ? std::move(descriptor) : Descriptor(), remote, is_connected);
}

}  // namespace

Result<std::unique_ptr<StreamListener>> open_tcp_listener(const StreamShared& shared, const Address& local,
                                                          StreamListener::Acceptor& acceptor) {
  const SystemAddress name(local);
  Descriptor descriptor = open_socket(name.family(), SOCK_STREAM);
  if (!descriptor) return std::unexpected(system_error(errno, "cannot open a TCP socket"));
  set_option(descriptor.number(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(descriptor.number(), name.data(), name.size()) != 0 || ::listen(descriptor.number(), backlog) != 0) {
    return std::unexpected(system_error(errno, fmt::format("cannot listen on TCP {}", local.to_string())));
  }
  return std::make_unique<SystemListener>(shared, std::move(descriptor), "", acceptor);
}

Result<std::unique_ptr<StreamListener>> open_local_listener(const StreamShared& shared, const std::string& path,
                                                            StreamListener::Acceptor& acceptor) {
  const auto name = local_name(path);
  if (!name) return failure(Fault::bad_address, fmt::format("the path of a local socket is empty or too long: {}", path));
  Descriptor descriptor = open_socket(AF_UNIX, SOCK_STREAM);
  if (!descriptor) return std::unexpected(system_error(errno, "cannot open a local socket"));
  // bind() gives the file the mode of the socket, so nobody else can connect in between.
  ::fchmod(descriptor.number(), S_IRUSR | S_IWUSR);
  bool is_bound = bind_local(descriptor, *name) == 0;
  if (!is_bound && errno == EADDRINUSE) {
    if (!is_stale(*name))
      return failure(Fault::address_in_use, fmt::format("{} belongs to another process or is not a socket", path));
    ::unlink(path.c_str());
    is_bound = bind_local(descriptor, *name) == 0;
  }
  if (!is_bound || ::listen(descriptor.number(), backlog) != 0) {
    return std::unexpected(system_error(errno, fmt::format("cannot listen on {}", path)));
  }
  return std::make_unique<SystemListener>(shared, std::move(descriptor), path, acceptor);
}

std::unique_ptr<Stream> open_tcp_stream(const StreamShared& shared, const Address& remote, const Address& local) {
  const SystemAddress name(remote);
  Descriptor descriptor = open_socket(name.family(), SOCK_STREAM);
  if (descriptor && !local.is_unspecified()) {
    const SystemAddress own(local.with_port(0));
    // The port is chosen with the connection: one for each peer is enough.
    set_option(descriptor.number(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (::bind(descriptor.number(), own.data(), own.size()) != 0) descriptor = {};
  }
  const bool is_possible = descriptor && (::connect(descriptor.number(), name.data(), name.size()) == 0 || errno == EINPROGRESS);
  return std::make_unique<SystemStream>(shared, is_possible ? std::move(descriptor) : Descriptor(), remote, false);
}

std::unique_ptr<Stream> open_local_stream(const StreamShared& shared, const std::string& path) {
  const auto name = local_name(path);
  if (!name) return std::make_unique<SystemStream>(shared, Descriptor(), Address{}, false);
  return connect(shared, open_socket(AF_UNIX, SOCK_STREAM), reinterpret_cast<const sockaddr*>(&*name), sizeof *name, {});
}

}  // namespace carillon::net
