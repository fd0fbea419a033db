// SPDX-License-Identifier: GPL-3.0-or-later
// TLS as a layer over any Stream, so that whoever speaks a protocol over a stream need not know of it.
#pragma once

#include <memory>

#include "net/certificate.hpp"
#include "net/network.hpp"

namespace carillon::net {

/// A certificate and what we accept with it: TLS 1.2 or later, ECDHE key exchange, AEAD ciphers, no renegotiation, no
/// compression.
class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> load(const TlsFiles& files);
  ~TlsContext();

  /// Reads the files again. Later connections use them, earlier ones go on; on failure nothing changes.
  Result<> reload();

  /// The server's side of TLS over a stream just accepted. The handshake starts when a receiver is set; its failure arrives as
  /// on_closed().
  std::unique_ptr<Stream> accept(std::unique_ptr<Stream> stream);

 private:
  struct Loaded;
  TlsContext(TlsFiles files, std::unique_ptr<Loaded> loaded);
  static Result<std::unique_ptr<Loaded>> read(const TlsFiles& files);

  TlsFiles files_;
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace carillon::net
