// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL's objects with owners, and its errors as ours. Only net's own sources include this.
#pragma once

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "net/network.hpp"

namespace carillon::net {

template <auto release>
struct OpensslRelease {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using SslContext = std::unique_ptr<SSL_CTX, OpensslRelease<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, OpensslRelease<SSL_free>>;
using Key = std::unique_ptr<EVP_PKEY, OpensslRelease<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, OpensslRelease<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, OpensslRelease<X509_EXTENSION_free>>;

/// Empties OpenSSL's queue of errors into one of ours: "`doing`: the first reason".
inline Error openssl_error(std::string_view doing) {
  char reason[256] = "unknown reason";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return Error(Fault::tls, fmt::format("{}: {}", doing, reason));
}

}  // namespace carillon::net
