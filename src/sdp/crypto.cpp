// SPDX-License-Identifier: GPL-3.0-or-later
// "1 AES_CM_128_HMAC_SHA1_80 inline:BASE64|2^20|1:4 WSH=64", as RFC 4568 §9.2 has it.
#include "sdp/crypto.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "sdp/tokens.hpp"

namespace carillon::sdp {
namespace {

std::optional<rtp::SrtpProfile> profile_named(std::string_view name) {
  for (std::size_t i = 0; i < rtp::srtp_profiles.size(); ++i)
    if (same_token(rtp::srtp_profiles[i].name, name)) return static_cast<rtp::SrtpProfile>(i);
  return std::nullopt;
}

/// "inline:BASE64|LIFETIME". A lifetime is a limit of the peer's own; none is reached before 2^31 packets, which are years.
std::optional<std::string> parse_key(std::string_view text) {
  constexpr std::string_view method = "inline:";
  if (text.size() < method.size() || !same_token(text.substr(0, method.size()), method)) return std::nullopt;
  text.remove_prefix(method.size());
  const std::size_t end = text.find('|');
  // Behind it: a colon is that of a master key identifier, a semicolon begins another key.
  if (end != std::string_view::npos && text.find_first_of(":;", end) != std::string_view::npos) return std::nullopt;
  std::string padded(text.substr(0, end));
  while (padded.size() % 4 != 0) padded += '=';  // Some telephones leave it out.
  return from_base64(padded);
}

bool is_harmless(std::string_view parameter) {
  return parameter.starts_with("WSH=") || parameter == "KDR=0" || parameter.starts_with('-');
}

}  // namespace

std::optional<Crypto> parse_crypto(std::string_view value) {
  constexpr std::size_t longest = 512;
  if (value.size() > longest) return std::nullopt;
  const auto tag = parse_number<std::uint32_t>(take_token(value));
  const auto profile = profile_named(take_token(value));
  if (!tag || !profile) return std::nullopt;
  const auto key = parse_key(take_token(value));
  if (!key || key->size() != rtp::master_size(*profile)) return std::nullopt;
  while (!value.empty())
    if (!is_harmless(take_token(value))) return std::nullopt;
  return Crypto{*tag, {*profile, *key}};
}

std::vector<Crypto> cryptos_of(const Media& stream) {
  std::vector<Crypto> found;
  for (const Attribute& attribute : stream.attributes) {
    if (!same_token(attribute.name, "crypto")) continue;
    if (auto crypto = parse_crypto(attribute.value)) found.push_back(std::move(*crypto));
  }
  return found;
}

std::optional<Crypto> find_crypto(const Media& stream) {
  for (const Attribute& attribute : stream.attributes) {
    if (!same_token(attribute.name, "crypto")) continue;
    if (auto crypto = parse_crypto(attribute.value)) return crypto;
  }
  return std::nullopt;
}

std::string crypto_text(const Crypto& crypto) {
  return fmt::format("{} {} inline:{}", crypto.tag, rtp::sizes_of(crypto.key.profile).name, to_base64(crypto.key.master));
}

}  // namespace carillon::sdp
