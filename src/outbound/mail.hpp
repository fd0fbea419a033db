// SPDX-License-Identifier: GPL-3.0-or-later
// A message of the platform as RFC 5322 and MIME want it. Names and subjects come from callers, and whatever they hold, the
// message has the same headers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "outbound/fault.hpp"

namespace carillon::outbound {

struct Mailbox {
  std::string name;     ///< Shown; may be empty and may hold anything.
  std::string address;  ///< user@host, ASCII.
  /// "user@host", or "Name <user@host>": as `smtp.from` has it.
  static Result<Mailbox> parse(std::string_view text);
};

struct Attachment {
  std::string name;  ///< File name as the reader sees it.
  std::string type;  ///< audio/wav, application/pdf.
  std::string bytes;
};

struct Mail {
  Mailbox from;
  Mailbox to;
  std::string subject;
  std::string text;                          ///< UTF-8; lines end with \n.
  std::string html = {};                     ///< The same for readers that show it; empty: none.
  std::vector<Attachment> attachments = {};  ///< At most 20.
};

constexpr std::size_t mail_bytes_max = 25 << 20;  ///< As sent.

/// user@host.name as one recipient: printable ASCII without spaces, quotes and brackets.
bool is_mail_address(std::string_view text);

/// The message, lines ending with CR LF. `bad_mail` for addresses that are none and for what is too large. Control characters in
/// names and subjects become spaces, what is not UTF-8 becomes `?`; names and subjects are cut after 200 and 400 bytes.
Result<std::string> compose(const Mail& mail, Instant now);

}  // namespace carillon::outbound
