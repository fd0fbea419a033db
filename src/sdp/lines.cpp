// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of a description, in the order in which RFC 8866 §9 wants them.
#include "sdp/lines.hpp"

#include <fmt/format.h>

namespace carillon::sdp {
namespace {

/// Decimal digits on the stack.
class Digits {
 public:
  explicit Digits(std::uint32_t number) : end_(fmt::format_to(text_, "{}", number)) {}
  std::string_view view() const { return {text_, end_}; }

 private:
  char text_[10];
  char* end_;
};

void append_number(std::string& out, std::string_view name, std::uint32_t number) {
  append_line(out, {"a=", name, ":", Digits(number).view()});
}

void append_media(std::string& out, const Media& media) {
  append_media_line(out, media, media.port, media.formats);
  if (media.own_connection) append_line(out, {"c=", connection_text(*media.own_connection)});
  for (std::string_view bandwidth : media.bandwidths) append_line(out, {"b=", bandwidth});
  append_codecs(out, media);
  if (media.own_direction) append_line(out, {"a=", to_string(*media.own_direction)});
  if (media.rtcp_port != 0) {
    const std::string where = media.rtcp_connection ? " " + connection_text(*media.rtcp_connection) : std::string();
    append_line(out, {"a=rtcp:", Digits(media.rtcp_port).view(), where});
  }
  if (media.has_rtcp_mux) append_line(out, {"a=rtcp-mux"});
  for (const Attribute& attribute : media.attributes) append_attribute(out, attribute);
}

}  // namespace

void append_line(std::string& out, std::initializer_list<std::string_view> parts) {
  for (std::string_view part : parts) out += part;
  out += "\r\n";
}

void append_attribute(std::string& out, const Attribute& attribute) {
  if (attribute.value.empty()) return append_line(out, {"a=", attribute.name});
  append_line(out, {"a=", attribute.name, ":", attribute.value});
}

void append_media_line(std::string& out, const Media& media, std::uint16_t port, const std::vector<Format>& formats,
                       std::string_view protocol) {
  out += "m=";
  out += media.type;
  out += ' ';
  out += Digits(port).view();
  out += ' ';
  out += protocol.empty() ? media.protocol : protocol;
  for (const Format& format : formats) {
    out += ' ';
    out += format.name;
  }
  out += "\r\n";
}

void append_codecs(std::string& out, const Media& media) {
  for (const Format& format : media.formats) {
    if (format.has_rtpmap) {
      append_line(out, {"a=rtpmap:", format.name, " ", format.encoding, "/", Digits(format.clock_rate).view(),
                        format.channels == 1 ? "" : "/", format.channels == 1 ? "" : Digits(format.channels).view()});
    }
    if (!format.fmtp.empty()) append_line(out, {"a=fmtp:", format.name, " ", format.fmtp});
  }
  if (media.ptime_ms != 0) append_number(out, "ptime", media.ptime_ms);
  if (media.max_ptime_ms != 0) append_number(out, "maxptime", media.max_ptime_ms);
}

std::string connection_text(const Connection& connection) {
  return fmt::format("IN {} {}", connection.is_v6 ? "IP6" : "IP4", connection.address);
}

std::string write(const Session& session) {
  std::string out;
  out.reserve(session.text().size() + 64);
  append_line(out, {"v=0"});
  const Origin& origin = session.origin;
  if (origin.user.empty()) {
    append_line(out, {"o=- 0 0 IN IP4 0.0.0.0"});
  } else {
    append_line(out, {"o=", origin.user, " ", origin.session_id, " ", origin.version, " ", connection_text(origin.connection)});
  }
  append_line(out, {"s=", session.name.empty() ? "-" : session.name});
  if (session.connection) append_line(out, {"c=", connection_text(*session.connection)});
  for (std::string_view bandwidth : session.bandwidths) append_line(out, {"b=", bandwidth});
  append_line(out, {"t=0 0"});
  if (session.own_direction) append_line(out, {"a=", to_string(*session.own_direction)});
  for (const Attribute& attribute : session.attributes) append_attribute(out, attribute);
  for (const Media& media : session.media) append_media(out, media);
  return out;
}

}  // namespace carillon::sdp
