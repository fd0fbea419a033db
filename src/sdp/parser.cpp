// SPDX-License-Identifier: GPL-3.0-or-later
// Reads session descriptions: one pass over the lines, one copy of the text, every list bounded.
#include "sdp/session.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "sdp/tokens.hpp"

namespace carillon::sdp {

/// Fills one Session, line by line.
class Parser {
 public:
  explicit Parser(Session& session) : session_(session) {}
  Result<> run(std::string_view text);

 private:
  Result<> line(char type, std::string_view value);
  Result<> media_line(std::string_view value);
  Result<> connection_line(std::string_view value);
  Result<> attribute_line(std::string_view value);
  void origin_line(std::string_view value);
  bool media_attribute(Media& media, const Attribute& attribute);
  Media* media() { return session_.media.empty() ? nullptr : &session_.media.back(); }
  Result<> count_one();

  Session& session_;
  std::size_t attributes_ = 0;
};

namespace {

/// Without an early end, so that it runs over many bytes at once.
bool has_bad_bytes(std::string_view line) {
  unsigned bad = 0;
  for (char c : line) bad |= static_cast<unsigned>((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f);
  return bad != 0;
}

std::optional<Direction> direction_named(std::string_view name) {
  for (Direction direction : {Direction::sendrecv, Direction::sendonly, Direction::recvonly, Direction::inactive}) {
    if (same_token(name, to_string(direction))) return direction;
  }
  return std::nullopt;
}

/// "IN IP4 192.0.2.1/127": RFC 8866 §5.7.
std::optional<Connection> parse_connection(std::string_view text) {
  if (!same_token(take_token(text), "IN")) return std::nullopt;
  const std::string_view family = take_token(text);
  Connection connection;
  connection.is_v6 = same_token(family, "IP6");
  if (!connection.is_v6 && !same_token(family, "IP4")) return std::nullopt;
  const std::string_view address = take_token(text);
  connection.address = address.substr(0, address.find('/'));
  if (connection.address.empty()) return std::nullopt;
  return connection;
}

/// RFC 3551 §6: payload types that need no a=rtpmap.
struct StaticFormat {
  std::uint8_t payload_type;
  std::uint8_t channels;
  std::uint32_t clock_rate;
  std::string_view encoding;
};
constexpr StaticFormat static_formats[] = {
    {0, 1, 8000, "PCMU"},   {3, 1, 8000, "GSM"},   {4, 1, 8000, "G723"},   {5, 1, 8000, "DVI4"},   {6, 1, 16000, "DVI4"},
    {7, 1, 8000, "LPC"},    {8, 1, 8000, "PCMA"},  {9, 1, 8000, "G722"},   {10, 2, 44100, "L16"},  {11, 1, 44100, "L16"},
    {12, 1, 8000, "QCELP"}, {13, 1, 8000, "CN"},   {14, 1, 90000, "MPA"},  {15, 1, 8000, "G728"},  {16, 1, 11025, "DVI4"},
    {17, 1, 22050, "DVI4"}, {18, 1, 8000, "G729"}, {26, 1, 90000, "JPEG"}, {31, 1, 90000, "H261"}, {34, 1, 90000, "H263"}};

Format make_format(std::string_view name, bool is_rtp) {
  Format format;
  format.name = name;
  const auto number = is_rtp ? parse_number<std::uint8_t>(name) : std::nullopt;
  if (!number || *number > 127) return format;
  format.payload_type = *number;
  const auto* known = std::ranges::find(static_formats, *number, &StaticFormat::payload_type);
  if (known == std::end(static_formats)) return format;
  format.encoding = known->encoding;
  format.clock_rate = known->clock_rate;
  format.channels = known->channels;
  return format;
}

Format* find_format(Media& media, std::string_view name) {
  const auto found = std::ranges::find(media.formats, name, &Format::name);
  return found == media.formats.end() ? nullptr : &*found;
}

/// "101 telephone-event/8000/1". False when it does not fit; then it stays an ordinary attribute.
bool take_rtpmap(Media& media, std::string_view value) {
  Format* format = find_format(media, take_token(value));
  if (format == nullptr || format->has_rtpmap) return false;
  const std::string_view map = take_token(value);
  const std::size_t slash = map.find('/');
  if (slash == 0 || slash == std::string_view::npos) return false;
  const std::string_view rest = map.substr(slash + 1);
  const std::size_t second = rest.find('/');
  const auto clock_rate = parse_number<std::uint32_t>(rest.substr(0, second));
  if (!clock_rate) return false;
  std::uint8_t channels = 1;
  if (second != std::string_view::npos) {
    const auto number = parse_number<std::uint8_t>(rest.substr(second + 1));
    if (!number) return false;
    channels = *number;
  }
  format->encoding = map.substr(0, slash);
  format->clock_rate = *clock_rate;
  format->channels = channels;
  format->has_rtpmap = true;
  return true;
}

bool take_fmtp(Media& media, std::string_view value) {
  Format* format = find_format(media, take_token(value));
  if (format == nullptr || !format->fmtp.empty() || value.empty()) return false;
  format->fmtp = value;
  return true;
}

/// "53020" or "53020 IN IP4 192.0.2.1" (RFC 3605).
bool take_rtcp(Media& media, std::string_view value) {
  const auto port = parse_number<std::uint16_t>(take_token(value));
  if (!port || *port == 0 || media.rtcp_port != 0) return false;
  if (!value.empty()) {
    const auto connection = parse_connection(value);
    if (!connection) return false;
    media.rtcp_connection = connection;
  }
  media.rtcp_port = *port;
  return true;
}

bool take_milliseconds(std::uint16_t& member, std::string_view value) {
  constexpr std::uint16_t ptime_max = 1000;
  const auto number = parse_number<std::uint16_t>(value);
  if (!number || *number == 0 || *number > ptime_max || member != 0) return false;
  member = *number;
  return true;
}

}  // namespace

Result<> Parser::run(std::string_view text) {
  bool is_first = true;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line_text = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line_text.ends_with('\r')) line_text.remove_suffix(1);
    line_text = trim_right(line_text);
    if (line_text.empty() && !is_first) continue;
    if (is_first && line_text != "v=0") return failure(Fault::not_sdp, "the first line is not v=0");
    is_first = false;
    if (line_text.size() < 2 || line_text[1] != '=') return failure(Fault::bad_line, "a line does not begin with a letter and =");
    if (has_bad_bytes(line_text)) return failure(Fault::bad_line, "a line holds control characters");
    CARILLON_CHECK(line(line_text[0], trim_left(line_text.substr(2))));
  }
  if (is_first) return failure(Fault::not_sdp, "the description is empty");
  return {};
}

