// SPDX-License-Identifier: GPL-3.0-or-later
// One client of an HTTP server: its requests one after the other, each under a deadline, and their answers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http_server.hpp"

namespace carillon::net {

class HttpConnection final : public std::enable_shared_from_this<HttpConnection>, private Stream::Receiver {
 public:
  class Owner {
   public:
    /// The last call; the owner may let go of the connection inside.
    virtual void on_connection_closed(HttpConnection& connection) = 0;
    /// Whether one more answer may be streamed; on_stream_over() follows when it may.
    virtual bool admit_stream(const HttpConnection& connection) = 0;
    virtual void on_stream_over(const HttpConnection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  HttpConnection(Loop& loop, std::unique_ptr<Stream> stream, HttpHandler& handler, const HttpLimits& limits, Owner& owner);
  ~HttpConnection();

  void start();
  Address remote() const { return remote_; }
  /// Answers the request being handled; without one, does nothing.
  void respond(const HttpResponse& response);

  /// As of HttpStream. False, and it has been answered or the client has gone, when there is nothing to stream to.
  bool begin_stream(const HttpResponse& head);
  bool write_piece(std::string_view piece);
  void end_stream();
  void abort_stream();
  std::size_t waiting() const { return stream_->waiting(); }
  bool is_streaming() const { return state_ == State::streaming; }
  void on_gone(std::move_only_function<void()> gone);

 private:
  enum class State { idle, receiving, handling, streaming, closing };
  struct Parser;

  bool on_bytes(std::string_view bytes) override;
  void on_closed() override;
  void on_deadline();
  void parse();
  void dispatch();
  void refuse(unsigned status, bool is_head = false);
  void send(const HttpResponse& response, bool keeps_alive);
  std::string head_of(const HttpResponse& response, bool keeps_alive) const;
  void go_on(bool keeps_alive);
  void enter(State state);

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  HttpHandler& handler_;
  const HttpLimits& limits_;
  Owner& owner_;
  State state_ = State::receiving;
  std::unique_ptr<Parser> parser_;
  std::string input_;  ///< Arrived and not parsed yet.
  const Address remote_;
  bool is_chunked_ = false;               ///< How the request being handled would have a streamed answer.
  bool is_head_ = false;                  ///< The request being handled wants no body.
  bool keeps_alive_ = false;              ///< After the request being handled.
  std::move_only_function<void()> gone_;  ///< Of the answer being streamed.
  Timer deadline_;
};

}  // namespace carillon::net
