// SPDX-License-Identifier: GPL-3.0-or-later
// The table of header fields: to teach Carillon a header, add one line here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon::sip {

/// How often a header may stand in a message, and whether commas separate its values.
enum class Repeat : std::uint8_t {
  never,   ///< A second one makes the message invalid.
  single,  ///< One value; the first line counts.
  list,    ///< Any number of lines, each a comma-separated list (RFC 3261 §7.3.1).
  lines,   ///< Any number of lines, one value each: commas belong to the value (challenges and credentials).
};

// X(identifier, name, compact form or 0, repeat)
// clang-format off
#define CARILLON_SIP_HEADERS(X) \
  X(accept, "Accept", 0, list) \
  X(accept_contact, "Accept-Contact", 'a', list) \
  X(accept_encoding, "Accept-Encoding", 0, list) \
  X(accept_language, "Accept-Language", 0, list) \
  X(alert_info, "Alert-Info", 0, list) \
  X(allow, "Allow", 0, list) \
  X(allow_events, "Allow-Events", 'u', list) \
  X(answer_mode, "Answer-Mode", 0, single) \
  X(authentication_info, "Authentication-Info", 0, lines) \
  X(authorization, "Authorization", 0, lines) \
  X(call_id, "Call-ID", 'i', never) \
  X(call_info, "Call-Info", 0, list) \
  X(contact, "Contact", 'm', list) \
  X(content_disposition, "Content-Disposition", 0, single) \
  X(content_encoding, "Content-Encoding", 'e', list) \
  X(content_language, "Content-Language", 0, list) \
  X(content_length, "Content-Length", 'l', never) \
  X(content_type, "Content-Type", 'c', never) \
  X(cseq, "CSeq", 0, never) \
  X(date, "Date", 0, single) \
  X(diversion, "Diversion", 0, list) \
  X(error_info, "Error-Info", 0, list) \
  X(event, "Event", 'o', single) \
  X(expires, "Expires", 0, single) \
  X(flow_timer, "Flow-Timer", 0, single) \
  X(from, "From", 'f', never) \
  X(geolocation, "Geolocation", 0, list) \
  X(history_info, "History-Info", 0, list) \
  X(identity, "Identity", 'y', list) \
  X(in_reply_to, "In-Reply-To", 0, list) \
  X(info_package, "Info-Package", 0, single) \
  X(join, "Join", 0, single) \
  X(max_breadth, "Max-Breadth", 0, single) \
  X(max_forwards, "Max-Forwards", 0, never) \
  X(mime_version, "MIME-Version", 0, single) \
  X(min_expires, "Min-Expires", 0, single) \
  X(min_se, "Min-SE", 0, single) \
  X(organization, "Organization", 0, single) \
  X(p_access_network_info, "P-Access-Network-Info", 0, list) \
  X(p_asserted_identity, "P-Asserted-Identity", 0, list) \
  X(p_associated_uri, "P-Associated-URI", 0, list) \
  X(p_charging_vector, "P-Charging-Vector", 0, single) \
  X(p_early_media, "P-Early-Media", 0, list) \
  X(p_preferred_identity, "P-Preferred-Identity", 0, list) \
  X(path, "Path", 0, list) \
  X(priority, "Priority", 0, single) \
  X(privacy, "Privacy", 0, single) \
  X(proxy_authenticate, "Proxy-Authenticate", 0, lines) \
  X(proxy_authorization, "Proxy-Authorization", 0, lines) \
  X(proxy_require, "Proxy-Require", 0, list) \
  X(rack, "RAck", 0, single) \
  X(reason, "Reason", 0, list) \
  X(record_route, "Record-Route", 0, list) \
  X(recv_info, "Recv-Info", 0, list) \
  X(refer_sub, "Refer-Sub", 0, single) \
  X(refer_to, "Refer-To", 'r', never) \
  X(referred_by, "Referred-By", 'b', single) \
  X(reject_contact, "Reject-Contact", 'j', list) \
  X(remote_party_id, "Remote-Party-ID", 0, list) \
  X(replaces, "Replaces", 0, never) \
  X(reply_to, "Reply-To", 0, single) \
  X(request_disposition, "Request-Disposition", 'd', list) \
  X(require, "Require", 0, list) \
  X(retry_after, "Retry-After", 0, single) \
  X(route, "Route", 0, list) \
  X(rseq, "RSeq", 0, single) \
  X(server, "Server", 0, single) \
  X(service_route, "Service-Route", 0, list) \
  X(session_expires, "Session-Expires", 'x', single) \
  X(session_id, "Session-ID", 0, single) \
  X(sip_etag, "SIP-ETag", 0, single) \
  X(sip_if_match, "SIP-If-Match", 0, single) \
  X(subject, "Subject", 's', single) \
  X(subscription_state, "Subscription-State", 0, single) \
  X(supported, "Supported", 'k', list) \
  X(target_dialog, "Target-Dialog", 0, single) \
  X(timestamp, "Timestamp", 0, single) \
  X(to, "To", 't', never) \
  X(unsupported, "Unsupported", 0, list) \
  X(user_agent, "User-Agent", 0, single) \
  X(via, "Via", 'v', list) \
  X(warning, "Warning", 0, list) \
  X(www_authenticate, "WWW-Authenticate", 0, lines)
// clang-format on

/// A header that Carillon knows by name; `unknown` for every other.
enum class HeaderId : std::uint8_t {
#define CARILLON_SIP_ENUMERATOR(id, name, compact, repeat) id,
  CARILLON_SIP_HEADERS(CARILLON_SIP_ENUMERATOR)
#undef CARILLON_SIP_ENUMERATOR
      unknown,
};

inline constexpr std::size_t known_headers = static_cast<std::size_t>(HeaderId::unknown);

/// Looks up a long or compact name, ignoring case; `unknown` when it is not in the table.
HeaderId header_from(std::string_view name);

/// The long name as it is written, "Call-ID"; empty for `unknown`.
std::string_view header_name(HeaderId id);

/// `single` for `unknown`.
Repeat header_repeat(HeaderId id);

}  // namespace carillon::sip
