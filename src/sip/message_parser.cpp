// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a message's bytes once from front to back and fills the index of the Message view.
#include <algorithm>

#include "sip/message.hpp"
#include "sip/scan.hpp"

namespace carillon::sip {

class MessageParser {
 public:
  MessageParser(std::string_view bytes, const Limits& limits, Message& message)
      : bytes_(bytes), limits_(limits), message_(message), at_(bytes.data()) {}

  Result<> parse();
  bool parse_for_refusal();
  Result<std::size_t> length_on_stream();

 private:
  Result<> fail(Fault fault, std::string_view why) const { return failure(fault, std::string(why)); }

  void skip_empty_lines();
  Result<> read_start_line();
  Result<> read_request_line(std::string_view line);
  Result<> read_status_line(std::string_view line);
  Result<> read_headers();
  Result<> read_header();
  Result<const char*> find_line_end(const char* from) const;
  Result<> out_of_bytes() const;
  Result<> check_mandatory();
  Result<> check_addresses();
  Result<> check_cseq();
  Result<> check_request();
  Result<std::uint32_t> content_length() const;
  Result<> measure_body();

  Message::Span span(std::string_view text) const {
    if (text.empty()) return {};
    return {static_cast<std::uint16_t>(text.data() - message_.base_), static_cast<std::uint16_t>(text.size())};
  }

