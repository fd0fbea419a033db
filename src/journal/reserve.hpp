// SPDX-License-Identifier: GPL-3.0-or-later
// Room on the disk that is set aside while there is some, so that the calls that run when the disk becomes full end with their
// records: a file beside the segments, of which a segment can be made without asking the disk for anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "journal/file.hpp"

namespace carillon::journal {

class Reserve {
 public:
  /// Of `bytes`, in the journal's directory; 0: there is none. Nothing is touched before fill().
  Reserve(std::filesystem::path directory, std::uint64_t bytes);

  /// Sets the room aside unless that is done. `no_space` when the disk has not as much.
  Result<> fill();
  /// What can be spent: 0 when it is spent, or there is none.
  std::uint64_t bytes() const { return is_filled_ ? bytes_ : 0; }
  /// There should be one, and it is spent.
  bool is_short() const { return bytes_ != 0 && !is_filled_; }

  /// Makes it the file `path`, which begins with `content`, durably; zeros follow up to bytes(). No moment shows half of it.
  Result<File> spend(const std::filesystem::path& path, std::string_view content);

 private:
  std::filesystem::path directory_;
  std::uint64_t bytes_;
  bool is_filled_ = false;
};

}  // namespace carillon::journal
