// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/malformed_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon::test {
namespace {

using namespace std::string_view_literals;

constexpr std::array methods = {"INVITE"sv,   "ACK"sv,     "BYE"sv,   "CANCEL"sv,  "OPTIONS"sv,
                                "REGISTER"sv, "INFO"sv,    "PRACK"sv, "UPDATE"sv,  "SUBSCRIBE"sv,
                                "NOTIFY"sv,   "MESSAGE"sv, "REFER"sv, "PUBLISH"sv, "STRANGE"sv};
constexpr std::array statuses = {"100 Trying"sv,
                                 "180 Ringing"sv,
                                 "183 Session Progress"sv,
                                 "200 OK"sv,
                                 "302 Moved"sv,
                                 "401 Unauthorized"sv,
                                 "407 Proxy Authentication Required"sv,
                                 "487 Request Terminated"sv,
                                 "503 Service Unavailable"sv};

constexpr std::array numbers = {"-1"sv,
                                "0"sv,
                                "00000000000000000001"sv,
                                "255"sv,
                                "256"sv,
                                "65535"sv,
                                "65536"sv,
                                "2147483647"sv,
                                "2147483648"sv,
                                "4294967295"sv,
                                "4294967296"sv,
                                "18446744073709551615"sv,
                                "18446744073709551616"sv,
                                "99999999999999999999999999999999999"sv,
                                "+1"sv,
                                "0x10"sv,
                                "1e9"sv,
                                "1.5"sv,
                                " "sv,
                                ""sv,
                                "\xd9\xa1"sv};

/// Escapes, quotes and brackets that do not close, wrong UTF-8, control and bidirectional characters, format directives, paths.
constexpr std::array anomalies = {"%"sv,
                                  "%0"sv,
                                  "%zz"sv,
                                  "%00"sv,
                                  "%0d%0aVia: x"sv,
                                  "%25%32%35"sv,
                                  "%s%n%x%p"sv,
                                  "\\"sv,
                                  "\""sv,
                                  "\"\\"sv,
                                  "\"\\\"sv"sv,
                                  "<"sv,
                                  ">"sv,
                                  "<>"sv,
                                  "<<<<"sv,
                                  "<sip:"sv,
                                  "sip:"sv,
                                  "sip:@"sv,
                                  "sip:a@[::1"sv,
                                  "sip:a@]:"sv,
                                  "[:::]"sv,
                                  "[::ffff:1.2.3.4.5]"sv,
                                  ";"sv,
                                  ";;"sv,
                                  ";="sv,
                                  ";tag"sv,
                                  ";tag="sv,
                                  ";tag=\""sv,
                                  ","sv,
                                  ",,,"sv,
                                  ":"sv,
                                  "@"sv,
                                  "?"sv,
                                  "?a=b&c"sv,
                                  "="sv,
                                  "*"sv,
                                  "\0"sv,
                                  "\x01"sv,
                                  "\x7f"sv,
                                  "\x80"sv,
                                  "\xc0\xaf"sv,
                                  "\xc0\x80"sv,
                                  "\xed\xa0\x80"sv,
                                  "\xef\xbb\xbf"sv,
                                  "\xf4\x90\x80\x80"sv,
                                  "\xff\xfe"sv,
                                  "\xe2\x80\xae"sv,
                                  "\xe2\x81\xa6"sv,
                                  "\xf0\x9f\x98\x80"sv,
                                  "\r"sv,
                                  "\n"sv,
                                  "\r\n"sv,
                                  "\r\n "sv,
                                  "\r\n\r\n"sv,
                                  "\t"sv,
                                  " "sv,
                                  "../../etc/passwd"sv,
                                  "' OR 1=1 --"sv,
                                  "<script>"sv,
                                  "${jndi:x}"sv,
                                  "SIP/2.0"sv,
                                  "z9hG4bK"sv,
                                  "(comment"sv,
                                  "()"sv,
                                  "\xc2\xa0"sv};

constexpr std::string_view headers =
    "Via: SIP/2.0/UDP 198.51.100.9:5060;rport;branch=z9hG4bK{0}\r\nMax-Forwards: 70\r\n"
    "From: \"A. Stranger\" <sip:alice@users.democompany.com>;tag=f{0}\r\nTo: <sip:102@users.democompany.com>{1}\r\nCall-ID: "
    "c{0}@stranger\r\n"
    "CSeq: {2} {3}\r\nContact: \"A\" <sip:alice@198.51.100.9:5060;transport=udp>;q=0.5;expires=60\r\n";
constexpr std::array more = {
    "Authorization: Digest username=\"alice\", realm=\"users.democompany.com\", nonce=\"abc\", "
    "uri=\"sip:users.democompany.com\", "
    "response=\"0123456789abcdef0123456789abcdef\", algorithm=MD5, cnonce=\"x\", nc=00000001, qop=auth"sv,
    "Proxy-Authorization: Digest username=\"alice\", realm=\"users.democompany.com\", nonce=\"abc\", "
    "uri=\"sip:102@users.democompany.com\", "
    "response=\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", algorithm=SHA-256, "
    "cnonce=\"x\", nc=00000001, qop=auth"sv,
    "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\", qop=\"auth\", algorithm=MD5, stale=FALSE"sv,
    "Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>"sv,
    "Route: <sip:192.0.2.1;lr>"sv,
    "Expires: 3600"sv,
    "Session-Expires: 1800;refresher=uac"sv,
    "Min-SE: 90"sv,
    "Supported: 100rel, timer, replaces, path, outbound"sv,
    "Require: 100rel"sv,
    "RAck: 1 1 INVITE"sv,
    "RSeq: 1"sv,
    "Event: dialog;id=1"sv,
    "Subscription-State: active;expires=60"sv,
    "Refer-To: <sip:101@users.democompany.com?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>"sv,
    "Referred-By: <sip:alice@users.democompany.com>"sv,
    "Replaces: c@stranger;to-tag=1;from-tag=2"sv,
    "Reason: SIP;cause=200;text=\"Call completed elsewhere\""sv,
    "P-Asserted-Identity: <sip:boss@example.com>, <tel:+34911111111>"sv,
    "Privacy: id;header"sv,
    "Date: Sat, 13 Nov 2010 23:29:00 GMT"sv,
    "Accept: application/sdp, text/*;q=0.5"sv,
    "User-Agent: stranger/1.0 (x)"sv,
    "Content-Disposition: session;handling=required"sv,
    "Timestamp: 54.21"sv,
    "Retry-After: 18000;duration=3600"sv,
    "Warning: 399 host \"text\""sv,
    "Path: <sip:edge.example.com;lr;ob>"sv,
    "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2"sv,
    "Subject: =?utf-8?q?x?="sv};
constexpr std::string_view description =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nb=AS:64\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\na=candidate:1 1 UDP 1 198.51.100.9 "
    "4000 typ host\r\n";

}  // namespace

