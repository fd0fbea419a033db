// SPDX-License-Identifier: GPL-3.0-or-later
// Serves HTTP/1.1, with TLS or plain, to browsers, programs and scrapers, and keeps slow, greedy and malformed clients from
// hurting the others. What a request means is the handler's business.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/certificate.hpp"
#include "net/network.hpp"

namespace carillon::net {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  ///< "GET", as sent.
  std::string target;  ///< As sent: "/api/v1/calls?page=2".
  std::string path;    ///< Percent-decoded, without the query; always begins with '/'.
  HttpFields query;    ///< Decoded, in order.
  HttpFields headers;  ///< Names in lower case, in order.
  std::string body;
  Address remote;

  /// The first header of that (lower-case) name, or empty.
  std::string_view header(std::string_view name) const;
  /// The first query parameter of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Content-Length, Date and Connection are the server's.
struct HttpResponse {
  unsigned status = 200;
  HttpFields headers;
  std::string body;
};

class HttpConnection;

/// An answer that is written piece by piece, for as long as both sides like. On the server's loop. Destroying it ends the answer.
class HttpStream {
 public:
  HttpStream() = default;  ///< One whose client has gone.
  explicit HttpStream(std::weak_ptr<HttpConnection> connection) : connection_(std::move(connection)) {}
  HttpStream(HttpStream&&) noexcept = default;
  HttpStream& operator=(HttpStream&& other) noexcept;
  ~HttpStream() { end(); }

  /// Queues a piece. False when the client has gone, or is cut off because it does not read: what waits for it is bounded as of
  /// Stream::write().
  bool write(std::string_view piece);
  void end();
  void abort();                 ///< Ends it so that the client knows that something is missing (RFC 9112 §8).
  std::size_t waiting() const;  ///< Bytes that have not left yet.
  bool is_open() const;
  /// Called once, in a turn of its own, when the client has gone or was cut off; not after end(). It may destroy the HttpStream.
  void on_gone(std::move_only_function<void()> gone);

 private:
  std::weak_ptr<HttpConnection> connection_;
};

/// Answers one request: call it once, now or later, on the server's loop; a call after the client has gone does nothing. Dropping
/// it uncalled answers 500.
class HttpRespond {
 public:
  explicit HttpRespond(std::weak_ptr<HttpConnection> connection) : connection_(std::move(connection)) {}
  HttpRespond(HttpRespond&&) noexcept = default;
  HttpRespond& operator=(HttpRespond&& other) noexcept;
  ~HttpRespond();
  void operator()(const HttpResponse& response);
  /// Answers with this head (its body is the first piece) and leaves the rest open. No time limit of the server applies to it. Of
  /// HTTP/1.1 in chunks, else until the connection ends. Beyond the limits of streams it answers 503 and gives one that is over.
  HttpStream stream(const HttpResponse& head);

 private:
  std::weak_ptr<HttpConnection> connection_;
};

class HttpHandler {
 public:
  virtual void on_request(HttpRequest request, HttpRespond respond) = 0;

 protected:
  ~HttpHandler() = default;
};

struct HttpLimits {
  std::size_t header_bytes = 16 * 1024;  ///< More is 431.
  std::size_t body_bytes = 1024 * 1024;  ///< More is 413.
  Duration request_time = 5s;            ///< From a request's first byte (or the connection's begin) to its last; then 408.
  Duration answer_time = 60s;            ///< For the handler; then 504.
  Duration idle_time = 30s;              ///< Between requests, and for the client to take an answer; then the connection is cut.
  std::size_t connections = 1000;        ///< In total; further ones are closed at once.
  std::size_t connections_per_source = 100;  ///< Per client address.
  std::size_t streams = 500;                 ///< Answers that are being written piece by piece, in total,
  std::size_t streams_per_source = 50;       ///< and per client address; further ones are 503.
};

/// One server with any number of listeners. Pipelined requests are served one after the other.
class HttpServer {
 public:
  HttpServer(Network& network, HttpHandler& handler, HttpLimits limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  ///< Closes listeners and connections. Not from inside on_request().

  /// Listens and returns the address with the real port. With `files` TLS 1.2 or later (ECDHE and AEAD only), else plain HTTP.
  Result<Address> listen(const Address& local);
  Result<Address> listen_tls(const Address& local, const TlsFiles& files);
  /// Reads all certificates again. New connections get them, old ones stay. One that cannot be read stays as it was and is the
  /// error.
  Result<> reload();

  std::size_t connections() const;
  std::size_t streams() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace carillon::net
