// SPDX-License-Identifier: GPL-3.0-or-later
// Codes that an authenticator shows (RFC 6238 with SHA-1, 30 s).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace carillon::store {

/// Which interval of 30 s an instant lies in.
std::int64_t totp_step(Instant now);
/// The code of that interval; `key` is the secret as bytes.
std::string totp_code(std::string_view key, std::int64_t step, int digits = 6);
/// The interval that a code of six digits belongs to: this one or a neighbour (clocks differ), later than `used`.
std::optional<std::int64_t> find_totp_step(std::string_view key, std::string_view code, Instant now, std::int64_t used);

/// 160 random bits (RFC 4226 §4).
Secret make_totp_key();
/// As people type it: base 32 of RFC 4648 §6 without padding.
std::string totp_key_text(std::string_view key);
/// What authenticators read from a QR code.
std::string totp_uri(std::string_view key, std::string_view issuer, std::string_view account);

}  // namespace carillon::store
