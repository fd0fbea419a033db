// SPDX-License-Identifier: GPL-3.0-or-later
// What is a character in bytes that somebody else sent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon {

/// How many bytes the UTF-8 character at the front has; 0 when there is none (RFC 3629 §4: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text);

/// Bytes of a text of peers' that is kept or shown, where nothing else is said.
inline constexpr std::size_t longest_peer_text = 255;

/// What peers sent as a text that databases and JSON accept: UTF-8 without control characters (but line ends, where `lines`), at
/// most `most` bytes; what does not fit becomes `?`.
std::string clean_text(std::string_view text, std::size_t most, bool lines = false);

/// With A to Z as a to z, the other characters as they are.
std::string lower_case(std::string_view text);

}  // namespace carillon
