// SPDX-License-Identifier: GPL-3.0-or-later
// Writes messages. Everything that comes from outside passes text().
#include "sip/writer.hpp"

#include <charconv>

#include "base/assert.hpp"
#include "sip/scan.hpp"
#include "sip/status.hpp"

namespace carillon::sip {

namespace {

/// The other side's reason phrases are shown to people: nothing in them may reorder or hide what stands around it, or go on.
constexpr std::size_t phrase_bytes_max = 64;

}  // namespace

void Writer::request_line(std::string_view method, std::string_view uri) {
  text(method);
  out_ += ' ';
  text(uri);
  out_ += " SIP/2.0\r\n";
}

void Writer::status_line(int status, std::string_view reason) {
  CARILLON_ENSURE(status >= 100 && status <= 699);
  out_ += "SIP/2.0 ";
  number(static_cast<std::uint64_t>(status));
  out_ += ' ';
  for (char c : reason.substr(0, phrase_bytes_max))
    if (c >= ' ' && c <= '~') out_ += c;
  out_ += "\r\n";
}

void Writer::header(HeaderId id, std::string_view value) {
  begin(id);
  text(value);
  out_ += "\r\n";
}

void Writer::header(HeaderId id, std::uint64_t value) {
  begin(id);
  number(value);
  out_ += "\r\n";
}

void Writer::header(HeaderId id, std::initializer_list<std::string_view> parts) {
  begin(id);
  for (std::string_view part : parts) text(part);
  out_ += "\r\n";
}

void Writer::header(std::string_view name, std::string_view value) {
  CARILLON_ENSURE(is_token(name));
  out_ += name;
  out_ += ": ";
  text(value);
  out_ += "\r\n";
}

void Writer::via(std::string_view transport, std::string_view sent_by, std::string_view branch) {
  header(HeaderId::via, {"SIP/2.0/", transport, " ", sent_by, ";rport;branch=", branch});
}

void Writer::cseq(std::uint32_t sequence, Method method) {
  cseq(sequence, method_name(method));
}

void Writer::cseq(std::uint32_t sequence, std::string_view method) {
  begin(HeaderId::cseq);
  number(sequence);
  out_ += ' ';
  text(method);
  out_ += "\r\n";
}

void Writer::address(HeaderId id, std::string_view display, std::string_view uri, std::string_view tag) {
  begin(id);
  if (!display.empty()) {
    out_ += '"';
    for (char c : display) {
      if (c == '"' || c == '\\') out_ += '\\';
      out_ += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    out_ += "\" ";
  }
  out_ += '<';
  text(uri);
  out_ += '>';
  if (!tag.empty()) {
    out_ += ";tag=";
    text(tag);
  }
  out_ += "\r\n";
}

void Writer::copy(const Message& message, HeaderId id) {
  const auto first = message.first(id);
  if (!first) return;
  if (const Repeat repeat = header_repeat(id); repeat == Repeat::never || repeat == Repeat::single) return header(id, *first);
  for (std::size_t i = 0; i < message.header_count(); ++i) {
    if (const Header line = message.header(i); line.id == id) header(id, line.value);
  }
}

void Writer::body(std::string_view content_type, std::string_view bytes) {
  header(HeaderId::content_type, content_type);
  header(HeaderId::content_length, bytes.size());
  out_ += "\r\n";
  out_ += bytes;
}

void Writer::end() {
  out_ += "Content-Length: 0\r\n\r\n";
}

void Writer::begin(HeaderId id) {
  CARILLON_ENSURE(id != HeaderId::unknown);
  out_ += header_name(id);
  out_ += ": ";
}

void Writer::text(std::string_view text) {
  const char* from = text.data();
  const char* const end = from + text.size();
  while (from != end) {
    const char* const stop = find_control(from, end);
    out_.append(from, stop);
    from = stop;
    if (from == end) return;
    // RFC 3261 §25.1: a quoted-pair may hold control bytes other than CR and LF; they are harmless.
    const bool quoted_pair = from != text.data() && from[-1] == '\\' && *from != '\r' && *from != '\n';
    out_ += quoted_pair ? *from : ' ';
    ++from;
  }
}

void Writer::number(std::uint64_t value) {
  char digits[20];
  const auto written = std::to_chars(std::begin(digits), std::end(digits), value);
  out_.append(std::begin(digits), written.ptr);
}

}  // namespace carillon::sip
