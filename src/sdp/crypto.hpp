// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of SRTP in a description (RFC 4568): a=crypto lines read and written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtp/srtp_profile.hpp"
#include "sdp/session.hpp"

namespace carillon::sdp {

/// One a=crypto line.
struct Crypto {
  std::uint32_t tag = 1;
  rtp::SrtpKey key;
};

/// The value of an a=crypto line; nothing for what we cannot use: unknown suites, several keys, a master key identifier, and
/// session parameters that change what is on the wire (RFC 4568 §6.3).
std::optional<Crypto> parse_crypto(std::string_view value);

/// All of the stream's lines that can be used.
std::vector<Crypto> cryptos_of(const Media& stream);
/// The first of them: whoever offers writes what it likes best first, and an answer has one.
std::optional<Crypto> find_crypto(const Media& stream);

/// The value of the line.
std::string crypto_text(const Crypto& crypto);

}  // namespace carillon::sdp
