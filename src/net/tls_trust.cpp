// SPDX-License-Identifier: GPL-3.0-or-later
// The name is looked at while the certificate is: a server that is another hears nothing of us but an alert.
#include "net/tls_trust.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "net/tls_stream.hpp"

namespace carillon::net {

struct TlsTrust::Loaded {
  SslContext context;
};

namespace {

using Names = std::unique_ptr<GENERAL_NAMES, OpensslRelease<GENERAL_NAMES_free>>;

std::string lower(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string_view text_of(const ASN1_IA5STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// The domains that the certificate is for (RFC 5922 §7.1): those of its sip URIs without a user, else its DNS names.
std::vector<std::string> domains_of(X509& certificate) {
  constexpr std::string_view scheme = "sip:";
  std::vector<std::string> uris, names;
  const Names all(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(all.get(), i);
    if (each->type == GEN_DNS) names.push_back(lower(text_of(each->d.dNSName)));
    if (each->type != GEN_URI) continue;
    const std::string uri = lower(text_of(each->d.uniformResourceIdentifier));
    if (!uri.starts_with(scheme) || uri.contains('@')) continue;
    const std::string_view host = std::string_view(uri).substr(scheme.size());
    uris.emplace_back(host.substr(0, host.find_first_of(":;?")));
  }
  return uris.empty() ? names : uris;
}

/// RFC 5922 §7.2: the whole name, and no wildcards.
bool is_of(X509& certificate, const std::string& name) {
  if (Address::parse(name, 0)) return X509_check_ip_asc(&certificate, name.c_str(), 0) == 1;
  const std::vector<std::string> domains = domains_of(certificate);
  return std::ranges::find(domains, lower(name)) != domains.end();
}

int check_certificate(int is_believed, X509_STORE_CTX* chain) {
  if (is_believed == 0 || X509_STORE_CTX_get_error_depth(chain) != 0) return is_believed;
  auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto& name = *static_cast<const std::string*>(SSL_get_app_data(ssl));
  X509* const certificate = X509_STORE_CTX_get_current_cert(chain);
  if (certificate != nullptr && is_of(*certificate, name)) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

}  // namespace

TlsTrust::TlsTrust(std::string ca_file, std::shared_ptr<Loaded> loaded)
    : ca_file_(std::move(ca_file)), loaded_(std::move(loaded)) {}
TlsTrust::~TlsTrust() = default;

Result<std::shared_ptr<TlsTrust::Loaded>> TlsTrust::read(const std::string& ca_file) {
  ERR_clear_error();
  auto loaded = std::make_shared<Loaded>();
  loaded->context.reset(SSL_CTX_new(TLS_client_method()));
  CARILLON_ASSERT(loaded->context);
  SSL_CTX& context = *loaded->context;
  be_strict(context);
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, check_certificate);
  // Whoever puts a server's own certificate there believes that one.
  X509_STORE_set_flags(SSL_CTX_get_cert_store(&context), X509_V_FLAG_PARTIAL_CHAIN);
  const bool is_read = ca_file.empty() ? SSL_CTX_set_default_verify_paths(&context) == 1
                                       : SSL_CTX_load_verify_file(&context, ca_file.c_str()) == 1;
  if (is_read) return loaded;
  return std::unexpected(openssl_error(fmt::format("cannot read the authorities' certificates {}", ca_file)));
}

Result<std::unique_ptr<TlsTrust>> TlsTrust::load(std::string ca_file) {
  CARILLON_TRY(loaded, read(ca_file));
  return std::unique_ptr<TlsTrust>(new TlsTrust(std::move(ca_file), std::move(loaded)));
}

Result<> TlsTrust::reload() {
  CARILLON_TRY(loaded, read(ca_file_));
  loaded_ = std::move(loaded);
  return {};
}

std::unique_ptr<Stream> TlsTrust::connect(std::unique_ptr<Stream> stream, const std::string& name) const {
  Ssl ssl(SSL_new(loaded_->context.get()));
  CARILLON_ASSERT(ssl);
  auto kept = std::make_shared<std::string>(name);
  SSL_set_app_data(ssl.get(), kept.get());
  // RFC 6066 §3: addresses are not asked for.
  if (!Address::parse(name, 0)) SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  return std::make_unique<TlsStream>(std::move(ssl), TlsStream::Side::client, std::move(stream), std::move(kept));
}

}  // namespace carillon::net
