// SPDX-License-Identifier: GPL-3.0-or-later
// Two nodes in one directory would ruin each other's data, and demo passwords must never serve a public address: whoever starts a
// node takes its directory first.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "roles/data_dir.hpp"

namespace carillon::roles {

enum class DataFault {
  unusable,  ///< It cannot be made or written.
  locked,    ///< Another node, or `init`, has it.
  demo,      ///< demo made it, and something else wants it.
  not_demo   ///< demo wants it, and something else made it.
};
constexpr std::string_view name_of(DataFault fault) {
  constexpr std::string_view names[] = {"data.unusable", "data.locked", "data.demo", "data.not_demo"};
  return names[static_cast<std::size_t>(fault)];
}

/// Held for as long as the process has the directory; the system gives it back even after kill -9.
class DataLock {
 public:
  /// Makes the directory (0700) and `run`, `tls` in it where they are missing, and takes it. `demo_options` (not empty for demo)
  /// are noted in a new directory; `demo` and `not_demo` when it was made otherwise.
  static Result<DataLock> take(const DataDir& data, std::string_view demo_options = {});
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&&) = delete;
  ~DataLock();

  bool is_new() const { return is_new_; }  ///< The directory was empty or missing.

 private:
  DataLock(int descriptor, bool is_new) : descriptor_(descriptor), is_new_(is_new) {}
  int descriptor_;
  bool is_new_;
};

}  // namespace carillon::roles
