// SPDX-License-Identifier: GPL-3.0-or-later
// A first start must serve TLS before the operator has a certificate: this makes a self-signed one.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace carillon::net {

struct TlsFiles {
  std::string certificate;  ///< PEM, leaf first, then the chain.
  std::string key;          ///< PEM, no passphrase.
};

/// Makes an EC P-256 key and a self-signed certificate for `names` (host names and numeric addresses become subject alternative
/// names; at least one), valid from the day before `now` for ten years. Both files get mode 0600. Does nothing when both exist
/// already. Error: `tls` when only one of them exists or a file cannot be written.
Result<> make_self_signed_certificate(const TlsFiles& files, const std::vector<std::string>& names, Instant now);

}  // namespace carillon::net