std::string MalformedMessages::own_message() {
  const std::string_view method = methods[pick(methods.size())];
  const bool is_response = pick(4) == 0;
  const bool has_body = is_response || method == "INVITE" || method == "UPDATE" || method == "ACK" || pick(4) == 0;
  std::string out = is_response ? fmt::format("SIP/2.0 {}\r\n", statuses[pick(statuses.size())])
                                : fmt::format("{} sip:102@users.democompany.com SIP/2.0\r\n", method);
  out += fmt::format(headers, random_(), pick(3) == 0 ? ";tag=t1" : "", pick(1000) + 1, method);
  for (std::size_t count = pick(6); count > 0; --count) out += std::string(more[pick(more.size())]) + "\r\n";
  if (has_body) out += "Content-Type: application/sdp\r\n";
  out += fmt::format("Content-Length: {}\r\n\r\n", has_body ? description.size() : 0);
  return has_body ? out + std::string(description) : out;
}

std::string MalformedMessages::next() {
  return next_of(own_message());
}

std::string MalformedMessages::next_of(std::string_view message) {
  constexpr std::array<Mutation, 15> mutations = {
      &MalformedMessages::overflow_value, &MalformedMessages::bad_number,       &MalformedMessages::bad_number,
      &MalformedMessages::replace_value,  &MalformedMessages::insert_anomaly,   &MalformedMessages::insert_anomaly,
      &MalformedMessages::repeat_header,  &MalformedMessages::repeat_element,   &MalformedMessages::drop_header,
      &MalformedMessages::drop_piece,     &MalformedMessages::play_with_length, &MalformedMessages::bend_line_end,
      &MalformedMessages::bend_name,      &MalformedMessages::bend_start,       &MalformedMessages::bend_body};
  Parts parts = split(message);
  for (std::size_t count = 1 + pick(3); count > 0; --count) (this->*mutations[pick(mutations.size())])(parts);
  std::string bytes = join(parts);
  if (pick(8) == 0) cut_or_flip(bytes);
  return bytes;
}

