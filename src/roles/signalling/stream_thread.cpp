// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/stream_thread.hpp"

#include "agent/agent.hpp"
#include "agent/fault_phrase.hpp"
#include "base/log.hpp"

namespace carillon::roles {

// ---- RemoteStreams

void RemoteStreams::connect(const agent::Way& way, Connected done) {
  thread_->post_connect(shard_, way, std::move(done));
}

bool RemoteStreams::send(const net::Flow& flow, std::string_view bytes) {
  if (!is_open(flow)) return false;
  if (thread_->post_send(flow, bytes)) return true;
  known_[flow.generation].is_lost = true;
  thread_->post_hang_up(flow);
  return false;
}

bool RemoteStreams::is_open(const net::Flow& flow) const {
  const auto known = known_.find(flow.generation);
  return known != known_.end() && !known->second.is_lost;
}

void RemoteStreams::prove(const net::Flow& flow, std::uint64_t account) {
  const auto known = known_.find(flow.generation);
  if (known == known_.end() || std::exchange(known->second.is_proven, true)) return;
  thread_->post_prove(flow, account);
}

// ---- StreamThread

Result<std::unique_ptr<StreamThread>> StreamThread::open(const Settings& settings, std::vector<StreamUser*> users) {
  std::unique_ptr<StreamThread> thread(new StreamThread(settings, std::move(users)));
  for (const net::Address& address : settings.addresses) CARILLON_CHECK(thread->connections_.listen(address, 0));
  CARILLON_TRY(trust, net::TlsTrust::load(settings.authorities));
  thread->trust_ = std::move(trust);
  thread->connections_.believe(*thread->trust_);
  if (settings.tls_addresses.empty()) return thread;
  CARILLON_TRY(tls, net::TlsContext::load(settings.certificate, settings.named_certificates));
  thread->tls_ = std::move(tls);
  for (const net::Address& address : settings.tls_addresses)
    CARILLON_CHECK(thread->connections_.listen(address, 0, thread->tls_.get()));
  thread->loop_.post([self = thread.get()] { self->check_certificates(); });
  return thread;
}

StreamThread::StreamThread(const Settings& settings, std::vector<StreamUser*> users)
    : network_(loop_),
      users_(std::move(users)),
      message_(settings.message),
      mailbox_(loop_, mailbox_bytes),
      admission_(loop_, settings.flood, bans_),
      owners_(static_cast<unsigned>(users_.size())),
      check_([](void* self) { static_cast<StreamThread*>(self)->check_certificates(); }, this),
      connections_(loop_, network_, settings.limits, *this) {
  owners_.set_sides(settings.sides);
}

StreamThread::~StreamThread() {
  stop();
}

void StreamThread::run() {
  worker_ = std::make_unique<Worker>(Worker::Options{.name = "streams"});
  const bool taken = worker_->submit([this] { loop_.run(); });
  CARILLON_ASSERT(taken);
}

void StreamThread::stop() {
  if (!worker_) return;
  loop_.stop();
  worker_.reset();
}

bool StreamThread::post_send(const net::Flow& flow, std::string_view bytes) {
  const bool is_taken = mailbox_.post(bytes.size(), [this, flow, bytes = std::string(bytes)] { connections_.send(flow, bytes); });
  if (!is_taken) dropped_.add();
  return is_taken;
}

void StreamThread::post_connect(unsigned shard, const agent::Way& way, agent::Streams::Connected done) {
  loop_.post([this, shard, way, done = std::move(done)]() mutable {
    connections_.connect(way, [this, shard, done = std::move(done)](Result<net::Flow> result) mutable {
      if (result) told_[result->generation].set(shard);
      users_[shard]->post_connected(std::move(result), std::move(done));
    });
  });
}

void StreamThread::post_hang_up(const net::Flow& flow) {
  loop_.post([this, flow] { connections_.hang_up(flow); });
}

void StreamThread::post_prove(const net::Flow& flow, std::uint64_t account) {
  loop_.post([this, flow, account] {
    connections_.prove(flow, account);
    admission_.trust(flow.remote);
  });
}

void StreamThread::post_reload(std::move_only_function<void(Result<>)> done) {
  loop_.post([this, done = std::move(done)]() mutable {
    Result<> result = tls_ ? reload_certificates() : Result<>();
    Result<> trusted = trust_->reload();
    done(result ? std::move(trusted) : std::move(result));
  });
}

Result<> StreamThread::reload_certificates() {
  if (auto reloaded = tls_->reload(); !reloaded) {
    not_loaded_.add();
    return reloaded;
  }
  warned_at_ = {};
  log::info("signalling", "certificate.reloaded");
  return {};
}

/// Every few seconds: whoever renews certificates need not tell us, and whoever forgets to is told.
void StreamThread::check_certificates() {
  constexpr Duration interval = 5s;
  constexpr auto early = std::chrono::days(14);
  loop_.timers().arm(check_, loop_.now() + interval);
  if (tls_->has_changed()) {
    const Result<> reloaded = reload_certificates();
    if (!reloaded) log::error("signalling", "certificate.refused", {{"what", reloaded.error()}});
  }
  const Instant now = loop_.wall();
  const auto left = std::chrono::floor<std::chrono::days>(tls_->expires_at() - now);
  days_left_.set(left.count());
  if (left > early || now - warned_at_ < std::chrono::days(1)) return;
  warned_at_ = now;
  log::warning("signalling", "certificate.expires", {{"days_left", left.count()}});
}

std::size_t StreamThread::lift_bans(std::string_view name) {
  const std::vector<agent::Ban> lifted = bans_.take(name, loop_.wall());
  for (const agent::Ban& ban : lifted) admission_.forgive(ban.source);
  return lifted.size();
}

void StreamThread::post_snapshot(std::shared_ptr<const directory::Snapshot> snapshot) {
  loop_.post([this, snapshot = std::move(snapshot)]() mutable { owners_.set_snapshot(std::move(snapshot)); });
}

void StreamThread::post_named_source(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses) {
  loop_.post(
      [this, server, addresses = std::move(addresses)]() mutable { owners_.set_named_source(server, std::move(addresses)); });
}

void StreamThread::on_stream_message(const net::Flow& flow, std::string_view bytes) {
  if (admission_.is_on() && !connections_.is_proven(flow) && !admission_.admit(flow.remote, false)) return;
  const unsigned shard = shard_of(flow, bytes);
  if (!users_[shard]->post_message(flow, bytes)) {
    // A stream has no second try as UDP has: better none than one with a hole in it.
    dropped_.add();
    return connections_.hang_up(flow);
  }
  told_[flow.generation].set(shard);
}

/// With one shard there is nothing to find out, so nothing is parsed here.
unsigned StreamThread::shard_of(const net::Flow& flow, std::string_view bytes) {
  if (users_.size() == 1) return 0;
  const auto message = sip::Message::parse(bytes, message_);
  const std::optional<unsigned> owner = message ? owners_.find(*message, flow, loop_.now()) : std::nullopt;
  return owner.value_or(owners_.find_any(flow.remote));
}

void StreamThread::on_stream_garbage(const net::Flow& flow, std::string_view bytes, const Error& error) {
  const auto refusal = refusals_.note(flow, bytes, error, loop_.now());
  if (!refusal) return;
  std::string answer;
  sip::Writer writer = agent::Agent::response_head(answer, {refusal->request, flow}, refusal->status,
                                                   agent::phrase_for(error, refusal->request), sip::make_tag(0));
  writer.end();
  connections_.send(flow, answer);
}

void StreamThread::on_stream_closed(const net::Flow& flow) {
  const auto told = told_.find(flow.generation);
  if (told == told_.end()) return;
  for (std::size_t shard = 0; shard < users_.size(); ++shard)
    if (told->second.test(shard)) users_[shard]->post_closed(flow);
  told_.erase(told);
}

}  // namespace carillon::roles
