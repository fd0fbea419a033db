// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/stream_connections.hpp"

#include <algorithm>

#include "agent/recent_table.hpp"

namespace carillon::agent {

class StreamConnections::Connection final : public net::Stream::Receiver {
 public:
  Connection(StreamConnections& owner, std::unique_ptr<net::Stream> stream, net::Flow flow)
      : owner_(owner),
        stream_(std::move(stream)),
        flow_(flow),
        framer_(owner.limits_.message),
        proof_due_(owner.loop_.now() + owner.limits_.proof_time),
        patience_([](void* self) { static_cast<Connection*>(self)->on_patience_over(); }, this) {
    wait();
    stream_->set_receiver(*this);
  }

  const net::Flow& flow() const { return flow_; }
  net::Stream& stream() { return *stream_; }
  bool is_proven() const { return is_proven_; }
  bool is_dead() const { return is_dead_; }
  void mark_dead() {
    is_dead_ = true;
    patience_.cancel();
  }
  void prove() {
    is_proven_ = true;
    wait();
  }

  bool on_bytes(std::string_view bytes) override {
    framer_.feed(bytes);
    while (!is_dead_) {
      auto next = framer_.next();
      if (!next) {
        owner_.user_.on_stream_garbage(flow_, framer_.rejected(), next.error());
        stream_->close();
        return true;
      }
      if (!*next) break;
      if ((*next)->kind == sip::StreamFramer::Kind::ping)
        stream_->write("\r\n");  // RFC 5626 §3.5.1: the pong.
      else
        owner_.user_.on_stream_message(flow_, (*next)->bytes);
    }
    if (!is_dead_) wait();
    return true;
  }

  void on_closed() override { owner_.close(*this); }

 private:
  /// A message that has begun must end soon, and a stranger must have proven an account by a time that nothing puts off.
  void wait() {
    const Limits& limits = owner_.limits_;
    const bool mid_message = framer_.mid_message();
    if (mid_message && is_mid_message_) return;
    is_mid_message_ = mid_message;
    const Monotonic due = owner_.loop_.now() + (mid_message ? limits.message_time : limits.idle);
    owner_.loop_.timers().arm(patience_, is_proven_ ? due : std::min(due, proof_due_));
  }
  void on_patience_over() {
    if (is_mid_message_) owner_.user_.on_stream_greedy(flow_.remote, "time for one message");
    owner_.close(*this);
  }

  StreamConnections& owner_;
  std::unique_ptr<net::Stream> stream_;
  net::Flow flow_;
  sip::StreamFramer framer_;
  Monotonic proof_due_;
  Timer patience_;
  bool is_proven_ = false;
  bool is_mid_message_ = false;
  bool is_dead_ = false;
};

struct StreamConnections::Door final : net::StreamListener::Acceptor {
  Door(StreamConnections& its_owner, std::uint8_t its_number, net::TlsContext* its_tls)
      : owner(its_owner), number(its_number), tls(its_tls) {}
  void on_accept(std::unique_ptr<net::Stream> stream) override { owner.on_accept(*this, std::move(stream)); }

  StreamConnections& owner;
  std::uint8_t number;
  net::TlsContext* tls;  ///< Null: plain TCP.
  std::unique_ptr<net::StreamListener> listener;
};

StreamConnections::StreamConnections(Loop& loop, net::Network& network, Limits limits, User& user)
    : loop_(loop),
      network_(network),
      limits_(limits),
      user_(user),
      reap_([](void* self) { static_cast<StreamConnections*>(self)->reap(); }, this) {}

StreamConnections::~StreamConnections() = default;

Result<> StreamConnections::listen(const net::Address& address, std::uint8_t listener, net::TlsContext* tls) {
  auto door = std::make_unique<Door>(*this, listener, tls);
  CARILLON_TRY(opened, network_.listen_tcp(address, *door));
  door->listener = std::move(opened);
  doors_.push_back(std::move(door));
  return {};
}

void StreamConnections::on_accept(const Door& door, std::unique_ptr<net::Stream> stream) {
  const net::Address source = stream->remote();
  std::size_t& unproven = unproven_of(source);
  const bool is_full = open_ >= limits_.connections || strangers_ >= limits_.connections - limits_.reserve;
  if (is_full || unproven >= limits_.per_source) {
    if (unproven == 0) unproven_.erase(source_key(source));
    user_.on_stream_greedy(source, is_full ? "connections of all" : "connections of one source");
    return;  // Destroying the stream closes it.
  }
  ++unproven;
  ++strangers_;
  ++open_;
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const net::Flow flow{.transport = door.tls == nullptr ? net::Transport::tcp : net::Transport::tls,
                       .listener = door.number,
                       .slot = slot,
                       .generation = ++generation_,
                       .local = stream->local(),
                       .remote = source};
  if (door.tls != nullptr) stream = door.tls->accept(std::move(stream));
  slots_[slot] = std::make_unique<Connection>(*this, std::move(stream), flow);
}

std::size_t& StreamConnections::unproven_of(const net::Address& source) {
  return unproven_[source_key(source)];
}

StreamConnections::Connection* StreamConnections::find(const net::Flow& flow) const {
  if (flow.slot >= slots_.size()) return nullptr;
  Connection* connection = slots_[flow.slot].get();
  return connection != nullptr && connection->flow().generation == flow.generation ? connection : nullptr;
}

bool StreamConnections::send(const net::Flow& flow, std::string_view bytes) {
  Connection* connection = find(flow);
  return connection != nullptr && connection->stream().write(bytes);
}

void StreamConnections::prove(const net::Flow& flow) {
  Connection* connection = find(flow);
  if (connection == nullptr || connection->is_proven()) return;
  connection->prove();
  --strangers_;
  if (--unproven_of(flow.remote) == 0) unproven_.erase(source_key(flow.remote));
}

bool StreamConnections::is_proven(const net::Flow& flow) const {
  const Connection* connection = find(flow);
  return connection != nullptr && connection->is_proven();
}

void StreamConnections::hang_up(const net::Flow& flow) {
  if (Connection* connection = find(flow)) connection->stream().close();
}

void StreamConnections::close(Connection& connection) {
  if (connection.is_dead()) return;
  connection.mark_dead();
  const net::Flow flow = connection.flow();
  if (!connection.is_proven()) {
    --strangers_;
    if (--unproven_of(flow.remote) == 0) unproven_.erase(source_key(flow.remote));
  }
  --open_;
  dead_.push_back(std::move(slots_[flow.slot]));
  free_slots_.push_back(flow.slot);
  loop_.timers().arm(reap_, loop_.now());
  user_.on_stream_closed(flow);
}

void StreamConnections::reap() {
  dead_.clear();
}

}  // namespace carillon::agent
