// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL between two memory buffers: what arrives goes into one, what it wants to send comes out of the other.
#include "net/tls.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <vector>

#include "base/assert.hpp"
#include "net/lifetime.hpp"
#include "net/openssl.hpp"

namespace carillon::net {

namespace {

constexpr std::size_t record_size = 16 * 1024;  // RFC 8446 §5.1: no record carries more.
constexpr std::size_t early_limit = 256 * 1024;
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // For TLS 1.2; those of 1.3 are all of this kind.

class TlsStream final : public Stream, private Stream::Receiver {
 public:
  /// `certificates` live as long as the stream: the client's hello chooses among them.
  TlsStream(Ssl ssl, std::unique_ptr<Stream> stream, std::shared_ptr<void> certificates)
      : certificates_(std::move(certificates)), ssl_(std::move(ssl)), stream_(std::move(stream)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }

  void set_receiver(Stream::Receiver& receiver) override {
    receiver_ = &receiver;
    stream_->set_receiver(*this);
  }
  Address local() const override { return stream_->local(); }
  Address remote() const override { return stream_->remote(); }
  bool write(std::string_view bytes) override;
  std::size_t waiting() const override { return early_.size() + stream_->waiting(); }
  void close() override;

 private:
  bool on_bytes(std::string_view bytes) override;
  void on_closed() override { receiver_->on_closed(); }
  bool shake_hands();
  bool deliver();
  bool send_pending();

  std::shared_ptr<void> certificates_;
  Ssl ssl_;
  std::unique_ptr<Stream> stream_;
  Stream::Receiver* receiver_ = nullptr;
  std::string early_;  ///< Written before the handshake was done.
  bool is_closing_ = false;
  Lifetime lifetime_;
};

bool TlsStream::write(std::string_view bytes) {
  if (is_closing_) return false;
  if (!SSL_is_init_finished(ssl_.get())) {
    early_ += bytes;
    if (early_.size() > early_limit) close();
    return !is_closing_;
  }
  if (bytes.empty()) return true;
  ERR_clear_error();
  std::size_t written = 0;
  // Memory takes everything, so nothing is written by halves.
  return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) == 1 && send_pending();
}

void TlsStream::close() {
  if (std::exchange(is_closing_, true)) return;
  if (SSL_is_init_finished(ssl_.get())) {
    SSL_shutdown(ssl_.get());
    send_pending();
  }
  stream_->close();
}

bool TlsStream::on_bytes(std::string_view bytes) {
  ERR_clear_error();
  std::size_t taken = 0;
  if (BIO_write_ex(SSL_get_rbio(ssl_.get()), bytes.data(), bytes.size(), &taken) != 1) return false;
  if (!SSL_is_init_finished(ssl_.get()) && !shake_hands()) return false;
  return !SSL_is_init_finished(ssl_.get()) || deliver();
}

bool TlsStream::shake_hands() {
  const int result = SSL_do_handshake(ssl_.get());
  const bool goes_on = result == 1 || SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  if (!send_pending() || !goes_on) return false;  // An alert goes out even when the handshake has failed.
  if (result != 1) return true;
  receiver_->on_secured();
  return early_.empty() || write(std::exchange(early_, {}));
}

bool TlsStream::deliver() {
  const Lifetime::Guard guard(lifetime_);
  while (true) {
    std::array<char, record_size> plain;
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), plain.data(), plain.size(), &size);
    if (result != 1) {
      const bool goes_on = SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
      return send_pending() && goes_on;
    }
    const bool wants_more = receiver_->on_bytes({plain.data(), size});
    if (guard.is_over() || is_closing_) return true;
    if (!wants_more) {
      close();
      return true;
    }
    ERR_clear_error();
  }
}

bool TlsStream::send_pending() {
  char* bytes = nullptr;
  BIO* const out = SSL_get_wbio(ssl_.get());
  const long size = BIO_get_mem_data(out, &bytes);
  if (size <= 0) return true;
  const bool is_taken = stream_->write({bytes, static_cast<std::size_t>(size)});
  BIO_reset(out);
  return is_taken;
}

}  // namespace

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
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  CARILLON_ASSERT(SSL_CTX_set_cipher_list(context.get(), ciphers) == 1);
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
  return std::make_unique<TlsStream>(std::move(ssl), std::move(stream), loaded_);
}

}  // namespace carillon::net
