// SPDX-License-Identifier: GPL-3.0-or-later
// Whom we believe when we are the ones who call: certificates of authorities, and whose certificate a server has to show.
#pragma once

#include <memory>
#include <string>

#include "net/network.hpp"

namespace carillon::net {

class TlsTrust {
 public:
  /// `ca_file` has the authorities' certificates (PEM); empty: those that the system believes.
  static Result<std::unique_ptr<TlsTrust>> load(std::string ca_file);
  ~TlsTrust();

  /// Reads them again, for later connections; on failure nothing changes.
  Result<> reload();

  /// The client's side of TLS over a stream that connects or is connected: TLS 1.2 or later, and the server has to show a
  /// certificate that an authority vouches for and that is of this name (RFC 5922 §7), or numeric address. The handshake starts
  /// when a receiver is set; its failure arrives as on_closed().
  std::unique_ptr<Stream> connect(std::unique_ptr<Stream> stream, const std::string& name) const;

 private:
  struct Loaded;
  TlsTrust(std::string ca_file, std::shared_ptr<Loaded> loaded);
  static Result<std::shared_ptr<Loaded>> read(const std::string& ca_file);

  std::string ca_file_;
  std::shared_ptr<Loaded> loaded_;
};

}  // namespace carillon::net
