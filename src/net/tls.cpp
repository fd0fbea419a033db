// SPDX-License-Identifier: GPL-3.0-or-later
// Certificates from files, and which of them a client gets.
#include "net/tls.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <vector>

#include "base/assert.hpp"
#include "net/openssl.hpp"
#include "net/tls_stream.hpp"

namespace carillon::net {

struct TlsContext::Loaded {
  SslContext fallback;
  std::map<std::string, SslContext, std::less<>> by_name;
  Instant expires_at = Instant::max();
};

namespace {

constexpr std::size_t names_max = 1000;

Result<SslContext> read_certificate(const std::string& certificate, const std::string& key) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_server_method()));
  CARILLON_ASSERT(context);
  be_strict(*context);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return std::unexpected(openssl_error(fmt::format("cannot use the certificate {}", certificate)));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return std::unexpected(openssl_error(fmt::format("cannot use the key {} with {}", key, certificate)));
  }
  return context;
}

Instant expiry_of(const SslContext& context) {
  std::tm end{};
  const X509* certificate = SSL_CTX_get0_certificate(context.get());
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return Instant::max();
  return Instant(std::chrono::seconds(::timegm(&end)));
}

/// The files of names, in order; none when there is no such directory.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& names) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (auto each = std::filesystem::directory_iterator(names, missing); !missing && each != std::filesystem::directory_iterator();
       each.increment(missing)) {
    if (each->path().extension() == ".pem" && files.size() < names_max) files.push_back(each->path());
  }
  std::ranges::sort(files);
  return files;
}

std::string lower(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return text;
}

/// What tells one state of the files from another: times, sizes, nodes.
std::string stamp_of(const TlsFiles& files, const std::filesystem::path& names) {
  std::vector<std::filesystem::path> all = files_of(names);
  all.emplace_back(files.certificate);
  all.emplace_back(files.key);
  std::string stamp;
  for (const std::filesystem::path& file : all) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) status = {};
    stamp += fmt::format("{} {}.{} {} {}\n", file.native(), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size,
                         status.st_ino);
  }
  return stamp;
}

}  // namespace

TlsContext::TlsContext(TlsFiles files, std::filesystem::path names, std::shared_ptr<Loaded> loaded)
    : files_(std::move(files)), names_(std::move(names)), loaded_(std::move(loaded)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext::Loaded>> TlsContext::read(const TlsFiles& files, const std::filesystem::path& names) {
  CARILLON_TRY(fallback, read_certificate(files.certificate, files.key));
  auto loaded = std::make_shared<Loaded>();
  loaded->expires_at = expiry_of(fallback);
  loaded->fallback = std::move(fallback);
  for (const std::filesystem::path& file : files_of(names)) {
    CARILLON_TRY(context, read_certificate(file, file));
    loaded->expires_at = std::min(loaded->expires_at, expiry_of(context));
    loaded->by_name.emplace(lower(file.stem().native()), std::move(context));
  }
  const auto choose = [](SSL* ssl, int*, void* of) {
    const auto& by_name = static_cast<const Loaded*>(of)->by_name;
    const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
    const std::string name = lower(asked);
    auto found = by_name.find(name);
    if (const std::size_t dot = name.find('.'); found == by_name.end() && dot != std::string::npos)
      found = by_name.find("*" + name.substr(dot));
    if (found != by_name.end()) SSL_set_SSL_CTX(ssl, found->second.get());
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_tlsext_servername_callback(loaded->fallback.get(), +choose);
  SSL_CTX_set_tlsext_servername_arg(loaded->fallback.get(), loaded.get());
  return loaded;
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(const TlsFiles& files, std::filesystem::path names) {
  std::string stamp = stamp_of(files, names);
  CARILLON_TRY(loaded, read(files, names));
  std::unique_ptr<TlsContext> context(new TlsContext(files, std::move(names), std::move(loaded)));
  context->stamp_ = std::move(stamp);
  return context;
}

Result<> TlsContext::reload() {
  stamp_ = stamp_of(files_, names_);
  CARILLON_TRY(loaded, read(files_, names_));
  loaded_ = std::move(loaded);
  return {};
}

bool TlsContext::has_changed() const {
  return stamp_of(files_, names_) != stamp_;
}

Instant TlsContext::expires_at() const {
  return loaded_->expires_at;
}

std::unique_ptr<Stream> TlsContext::accept(std::unique_ptr<Stream> stream) {
  Ssl ssl(SSL_new(loaded_->fallback.get()));
  CARILLON_ASSERT(ssl);
  return std::make_unique<TlsStream>(std::move(ssl), TlsStream::Side::server, std::move(stream), loaded_);
}

}  // namespace carillon::net
