// SPDX-License-Identifier: GPL-3.0-or-later
// The database as a thread that works for long needs it: opened when first wanted, and anew when a server went away and came
// back.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// For one thread.
class Connection {
 public:
  Connection(std::string url, std::filesystem::path data_dir, Access access)
      : url_(std::move(url)), data_dir_(std::move(data_dir)), access_(access) {}

  /// An open database with the schema of this release, confined to `scope`. When it took a second or more to find out that it is
  /// away, this says so at once for as long again. What was made from an earlier one (statements, transactions) must be gone: see
  /// count().
  Result<Database*> get(const Scope& scope);
  /// How often it was opened: whoever keeps something that an earlier one told makes it anew when this has changed.
  int count() const { return count_; }

 private:
  Result<> open();

  std::string url_;
  std::filesystem::path data_dir_;
  Access access_;
  std::unique_ptr<Database> database_;
  int count_ = 0;
  Error trouble_;  ///< Why it could not be opened.
  Monotonic next_try_;
};

}  // namespace carillon::store
