// SPDX-License-Identifier: GPL-3.0-or-later
// Which certificates this node shows to whom.
#pragma once

#include "base/configuration.hpp"
#include "net/certificate.hpp"
#include "roles/data_dir.hpp"

namespace carillon::roles {

/// That of the node: from `tls.certificate` and `tls.key`, else the self-signed one in the data directory.
inline net::TlsFiles certificate_files(const Configuration& configuration, const DataDir& data) {
  const std::string& certificate = configuration.text("tls.certificate");
  if (!certificate.empty()) return {.certificate = certificate, .key = configuration.text("tls.key")};
  return {.certificate = data.certificate(), .key = data.key()};
}

}  // namespace carillon::roles
