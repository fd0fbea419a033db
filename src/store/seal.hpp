// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets that must be readable again lie sealed in the database, under a key that is not there: whoever has the rows alone, or
// swaps two of them, has nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace carillon::store {

enum class SealFault {
  unreadable,   ///< The key file is missing, not ours alone, or not what make() wrote.
  unwritable,   ///< It cannot be made.
  unknown_key,  ///< Sealed with a key that the file does not hold.
  broken        ///< Changed, or of another row or field.
};
constexpr std::string_view name_of(SealFault fault) {
  constexpr std::string_view names[] = {"seal.unreadable", "seal.unwritable", "seal.unknown_key", "seal.broken"};
  return names[static_cast<std::size_t>(fault)];
}

/// Which value it is: what was sealed for one place opens nowhere else.
struct SealedPlace {
  std::string_view table;
  std::int64_t id = 0;
  std::string_view field;
};

/// XChaCha20-Poly1305 with a random nonce. A plain value; const use from any thread.
class Sealer {
 public:
  /// Reads `file`: a line per key, the first seals, all of them open. A key is replaced by putting a new line before it.
  static Result<Sealer> load(const std::filesystem::path& file);
  /// Makes the file (0600) with one random key when it is missing.
  static Result<> make(const std::filesystem::path& file);
  /// With a key that nobody keeps: for tests.
  static Sealer fleeting();

  /// Printable text that says which key opens it.
  std::string seal(std::string_view clear, const SealedPlace& place) const;
  Result<Secret> open(std::string_view sealed, const SealedPlace& place) const;

 private:
  struct Key {
    std::string name;
    Secret bytes;
  };
  std::vector<Key> keys_;
};

}  // namespace carillon::store
