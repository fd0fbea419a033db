// SPDX-License-Identifier: GPL-3.0-or-later
// Where a REFER sends the other side of a call (RFC 3515), which dialog that replaces (RFC 3891), and what a referrer is told of
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sip/message.hpp"

namespace carillon::sip {

/// The dialog that a Replaces value names, as its addressee has it: `to_tag` is the addressee's own tag (RFC 3891 §3).
struct Replaces {
  std::string call_id;
  std::string to_tag;
  std::string from_tag;
  bool is_early_only = false;

  /// Nothing when the value is malformed, or lacks a tag.
  static std::optional<Replaces> parse(std::string_view value);
  /// The same dialog as its other side has it.
  Replaces swapped() const { return {call_id, from_tag, to_tag, is_early_only}; }
};

struct ReferTo {
  std::string user;  ///< Unescaped; of a tel: URI the number, of a URN that asks for help the URN.
  std::string host;  ///< Empty for tel:.
  std::optional<Replaces> replaces;
};

enum class ReferFault : std::uint8_t {
  bad_target,  ///< No Refer-To, or none that names a SIP or tel address with a user, or a Replaces that names no dialog: 400.
  bad_method,  ///< It asks for another request than INVITE: 501.
};
constexpr std::string_view name_of(ReferFault fault) {
  constexpr std::string_view names[] = {"sip.bad_target", "sip.bad_method"};
  return names[static_cast<std::size_t>(fault)];
}

/// The target of a REFER.
Result<ReferTo> read_refer_to(const Message& refer);

/// The body of a NOTIFY about it (RFC 3515 §2.4.5), of type `sipfrag_type`: a status line.
inline constexpr std::string_view sipfrag_type = "message/sipfrag;version=2.0";
std::string sipfrag(int status, std::string_view reason);

}  // namespace carillon::sip
