// SPDX-License-Identifier: GPL-3.0-or-later
// Live changes as server-sent events: what signalling tells this process once goes to every client that may see it, and a client
// that was away for a moment gets what it missed.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "api/caller.hpp"
#include "api/live.hpp"
#include "api/problem.hpp"
#include "base/metrics.hpp"
#include "net/http_server.hpp"

namespace carillon::api {

/// Ids are `<epoch>-<sequence>`. An epoch ends when something may have been missed; then every client is told `resync`: read the
/// lists again. One thread, the loop's.
class LiveEvents final : Live::EventReceiver {
 public:
  static constexpr std::size_t kept_max = 10'000;  ///< Events for those who come back,
  static constexpr std::size_t kept_bytes_max = 8UZ * 1024 * 1024;
  static constexpr std::size_t replay_bytes_max = 512UZ * 1024;  ///< To one client at once; who missed more gets `resync`.
  static constexpr Duration keep_alive_interval = 15s;
  static constexpr Duration check_interval = 45s;  ///< Of a client's session: with some room, so that a minute never passes,
  static constexpr Duration unchecked_max = 3min;  ///< and who cannot be checked for so long is cut off.
  static constexpr Duration linger = 2min;         ///< Signalling is still watched for so long after the last client has gone.

  /// What a client wants to hear.
  struct Wish {
    bool calls = true;
    bool registrations = true;
    bool counters = true;
    bool carrier_registrations = true;
  };
  struct Viewer {
    Caller caller;  ///< As narrowed by the request.
    /// Whether who asked may still do so: the caller it is now, or why not.
    std::function<Task<std::expected<Caller, Problem>>()> ask_again;
    Wish wish;
    std::string last_event_id;  ///< Empty: it has not been here before.
  };

  /// All must outlive it.
  LiveEvents(Loop& loop, Live& live);
  LiveEvents(const LiveEvents&) = delete;
  LiveEvents& operator=(const LiveEvents&) = delete;
  ~LiveEvents();

  /// Of one login at once, so that nobody takes them from all.
  static constexpr std::ptrdiff_t streams_per_login_max = 20;
  bool has_room(const Caller& caller) const;
  void join(Viewer viewer, net::HttpStream stream);
  std::size_t clients() const { return clients_.size(); }

 private:
  enum class Topic : std::uint8_t { call, registration, counters, carrier_registration };
  struct Kept {
    std::uint64_t sequence = 0;
    Topic topic{};
    Id<model::Brand> brand;
    Id<model::Customer> customer;
    Id<model::User> user;
    Id<model::User> other;
    std::string text;  ///< As it is sent.
  };
  struct Client {
    std::uint64_t number = 0;
    Viewer viewer;
    net::HttpStream stream;
    Monotonic checked_at;  ///< When its session was last known to stand.
    bool is_over = false;
  };

  void on_events(bool has_gap, std::vector<control::LiveEvent> events) override;
  void on_events_over() override;
  void begin_epoch();
  void take(const control::LiveEvent& event);
  static std::optional<Topic> topic_of(std::string_view type);
  static bool may_see(const Viewer& viewer, const Kept& event);
  std::string last_id() const;
  std::string resync() const;
  void resume(Client& client);
  void send(Client& client, std::string_view text);
  void drop_gone();
  void tick();
  Task<> check_sessions();
  Task<> check_session(std::uint64_t number);

  Loop& loop_;
  Live& live_;
  std::list<Client> clients_;
  std::uint64_t last_client_ = 0;
  std::string epoch_;  ///< Empty until signalling tells everything.
  std::uint64_t sequence_ = 0;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  bool is_watching_ = false;  ///< Signalling has been asked.
  Monotonic retry_at_{};
  Monotonic keep_alive_at_{};
  Monotonic needed_at_{};  ///< When there was a client last.
  Timer tick_;
  metrics::Gauge open_{"carillon_api_event_streams", "Clients that hear live events now"};
  metrics::Counter resyncs_{"carillon_api_event_resyncs_total", "Times that live events were not complete"};
  Scope scope_;
};

}  // namespace carillon::api
