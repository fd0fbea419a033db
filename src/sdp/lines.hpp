// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the lines of a description; shared by the faithful writer and the one for the far side of a relay.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sdp/session.hpp"

namespace carillon::sdp {

/// The parts, then CRLF.
void append_line(std::string& out, std::initializer_list<std::string_view> parts);
/// "a=name" or "a=name:value".
void append_attribute(std::string& out, const Attribute& attribute);
/// "m=audio 4000 RTP/AVP 0 8". `protocol`: another than the media's own, unless empty.
void append_media_line(std::string& out, const Media& media, std::uint16_t port, const std::vector<Format>& formats,
                       std::string_view protocol = {});
/// a=rtpmap and a=fmtp of each format, a=ptime and a=maxptime.
void append_codecs(std::string& out, const Media& media);
/// "IN IP6 2001:db8::1".
std::string connection_text(const Connection& connection);

}  // namespace carillon::sdp
