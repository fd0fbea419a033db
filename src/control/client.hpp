// SPDX-License-Identifier: GPL-3.0-or-later
// The asking end of the control channel, without I/O: each call ends exactly once, with an answer, an error or in time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "base/loop.hpp"
#include "control/message.hpp"
#include "control/methods.hpp"
#include "control/server.hpp"

namespace carillon::control {

class Client {
 public:
  static constexpr std::size_t calls_max = 64;       ///< Under way at once; more fail with `busy`.
  static constexpr std::size_t items_max = 100'000;  ///< Of one list; a longer one fails with `busy`.
  static constexpr int credit_initial = 4;

  /// Both must outlive the client.
  Client(Loop& loop, Wire& wire) : loop_(loop), wire_(wire) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Calls under way are dropped without a word: close() before, if they should be told.
  ~Client();

  /// Asks. `done` is called once with a Result<Answer<M>>, never inside call(), and may destroy the client.
  template <class M, class F>
  void call(const typename M::Params& params, Duration patience, F done) {
    auto answer = std::make_unique<Answer<M>>();
    Sink sink;
    if constexpr (ListMethod<M>) {
      sink.item = &model::resource_of<typename M::Item>;
      sink.next = [all = answer.get()]() -> void* { return all->size() < items_max ? &all->emplace_back() : nullptr; };
    } else {
      sink.reply = &model::resource_of<typename M::Reply>;
      sink.next = [one = answer.get()]() -> void* { return one; };
    }
    sink.done = [answer = std::move(answer), done = std::move(done)](Result<> end) mutable {
      if (end)
        done(Result<Answer<M>>(std::move(*answer)));
      else
        done(Result<Answer<M>>(std::unexpected(std::move(end).error())));
    };
    start(M::name, model::resource_of<typename M::Params>, &params, patience, std::move(sink));
  }

  /// Watches. `on_events` is called with whether something is missing before them and a vector of events; `on_end` once with an
  /// Error or, when the role says that there is no more, without one. Neither is called inside watch(); both may destroy the
  /// client. Nothing but the connection's end ends a watch from this side.
  template <WatchMethod M, class F, class G>
  void watch(const typename M::Params& params, F on_events, G on_end) {
    auto events = std::make_shared<std::vector<typename M::Event>>();
    Sink sink;
    sink.item = &model::resource_of<typename M::Event>;
    sink.next = [events]() -> void* { return &events->emplace_back(); };
    sink.told = [events, on_events = std::move(on_events)](bool has_gap) mutable {
      on_events(has_gap, std::exchange(*events, {}));
    };
    sink.done = std::move(on_end);
    start(M::name, model::resource_of<typename M::Params>, &params, Duration::zero(), std::move(sink));
  }

  /// Takes one frame. An error means that the peer does not speak the protocol: close the connection.
  Result<> take(std::string_view frame);

  /// The connection has ended: every call under way ends with `closed`, and so does every later one.
  void close();

  bool is_idle() const { return calls_.empty(); }

 private:
  /// Where an answer goes.
  struct Sink {
    const model::Resource* item = nullptr;
    const model::Resource* reply = nullptr;
    std::move_only_function<void*()> next;     ///< The object to fill; null when there is no room for more.
    std::move_only_function<void(bool)> told;  ///< Of what is watched: a frame has been read.
    std::move_only_function<void(Result<>)> done;
  };
  /// One call under way. Timer callbacks get the Call, so it knows its client.
  struct Call {
    Call(Client& its_client, std::int64_t its_id, Sink its_sink)
        : client(its_client), id(its_id), sink(std::move(its_sink)), deadline(&Call::expired, this) {}
    static void expired(void* call);
    Client& client;
    std::int64_t id;
    Sink sink;
    Timer deadline;
    std::optional<Error> failed;  ///< Known to fail: `deadline` is armed for the next turn.
  };
  /// `patience` zero: for as long as it takes.
  void start(std::string_view method, const model::Resource& resource, const void* params, Duration patience, Sink sink);
  Result<> take_items(const Items& items);
  Result<> take_result(Done done);
  void end(std::int64_t id, Result<> result);

  Loop& loop_;
  Wire& wire_;
  std::int64_t last_id_ = 0;
  bool closed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  ///< For those who are called back and may destroy it.
  std::map<std::int64_t, std::unique_ptr<Call>> calls_;
};

}  // namespace carillon::control
