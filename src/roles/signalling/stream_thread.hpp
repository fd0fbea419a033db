// SPDX-License-Identifier: GPL-3.0-or-later
// SIP over streams on a thread of its own (ruling 7): connections are accepted, framed, kept alive and bounded there, whole
// messages are posted to the shard that owns them, and what shards send is posted back. No connection is touched by two threads.
#pragma once

#include <bitset>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/admission.hpp"
#include "agent/refusals.hpp"
#include "agent/sides.hpp"
#include "agent/stream_connections.hpp"
#include "base/mailbox.hpp"
#include "base/worker.hpp"
#include "net/asio_network.hpp"
#include "roles/signalling/owner.hpp"

namespace carillon::roles {

/// How much may wait on its way to another thread before it is dropped and counted.
inline constexpr std::size_t mailbox_bytes = std::size_t{32} << 20U;

class StreamThread;

/// The connections as one shard sees them: those whose messages it has got.
class RemoteStreams final : public agent::Streams {
 public:
  void connect(const agent::Way& way, Connected done) override;
  bool send(const net::Flow& flow, std::string_view bytes) override;
  bool is_open(const net::Flow& flow) const override;
  void prove(const net::Flow& flow, std::uint64_t account) override;

  /// Before anything is sent; `shard`: whose these are.
  void set_thread(StreamThread& thread, unsigned shard) {
    thread_ = &thread;
    shard_ = shard;
  }
  void note_open(const net::Flow& flow) { known_.try_emplace(flow.generation); }
  void note_closed(const net::Flow& flow) { known_.erase(flow.generation); }

 private:
  struct Known {
    bool is_proven = false;
    bool is_lost = false;  ///< Something could not be sent on it; it is being closed.
  };
  StreamThread* thread_ = nullptr;
  unsigned shard_ = 0;
  std::unordered_map<std::uint32_t, Known> known_;  ///< By generation; no more than the thread has connections.
};

/// A shard as the stream thread sees it. Called on that thread, so it posts.
class StreamUser {
 public:
  /// False when the shard's mailbox is full: the message is dropped.
  virtual bool post_message(const net::Flow& flow, std::string_view bytes) = 0;
  virtual void post_closed(const net::Flow& flow) = 0;
  /// What became of a connection that it wanted; `done` is for its own thread.
  virtual void post_connected(Result<net::Flow> result, agent::Streams::Connected done) = 0;

 protected:
  ~StreamUser() = default;
};

class StreamThread final : agent::StreamConnections::User {
 public:
  struct Settings {
    std::vector<net::Address> addresses;      ///< For TCP.
    agent::Sides sides;                       ///< Which of them carriers speak to.
    std::vector<net::Address> tls_addresses;  ///< For TLS, with
    net::TlsFiles certificate;                ///< this one, or
    std::string named_certificates;           ///< one of those in this directory (net::TlsContext).
    std::string authorities;                  ///< Whom we believe when we call (net::TlsTrust).
    agent::StreamConnections::Limits limits{};
    agent::FloodGuard::Limits flood{};
    sip::Limits message{};
  };

  /// Listens; `users` are the shards in their order, and outlive the thread. Nothing is accepted before run().
  static Result<std::unique_ptr<StreamThread>> open(const Settings& settings, std::vector<StreamUser*> users);
  ~StreamThread();

  net::AsioLoop& loop() { return loop_; }
  void run();
  /// Writes what was posted, then ends the thread.
  void stop();

  /// Of the thread while it runs.
  agent::BanList& bans() { return bans_; }
  std::size_t lift_bans(std::string_view name);

  // ---- From any thread ----

  /// False when the thread is too far behind: the bytes are dropped, and the connection is no more to be used.
  bool post_send(const net::Flow& flow, std::string_view bytes);
  void post_connect(unsigned shard, const agent::Way& way, agent::Streams::Connected done);
  void post_hang_up(const net::Flow& flow);
  void post_prove(const net::Flow& flow, std::uint64_t account);
  /// Reads the certificates again; `done` is called on this thread.
  void post_reload(std::move_only_function<void(Result<>)> done);
  void post_snapshot(std::shared_ptr<const directory::Snapshot> snapshot);
  void post_named_source(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses);

 private:
  StreamThread(const Settings& settings, std::vector<StreamUser*> users);
  void on_stream_message(const net::Flow& flow, std::string_view bytes) override;
  void on_stream_garbage(const net::Flow& flow, std::string_view bytes, const Error& error) override;
  void on_stream_closed(const net::Flow& flow) override;
  void on_stream_greedy(const net::Address& source, std::string_view what) override {
    refusals_.note_greedy(source, what, loop_.now());
  }
  Result<> reload_certificates();
  void check_certificates();
  unsigned shard_of(const net::Flow& flow, std::string_view bytes);

  net::AsioLoop loop_;
  net::AsioNetwork network_;
  std::vector<StreamUser*> users_;
  sip::Limits message_;
  Mailbox mailbox_;
  agent::BanList bans_;
  agent::Admission admission_;
  agent::Refusals refusals_;
  Owners owners_;
  std::unique_ptr<net::TlsContext> tls_;  ///< Null: no TLS.
  std::unique_ptr<net::TlsTrust> trust_;
  Timer check_;
  Instant warned_at_{};
  agent::StreamConnections connections_;
  std::unordered_map<std::uint32_t, std::bitset<256>> told_;  ///< By generation: the shards that know the connection.
  metrics::Counter dropped_{"carillon_shard_messages_dropped_total", "Messages dropped because a thread was too far behind"};
  metrics::Gauge days_left_{"carillon_tls_certificate_days_left", "Days until the first SIP certificate runs out"};
  metrics::Counter not_loaded_{"carillon_tls_certificate_failures_total",
                               "Changed certificates that could not be used; the ones before are still shown"};
  std::unique_ptr<Worker> worker_;
};

}  // namespace carillon::roles