MalformedMessages::Parts MalformedMessages::split(std::string_view message) {
  Parts parts;
  const std::size_t end = std::min(message.find("\r\n\r\n"), message.size());
  std::string_view head = message.substr(0, end);
  parts.body = message.substr(std::min(end + 4, message.size()));
  parts.start = head.substr(0, head.find("\r\n"));
  while (head.find("\r\n") != std::string_view::npos) {
    head.remove_prefix(head.find("\r\n") + 2);
    parts.lines.emplace_back(head.substr(0, head.find("\r\n")));
  }
  return parts;
}

std::string MalformedMessages::join(const Parts& parts) {
  std::string out = parts.start + "\r\n";
  for (const std::string& line : parts.lines) out += line + "\r\n";
  return out + "\r\n" + parts.body;
}

std::string& MalformedMessages::any_line(Parts& parts) {
  if (parts.lines.empty()) parts.lines.emplace_back("Via: SIP/2.0/UDP a");
  return parts.lines[pick(parts.lines.size())];
}

std::string MalformedMessages::anomaly() {
  return std::string(anomalies[pick(anomalies.size())]);
}

// ---- Mutations ----

void MalformedMessages::overflow_value(Parts& parts) {
  constexpr std::array<std::size_t, 10> lengths = {1, 63, 127, 128, 255, 256, 1023, 4096, 16384, 65000};
  std::string& line = any_line(parts);
  const std::string run(lengths[pick(lengths.size())], "aA0.%;:@<\"\\( ,\xff"[pick(15)]);
  line.insert(pick(line.size() + 1), run);
}

/// A run of digits becomes a number that does not fit.
void MalformedMessages::bad_number(Parts& parts) {
  std::string& text = pick(5) == 0 ? parts.body : any_line(parts);
  if (text.empty()) return;
  const std::size_t first = text.find_first_of("0123456789", pick(text.size()));
  if (first == std::string::npos) return;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", first), text.size());
  text.replace(first, end - first, numbers[pick(numbers.size())]);
}

void MalformedMessages::replace_value(Parts& parts) {
  std::string& line = any_line(parts);
  line.resize(std::min(line.find(':'), line.size()));
  line += ": " + (pick(2) == 0 ? anomaly() : std::string(numbers[pick(numbers.size())]));
}

void MalformedMessages::insert_anomaly(Parts& parts) {
  std::string& line = any_line(parts);
  const std::string what = anomaly();
  if (pick(3) == 0) {
    for (std::size_t count = 1 + pick(200); count > 0; --count) line += what;
  } else {
    line.insert(pick(line.size() + 1), what);
  }
}

void MalformedMessages::repeat_header(Parts& parts) {
  constexpr std::array<std::size_t, 4> counts = {1, 2, 60, 200};
  const std::string line = any_line(parts);
  parts.lines.insert(parts.lines.begin() + static_cast<std::ptrdiff_t>(pick(parts.lines.size() + 1)), counts[pick(counts.size())],
                     line);
}

/// The value again behind a comma, or its parameters again behind a semicolon, many times.
void MalformedMessages::repeat_element(Parts& parts) {
  std::string& line = any_line(parts);
  const std::size_t from = line.find(pick(2) == 0 ? ';' : ':');
  if (from == std::string::npos) return;
  const std::string element = line.substr(from + 1);
  const char separator = line[from] == ';' ? ';' : ',';
  for (std::size_t count = 1 + pick(100); count > 0 && line.size() < 60000; --count) line += separator + element;
}

