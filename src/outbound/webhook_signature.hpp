// SPDX-License-Identifier: GPL-3.0-or-later
// Who receives a webhook knows by its signature that it comes from here and is new (Standard Webhooks 1.0).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace carillon::outbound {

/// "whsec_" and the base64 of 32 random bytes.
Secret make_webhook_secret();
/// Whether it is "whsec_" and the base64 of 24 to 64 bytes.
bool is_webhook_secret(std::string_view text);

/// "v1," and the base64 of the HMAC-SHA256 of `ID.SECONDS.BODY`; nothing for a secret that is none.
std::optional<std::string> sign_webhook(const Secret& secret, std::string_view id, std::int64_t seconds, std::string_view body);

}  // namespace carillon::outbound
