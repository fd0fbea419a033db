// SPDX-License-Identifier: GPL-3.0-or-later
// All that this module asks of the system: a file descriptor that closes itself, names in directories, errors as its own faults.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/records.hpp"

namespace carillon::journal {

class File {
 public:
  enum class Mode {
    read,
    append,   ///< write() goes to the end; the file is made when missing.
    update,   ///< write_at() goes where it says; the file must exist.
    replace,  ///< As update, emptied first, made when missing.
  };

  File() = default;
  static Result<File> open(const std::filesystem::path& path, Mode mode);
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();

  bool is_open() const { return descriptor_ >= 0; }
  /// Writes all of it; on an error some of it may be in the file.
  Result<> write(std::string_view bytes);
  Result<> write_at(std::uint64_t offset, std::string_view bytes);
  Result<> sync();
  Result<> truncate(std::uint64_t size);
  /// Has the disk keep room for all of the first `size` bytes, zeros where nothing is written; `no_space` when it has not as
  /// much.
  Result<> allocate(std::uint64_t size);
  /// As truncate, for where a longer file does no harm.
  void try_truncate(std::uint64_t size);
  /// Appends what the file holds from `offset` on, at most `most` bytes; returns how many came, 0 at the end.
  Result<std::size_t> read(std::uint64_t offset, std::size_t most, std::string& out) const;

 private:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// Makes the names in a directory durable after a file was created, renamed or deleted there.
Result<> sync_directory(const std::filesystem::path& directory);

/// The name it had before is gone; a file of the new name too.
Result<> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

Result<> make_directory(const std::filesystem::path& directory);

/// Nothing when it cannot be said: there is no such file, or no answer.
std::optional<std::uint64_t> size_of(const std::filesystem::path& path);
/// What the disk has left for us.
std::optional<std::uint64_t> free_space(const std::filesystem::path& directory);
bool file_exists(const std::filesystem::path& path);
/// The names in a directory, in no order; none when there is no such directory.
Result<std::vector<std::string>> list_directory(const std::filesystem::path& directory);
/// No error when there is no such file.
Result<> remove_file(const std::filesystem::path& path);

}  // namespace carillon::journal
