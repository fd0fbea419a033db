// SPDX-License-Identifier: GPL-3.0-or-later
// Base64 with its padding (RFC 4648 §4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

std::string to_base64(std::string_view bytes);
/// Nothing unless it is base64 with its padding and nothing else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace carillon
