// SPDX-License-Identifier: GPL-3.0-or-later
// A tar file that gzip packed, so that any machine can look into a backup; written wholly or not at all.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

struct archive;

namespace carillon::store {

enum class BackupFault {
  unwritable,    ///< The file exists, or cannot be written.
  unreadable,    ///< There is no such file, or it is no archive.
  damaged,       ///< It is not what the manifest says, or not what a backup holds.
  other_schema,  ///< The database has another schema than the backup, or this release knows less.
  not_empty      ///< The database has something already.
};
constexpr std::string_view name_of(BackupFault fault) {
  constexpr std::string_view names[] = {"backup.unwritable", "backup.unreadable", "backup.damaged", "backup.other_schema",
                                        "backup.not_empty"};
  return names[static_cast<std::size_t>(fault)];
}

/// For one thread, like all here. What is not finished leaves no file.
class ArchiveWriter {
 public:
  /// The file must not exist; it is for its owner alone.
  static Result<ArchiveWriter> create(const std::filesystem::path& file, Instant now);
  ArchiveWriter(ArchiveWriter&&) = default;
  ~ArchiveWriter();

  Result<> add(const std::string& name, std::string_view content);
  /// On disk under its name when it returns.
  Result<> finish();

 private:
  struct Free {
    void operator()(archive* packed) const;
  };
  ArchiveWriter() = default;
  std::filesystem::path file_;
  std::filesystem::path partial_;
  Instant now_;
  std::unique_ptr<archive, Free> archive_;
};

class ArchiveReader {
 public:
  static constexpr std::size_t longest_entry = 64 << 20;
  struct Entry {
    std::string name;
    std::string content;
  };

  static Result<ArchiveReader> open(const std::filesystem::path& file);
  /// The next file in it; none at the end. `damaged` for one that is larger than longest_entry.
  Result<std::optional<Entry>> next();

 private:
  struct Free {
    void operator()(archive* packed) const;
  };
  ArchiveReader() = default;
  std::unique_ptr<archive, Free> archive_;
};

}  // namespace carillon::store
