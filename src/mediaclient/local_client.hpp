// SPDX-License-Identifier: GPL-3.0-or-later
// The client over a local socket to our own media process: it reconnects by itself, repeats what must not be lost, and notices
// when the process on the other side is a new one.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "mediaclient/client.hpp"
#include "net/framed.hpp"
#include "ng/leg_wire.hpp"

namespace carillon::mediaclient {

/// Where worker `worker` of the media process listens, with `configured` as `media.control` says; a shard uses worker
/// `shard % workers`, so that all its calls share a thread.
std::string control_path(const std::string& data_dir, std::string_view configured, unsigned worker = 0);

class LocalClient final : public Client, net::FramedStream::Receiver {
 public:
  /// Connects in the background; commands given before that wait for it. `network` and `listener` outlive the client.
  LocalClient(net::Network& network, std::string path, Listener& listener);
  ~LocalClient() override;

  bool is_connected() const override { return is_welcome_; }
  Task<Result<Outcome>> execute(CallId call, std::vector<Command> commands) override;
  void destroy(CallId call) override;

  /// Requests without a reply yet.
  std::size_t outstanding() const { return pending_.size(); }

 private:
  using Cookie = std::uint64_t;
  struct Pending {
    CallId call;
    Promise<Result<Outcome>> promise;
    bool is_destroying = false;
  };
  struct Deadline {
    Monotonic due;
    Cookie cookie;
  };

  void on_frame(net::FramedStream& stream, std::string_view message) override;
  void on_closed(net::FramedStream& stream) override;
  void on_answer(std::string_view cookie, ng::Answer answer);
  void on_welcome(std::uint64_t process);
  void on_event(ng::Event event);
  void on_reply(Cookie cookie, Result<Outcome> outcome);

  void open();
  /// False when there is no connection or it takes no more.
  bool send(Cookie cookie, const ng::Order& order);
  void send_destroy(CallId call);
  void drop_connection();
  void expire();
  void arm_expiry();

  net::Network& network_;
  std::string path_;
  Listener& listener_;
  const std::uint64_t owner_;
  std::uint64_t process_ = 0;  ///< Of the media process that has `live_`; 0 before the first welcome.
  bool is_welcome_ = false;
  Cookie last_cookie_ = 0;
  std::unique_ptr<net::FramedStream> stream_;
  std::string outgoing_;
  std::unordered_map<Cookie, Pending> pending_;
  std::deque<Deadline> deadlines_;
  std::unordered_set<CallId> live_;  ///< Calls that have legs in `process_`.
  std::vector<CallId> owed_;         ///< To be destroyed once media is back.
  Duration retry_after_;
  Timer retry_timer_;
  Timer expiry_timer_;
};

}  // namespace carillon::mediaclient
