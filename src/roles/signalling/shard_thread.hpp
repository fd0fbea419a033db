// SPDX-License-Identifier: GPL-3.0-or-later
// One shard on a thread of its own, with everything around it: its loop and sockets, its way to the journal, and the doors by
// which other threads hand it messages (ruling 7).
#pragma once

#include <memory>
#include <span>

#include "base/mailbox.hpp"
#include "base/worker.hpp"
#include "net/ares_resolver.hpp"
#include "net/asio_network.hpp"
#include "roles/signalling/journal_writer.hpp"
#include "roles/signalling/shard.hpp"
#include "roles/signalling/stream_thread.hpp"
#include "roles/signalling/trace_writer.hpp"

namespace carillon::roles {

class ShardThread final : public StreamUser, agent::Router, trunk::PermitOffice, Shard::Places {
 public:
  /// What others want to know of a shard, told to them whenever it changes.
  struct Status {
    bool has_snapshot = false;
    bool has_media = false;
    bool has_journal = true;
    bool has_room = true;  ///< On the disk.
    bool is_over = false;  ///< Told to stop, and its last call has ended.
    bool operator==(const Status&) const = default;
  };
  /// Called on the shard's thread.
  using Tell = std::function<void(const Status& status)>;

  /// Opens the shard's sockets; nothing runs before run(). Both disks and `names` outlive the thread; `traces` may be null.
  static Result<std::unique_ptr<ShardThread>> open(const Shard::Settings& settings, JournalDisk& disk, TraceDisk* traces,
                                                   net::AresThread& names, Tell tell);
  ~ShardThread();

  Share share() const { return share_; }
  net::AsioLoop& loop() { return loop_; }
  /// Of the shard's own thread while it runs.
  Shard& shard() { return *shard_; }
  /// Null: calls leave no trace. Likewise.
  TraceWriter* trace() { return trace_.get(); }

  /// `peers`: all shards in their order, this one included; they and `streams` outlive this one's last turn.
  void run(std::span<const std::unique_ptr<ShardThread>> peers, StreamThread& streams);
  /// Ends the thread after its current turn.
  void halt();
  /// After halt(): the shard is gone and its last records are on their way. The loop lives on, for those who still post.
  void close();

  // ---- From any thread ----

  void post_snapshot(std::shared_ptr<const directory::Snapshot> snapshot);
  void post_stop();
  bool post_message(const net::Flow& flow, std::string_view bytes) override;
  void post_closed(const net::Flow& flow) override;
  void post_connected(Result<net::Flow> result, agent::Streams::Connected done) override;

 private:
  ShardThread(Share share, JournalDisk& disk, TraceDisk* traces, net::AresThread& names, Tell tell);
  bool pass_on(const sip::Message& message, const net::Flow& flow) override;
  bool send_on_net(const net::Flow& flow, std::string_view bytes) override;
  void take(const trunk::PermitKey& key, const CallId& call, const trunk::CallLimit& limit, Done done) override;
  void give_back(const trunk::PermitKey& key, const CallId& call) override;
  void publish(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) override;
  void publish(Id<model::CarrierServer> server, const std::vector<directory::NamedSources::Bytes>& addresses) override;
  void verified(const net::Address& source) override;
  void proven(const net::Address& source) override;
  void tell_peers(const net::Address& source, void (agent::Agent::*note)(const net::Address&));
  struct Moved {
    net::Flow flow;
    bool is_trusted = false;  ///< Where it came from, the source counts as registered.
    std::string bytes;
  };
  void receive_moved(const Moved& moved, ShardThread& origin);
  void watch();

  const Share share_;
  Tell tell_;
  net::AsioLoop loop_;
  net::AsioNetwork network_;
  Mailbox datagrams_;
  Mailbox stream_messages_;
  Mailbox on_net_messages_;
  Owners owners_;
  RemoteStreams streams_;
  net::AresResolver resolver_;
  std::unique_ptr<JournalWriter> journal_;
  std::unique_ptr<TraceWriter> trace_;
  std::unique_ptr<Shard> shard_;
  std::span<const std::unique_ptr<ShardThread>> peers_;
  StreamThread* stream_thread_ = nullptr;  ///< Since run().
  Status status_;
  bool is_stopping_ = false;
  Timer watch_;
  metrics::Counter moved_{"carillon_shard_messages_moved_total",
                          "Datagrams that arrived at another shard's socket than their owner's"};
  metrics::Counter dropped_{"carillon_shard_messages_dropped_total", "Messages dropped because a thread was too far behind"};
  metrics::Gauge transactions_{"carillon_sip_transactions", "SIP transactions that are not over"};
  metrics::Gauge dialogs_{"carillon_sip_dialogs", "SIP dialogs: of legs, and of subscriptions"};
  std::unique_ptr<Worker> worker_;
};

}  // namespace carillon::roles
