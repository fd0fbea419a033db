// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords of people (argon2id) and of devices (digest HA1). No clear password is ever stored.
#pragma once

#include "base/result.hpp"
#include "model/field.hpp"

namespace carillon::store {

/// What one login costs an attacker, and us: about 100 ms and 46 MiB, or next to nothing for demo data that anyone may know.
enum class HashCost { standard, demo };

/// Allocates what it says above: at most two at once, never on a loop thread.
Secret hash_password(std::string_view password, HashCost cost = HashCost::standard);
/// In time independent of the content. An empty or malformed hash matches nothing but takes as long (`cost`) as a sound one.
bool verify_password(const Secret& hash, std::string_view password, HashCost cost = HashCost::standard);
/// Whether a sound hash was made at another cost than this: who proved the password gets a new one.
bool is_of_other_cost(const Secret& hash, HashCost cost);
/// Letters and digits, 128 bits unless asked for more: for `init` and generated SIP passwords.
std::string generate_password();

/// SHA-256 of a random token in hex: what is kept in its stead.
std::string token_digest(std::string_view token);

/// H(name:realm:password) in lower-case hex (RFC 7616 §3.4.2). The realm is the name of the customer's SIP domain, also for
/// devices that address the platform by IP: the first customer owns such requests and they are challenged with its domain.
struct Ha1 {
  Secret md5;
  Secret sha256;
};
Ha1 digest_ha1(std::string_view name, std::string_view realm, std::string_view password);

}  // namespace carillon::store