void MalformedMessages::drop_header(Parts& parts) {
  if (!parts.lines.empty()) parts.lines.erase(parts.lines.begin() + static_cast<std::ptrdiff_t>(pick(parts.lines.size())));
}

void MalformedMessages::drop_piece(Parts& parts) {
  std::string& line = any_line(parts);
  if (line.empty()) return;
  const std::size_t from = pick(line.size());
  line.erase(from, 1 + pick(line.size() - from));
}

void MalformedMessages::play_with_length(Parts& parts) {
  const auto is_length = [](const std::string& line) { return line.starts_with("Content-Length"); };
  const std::string size = std::to_string(parts.body.size());
  const std::array<std::string, 8> values = {
      "0",         size + "0", std::to_string(parts.body.size() / 2),     "-" + size, size + ", " + size,
      size + " x", "",         std::string(numbers[pick(numbers.size())])};
  if (pick(3) == 0) std::erase_if(parts.lines, is_length);
  for (std::size_t count = pick(3); count > 0; --count)
    parts.lines.push_back((pick(2) == 0 ? "Content-Length: " : "l : ") + values[pick(values.size())]);
}

void MalformedMessages::bend_line_end(Parts& parts) {
  constexpr std::array ends = {"\n"sv,         "\r"sv,       "\n\r"sv,   "\r\r\n"sv, "\r\n\t"sv,
                               "\r\n \r\n "sv, "\r\n\r\n"sv, "\0\r\n"sv, "\\\r\n"sv};
  any_line(parts).append(ends[pick(ends.size())]).append("Subject: x");
}

void MalformedMessages::bend_name(Parts& parts) {
  std::string& line = any_line(parts);
  const std::size_t colon = std::min(line.find(':'), line.size());
  switch (pick(4)) {
    case 0:
      line.insert(colon, " \t ");
      break;
    case 1:
      line.insert(pick(colon + 1), anomaly());
      break;
    case 2:
      line.erase(colon, 1);
      break;
    default:
      line = std::string(1, "vftimcloksrbuexydja"[pick(19)]) + line.substr(colon);
  }
}

void MalformedMessages::bend_start(Parts& parts) {
  switch (pick(6)) {
    case 0:
      parts.start.insert(pick(parts.start.size() + 1), anomaly());
      break;
    case 1:
      parts.start += " " + anomaly();
      break;
    case 2:
      parts.start = fmt::format("{} {} SIP/{}", methods[pick(methods.size())], anomaly(), numbers[pick(numbers.size())]);
      break;
    case 3:
      parts.start = fmt::format("SIP/2.0 {} {}", numbers[pick(numbers.size())], anomaly());
      break;
    case 4:
      parts.start =
          fmt::format("{} sip:{}@users.democompany.com SIP/2.0", methods[pick(methods.size())], std::string(pick(9000), 'a'));
      break;
    default:
      parts.start.erase(pick(parts.start.size() + 1));
  }
}

void MalformedMessages::bend_body(Parts& parts) {
  if (parts.body.empty()) parts.body = description;
  switch (pick(4)) {
    case 0:
      parts.body.insert(pick(parts.body.size() + 1), anomaly());
      break;
    case 1:
      parts.body.erase(pick(parts.body.size()));
      break;
    case 2:
      for (std::size_t count = 1 + pick(300); count > 0; --count) parts.body += "m=audio 4000 RTP/AVP 8\r\n";
      break;
    default:
      parts.body.insert(pick(parts.body.size() + 1), std::string(1 + pick(5000), 'a'));
  }
  for (std::string& line : parts.lines)
    if (line.starts_with("Content-Length")) line = fmt::format("Content-Length: {}", parts.body.size());
}

void MalformedMessages::cut_or_flip(std::string& bytes) {
  if (pick(2) == 0) return bytes.resize(pick(bytes.size() + 1));
  for (std::size_t count = 1 + pick(8); count > 0 && !bytes.empty(); --count)
    bytes[pick(bytes.size())] = static_cast<char>(random_());
}

}  // namespace carillon::test
