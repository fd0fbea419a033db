// SPDX-License-Identifier: GPL-3.0-or-later
// Beast parses; reading, writing, deadlines and the order of things are ours.
#include "net/http_connection.hpp"

#include <fmt/format.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/utf8.hpp"
#include "net/http_failure.hpp"
#include "net/http_target.hpp"

namespace carillon::net {

namespace http = boost::beast::http;

namespace {

unsigned status_of(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  return 400;
}

/// RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(Instant now) {
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(), time.seconds().count());
}

/// A line break in a value would let whoever chose the value write headers of his own.
std::string without_controls(std::string_view value) {
  std::string clean;
  for (const char c : value) clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return clean;
}

// RFC 9110 §6.4.1.
bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

struct HttpConnection::Parser : http::request_parser<http::string_body> {
  bool was_told_to_continue = false;
};

HttpConnection::HttpConnection(Loop& loop, std::unique_ptr<Stream> stream, HttpHandler& handler, const HttpLimits& limits,
                               Owner& owner)
    : loop_(loop),
      stream_(std::move(stream)),
      handler_(handler),
      limits_(limits),
      owner_(owner),
      remote_(stream_->remote()),
      deadline_([](void* self) { static_cast<HttpConnection*>(self)->on_deadline(); }, this) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start() {
  enter(State::receiving);
  stream_->set_receiver(*this);
}

void HttpConnection::enter(State state) {
  state_ = state;
  if (state == State::closing || state == State::streaming) return deadline_.cancel();
  const Duration time = state == State::receiving  ? limits_.request_time
                        : state == State::handling ? limits_.answer_time
                                                   : limits_.idle_time;
  loop_.timers().arm(deadline_, loop_.now() + time);
}

bool HttpConnection::on_bytes(std::string_view bytes) {
  const auto keep = shared_from_this();
  if (state_ == State::closing) return true;
  // Beast wants a header in one piece; what follows it is taken as it comes. While a request is being handled the next may wait
  // here.
  const bool waits = state_ == State::handling || state_ == State::streaming;
  if (waits && input_.size() + bytes.size() > limits_.header_bytes) return false;
  input_ += bytes;
  parse();
  return true;
}

void HttpConnection::on_closed() {
  const auto keep = shared_from_this();
  if (state_ == State::streaming) owner_.on_stream_over(*this);
  enter(State::closing);
  auto gone = std::exchange(gone_, {});
  owner_.on_connection_closed(*this);
  if (gone) gone();
}

void HttpConnection::on_deadline() {
  const auto keep = shared_from_this();
  if (state_ == State::handling) {
    keeps_alive_ = false;
    return respond(http_failure(504));
  }
  if (state_ == State::receiving && (parser_ || !input_.empty())) return refuse(408);
  enter(State::closing);
  stream_->close();
}

void HttpConnection::parse() {
  while (!input_.empty() && (state_ == State::idle || state_ == State::receiving)) {
    if (state_ == State::idle) enter(State::receiving);
    if (!parser_) {
      parser_ = std::make_unique<Parser>();
      parser_->eager(true);
      parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
      parser_->body_limit(limits_.body_bytes);
    }
    boost::system::error_code error;
    const std::size_t taken = parser_->put(boost::asio::buffer(input_), error);
    input_.erase(0, taken);
    const bool is_short = error == http::error::need_more;
    if (error && !is_short) return refuse(status_of(error));
    if (parser_->is_done()) return dispatch();
    if (is_short && input_.size() > limits_.header_bytes) return refuse(431);
    const bool waits = parser_->is_header_done() && boost::beast::iequals(parser_->get()[http::field::expect], "100-continue");
    if (waits && !std::exchange(parser_->was_told_to_continue, true)) stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
    if (is_short || taken == 0) return;
  }
}

