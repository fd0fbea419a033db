// SPDX-License-Identifier: GPL-3.0-or-later
// A self-signed certificate by OpenSSL. The files appear whole or not at all.
#include "net/certificate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/assert.hpp"
#include "net/openssl.hpp"

namespace carillon::net {

namespace {

using File = std::unique_ptr<std::FILE, OpensslRelease<std::fclose>>;

constexpr std::chrono::days backdated{1};  // For clients whose clock is behind.
constexpr std::chrono::days validity{3650};

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// The subjectAltName extension; nothing when a name is neither an address nor a host name.
std::optional<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    const auto address = Address::parse(name, 0);
    const bool is_name = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '*';
    });
    if (!address && !is_name) return std::nullopt;
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", address ? "IP" : "DNS", address ? address->host() : name);
  }
  return list.empty() ? std::nullopt : std::optional(list);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  CARILLON_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& alternatives, Instant now) {
  Certificate certificate(X509_new());
  CARILLON_ASSERT(certificate && key);
  X509_set_version(certificate.get(), X509_VERSION_3);
  // RFC 5280 §4.1.2.2: positive, unique, at most 20 octets.
  const auto serial = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), serial);
  const auto begin = std::chrono::floor<std::chrono::seconds>(now - backdated).time_since_epoch().count();
  const auto end = begin + std::chrono::seconds(validity).count();
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), begin);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), end);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("carillon"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key);
  add_extension(certificate.get(), NID_subject_alt_name, alternatives);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
  CARILLON_ASSERT(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

/// Writes beside `path`, where only we can read; the caller renames it.
template <class Write>
Result<std::string> write_new(const std::string& path, Write write) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return failure(Fault::tls, fmt::format("cannot create {}: is its directory there and ours?", beside));
  File file(::fdopen(descriptor, "w"));
  const bool is_written = write(file.get()) == 1 && std::fflush(file.get()) == 0 && ::fsync(descriptor) == 0;
  if (!is_written) return failure(Fault::tls, fmt::format("cannot write {}: is the disk full?", beside));
  return beside;
}

}  // namespace

Result<> make_self_signed_certificate(const TlsFiles& files, const std::vector<std::string>& names, Instant now) {
  const bool has_certificate = exists(files.certificate), has_key = exists(files.key);
  if (has_certificate && has_key) return {};
  if (has_certificate || has_key) {
    return failure(Fault::tls, fmt::format("of {} and {} only one exists: put the other back or remove this one",
                                           files.certificate, files.key));
  }
  const auto alternatives = alternative_names(names);
  if (!alternatives) return failure(Fault::tls, "a certificate needs names, each a host name or a numeric address");

  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = make_certificate(key.get(), *alternatives, now);
  CARILLON_TRY(new_key, write_new(files.key, [&](std::FILE* file) {
                 return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
               }));
  CARILLON_TRY(new_certificate,
               write_new(files.certificate, [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); }));
  if (std::rename(new_key.c_str(), files.key.c_str()) != 0 ||
      std::rename(new_certificate.c_str(), files.certificate.c_str()) != 0) {
    return failure(Fault::tls, fmt::format("cannot rename {} and {} into place", new_key, new_certificate));
  }
  return {};
}

}  // namespace carillon::net
