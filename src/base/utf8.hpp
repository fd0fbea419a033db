// SPDX-License-Identifier: GPL-3.0-or-later
// What is a character in bytes that somebody else sent.
#pragma once

#include <cstddef>
#include <string_view>

namespace carillon {

/// How many bytes the UTF-8 character at the front has; 0 when there is none (RFC 3629 §4: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text);

}  // namespace carillon
