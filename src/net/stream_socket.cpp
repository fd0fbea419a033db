// SPDX-License-Identifier: GPL-3.0-or-later
// The life of one connection: connecting, open, lingering (everything is written, the peer may still be sending), gone.
#include "net/stream_socket.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>

namespace carillon::net {

namespace {

constexpr std::size_t write_queue_limit = 256 * 1024;
constexpr std::size_t kept_capacity =
    4 * 1024;  // Thousands of idle phones should not each keep the room of their largest message.
constexpr Duration connect_limit = 10s;
constexpr Duration close_limit = 5s;
constexpr Duration linger_limit = 1s;
constexpr std::size_t linger_bytes_max = 256 * 1024;  // Whoever goes on talking after our last words does not want to hear them.

/// Phones vanish without a word: silence is probed after a minute, unacknowledged bytes end the connection after half of one.
void set_tcp_options(int descriptor) {
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

bool would_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

SystemStream::SystemStream(const StreamShared& shared, Descriptor descriptor, const Address& remote, bool is_connected)
    : shared_(shared),
      descriptor_(std::move(descriptor)),
      remote_(remote),
      state_(is_connected ? State::open : State::connecting),
      deadline_([](void* self) { static_cast<SystemStream*>(self)->on_deadline(); }, this) {
  if (!descriptor_) {
    fail();
    return;
  }
  if (remote != Address{}) set_tcp_options(descriptor_.number());
  local_ = local_address(descriptor_.number());
  if (state_ == State::connecting) arm(connect_limit);
  watch_for(wanted_events());
}

SystemStream::~SystemStream() {
  if (will_flush_) {
    shared_.poller.forget(*this);
    send_queued();
  }
  watch_for(0);
}

void SystemStream::set_receiver(Receiver& receiver) {
  receiver_ = &receiver;
  if (is_done()) {
    arm(0us);
  } else {
    watch_for(wanted_events());
  }
}

bool SystemStream::write(std::string_view bytes) {
  if (is_closing_ || (state_ != State::open && state_ != State::connecting)) return false;
  // What the system would take at once is no reason to give up.
  if (!outgoing_.empty() && outgoing_.size() + bytes.size() > room_) send_queued();
  if (is_done()) return false;
  if (outgoing_.empty()) room_ = bytes.size() + write_queue_limit;
  if (outgoing_.size() + bytes.size() > room_) {
    shared_.counters.streams_overrun++;
    fail();
    return false;
  }
  outgoing_.append(bytes);
  if (!std::exchange(will_flush_, true)) shared_.poller.flush_later(*this);
  return true;
}

void SystemStream::close() {
  if (is_done() || std::exchange(is_closing_, true)) return;
  arm(close_limit);
  if (state_ == State::open) watch_for(wanted_events());
  if (!std::exchange(will_flush_, true)) shared_.poller.flush_later(*this);
}

std::uint32_t SystemStream::wanted_events() const {
  if (state_ == State::connecting) return EPOLLOUT;
  if (state_ == State::lingering) return EPOLLIN;
  const bool reads = receiver_ && !is_closing_;
  return (reads ? EPOLLIN : 0U) | (outgoing_.empty() ? 0U : EPOLLOUT);
}

void SystemStream::watch_for(std::uint32_t events) {
  if (events == watched_) return;
  if (watched_ == 0) {
    shared_.poller.watch(descriptor_.number(), events, *this);
  } else if (events == 0) {
    shared_.poller.unwatch(descriptor_.number(), *this);
  } else {
    shared_.poller.change(descriptor_.number(), events, *this);
  }
  watched_ = events;
}

void SystemStream::on_ready(std::uint32_t events) {
  if (state_ == State::connecting) return on_connected();
  if (state_ == State::lingering) return discard();
  if (events & EPOLLOUT) send_queued();
  if (state_ != State::open) return;
  const bool reads = receiver_ && !is_closing_;
  if (reads && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return read();
  if (events & (EPOLLHUP | EPOLLERR)) fail();
}

void SystemStream::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(descriptor_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return tell_closed();
  state_ = State::open;
  local_ = local_address(descriptor_.number());
  if (!is_closing_) deadline_.cancel();
  if (receiver_ && !is_closing_) receiver_->on_connected();
  send_queued();
}

void SystemStream::flush() {
  will_flush_ = false;
  send_queued();
}

void SystemStream::send_queued() {
  if (state_ != State::open) return;
  if (!outgoing_.empty()) {
    const auto sent = ::send(descriptor_.number(), outgoing_.data(), outgoing_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !would_wait()) return fail();
    if (sent > 0) outgoing_.erase(0, static_cast<std::size_t>(sent));
    if (outgoing_.empty() && outgoing_.capacity() > kept_capacity) outgoing_ = {};
  }
  if (is_closing_ && outgoing_.empty()) return linger();
  watch_for(wanted_events());
}

void SystemStream::read() {
  const auto size = ::recv(descriptor_.number(), shared_.read_buffer.data(), shared_.read_buffer.size(), MSG_DONTWAIT);
  if (size < 0 && would_wait()) return;
  if (size <= 0) return tell_closed();
  const Lifetime::Guard guard(lifetime_);
  const bool goes_on = receiver_->on_bytes({shared_.read_buffer.data(), static_cast<std::size_t>(size)});
  if (guard.is_over()) return;
  if (!goes_on) close();
}

/// Closing a socket with unread bytes makes the system send a reset, which can overtake our last answer. So what the peer still
/// sends is thrown away until it closes too.
void SystemStream::linger() {
  state_ = State::lingering;
  ::shutdown(descriptor_.number(), SHUT_WR);
  arm(linger_limit);
  watch_for(wanted_events());
}

void SystemStream::discard() {
  const auto size = ::recv(descriptor_.number(), shared_.read_buffer.data(), shared_.read_buffer.size(), MSG_DONTWAIT);
  if (size > 0) discarded_ += static_cast<std::size_t>(size);
  const bool goes_on = size > 0 ? discarded_ <= linger_bytes_max : size < 0 && would_wait();
  if (!goes_on) tell_closed();
}

void SystemStream::fail() {
  if (is_done()) return;
  watch_for(0);
  descriptor_ = {};
  outgoing_ = {};
  state_ = State::failed;
  arm(0us);
}

void SystemStream::tell_closed() {
  watch_for(0);
  descriptor_ = {};
  outgoing_ = {};
  state_ = State::closed;
  deadline_.cancel();
  if (receiver_) receiver_->on_closed();
}

void SystemStream::on_deadline() {
  tell_closed();
}

SystemListener::SystemListener(const StreamShared& shared, Descriptor descriptor, std::string path, Acceptor& acceptor)
    : shared_(shared),
      descriptor_(std::move(descriptor)),
      path_(std::move(path)),
      acceptor_(acceptor),
      local_(local_address(descriptor_.number())),
      rested_(
          [](void* self) {
            auto& listener = *static_cast<SystemListener*>(self);
            listener.shared_.poller.watch(listener.descriptor_.number(), EPOLLIN, listener);
          },
          this) {
  shared_.poller.watch(descriptor_.number(), EPOLLIN, *this);
}

SystemListener::~SystemListener() {
  if (!rested_.is_armed()) shared_.poller.unwatch(descriptor_.number(), *this);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void SystemListener::on_ready(std::uint32_t) {
  constexpr int batch = 16;
  const Lifetime::Guard guard(lifetime_);
  for (int i = 0; i < batch; i++) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Descriptor accepted(::accept4(descriptor_.number(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted && (errno == ECONNABORTED || errno == EINTR)) continue;
    if (!accepted) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) rest();
      break;
    }
    acceptor_.on_accept(std::make_unique<SystemStream>(shared_, std::move(accepted), from_system(peer), true));
    if (guard.is_over()) return;
  }
}

/// Out of descriptors or memory: the waiting connection would wake us again and again.
void SystemListener::rest() {
  shared_.poller.unwatch(descriptor_.number(), *this);
  shared_.loop.timers().arm(rested_, shared_.loop.now() + 100ms);
}

}  // namespace carillon::net
