// SPDX-License-Identifier: GPL-3.0-or-later
// libsodium's AEAD, and the file with its keys: "NAME KEY" a line, both in hex.
#include "store/seal.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/assert.hpp"

namespace carillon::store {
namespace {

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t name_bytes = 4;
constexpr std::size_t most_keys = 16;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string random_bytes(std::size_t count) {
  CARILLON_ASSERT(sodium_init() >= 0);
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string to_hex_text(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

/// Empty when it is not hex.
std::string from_hex_text(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  std::size_t size = 0;
  const bool is_hex = hex.size() % 2 == 0 && sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                                            hex.data(), hex.size(), nullptr, &size, nullptr) == 0;
  return is_hex && size == bytes.size() ? bytes : std::string();
}

/// Lengths would do as well; a table's or field's name holds no line end.
std::string associated_data(std::string_view key, const SealedPlace& place) {
  return fmt::format("carillon seal 1\n{}\n{}\n{}\n{}", key, place.table, place.id, place.field);
}

std::unexpected<Error> unreadable(const std::filesystem::path& file, std::string_view why) {
  return failure(SealFault::unreadable, fmt::format("{}: {}: it holds the keys of second factors", file.string(), why));
}

}  // namespace

Result<Sealer> Sealer::load(const std::filesystem::path& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) return unreadable(file, "put back the key file that belongs to this database");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) return unreadable(file, "others may read it: chmod 600, and make a new key");
  Sealer sealer;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t split = line.find(' ');
    Secret bytes(split == std::string::npos ? std::string() : from_hex_text(std::string_view(line).substr(split + 1)));
    if (bytes.reveal().size() != key_bytes || split == 0 || sealer.keys_.size() == most_keys)
      return unreadable(file, fmt::format("line {} is no key", sealer.keys_.size() + 1));
    sealer.keys_.push_back({line.substr(0, split), std::move(bytes)});
  }
  if (sealer.keys_.empty()) return unreadable(file, "it is empty");
  return sealer;
}

Result<> Sealer::make(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return {};
  const std::filesystem::path fresh = file.string() + ".new";
  const auto unwritable = [&] {
    return failure(SealFault::unwritable, fmt::format("{}: cannot be written ({})", fresh.string(), std::strerror(errno)));
  };
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return unwritable();
  const Secret line(to_hex_text(random_bytes(name_bytes)) + ' ' + to_hex_text(random_bytes(key_bytes)) + '\n');
  const auto written = ::write(descriptor, line.reveal().data(), line.reveal().size());
  const bool is_safe = written == static_cast<ssize_t>(line.reveal().size()) && fsync(descriptor) == 0;
  const bool is_closed = ::close(descriptor) == 0;
  if (!is_safe || !is_closed || ::rename(fresh.c_str(), file.c_str()) != 0) return unwritable();
  return {};
}

Sealer Sealer::fleeting() {
  Sealer sealer;
  sealer.keys_.push_back({to_hex_text(random_bytes(name_bytes)), Secret(random_bytes(key_bytes))});
  return sealer;
}

std::string Sealer::seal(std::string_view clear, const SealedPlace& place) const {
  CARILLON_ASSERT(!keys_.empty());
  const Key& key = keys_.front();
  const std::string beside = associated_data(key.name, place);
  const std::string nonce = random_bytes(nonce_bytes);
  std::string sealed(clear.size() + tag_bytes, '\0');
  unsigned long long size = 0;
  const int result = crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data()), &size,
                                                                bytes_of(clear), clear.size(), bytes_of(beside), beside.size(),
                                                                nullptr, bytes_of(nonce), bytes_of(key.bytes.reveal()));
  CARILLON_ASSERT(result == 0 && size == sealed.size());
  return key.name + ':' + to_hex_text(nonce) + to_hex_text(sealed);
}

Result<Secret> Sealer::open(std::string_view sealed, const SealedPlace& place) const {
  const std::size_t split = sealed.find(':');
  const std::string_view name = sealed.substr(0, split);
  const auto key = std::ranges::find(keys_, name, &Key::name);
  if (split == std::string_view::npos || key == keys_.end()) {
    return failure(SealFault::unknown_key, fmt::format("A value in {} was sealed with a key that is not here: put back the key "
                                                       "file that belongs to this database.",
                                                       place.table));
  }
  const std::string bytes = from_hex_text(sealed.substr(split + 1));
  if (bytes.size() < nonce_bytes + tag_bytes) return failure(SealFault::broken);
  const std::string_view nonce = std::string_view(bytes).substr(0, nonce_bytes);
  const std::string_view body = std::string_view(bytes).substr(nonce_bytes);
  const std::string beside = associated_data(name, place);
  std::string clear(body.size() - tag_bytes, '\0');
  unsigned long long size = 0;
  const int result = crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(clear.data()), &size, nullptr,
                                                                bytes_of(body), body.size(), bytes_of(beside), beside.size(),
                                                                bytes_of(nonce), bytes_of(key->bytes.reveal()));
  if (result != 0) return failure(SealFault::broken, fmt::format("A sealed value in {} was changed or moved.", place.table));
  return Secret(std::move(clear));
}

}  // namespace carillon::store