  std::string_view bytes_;
  const Limits& limits_;
  Message& message_;
  const char* at_;
  const char* end_ = nullptr;  ///< Of what the header part may use.
};

Result<> MessageParser::parse() {
  skip_empty_lines();
  CARILLON_CHECK(read_start_line());
  CARILLON_CHECK(read_headers());
  CARILLON_CHECK(check_mandatory());
  CARILLON_CHECK(check_addresses());
  CARILLON_CHECK(check_cseq());
  if (message_.is_request()) CARILLON_CHECK(check_request());
  return measure_body();
}

// RFC 3261 §7.5: CRLFs before the start line are ignored. From here on offsets count from the start line.
void MessageParser::skip_empty_lines() {
  const char* const end = bytes_.data() + bytes_.size();
  while (end - at_ >= 2 && at_[0] == '\r' && at_[1] == '\n') at_ += 2;
  message_.base_ = at_;
  const auto header_limit = std::min<std::ptrdiff_t>(limits_.header_bytes, 65535);
  end_ = at_ + std::min(end - at_, header_limit);
}

/// The header part does not end within the bytes: too many or too few of them.
Result<> MessageParser::out_of_bytes() const {
  if (end_ != bytes_.data() + bytes_.size()) return fail(Fault::header_too_large, "the header part is too large");
  return fail(Fault::truncated, "no empty line ends the header part");
}

Result<> MessageParser::read_start_line() {
  const char* const begin = at_;
  const char* const line_end = find_control(at_, end_);
  const std::string_view line(begin, static_cast<std::size_t>(line_end - begin));
  const bool ends = end_ - line_end >= 2 && line_end[0] == '\r' && line_end[1] == '\n';
  at_ = line_end + (ends ? 2 : 0);
  if (same_ignoring_case(line.substr(0, 4), "SIP/")) {
    if (!ends) return fail(Fault::bad_status_line, "the status line does not end");
    return read_status_line(line);
  }
  if (line.find(" SIP/") == std::string_view::npos) return fail(Fault::not_sip, "neither a request line nor a status line");
  if (!ends) return fail(Fault::bad_request_line, "the request line does not end");
  return read_request_line(line);
}

// RFC 3261 §7.1: one SP between the parts, none elsewhere.
Result<> MessageParser::read_request_line(std::string_view line) {
  const std::string_view method = line.substr(0, line.find(' '));
  std::string_view rest = line.substr(method.size() + 1);
  message_.method_text_ = span(method);
  message_.method_ = method_from(method);
  const std::string_view uri = rest.substr(0, rest.find(' '));
  message_.first_text_ = span(uri);
  if (!is_token(method) || uri.empty() || uri.size() == rest.size())
    return fail(Fault::bad_request_line, "malformed request line");
  const std::string_view version = rest.substr(uri.size() + 1);
  if (same_ignoring_case(version, "SIP/2.0")) return {};
  if (!same_ignoring_case(version.substr(0, 4), "SIP/") ||
      version.find_first_not_of("0123456789.", 4) != std::string_view::npos) {
    return fail(Fault::bad_request_line, "malformed request line");
  }
  return fail(Fault::bad_version, "not SIP/2.0");
}

Result<> MessageParser::read_status_line(std::string_view line) {
  const std::string_view digits = line.substr(std::min<std::size_t>(8, line.size()), 3);
  const auto status = parse_decimal(digits, 699);
  if (!same_ignoring_case(line.substr(0, 8), "SIP/2.0 ") || digits.size() != 3 || !status || *status < 100 ||
      (line.size() > 11 && line[11] != ' ')) {
    return fail(Fault::bad_status_line, "malformed status line");
  }
  message_.status_ = static_cast<std::uint16_t>(*status);
  message_.first_text_ = span(line.substr(std::min<std::size_t>(12, line.size())));
  return {};
}

Result<> MessageParser::read_headers() {
  for (;;) {
    if (end_ - at_ < 2) return out_of_bytes();
    if (at_[0] == '\r' && at_[1] == '\n') break;
    CARILLON_CHECK(read_header());
  }
  at_ += 2;
  message_.body_at_ = static_cast<std::uint32_t>(at_ - message_.base_);
  return {};
}

/// One header line with its folds; at_ moves behind it.
Result<> MessageParser::read_header() {
  const char* p = at_;
  while (p != end_ && is_a(*p, token_char)) ++p;
  const std::string_view name(at_, static_cast<std::size_t>(p - at_));
  // RFC 3261 §7.3.1: SP and HTAB may stand before the colon; they are no part of the name.
  while (p != end_ && (*p == ' ' || *p == '\t')) ++p;
  if (p == end_) return out_of_bytes();
  if (name.empty() || *p != ':') return fail(Fault::bad_header, "a header line without a name and a colon");
  ++p;
  CARILLON_TRY(line_end, find_line_end(p));
  at_ = line_end + 2;
  const HeaderId id = header_from(name);
  auto& first = message_.first_line_[static_cast<std::size_t>(id)];
  if (first == Message::none) {
    first = message_.count_;
  } else if (header_repeat(id) == Repeat::never) {
    return fail(Fault::duplicate_header, header_name(id));
  }
  if (message_.count_ == Message::max_headers) return fail(Fault::too_many_headers, "too many header lines");
  const std::string_view value = trim({p, static_cast<std::size_t>(line_end - p)});
  message_.lines_[message_.count_++] = {.name = span(name), .value = span(value), .id = id};
  return {};
}

/// The CRLF that ends a header line, folds passed over (§7.3.1). Refuses what two parsers could read differently.
Result<const char*> MessageParser::find_line_end(const char* from) const {
  for (const char* p = from;; ++p) {
    p = find_control(p, end_);
    if (end_ - p < 3) {
      // Two bytes may be a CRLF, but what follows must be seen to know that it is no fold.
      const auto missing = out_of_bytes();
      return std::unexpected(missing.error());
    }
    if (p[0] == '\r' && p[1] == '\n') {
      if (p[2] != ' ' && p[2] != '\t') return p;
      p += 2;
      const char* blank = p;
      while (blank != end_ && (*blank == ' ' || *blank == '\t')) ++blank;
      if (blank != end_ && *blank == '\r') return failure(Fault::bad_header, "a continuation line without text");
    } else if (p[0] == '\r' || p[0] == '\n' || p == from || p[-1] != '\\') {
      return failure(Fault::bad_header, "a control byte in a header");  // §25.1: only a quoted-pair may hold others.
    }
  }
}

Result<> MessageParser::check_mandatory() {
  constexpr HeaderId mandatory[] = {HeaderId::via, HeaderId::from, HeaderId::to, HeaderId::call_id, HeaderId::cseq};
  for (HeaderId id : mandatory) {
    if (!message_.has(id)) return fail(Fault::missing_header, header_name(id));
  }
  const std::string_view call_id = message_.value_of(HeaderId::call_id);
  const bool clean =
      std::ranges::all_of(call_id, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != ',' && c != 0x7f; });
  if (call_id.empty() || !clean) return fail(Fault::bad_call_id, "not a Call-ID");
  message_.call_id_ = span(call_id);
  return {};
}

Result<> MessageParser::check_addresses() {
  std::string_view vias = message_.value_of(HeaderId::via);
  CARILLON_TRY(via, Via::take(vias));
  CARILLON_TRY(from, NameAddr::parse(message_.value_of(HeaderId::from)));
  CARILLON_TRY(to, NameAddr::parse(message_.value_of(HeaderId::to)));
  message_.via_branch_ = span(via.branch);
  message_.via_sent_by_ = span(via.sent_by);
  message_.from_tag_ = span(from.tag());
  message_.to_tag_ = span(to.tag());
  return {};
}

