// SPDX-License-Identifier: GPL-3.0-or-later
// fork and exec, and the file that children read their configuration from.
#include "roles/supervisor/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carillon::roles {

namespace {

std::unexpected<Error> system_failure(std::string_view what) {
  return failure(ProcessFault::system, fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

Result<InheritedFile> InheritedFile::make(std::string_view content) {
  InheritedFile file(memfd_create("carillon-configuration", 0));
  if (file.descriptor_ < 0) return system_failure("cannot make a file in memory");
  while (!content.empty()) {
    const ssize_t written = write(file.descriptor_, content.data(), content.size());
    if (written < 0) return system_failure("cannot write to a file in memory");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

InheritedFile::InheritedFile(InheritedFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

InheritedFile::~InheritedFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string InheritedFile::path() const {
  return fmt::format("/proc/self/fd/{}", descriptor_);
}

Result<pid_t> start_process(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  // All memory is taken before the fork: afterwards only async-signal-safe calls are allowed, since there may be threads.
  const std::string path = program.string();
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return system_failure("cannot start a process");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // What a terminal or a shell sends to the whole group is the parent's to decide on.
  setpgid(0, 0);
  // The parent may have died before the line above took effect.
  if (getppid() == parent) execv(path.c_str(), argv.data());
  constexpr int cannot_execute = 126;
  _exit(cannot_execute);
}

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace carillon::roles
