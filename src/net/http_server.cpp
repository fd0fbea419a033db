// SPDX-License-Identifier: GPL-3.0-or-later
// Who may connect, and through which door.
#include "net/http_server.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "net/http_connection.hpp"
#include "net/http_failure.hpp"
#include "net/tls.hpp"

namespace carillon::net {

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &HttpFields::value_type::first);
  return found == headers.end() ? std::string_view() : found->second;
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &HttpFields::value_type::first);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

HttpRespond& HttpRespond::operator=(HttpRespond&& other) noexcept {
  connection_.swap(other.connection_);
  return *this;
}

HttpRespond::~HttpRespond() {
  (*this)(http_failure(500));
}

void HttpRespond::operator()(const HttpResponse& response) {
  if (const auto connection = std::exchange(connection_, {}).lock()) connection->respond(response);
}

HttpStream HttpRespond::stream(const HttpResponse& head) {
  const auto connection = std::exchange(connection_, {}).lock();
  if (!connection || !connection->begin_stream(head)) return {};
  return HttpStream(connection);
}

HttpStream& HttpStream::operator=(HttpStream&& other) noexcept {
  if (this != &other) {
    end();
    connection_ = std::exchange(other.connection_, {});
  }
  return *this;
}

bool HttpStream::write(std::string_view piece) {
  const auto connection = connection_.lock();
  return connection && connection->write_piece(piece);
}

void HttpStream::end() {
  if (const auto connection = std::exchange(connection_, {}).lock()) connection->end_stream();
}

void HttpStream::abort() {
  if (const auto connection = std::exchange(connection_, {}).lock()) connection->abort_stream();
}

std::size_t HttpStream::waiting() const {
  const auto connection = connection_.lock();
  return connection ? connection->waiting() : 0;
}

bool HttpStream::is_open() const {
  const auto connection = connection_.lock();
  return connection && connection->is_streaming();
}

void HttpStream::on_gone(std::move_only_function<void()> gone) {
  if (const auto connection = connection_.lock()) connection->on_gone(std::move(gone));
}

struct HttpServer::Core final : HttpConnection::Owner {
  /// One listening address.
  struct Door final : StreamListener::Acceptor {
    Door(Core& its_core, std::unique_ptr<TlsContext> its_tls) : core(its_core), tls(std::move(its_tls)) {}
    void on_accept(std::unique_ptr<Stream> stream) override { core.on_accept(tls.get(), std::move(stream)); }
    Core& core;
    std::unique_ptr<TlsContext> tls;  ///< None: plain HTTP.
    std::unique_ptr<StreamListener> listener;
  };

  Core(Network& its_network, HttpHandler& its_handler, const HttpLimits& its_limits)
      : network(its_network), handler(its_handler), limits(its_limits) {}

  Result<Address> open(const Address& local, std::unique_ptr<TlsContext> tls);
  void on_accept(TlsContext* tls, std::unique_ptr<Stream> stream);
  void on_connection_closed(HttpConnection& connection) override;
  bool admit_stream(const HttpConnection& connection) override;
  void on_stream_over(const HttpConnection& connection) override;

  Network& network;
  HttpHandler& handler;
  HttpLimits limits;
  std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections;
  std::map<Address, std::size_t> sources;  ///< Connections per client; ports left out.
  std::size_t streams = 0;
  std::map<Address, std::size_t> streams_of_source;
  std::vector<std::unique_ptr<Door>> doors;
};

Result<Address> HttpServer::Core::open(const Address& local, std::unique_ptr<TlsContext> tls) {
  auto door = std::make_unique<Door>(*this, std::move(tls));
  CARILLON_TRY(listener, network.listen_tcp(local, *door));
  door->listener = std::move(listener);
  return doors.emplace_back(std::move(door))->listener->local();
}

void HttpServer::Core::on_accept(TlsContext* tls, std::unique_ptr<Stream> stream) {
  const Address source = stream->remote().with_port(0);
  const auto known = sources.find(source);
  const std::size_t already = known == sources.end() ? 0 : known->second;
  if (connections.size() >= limits.connections || already >= limits.connections_per_source) return;
  sources[source]++;
  if (tls) stream = tls->accept(std::move(stream));
  auto connection = std::make_shared<HttpConnection>(network.loop(), std::move(stream), handler, limits, *this);
  HttpConnection& started = *connections.emplace(connection.get(), connection).first->first;
  started.start();
}

void HttpServer::Core::on_connection_closed(HttpConnection& connection) {
  const auto source = sources.find(connection.remote().with_port(0));
  if (--source->second == 0) sources.erase(source);
  connections.erase(&connection);
}

bool HttpServer::Core::admit_stream(const HttpConnection& connection) {
  const Address source = connection.remote().with_port(0);
  const auto known = streams_of_source.find(source);
  const std::size_t already = known == streams_of_source.end() ? 0 : known->second;
  if (streams >= limits.streams || already >= limits.streams_per_source) return false;
  streams_of_source[source]++;
  streams++;
  return true;
}

void HttpServer::Core::on_stream_over(const HttpConnection& connection) {
  const auto source = streams_of_source.find(connection.remote().with_port(0));
  if (--source->second == 0) streams_of_source.erase(source);
  streams--;
}

HttpServer::HttpServer(Network& network, HttpHandler& handler, HttpLimits limits)
    : core_(std::make_unique<Core>(network, handler, limits)) {}
HttpServer::~HttpServer() = default;

Result<Address> HttpServer::listen(const Address& local) {
  return core_->open(local, nullptr);
}

Result<Address> HttpServer::listen_tls(const Address& local, const TlsFiles& files) {
  CARILLON_TRY(tls, TlsContext::load(files));
  return core_->open(local, std::move(tls));
}

Result<> HttpServer::reload() {
  Result<> result;
  for (const auto& door : core_->doors) {
    if (!door->tls) continue;
    if (auto reloaded = door->tls->reload(); !reloaded) result = std::move(reloaded);
  }
  return result;
}

std::size_t HttpServer::connections() const {
  return core_->connections.size();
}

std::size_t HttpServer::streams() const {
  return core_->streams;
}

}  // namespace carillon::net