/// Hands a complete request to the handler.
void HttpConnection::dispatch() {
  const auto message = std::exchange(parser_, {})->release();
  const std::string_view target(message.target().data(), message.target().size());
  auto parts = parse_http_target(target);
  // RFC 9112 §6.1: what is not understood says where a body ends that we would not find. Beast knows "chunked" alone.
  const auto coding = message.find(http::field::transfer_encoding);
  const bool is_coded = coding != message.end();
  const bool is_understood =
      !is_coded || (boost::beast::iequals(coding->value(), "chunked") && message.version() >= 11 &&
                    message.count(http::field::transfer_encoding) == 1 && message.count(http::field::content_length) == 0);
  const bool is_head = message.method() == http::verb::head;
  if (!is_understood) return refuse(400, is_head);
  // RFC 9112 §3.2: a request of HTTP/1.1 has exactly one Host.
  if (!parts || (message.version() >= 11 && message.count(http::field::host) != 1)) return refuse(400, is_head);

  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = target;
  request.path = std::move(parts->path);
  request.query = std::move(parts->query);
  for (const auto& field : message) {
    request.headers.emplace_back(lower_case(field.name_string()), std::string(field.value()));
  }
  request.body = message.body();
  request.remote = stream_->remote();
  is_head_ = is_head;
  is_chunked_ = message.version() >= 11;
  keeps_alive_ = message.keep_alive();
  enter(State::handling);
  handler_.on_request(std::move(request), HttpRespond(weak_from_this()));
}

void HttpConnection::refuse(unsigned status, bool is_head) {
  is_head_ = is_head;
  send(http_failure(status), false);
}

void HttpConnection::respond(const HttpResponse& response) {
  if (state_ == State::handling) send(response, keeps_alive_);
}

/// Everything up to what says how long the body is.
std::string HttpConnection::head_of(const HttpResponse& response, bool keeps_alive) const {
  const auto reason = http::obsolete_reason(http::int_to_status(response.status));
  std::string text =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: {}\r\n", response.status,
                  std::string_view(reason.data(), reason.size()), http_date(loop_.wall()), keeps_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers)
    text += fmt::format("{}: {}\r\n", without_controls(name), without_controls(value));
  return text;
}

void HttpConnection::send(const HttpResponse& response, bool keeps_alive) {
  const auto keep = shared_from_this();
  std::string text = head_of(response, keeps_alive);
  if (may_have_body(response.status)) text += fmt::format("Content-Length: {}\r\n", response.body.size());
  text += "\r\n";
  if (may_have_body(response.status) && !is_head_) text += response.body;
  go_on(stream_->write(text) && keeps_alive);
}

/// An answer has been given: the next request, or the end.
void HttpConnection::go_on(bool keeps_alive) {
  if (!keeps_alive) {
    enter(State::closing);
    stream_->close();
    return;
  }
  enter(State::idle);
  // In the next turn, so that a handler that answers at once does not pile requests up on the stack.
  if (!input_.empty()) {
    loop_.later([connection = weak_from_this()] {
      if (const auto alive = connection.lock()) alive->parse();
    });
  }
}

// ---- Answers in pieces ----

bool HttpConnection::begin_stream(const HttpResponse& head) {
  if (state_ != State::handling) return false;
  if (!is_head_ && !owner_.admit_stream(*this)) {
    HttpResponse busy = http_failure(503);
    busy.headers.emplace_back("Retry-After", "10");
    respond(busy);
    return false;
  }
  // Without chunks the end of the connection is the end of the answer (RFC 9112 §6.3).
  keeps_alive_ = keeps_alive_ && is_chunked_;
  std::string text = head_of(head, keeps_alive_);
  if (is_chunked_) text += "Transfer-Encoding: chunked\r\n";
  text += "\r\n";
  if (is_head_) {
    go_on(stream_->write(text) && keeps_alive_);
    return false;
  }
  enter(State::streaming);
  return stream_->write(text) && (head.body.empty() || write_piece(head.body));
}

bool HttpConnection::write_piece(std::string_view piece) {
  if (state_ != State::streaming) return false;
  if (piece.empty()) return true;  // An empty chunk would be the last one.
  // RFC 9112 §7.1.
  return stream_->write(is_chunked_ ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : std::string(piece));
}

void HttpConnection::end_stream() {
  if (state_ != State::streaming) return;
  const auto keep = shared_from_this();
  gone_ = {};
  owner_.on_stream_over(*this);
  const bool is_sent = !is_chunked_ || stream_->write("0\r\n\r\n");
  go_on(is_sent && keeps_alive_);
}

/// Without the last chunk.
void HttpConnection::abort_stream() {
  if (state_ != State::streaming) return;
  const auto keep = shared_from_this();
  gone_ = {};
  owner_.on_stream_over(*this);
  go_on(false);
}

void HttpConnection::on_gone(std::move_only_function<void()> gone) {
  if (state_ == State::streaming) gone_ = std::move(gone);
}

}  // namespace carillon::net
