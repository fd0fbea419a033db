// SPDX-License-Identifier: GPL-3.0-or-later
// Starting a process that ends with its parent, whatever becomes of that.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/result.hpp"

namespace carillon::roles {

enum class ProcessFault { system };
constexpr std::string_view name_of(ProcessFault) {
  return "process.system";
}

/// A file in memory that children inherit: what a role is told stays what it was when the node started, and lies on no disk.
class InheritedFile {
 public:
  static Result<InheritedFile> make(std::string_view content);
  InheritedFile(InheritedFile&& other) noexcept;
  InheritedFile& operator=(InheritedFile&&) = delete;
  ~InheritedFile();
  /// The path under which a child opens it, from its beginning.
  std::string path() const;

 private:
  explicit InheritedFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Starts `program` under the name arguments[0]. It leads a process group of its own and is killed when the thread
/// that called this ends. All other
/// descriptors of ours are closed in it by their close-on-exec flag.
Result<pid_t> start_process(const std::filesystem::path& program, const std::vector<std::string>& arguments);

/// What waitpid() says, in words: "exit status 3", "signal 9".
std::string describe_status(int status);

}  // namespace carillon::roles
