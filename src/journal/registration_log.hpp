// SPDX-License-Identifier: GPL-3.0-or-later
// The bindings and subscriptions of one slot on disk, so that telephones stay reachable, and lamps true, over a restart.
// Synchronous, one owner; losing the last moments costs a device one refresh, so nothing waits for the disk.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "journal/file.hpp"
#include "journal/frame.hpp"

namespace carillon::journal {

/// Records as bytes, which cost the thread that hands them over, and the one that writes them, less than their texts.
class RegistrationBytes {
 public:
  void add(const Registration& record);
  void add(const Subscription& record);
  std::size_t count() const { return ends_.size(); }
  /// The n-th record as encode() wrote it.
  std::string_view payload(std::size_t n) const {
    const std::size_t begin = n == 0 ? 0 : ends_[n - 1].at;
    return std::string_view(bytes_).substr(begin, ends_[n].at - begin);
  }
  Type type(std::size_t n) const { return ends_[n].type; }

 private:
  struct End {
    std::size_t at;
    Type type;
  };
  std::string bytes_;
  std::vector<End> ends_;
};

/// `registrations/<slot>.log`: changes are appended; once the file is twice what its live records need, it is written anew.
class RegistrationLog {
 public:
  /// Opens or creates the log of a slot (0 to 255) and hands over every record in it, oldest first: a later one of the same
  /// terminal and contact replaces an earlier, `removed` ones delete; subscriptions likewise, by their local tag. A torn tail is
  /// cut off.
  static Result<std::unique_ptr<RegistrationLog>> open(const std::filesystem::path& directory, std::uint8_t slot,
                                                       const std::function<void(Registration)>& replay,
                                                       const std::function<void(Subscription)>& replay_subscription = {});
  RegistrationLog(const RegistrationLog&) = delete;
  RegistrationLog& operator=(const RegistrationLog&) = delete;

  static constexpr std::size_t max_buffer = 4 << 20;

  /// Buffers changes; `buffer_full` when it could not be flushed for long.
  Result<> append(const RegistrationBytes& changes);
  /// Hands what was appended to the kernel. Call every 200 ms.
  Result<> flush();

  /// Whether the file holds twice the bytes that this many live records need.
  bool wants_compaction(std::size_t live) const;
  /// Replaces the file by these records, atomically.
  Result<> compact(const RegistrationBytes& live);

  std::uint64_t damaged_bytes() const { return damaged_bytes_; }

 private:
  RegistrationLog() = default;
  std::filesystem::path path_;
  File file_;
  std::string buffer_;
  std::uint64_t sequence_ = 1;
  std::uint64_t size_ = 0;     ///< Bytes on disk and in the buffer.
  std::uint64_t records_ = 0;  ///< Records in those.
  std::uint64_t damaged_bytes_ = 0;
};

}  // namespace carillon::journal