Result<> MessageParser::check_cseq() {
  CARILLON_TRY(cseq, CSeq::parse(message_.value_of(HeaderId::cseq)));
  message_.cseq_number_ = cseq.number;
  if (message_.is_request()) {
    if (cseq.method_name != message_.method_name()) return fail(Fault::method_mismatch, "the method of the CSeq is another one");
    return {};
  }
  message_.method_ = cseq.method;
  message_.method_text_ = span(cseq.method_name);
  return {};
}

Result<> MessageParser::check_request() {
  CARILLON_TRY(uri, Uri::parse(message_.request_uri_text()));
  if (!uri.headers.empty()) return fail(Fault::bad_uri, "a Request-URI with headers");  // RFC 3261 §19.1.1, table 1
  if (message_.has(HeaderId::max_forwards)) {
    const auto hops = parse_decimal(message_.value_of(HeaderId::max_forwards), 255);
    if (!hops) return fail(Fault::bad_max_forwards, "Max-Forwards is not 0 to 255");
    message_.max_forwards_ = static_cast<std::uint8_t>(*hops);
  }
  return {};
}

Result<std::uint32_t> MessageParser::content_length() const {
  const std::string_view value = message_.value_of(HeaderId::content_length);
  if (value.empty() || span_of(value, digit_char) != value.size()) return failure(Fault::bad_content_length, "not a number");
  const auto length = parse_decimal(value, limits_.body_bytes);
  if (!length) return failure(Fault::body_too_large, "the body is too large");
  return *length;
}

// RFC 3261 §18.3: a datagram may be longer than its message, never shorter.
Result<> MessageParser::measure_body() {
  const auto available = static_cast<std::size_t>(bytes_.data() + bytes_.size() - at_);
  std::size_t length = available;
  if (message_.has(HeaderId::content_length)) {
    CARILLON_TRY(announced, content_length());
    length = announced;
  }
  if (length > available) return fail(Fault::body_too_short, "the body is shorter than Content-Length");
  if (length > limits_.body_bytes) return fail(Fault::body_too_large, "the body is too large");
  message_.body_length_ = static_cast<std::uint32_t>(length);
  return {};
}

Result<std::size_t> MessageParser::length_on_stream() {
  skip_empty_lines();
  // A start line that is merely wrong is refused by parse(), and the stream goes on.
  if (auto line = read_start_line(); !line && line.error().is(Fault::not_sip)) return std::unexpected(line.error());
  CARILLON_CHECK(read_headers());
  if (!message_.has(HeaderId::content_length))
    return failure(Fault::no_content_length, "Content-Length is mandatory on a stream");
  CARILLON_TRY(length, content_length());
  return static_cast<std::size_t>(at_ - bytes_.data()) + length;
}

bool MessageParser::parse_for_refusal() {
  skip_empty_lines();
  if (!read_start_line() && message_.method_text_.length == 0) return false;
  if (message_.is_response() || message_.method_ == Method::ack) return false;
  while (end_ - at_ >= 2 && !(at_[0] == '\r' && at_[1] == '\n') && message_.count_ < Message::max_headers) {
    const char* const line = at_;
    if (read_header() || at_ != line) continue;
    const std::string_view rest(line, static_cast<std::size_t>(end_ - line));
    const std::size_t next = rest.find("\r\n");
    if (next == std::string_view::npos) break;
    at_ = line + next + 2;
  }
  message_.body_at_ = static_cast<std::uint32_t>(at_ - message_.base_);
  return message_.has(HeaderId::via);
}

Result<Message> Message::parse(std::string_view bytes, const Limits& limits) {
  Result<Message> result(std::in_place);
  if (auto done = MessageParser(bytes, limits, *result).parse(); !done) result = std::unexpected(std::move(done).error());
  return result;
}

std::optional<Message> Message::for_refusal(std::string_view bytes) {
  std::optional<Message> message(std::in_place);
  if (!MessageParser(bytes, Limits{}, *message).parse_for_refusal()) message.reset();
  return message;
}

Result<std::size_t> Message::length_on_stream(std::string_view head, const Limits& limits) {
  Message message;
  return MessageParser(head, limits, message).length_on_stream();
}

}  // namespace carillon::sip
