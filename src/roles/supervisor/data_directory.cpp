// SPDX-License-Identifier: GPL-3.0-or-later
// Making, marking and locking of data.dir.
#include "roles/supervisor/data_directory.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon::roles {

namespace {

namespace fs = std::filesystem;

Result<> make_private(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return failure(DataFault::unusable, fmt::format("{}: cannot be made ({}): make it, or choose another data.dir",
                                                  directory.string(), std::strerror(errno)));
}

std::string read_marker(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Demo and earnest never share a directory.
Result<> check_marker(const DataDir& data, std::string_view demo_options, bool is_new) {
  std::error_code ignored;
  const bool is_demo = fs::exists(data.demo_marker(), ignored);
  const std::string directory = data.root.string();
  if (demo_options.empty()) {
    if (!is_demo) return {};
    return failure(DataFault::demo,
                   fmt::format("{}: made by `carillon demo`, its passwords are public: choose another data.dir", directory));
  }
  if (is_new) {
    std::ofstream(data.demo_marker()) << demo_options;
    return {};
  }
  if (!is_demo)
    return failure(DataFault::not_demo, fmt::format("{}: not made by `carillon demo`: choose an empty directory", directory));
  const std::string before = read_marker(data.demo_marker());
  if (before == demo_options) return {};
  return failure(DataFault::not_demo, fmt::format("{}: holds another demo ({}): choose an empty directory", directory, before));
}

}  // namespace

Result<DataLock> DataLock::take(const DataDir& data, std::string_view demo_options) {
  CARILLON_CHECK(make_private(data.root));
  // Digests of passwords and calls of customers are in there: whatever is made from now on is for the platform's user alone, and
  // what somebody made beforehand for others too no longer is.
  umask(S_IRWXG | S_IRWXO);
  std::error_code ignored;
  fs::permissions(data.root, fs::perms::group_all | fs::perms::others_all, fs::perm_options::remove, ignored);
  const bool is_new = fs::is_empty(data.root, ignored);
  const int descriptor = open(data.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return failure(DataFault::unusable, fmt::format("{}: cannot be written: check its owner and mode", data.lock().string()));
  }
  DataLock lock(descriptor, is_new);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return failure(DataFault::locked, fmt::format("{}: in use by another carillon: stop that one first", data.root.string()));
  }
  CARILLON_CHECK(check_marker(data, demo_options, is_new));
  CARILLON_CHECK(make_private(data.run()));
  CARILLON_CHECK(make_private(data.certificate().parent_path()));
  return lock;
}

DataLock::DataLock(DataLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), is_new_(other.is_new_) {}

DataLock::~DataLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace carillon::roles
