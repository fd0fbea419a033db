// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/stream_connections.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace carillon::agent {

namespace {

using Counts = std::unordered_map<std::uint64_t, std::size_t>;

std::size_t count_of(const Counts& counts, std::uint64_t key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

/// What counts nothing is not kept.
void take_one(Counts& counts, std::uint64_t key) {
  const auto found = counts.find(key);
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

/// Whether what we say shows that somebody here uses the connection: a request of ours, or a request that somebody took. A peer
/// that asks whether we are there, or asks for nothing that there is, keeps no connection of ours open.
bool is_use(std::string_view message) {
  if (!message.starts_with("SIP/2.0 ")) return true;
  if (!message.starts_with("SIP/2.0 2")) return false;
  const std::size_t cseq = message.find("\r\nCSeq: ");
  const std::string_view line = message.substr(std::min(cseq + 2, message.size()));
  return !line.substr(0, line.find('\r')).ends_with(" OPTIONS");
}

}  // namespace

class StreamConnections::Connection final : public net::Stream::Receiver {
 public:
  Connection(StreamConnections& owner, std::unique_ptr<net::Stream> stream, net::Flow flow)
      : owner_(owner),
        stream_(std::move(stream)),
        flow_(flow),
        framer_(owner.limits_.message),
        heard_at_(owner.loop_.now()),
        proof_due_(heard_at_ + owner.limits_.proof_time),
        secure_due_(flow.transport == net::Transport::tls ? heard_at_ + owner.limits_.handshake_time : Monotonic::max()),
        patience_([](void* self) { static_cast<Connection*>(self)->on_patience_over(); }, this) {
    wait();
    stream_->set_receiver(*this);
  }
  /// One of ours, to that place.
  Connection(StreamConnections& owner, std::unique_ptr<net::Stream> stream, net::Flow flow, Place place, const Payer& payer)
      : owner_(owner),
        stream_(std::move(stream)),
        flow_(flow),
        framer_(owner.limits_.message),
        heard_at_(owner.loop_.now()),
        proof_due_(Monotonic::max()),
        secure_due_(heard_at_ + owner.limits_.connect_time),
        patience_([](void* self) { static_cast<Connection*>(self)->on_patience_over(); }, this),
        place_(std::move(place)),
        payer_(payer),
        used_at_(heard_at_) {
    wait();
  }
  /// May bring the end of it; once it is in its slot.
  void begin() { stream_->set_receiver(*this); }

  const std::optional<Place>& place() const { return place_; }
  const Payer& payer() const { return payer_; }
  /// One of ours is wanted.
  void use() {
    used_at_ = owner_.loop_.now();
    if (is_ready() && !is_mid_message_) wait();
  }
  bool is_ready() const { return secure_due_ == Monotonic::max(); }
  std::vector<Connected>& waiters() { return waiters_; }

  const net::Flow& flow() const { return flow_; }
  net::Stream& stream() { return *stream_; }
  bool write(std::string_view bytes) {
    if (place_ && is_use(bytes)) use();
    return stream_->write(bytes);
  }
  bool is_proven() const { return is_proven_ || place_.has_value(); }
  std::uint64_t account() const { return account_; }
  Monotonic heard_at() const { return heard_at_; }
  bool is_closing() const { return is_closing_; }
  void hang_up() {
    is_closing_ = true;
    stream_->close();
  }
  bool is_dead() const { return is_dead_; }
  void mark_dead() {
    is_dead_ = true;
    patience_.cancel();
  }
  void prove(std::uint64_t account) {
    is_proven_ = true;
    account_ = account;
    wait();
  }

  bool on_bytes(std::string_view bytes) override {
    heard_at_ = owner_.loop_.now();
    framer_.feed(bytes);
    while (!is_dead_) {
      auto next = framer_.next();
      if (!next) {
        owner_.user_.on_stream_garbage(flow_, framer_.rejected(), next.error());
        hang_up();
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
  void on_connected() override {
    if (flow_.transport == net::Transport::tcp) on_secured();
  }
  void on_secured() override {
    secure_due_ = Monotonic::max();
    wait();
    owner_.tell_waiters(*this, flow_);
  }

 private:
  /// A message that has begun must end soon, and a stranger must have proven an account by a time that nothing puts off.
  void wait() {
    const Limits& limits = owner_.limits_;
    const bool mid_message = framer_.mid_message();
    if (mid_message && is_mid_message_) return;
    is_mid_message_ = mid_message;
    const Monotonic now = owner_.loop_.now();
    const Monotonic idle_due = place_ ? used_at_ + limits.outgoing_idle : now + limits.idle;
    const Monotonic due = mid_message ? now + limits.message_time : idle_due;
    owner_.loop_.timers().arm(patience_, is_proven_ ? due : std::min({due, proof_due_, secure_due_}));
  }
  void on_patience_over() {
    const bool is_secured = is_ready();
    if (!place_ && (is_mid_message_ || !is_secured))
      owner_.user_.on_stream_greedy(flow_.remote, is_secured ? "time for one message" : "time for one handshake");
    owner_.close(*this);
  }

  StreamConnections& owner_;
  std::unique_ptr<net::Stream> stream_;
  net::Flow flow_;
  sip::StreamFramer framer_;
  Monotonic heard_at_;
  Monotonic proof_due_;
  Monotonic secure_due_;  ///< max(): it is, or need not be.
  Timer patience_;
  std::optional<Place> place_;      ///< None: the peer opened it.
  Payer payer_;                     ///< Of one of ours.
  Monotonic used_at_;               ///< Likewise: by us.
  std::vector<Connected> waiters_;  ///< For one of ours to be ready.
  std::uint64_t account_ = 0;
  bool is_proven_ = false;
  bool is_closing_ = false;
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
  if (const std::string_view refusal = find_refusal(source); !refusal.empty())
    return user_.on_stream_greedy(source, refusal);  // Destroying the stream closes it.
  ++unproven_[source_key(source)];
  ++strangers_;
  ++open_;
  const std::uint32_t slot = take_slot();
  const net::Flow flow{.transport = door.tls == nullptr ? net::Transport::tcp : net::Transport::tls,
                       .listener = door.number,
                       .slot = slot,
                       .generation = ++generation_,
                       .local = stream->local(),
                       .remote = source};
  if (door.tls != nullptr) stream = door.tls->accept(std::move(stream));
  slots_[slot] = std::make_unique<Connection>(*this, std::move(stream), flow);
}

std::uint32_t StreamConnections::take_slot() {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

std::string_view StreamConnections::find_refusal(const Payer& payer) const {
  if (outgoing_.size() >= limits_.outgoing) return "too many connections to others";
  if (payer == Payer{}) return {};
  const auto brand = static_cast<std::uint64_t>(payer.brand), carrier = static_cast<std::uint64_t>(payer.carrier);
  if (count_of(outgoing_of_brand_, brand) >= limits_.outgoing_per_brand) return "the brand has its share of connections";
  return count_of(outgoing_of_carrier_, carrier) >= limits_.outgoing_per_carrier ? "the carrier has its share of connections"
                                                                                 : "";
}

void StreamConnections::connect(const Way& wanted, Connected done) {
  const auto& [way, name, payer] = wanted;
  const bool is_tls = way.transport == net::Transport::tls;
  Place place{way.transport, way.local, way.remote, name};
  if (const auto known = outgoing_.find(place); known != outgoing_.end() && !slots_[known->second]->is_closing()) {
    Connection& there = *slots_[known->second];
    there.use();
    if (there.is_ready()) return answer_later(std::move(done), there.flow());
    if (there.waiters().size() < limits_.outgoing_waiters) return there.waiters().push_back(std::move(done));
    return answer_later(std::move(done), failure(net::Fault::queue_full, "too many wait for one connection"));
  }
  if (const std::string_view refusal = find_refusal(payer); !refusal.empty())
    return answer_later(std::move(done), failure(net::Fault::queue_full, std::string(refusal)));
  if (is_tls && trust_ == nullptr) return answer_later(std::move(done), failure(net::Fault::tls, "nobody is believed"));
  std::unique_ptr<net::Stream> stream = network_.connect_tcp(way.remote, way.local.with_port(0));
  if (is_tls) stream = trust_->connect(std::move(stream), name);
  ++open_;
  const std::uint32_t slot = take_slot();
  const net::Flow flow{
      .transport = way.transport, .slot = slot, .generation = ++generation_, .local = way.local, .remote = way.remote};
  outgoing_.insert_or_assign(place, slot);
  slots_[slot] = std::make_unique<Connection>(*this, std::move(stream), flow, std::move(place), payer);
  if (payer != Payer{}) {
    ++outgoing_of_brand_[static_cast<std::uint64_t>(payer.brand)];
    ++outgoing_of_carrier_[static_cast<std::uint64_t>(payer.carrier)];
  }
  slots_[slot]->waiters().push_back(std::move(done));
  slots_[slot]->begin();
}

/// Whoever asks is in the middle of something.
void StreamConnections::answer_later(Connected done, Result<net::Flow> result) {
  answers_.emplace_back(std::move(done), std::move(result));
  loop_.timers().arm(reap_, loop_.now());
}

void StreamConnections::tell_waiters(Connection& connection, const Result<net::Flow>& result) {
  for (Connected& done : std::exchange(connection.waiters(), {})) answer_later(std::move(done), result);
}

std::string_view StreamConnections::find_refusal(const net::Address& source) {
  const std::uint64_t key = source_key(source);
  const std::size_t unproven = count_of(unproven_, key);
  if (unproven >= limits_.per_source) return "connections of one source";
  const bool has_place = strangers_ < limits_.connections - limits_.reserve && open_ < limits_.connections - limits_.spare;
  if (has_place) return {};
  const Monotonic* known_until = known_sources_.find(key);
  const bool is_known = known_until != nullptr && loop_.now() < *known_until;
  return is_known && open_ < limits_.connections && unproven < limits_.per_known_source ? "" : "connections of all";
}

void StreamConnections::forget_stranger(const net::Address& source) {
  --strangers_;
  take_one(unproven_, source_key(source));
}

std::string_view StreamConnections::take_place(const Connection& connection, std::uint64_t account) {
  if (count_of(proven_by_source_, source_key(connection.flow().remote)) >= limits_.proven_per_source)
    return "proven connections of one source";
  if (count_of(proven_by_account_, account) >= limits_.per_account) close_most_silent(account);
  return {};
}

void StreamConnections::close_most_silent(std::uint64_t account) {
  Connection* silent = nullptr;
  for (const auto& each : slots_) {
    if (!each || !each->is_proven() || each->account() != account || each->is_closing()) continue;
    if (silent == nullptr || each->heard_at() < silent->heard_at()) silent = each.get();
  }
  if (silent == nullptr) return;
  user_.on_stream_greedy(silent->flow().remote, "connections of one account");
  silent->hang_up();
}

StreamConnections::Connection* StreamConnections::find(const net::Flow& flow) const {
  if (flow.slot >= slots_.size()) return nullptr;
  Connection* connection = slots_[flow.slot].get();
  return connection != nullptr && connection->flow().generation == flow.generation ? connection : nullptr;
}

bool StreamConnections::send(const net::Flow& flow, std::string_view bytes) {
  Connection* connection = find(flow);
  return connection != nullptr && connection->write(bytes);
}

void StreamConnections::prove(const net::Flow& flow, std::uint64_t account) {
  Connection* connection = find(flow);
  if (connection == nullptr || connection->is_proven() || connection->is_closing()) return;
  const std::uint64_t source = source_key(flow.remote);
  known_sources_.at(source, loop_.now()) = loop_.now() + limits_.idle;
  if (const std::string_view refusal = take_place(*connection, account); !refusal.empty()) {
    user_.on_stream_greedy(flow.remote, refusal);
    return connection->hang_up();
  }
  connection->prove(account);
  forget_stranger(flow.remote);
  ++proven_by_source_[source];
  ++proven_by_account_[account];
}

bool StreamConnections::is_proven(const net::Flow& flow) const {
  const Connection* connection = find(flow);
  return connection != nullptr && connection->is_proven();
}

void StreamConnections::hang_up(const net::Flow& flow) {
  if (Connection* connection = find(flow)) connection->hang_up();
}

void StreamConnections::close(Connection& connection) {
  if (connection.is_dead()) return;
  connection.mark_dead();
  const net::Flow flow = connection.flow();
  const bool is_ours = connection.place().has_value();
  const bool was_ready = connection.is_ready();
  if (is_ours) {
    const auto entry = outgoing_.find(*connection.place());
    if (entry != outgoing_.end() && entry->second == flow.slot) outgoing_.erase(entry);
    take_one(outgoing_of_brand_, static_cast<std::uint64_t>(connection.payer().brand));
    take_one(outgoing_of_carrier_, static_cast<std::uint64_t>(connection.payer().carrier));
    const net::Fault fault = connection.stream().fault();
    tell_waiters(connection, failure(fault, fmt::format("no connection to {}", flow.remote.to_string())));
  } else if (connection.is_proven()) {
    take_one(proven_by_source_, source_key(flow.remote));
    take_one(proven_by_account_, connection.account());
    known_sources_.at(source_key(flow.remote), loop_.now()) = loop_.now() + limits_.idle;
  } else {
    forget_stranger(flow.remote);
  }
  --open_;
  dead_.push_back(std::move(slots_[flow.slot]));
  free_slots_.push_back(flow.slot);
  loop_.timers().arm(reap_, loop_.now());
  if (!is_ours || was_ready) user_.on_stream_closed(flow);
}

void StreamConnections::reap() {
  dead_.clear();
  for (auto& [done, result] : std::exchange(answers_, {})) {
    // It may have closed since it was found ready.
    if (result && find(*result) == nullptr) result = failure(net::Fault::closed, "the connection has closed");
    done(std::move(result));
  }
}

}  // namespace carillon::agent
