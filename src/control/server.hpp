// SPDX-License-Identifier: GPL-3.0-or-later
// The answering end of the control channel, without I/O: frames go in, handlers are called, frames come out.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/message.hpp"
#include "control/methods.hpp"

namespace carillon::control {

/// Where frames go.
class Wire {
 public:
  /// False when the connection is at its end; what is sent is lost then.
  virtual bool send_frame(std::string_view frame) = 0;

 protected:
  ~Wire() = default;
};

class Session;

/// The way back to who asked, whatever the method. Dropping it unused answers `unanswered`.
class Reply {
 public:
  Reply(std::weak_ptr<Session> session, std::int64_t id) : session_(std::move(session)), id_(id) {}
  Reply(Reply&& other) noexcept : session_(std::move(other.session_)), id_(std::exchange(other.id_, 0)) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  void finish(const model::Resource& resource, const void* object);
  void fail(const Error& error);
  /// A list of `count`; `at` yields the n-th and is kept until the last has been taken.
  void list(const model::Resource& resource, std::size_t count, std::move_only_function<const void*(std::size_t)> at);
  /// One more event of what is watched; null tells that some are missing. False when nobody watches any more.
  bool tell(const model::Resource& resource, const void* event);
  bool is_wanted() const;

 private:
  std::weak_ptr<Session> session_;
  std::int64_t id_;  ///< 0: has answered.
};

/// The way back for one method: call it once, now or later, on the server's thread, with the answer or an Error. Nothing happens
/// when who asked has gone.
template <class M>
class Respond {
 public:
  explicit Respond(Reply reply) : reply_(std::move(reply)) {}

  void operator()(Result<Answer<M>> answer) {
    if (!answer) return reply_.fail(answer.error());
    if constexpr (ListMethod<M>) {
      const std::size_t count = answer->size();
      reply_.list(model::resource_of<typename M::Item>, count,
                  [items = *std::move(answer)](std::size_t n) -> const void* { return &items[n]; });
    } else {
      reply_.finish(model::resource_of<typename M::Reply>, &*answer);
    }
  }

 private:
  Reply reply_;
};

/// The way to one who watches. On the server's thread; destroying it ends the watch with `unanswered`.
template <WatchMethod M>
class Watcher {
 public:
  explicit Watcher(Reply reply) : reply_(std::make_unique<Reply>(std::move(reply))) {}

  /// Tells an event. What the other side has not granted yet waits, up to Session::backlog_max; when it does not fit, all that
  /// waits is dropped and told as a gap. False when nobody watches any more.
  bool tell(const typename M::Event& event) { return reply_->tell(model::resource_of<typename M::Event>, &event); }
  /// Something is missing before the next event.
  bool tell_gap() { return reply_->tell(model::resource_of<typename M::Event>, nullptr); }
  bool is_wanted() const { return reply_->is_wanted(); }

 private:
  std::unique_ptr<Reply> reply_;  ///< So that watchers can move within a vector.
};

/// What a process answers: `methods.answer<CallsList>([&](const Whose& whose, Respond<CallsList> respond) { … })`.
class Methods {
 public:
  using Handler = std::function<void(const boost::json::object& params, Reply reply)>;

  template <class M, class F>
  void answer(F handler) {
    handlers_[M::name] = [handler = std::move(handler)](const boost::json::object& json, Reply reply) {
      typename M::Params params;
      if (auto read = read_fields(model::resource_of<typename M::Params>, json, &params); !read) return reply.fail(read.error());
      handler(std::as_const(params), Respond<M>(std::move(reply)));
    };
  }

  /// The same for a method whose events are told one by one: the handler keeps the Watcher.
  template <WatchMethod M, class F>
  void watch(F handler) {
    handlers_[M::name] = [handler = std::move(handler)](const boost::json::object& json, Reply reply) {
      typename M::Params params;
      if (auto read = read_fields(model::resource_of<typename M::Params>, json, &params); !read) return reply.fail(read.error());
      handler(std::as_const(params), Watcher<M>(std::move(reply)));
    };
  }

  const Handler* find(std::string_view method) const;

 private:
  std::map<std::string_view, Handler> handlers_;
};

/// One connection of the answering end. Held by shared_ptr because answers may come after it has gone.
class Session : public std::enable_shared_from_this<Session> {
 public:
  static constexpr std::size_t requests_max = 64;                      ///< Under way at once; more are answered `busy`.
  static constexpr std::size_t backlog_max = 4096;                     ///< Events that wait for credit, of one who watches,
  static constexpr std::size_t backlog_bytes_max = 4UZ * 1024 * 1024;  ///< and their bytes.

  /// Both must outlive the session.
  Session(const Methods& methods, Wire& wire) : methods_(methods), wire_(wire) {}

  /// Takes one frame. An error means that the peer does not speak the protocol: close the connection.
  Result<> take(std::string_view frame);

 private:
  friend class Reply;
  struct Pending {
    int credit = 0;
    const model::Resource* resource = nullptr;  ///< Set once a list is on its way.
    std::size_t count = 0;
    std::size_t next = 0;
    std::move_only_function<const void*(std::size_t)> at;
    std::deque<std::string> backlog;  ///< Of one who watches.
    std::size_t backlog_bytes = 0;
    bool has_gap = false;  ///< Before the backlog.
  };
  Result<> begin(const Request& request);
  void finish(std::int64_t id, Result<boost::json::object> result);
  void send_items(std::int64_t id);
  bool tell(std::int64_t id, const model::Resource& resource, const void* event);
  bool send_backlog(std::int64_t id);

  const Methods& methods_;
  Wire& wire_;
  std::map<std::int64_t, Pending> pending_;
};

}  // namespace carillon::control