Result<> Parser::line(char type, std::string_view value) {
  switch (type) {
    case 'm':
      return media_line(value);
    case 'a':
      return attribute_line(value);
    case 'c':
      return connection_line(value);
    case 'b': {
      CARILLON_CHECK(count_one());
      (media() != nullptr ? media()->bandwidths : session_.bandwidths).push_back(value);
      return {};
    }
    case 'o':
      origin_line(value);
      return {};
    case 's':
      session_.name = value;
      return {};
    default:
      return {};  // Times, contacts, clear keys and letters of the future: nothing that a call needs.
  }
}

void Parser::origin_line(std::string_view value) {
  Origin origin;
  origin.user = take_token(value);
  origin.session_id = take_token(value);
  origin.version = take_token(value);
  if (const auto connection = parse_connection(value)) {
    origin.connection = *connection;
    session_.origin = origin;
  }
}

Result<> Parser::connection_line(std::string_view value) {
  const auto connection = parse_connection(value);
  if (!connection) return failure(Fault::bad_line, "a c= line is not IN IP4 or IN IP6 and an address");
  auto& member = media() != nullptr ? media()->own_connection : session_.connection;
  if (!member) member = connection;
  return {};
}

/// "audio 49170/2 RTP/AVP 0 8 101" (RFC 8866 §5.14). A refused stream without formats gets one, since the grammar wants it.
Result<> Parser::media_line(std::string_view value) {
  if (session_.media.size() == media_max) return failure(Fault::too_many_media, "too many m= lines");
  Media media;
  media.type = take_token(value);
  const std::string_view ports = take_token(value);
  media.protocol = take_token(value);
  const auto port = parse_number<std::uint16_t>(ports.substr(0, ports.find('/')));
  if (media.type.empty() || media.protocol.empty() || !port) return failure(Fault::bad_media, "an m= line cannot be read");
  media.port = *port;
  const bool is_rtp = media.protocol.find("RTP/") != std::string_view::npos;
  constexpr std::size_t usual_count = 8;
  media.formats.reserve(usual_count);
  while (!value.empty()) {
    if (media.formats.size() == formats_max) return failure(Fault::too_many_formats, "an m= line has too many formats");
    media.formats.push_back(make_format(take_token(value), is_rtp));
  }
  if (media.formats.empty()) {
    if (media.port != 0) return failure(Fault::bad_media, "an m= line has no formats");
    media.formats.push_back(make_format("0", is_rtp));
  }
  session_.media.push_back(std::move(media));
  return {};
}

Result<> Parser::attribute_line(std::string_view value) {
  const std::size_t colon = value.find(':');
  Attribute attribute{trim_right(value.substr(0, colon)), {}};
  if (colon != std::string_view::npos) attribute.value = trim_left(value.substr(colon + 1));
  if (attribute.name.empty()) return failure(Fault::bad_line, "an a= line has no name");
  Media* stream = media();
  if (attribute.value.empty()) {
    if (const auto direction = direction_named(attribute.name)) {
      (stream != nullptr ? stream->own_direction : session_.own_direction) = direction;
      return {};
    }
  }
  if (stream != nullptr && media_attribute(*stream, attribute)) return {};
  CARILLON_CHECK(count_one());
  auto& attributes = stream != nullptr ? stream->attributes : session_.attributes;
  constexpr std::size_t usual_count = 8;
  if (attributes.empty()) attributes.reserve(usual_count);
  attributes.push_back(attribute);
  return {};
}

/// True when the attribute went into a member of its own.
bool Parser::media_attribute(Media& media, const Attribute& attribute) {
  if (attribute.name == "rtpmap") return take_rtpmap(media, attribute.value);
  if (attribute.name == "fmtp") return take_fmtp(media, attribute.value);
  if (attribute.name == "ptime") return take_milliseconds(media.ptime_ms, attribute.value);
  if (attribute.name == "maxptime") return take_milliseconds(media.max_ptime_ms, attribute.value);
  if (attribute.name == "rtcp") return take_rtcp(media, attribute.value);
  if (attribute.name == "rtcp-mux" && attribute.value.empty()) return media.has_rtcp_mux = true;
  return false;
}

Result<> Parser::count_one() {
  if (++attributes_ > attributes_max) return failure(Fault::too_many_attributes, "too many a= and b= lines");
  return {};
}

Result<Session> Session::parse(std::string_view text) {
  if (text.size() > size_max) return failure(Fault::too_large, "the description is longer than 64 KiB");
  if (text.empty()) return failure(Fault::not_sdp, "the description is empty");
  Session session;
  session.text_ = std::make_unique_for_overwrite<char[]>(text.size());
  std::memcpy(session.text_.get(), text.data(), text.size());
  session.size_ = text.size();
  CARILLON_CHECK(Parser(session).run(session.text()));
  return session;
}

}  // namespace carillon::sdp
