// SPDX-License-Identifier: GPL-3.0-or-later
// One client of an HTTP server: its requests one after the other, each under a deadline, and their answers.
#pragma once

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

   protected:
    ~Owner() = default;
  };

  HttpConnection(Loop& loop, std::unique_ptr<Stream> stream, HttpHandler& handler, const HttpLimits& limits, Owner& owner);
  ~HttpConnection();

  void start();
  Address remote() const { return stream_->remote(); }
  /// Answers the request being handled; without one, does nothing.
  void respond(HttpResponse response);

 private:
  enum class State { idle, receiving, handling, closing };
  struct Parser;

  bool on_bytes(std::string_view bytes) override;
  void on_closed() override;
  void on_deadline();
  void parse();
  void dispatch();
  void refuse(unsigned status);
  void send(const HttpResponse& response, bool keeps_alive);
  void enter(State state);

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  HttpHandler& handler_;
  const HttpLimits& limits_;
  Owner& owner_;
  State state_ = State::receiving;
  std::unique_ptr<Parser> parser_;
  std::string input_;         ///< Arrived and not parsed yet.
  bool is_head_ = false;      ///< The request being handled wants no body.
  bool keeps_alive_ = false;  ///< After the request being handled.
  Timer deadline_;
};

}  // namespace carillon::net
