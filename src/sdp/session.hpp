// SPDX-License-Identifier: GPL-3.0-or-later
// Session descriptions (RFC 8866) as calls need them: who sends what to where, in which codecs. Hostile or sloppy text ends in a
// Fault or in a usable Session, never in more memory than the bounds below.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace carillon::sdp {

/// Why a text is no session description. `status_of()` in offer_answer.hpp says which SIP answer it gets.
enum class Fault : std::uint8_t {
  too_large,
  not_sdp,
  bad_line,
  bad_media,
  too_many_media,
  too_many_formats,
  too_many_attributes
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"sdp.too_large",      "sdp.not_sdp",          "sdp.bad_line",           "sdp.bad_media",
                                        "sdp.too_many_media", "sdp.too_many_formats", "sdp.too_many_attributes"};
  return names[static_cast<std::size_t>(fault)];
}

inline constexpr std::size_t size_max = 64 * 1024;
inline constexpr std::size_t media_max = 16;
inline constexpr std::size_t formats_max = 64;      ///< Per media.
inline constexpr std::size_t attributes_max = 512;  ///< In the whole description.

enum class Direction : std::uint8_t { inactive = 0, sendonly = 1, recvonly = 2, sendrecv = 3 };
std::string_view to_string(Direction direction);
constexpr bool sends(Direction direction) {
  return (static_cast<unsigned>(direction) & 1U) != 0;
}
constexpr bool receives(Direction direction) {
  return (static_cast<unsigned>(direction) & 2U) != 0;
}
constexpr Direction make_direction(bool send, bool receive) {
  return static_cast<Direction>((send ? 1U : 0U) | (receive ? 2U : 0U));
}

/// The same stream as the other side sees it: sendonly is recvonly.
constexpr Direction reversed(Direction direction) {
  return make_direction(receives(direction), sends(direction));
}

/// A c= line or the address of an a=rtcp line. Multicast scope and counts are dropped.
struct Connection {
  bool is_v6 = false;
  std::string_view address;     ///< Numeric, or now and then a host name.
  bool is_unspecified() const;  ///< 0.0.0.0 or ::, the hold of RFC 2543.
};

struct Origin {
  std::string_view user;
  std::string_view session_id;
  std::string_view version;
  Connection connection;
};

struct Attribute {
  std::string_view name;
  std::string_view value;  ///< Empty for a flag.
};

/// One entry of the m= line with what a=rtpmap and a=fmtp say about it. Well-known static payload types (RFC 3551) are filled in.
struct Format {
  std::string_view name;      ///< As in the m= line: "0", "101", for other protocols "t38".
  std::string_view encoding;  ///< "PCMU"; empty when unknown.
  std::string_view fmtp;      ///< Parameters of the first a=fmtp line; empty when there is none.
  std::uint32_t clock_rate = 0;
  std::uint8_t channels = 1;
  std::uint8_t payload_type = no_payload_type;
  bool has_rtpmap = false;  ///< The text had the a=rtpmap line.

  static constexpr std::uint8_t no_payload_type = 255;
  bool is_telephone_event() const;
};

struct Media {
  std::string_view type;      ///< "audio", "video", "image", …
  std::string_view protocol;  ///< "RTP/AVP", …
  std::uint16_t port = 0;     ///< 0: refused or switched off.
  std::vector<Format> formats;
  std::optional<Connection> own_connection;
  std::optional<Direction> own_direction;
  std::uint16_t ptime_ms = 0;      ///< 0: not said.
  std::uint16_t max_ptime_ms = 0;  ///< 0: not said.
  bool has_rtcp_mux = false;
  std::uint16_t rtcp_port = 0;  ///< From a=rtcp; 0: not said, so port + 1.
  std::optional<Connection> rtcp_connection;
  std::vector<std::string_view> bandwidths;  ///< b= lines without "b=".
  std::vector<Attribute> attributes;         ///< All that the members above do not hold, in order.

  bool is_active() const { return port != 0; }
  /// RTP/AVP or RTP/AVPF.
  bool is_plain_rtp() const;
  /// RTP/SAVP or RTP/SAVPF: keys are in the description (RFC 4568).
  bool is_secure_rtp() const;
  /// The protocol with feedback (RFC 4585).
  bool has_feedback() const;
  const Format* find_format(std::string_view name) const;
  const Attribute* find_attribute(std::string_view name) const;
};

/// A parsed description. It owns its text and all views in it point there; a moved Session keeps them valid, a copy has its own.
class Session {
 public:
  /// Lenient where the field is: bare LF, missing o=, s= or t=, unknown lines, blanks at line ends, no final newline.
  static Result<Session> parse(std::string_view text);

  Session(const Session& other);
  Session& operator=(const Session& other);
  Session(Session&&) noexcept = default;
  Session& operator=(Session&&) noexcept = default;
  ~Session() = default;

  Origin origin;
  std::string_view name;  ///< s=
  std::optional<Connection> connection;
  std::optional<Direction> own_direction;
  std::vector<std::string_view> bandwidths;
  std::vector<Attribute> attributes;
  std::vector<Media> media;

  /// The text it was parsed from.
  std::string_view text() const { return {text_.get(), size_}; }

  /// Where media goes to: the media's own c= line, else the session's; null when there is neither.
  const Connection* connection_of(const Media& stream) const;
  /// What the writer of this description wants: the attribute of the media, else of the session, else sendrecv. The old hold
  /// c=0.0.0.0 takes "receive" away.
  Direction direction_of(const Media& stream) const;

 private:
  Session() = default;
  friend class Parser;
  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;
};

/// True when the writer of this description holds the call: no active audio stream (when there is no audio: no active stream)
/// runs both ways. All spellings count: sendonly, recvonly, inactive, c=0.0.0.0.
bool is_held(const Session& session);

/// True when nothing but the o= line differs: a repeated description, whatever its version says.
bool same_but_origin(const Session& a, const Session& b);

/// The canonical text of a Session: CRLF, lines in the order of RFC 8866, every attribute kept.
std::string write(const Session& session);

}  // namespace carillon::sdp
