// SPDX-License-Identifier: GPL-3.0-or-later
// All shards of a signalling process and the threads beside them. Who asks them something asks from one loop, the home, and gets
// the answers there, by value: no thread looks into another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.hpp"
#include "roles/signalling/shard_thread.hpp"

namespace carillon::roles {

class Shards {
 public:
  struct Settings {
    unsigned count = 1;
    Shard::Settings shard;      ///< For each; share and media socket are filled in.
    std::string data_dir;       ///< Where media's sockets are,
    std::string media_control;  ///< unless `media.control` names another place.
    JournalDisk::Paths paths;
    std::optional<TraceDisk::Settings> traces;  ///< None: calls leave no trace.
    std::vector<net::Address> tls_addresses;    ///< As of StreamThread::Settings.
    net::TlsFiles certificate;
    std::string named_certificates;
    std::string authorities;
    std::string dns_servers;  ///< As of net::AresThread.
  };

  /// Opens all sockets, takes up the registrations on disk, starts the threads. `on_change` is called on `home` when what the
  /// members below say may have changed. `home` outlives the shards and runs on the caller's thread.
  static Result<std::unique_ptr<Shards>> start(Loop& home, Settings settings, std::function<void()> on_change);
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;
  /// Ends the threads, whatever they are at; what is to be written is written.
  ~Shards();

  void set_snapshot(const std::shared_ptr<const directory::Snapshot>& snapshot);
  /// No new calls; those that run get a BYE. is_over() tells when all are.
  void stop();

  /// What keeps it from working; empty when nothing does.
  std::string trouble() const;
  bool is_over() const;
  /// The first listener.
  net::Address local_address() const { return addresses_.front(); }

  /// Calls `ask` on each shard's thread, and `ask_streams` on that of the connections if it is there, then `done` on the home
  /// loop with all answers, in no order.
  template <class T>
  void ask_all(const std::function<T(Shard&)>& ask, std::move_only_function<void(std::vector<T>)> done,
               const std::function<T(StreamThread&)>& ask_streams = {}) {
    struct Asked {
      std::vector<T> answers;
      std::size_t missing;
      std::move_only_function<void(std::vector<T>)> done;
    };
    auto asked = std::make_shared<Asked>(std::vector<T>(), threads_.size() + (ask_streams ? 1 : 0), std::move(done));
    const auto post = [&home = home_, asked](Loop& loop, std::move_only_function<T()> question) {
      loop.post([&home, question = std::move(question), asked]() mutable {
        home.post([answer = question(), asked = std::move(asked)]() mutable {
          asked->answers.push_back(std::move(answer));
          if (--asked->missing == 0) asked->done(std::move(asked->answers));
        });
      });
    };
    for (const auto& thread : threads_) post(thread->loop(), [&shard = thread->shard(), ask] { return ask(shard); });
    if (ask_streams) post(streams_->loop(), [&streams = *streams_, ask_streams] { return ask_streams(streams); });
  }

  /// Calls `ask` on each shard's thread with what it is to call with its answer, once, there, now or later; then `done` on the
  /// home loop with all answers, in no order.
  template <class T>
  void ask_all_later(const std::function<void(Shard&, std::move_only_function<void(T)>)>& ask,
                     std::move_only_function<void(std::vector<T>)> done) {
    struct Asked {
      std::vector<T> answers;
      std::size_t missing;
      std::move_only_function<void(std::vector<T>)> done;
    };
    auto asked = std::make_shared<Asked>(std::vector<T>(), threads_.size(), std::move(done));
    for (const auto& thread : threads_) {
      auto answer = [&home = home_, asked](T answer) mutable {
        home.post([answer = std::move(answer), asked = std::move(asked)]() mutable {
          asked->answers.push_back(std::move(answer));
          if (--asked->missing == 0) asked->done(std::move(asked->answers));
        });
      };
      thread->loop().post(
          [&shard = thread->shard(), ask, answer = std::move(answer)]() mutable { ask(shard, std::move(answer)); });
    }
  }

  /// Calls `ask` on one shard's thread, for what each of them knows; then `done` on the home loop with its answer.
  template <class T>
  void ask_any(std::move_only_function<T(Shard&)> ask, std::move_only_function<void(T)> done) {
    ShardThread& thread = *threads_.front();
    thread.loop().post([&home = home_, &shard = thread.shard(), ask = std::move(ask), done = std::move(done)]() mutable {
      home.post([answer = ask(shard), done = std::move(done)]() mutable { done(std::move(answer)); });
    });
  }

  /// Reads certificates again; `done` is called on the home loop.
  void reload_certificates(std::move_only_function<void(Result<>)> done);

  /// Looks up what is known of a call, one that goes on included; `done` is called on the home loop.
  using FoundTrace = std::move_only_function<void(Result<std::vector<model::TraceItem>>)>;
  void find_trace(const CallId& call, const trace::Whose& whose, FoundTrace done);

  /// Calls `done` on the home loop when every thread has turned.
  void when_all_turned(std::move_only_function<void()> done);

 private:
  Shards(Loop& home, std::function<void()> on_change) : home_(home), on_change_(std::move(on_change)) {}
  Result<> open(Settings settings);
  void on_all(const std::function<void(ShardThread&)>& work, std::move_only_function<void()> done);

  Loop& home_;
  std::function<void()> on_change_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  ///< For news that comes too late; of the home's thread.
  std::vector<ShardThread::Status> statuses_;
  std::vector<net::Address> addresses_;
  std::unique_ptr<JournalDisk> disk_;
  std::unique_ptr<TraceDisk> traces_;
  std::unique_ptr<net::AresThread> names_;
  std::vector<std::unique_ptr<ShardThread>> threads_;
  std::unique_ptr<StreamThread> streams_;
};

}  // namespace carillon::roles
