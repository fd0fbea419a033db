// SPDX-License-Identifier: GPL-3.0-or-later
// TLS as a layer over any Stream, so that whoever speaks a protocol over a stream need not know of it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "net/certificate.hpp"
#include "net/network.hpp"

namespace carillon::net {

/// Certificates and what we accept with them: TLS 1.2 or later, ECDHE key exchange, AEAD ciphers, no renegotiation, no
/// compression.
class TlsContext {
 public:
  /// `names` is a directory, which may be missing: NAME.pem in it (chain and key in one file, at most 1,000 files) is for clients
  /// that ask for NAME (SNI, RFC 6066 §3), `*.example.com.pem` for those that ask for a name one label below example.com. All
  /// others get `files`.
  static Result<std::unique_ptr<TlsContext>> load(const TlsFiles& files, std::filesystem::path names = {});
  ~TlsContext();

  /// Reads the files again. Later connections use them, earlier ones go on; on failure nothing changes.
  Result<> reload();
  /// Whether a file is another one than when it was last read, or could not be read.
  bool has_changed() const;
  /// When the first of the certificates runs out.
  Instant expires_at() const;

  /// The server's side of TLS over a stream just accepted. The handshake starts when a receiver is set; its failure arrives as
  /// on_closed().
  std::unique_ptr<Stream> accept(std::unique_ptr<Stream> stream);

 private:
  struct Loaded;
  TlsContext(TlsFiles files, std::filesystem::path names, std::shared_ptr<Loaded> loaded);
  static Result<std::shared_ptr<Loaded>> read(const TlsFiles& files, const std::filesystem::path& names);

  TlsFiles files_;
  std::filesystem::path names_;
  std::shared_ptr<Loaded> loaded_;  ///< Shared with the streams that began with it.
  std::string stamp_;               ///< Of the files as they were read last.
};

}  // namespace carillon::net
