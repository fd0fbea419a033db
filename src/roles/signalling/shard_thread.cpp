// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/shard_thread.hpp"

namespace carillon::roles {

namespace {

constexpr Duration watch_interval = 20ms;

}  // namespace

Result<std::unique_ptr<ShardThread>> ShardThread::open(const Shard::Settings& settings, JournalDisk& disk, TraceDisk* traces,
                                                       net::AresThread& names, Tell tell) {
  std::unique_ptr<ShardThread> thread(new ShardThread(settings.share, disk, traces, names, std::move(tell)));
  // A shard that is alone owns everything that comes to its sockets.
  agent::Router* router = settings.share.count == 1 ? nullptr : thread.get();
  const Shard::Ground ground{.loop = thread->loop_,
                             .network = thread->network_,
                             .journal = *thread->journal_,
                             .registrations = *thread->journal_,
                             .surroundings = {.router = router, .streams = &thread->streams_},
                             .subscriptions = thread->journal_.get(),
                             .trace = thread->trace_.get(),
                             .resolver = &thread->resolver_,
                             .permits = thread.get(),
                             .places = thread.get()};
  CARILLON_TRY(shard, Shard::open(ground, settings));
  thread->shard_ = std::move(shard);
  thread->owners_.set_sides(thread->shard_->agent().sides());
  thread->journal_->set_list_live(
      [self = thread.get()](std::uint8_t slot, const auto& each) { self->shard_->registrar().for_each(slot, each); });
  thread->journal_->set_list_subscriptions(
      [self = thread.get()](std::uint8_t slot, const auto& each) { self->shard_->notifier().for_each(slot, each); });
  thread->watch();
  return thread;
}

ShardThread::ShardThread(Share share, JournalDisk& disk, TraceDisk* traces, net::AresThread& names, Tell tell)
    : share_(share),
      tell_(std::move(tell)),
      network_(loop_),
      datagrams_(loop_, mailbox_bytes),
      stream_messages_(loop_, mailbox_bytes),
      on_net_messages_(loop_, mailbox_bytes),
      owners_(share.count),
      resolver_(names, loop_),
      journal_(std::make_unique<JournalWriter>(loop_, disk)),
      trace_(traces == nullptr ? nullptr : std::make_unique<TraceWriter>(loop_, *traces)),
      watch_([](void* self) { static_cast<ShardThread*>(self)->watch(); }, this) {}

ShardThread::~ShardThread() {
  halt();
}

void ShardThread::run(std::span<const std::unique_ptr<ShardThread>> peers, StreamThread& streams) {
  peers_ = peers;
  stream_thread_ = &streams;
  streams_.set_thread(streams, share_.index);
  worker_ = std::make_unique<Worker>(Worker::Options{.name = "shard-" + std::to_string(share_.index)});
  const bool taken = worker_->submit([this] { loop_.run(); });
  CARILLON_ASSERT(taken);
}

void ShardThread::halt() {
  if (!worker_) return;
  loop_.stop();
  worker_.reset();
}

void ShardThread::close() {
  shard_.reset();
  trace_.reset();
  journal_.reset();
}

// ---- From other threads

void ShardThread::post_snapshot(std::shared_ptr<const directory::Snapshot> snapshot) {
  loop_.post([this, snapshot = std::move(snapshot)]() mutable {
    owners_.set_snapshot(snapshot);
    shard_->set_snapshot(std::move(snapshot));
    status_.has_snapshot = true;
    tell_(status_);
  });
}

void ShardThread::post_stop() {
  loop_.post([this] {
    is_stopping_ = true;
    shard_->stop();
  });
}

bool ShardThread::post_message(const net::Flow& flow, std::string_view bytes) {
  return stream_messages_.post(bytes.size(), [this, flow, bytes = std::string(bytes)] {
    streams_.note_open(flow);
    shard_->agent().receive_moved(flow, bytes);
  });
}

void ShardThread::post_closed(const net::Flow& flow) {
  // Past the bound: there is one for each connection that posted a message, and it must not be lost.
  loop_.post([this, flow] {
    streams_.note_closed(flow);
    shard_->agent().on_flow_closed(flow);
  });
}

void ShardThread::post_connected(Result<net::Flow> result, agent::Streams::Connected done) {
  loop_.post([this, result = std::move(result), done = std::move(done)]() mutable {
    if (result) streams_.note_open(*result);
    done(std::move(result));
  });
}

// ---- Datagrams between shards

bool ShardThread::pass_on(const sip::Message& message, const net::Flow& flow) {
  const std::optional<unsigned> owner = owners_.find(message, flow, loop_.now());
  if (!owner || *owner == share_.index) return false;
  ShardThread& peer = *peers_[*owner];
  const std::string_view bytes = message.raw();
  Moved moved{.flow = flow, .is_trusted = shard_->agent().is_trusted(flow.remote), .bytes = std::string(bytes)};
  const bool is_taken =
      peer.datagrams_.post(bytes.size(), [this, &peer, moved = std::move(moved)] { peer.receive_moved(moved, *this); });
  (is_taken ? moved_ : dropped_).add();
  return true;
}

void ShardThread::receive_moved(const Moved& moved, ShardThread& origin) {
  shard_->agent().receive_moved(moved.flow, moved.bytes);
  // The flood guard stands where datagrams arrive and knows no registrations of ours; so it is told.
  if (moved.is_trusted || !shard_->registrar().is_registered(moved.flow.remote)) return;
  origin.loop_.post([&origin, source = moved.flow.remote] { origin.shard_->agent().trust(source); });
}

bool ShardThread::send_on_net(const net::Flow& flow, std::string_view bytes) {
  ShardThread& peer = *peers_[share_.shard_of(agent::other_slot(flow))];
  const bool is_taken = peer.on_net_messages_.post(
      bytes.size(), [&peer, flow, text = std::string(bytes)] { peer.shard_->agent().receive_on_net(flow, text); });
  if (!is_taken) dropped_.add();
  return is_taken;
}

void ShardThread::take(const trunk::PermitKey& key, const CallId& call, const trunk::CallLimit& limit, Done done) {
  ShardThread& home = *peers_[share_.shard_of(key.slot())];
  home.loop_.post([this, &home, key, call, limit, done = std::move(done)]() mutable {
    auto verdict = trunk::Verdict::full;
    if (home.shard_ != nullptr) verdict = home.shard_->permits().take(key, call, limit, home.loop_.now());
    loop_.post([done = std::move(done), verdict]() mutable { done(verdict); });
  });
}

void ShardThread::give_back(const trunk::PermitKey& key, const CallId& call) {
  ShardThread& home = *peers_[share_.shard_of(key.slot())];
  home.loop_.post([&home, key, call] {
    if (home.shard_ != nullptr) home.shard_->permits().give_back(key, call);
  });
}

/// Seldom: when a registration begins or ends somewhere, and at each refresh.
void ShardThread::publish(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) {
  for (const auto& peer : peers_)
    peer->loop_.post([self = peer.get(), id, at] {
      if (self->shard_ != nullptr) self->shard_->note_registered_at(id, at);
    });
}

/// Seldom: when the DNS says something else. Whoever gets a message of a carrier's has to know as much as the one who owns it.
void ShardThread::publish(Id<model::CarrierServer> server, const std::vector<directory::NamedSources::Bytes>& addresses) {
  for (const auto& peer : peers_)
    peer->loop_.post([self = peer.get(), server, addresses] {
      self->owners_.set_named_source(server, addresses);
      if (self->shard_ != nullptr) self->shard_->note_source(server, addresses);
    });
  if (stream_thread_ != nullptr) stream_thread_->post_named_source(server, addresses);
}

void ShardThread::verified(const net::Address& source) {
  tell_peers(source, &agent::Agent::note_verified);
}

void ShardThread::proven(const net::Address& source) {
  tell_peers(source, &agent::Agent::note_proven);
}

/// Seldom: once for each network or address in half a day.
void ShardThread::tell_peers(const net::Address& source, void (agent::Agent::*note)(const net::Address&)) {
  for (const auto& peer : peers_)
    if (peer.get() != this) peer->loop_.post([self = peer.get(), source, note] { (self->shard_->agent().*note)(source); });
}

void ShardThread::watch() {
  const Status now{.has_snapshot = status_.has_snapshot,
                   .has_media = shard_->has_media(),
                   .has_journal = journal_->is_healthy(),
                   .has_room = !journal_->is_short(),
                   .is_over = is_stopping_ && shard_->is_idle()};
  if (now != status_) {
    status_ = now;
    tell_(status_);
  }
  transactions_.set(
      static_cast<std::int64_t>(shard_->agent().transactions().server_count() + shard_->agent().transactions().client_count()));
  dialogs_.set(static_cast<std::int64_t>(shard_->agent().dialog_count()));
  loop_.timers().arm(watch_, loop_.now() + watch_interval);
}

}  // namespace carillon::roles
