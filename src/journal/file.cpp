// SPDX-License-Identifier: GPL-3.0-or-later
// The few system calls the journal makes, with their errors.
#include "journal/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace carillon::journal {
namespace {

std::unexpected<Error> system_failure(std::string_view doing, const std::string& what = {}, int code = errno) {
  const Fault fault = code == ENOSPC || code == EDQUOT ? Fault::no_space : Fault::io;
  return failure(fault, fmt::format("{} {}: {}", doing, what, std::strerror(code)));
}

}  // namespace

Result<File> File::open(const std::filesystem::path& path, Mode mode) {
  int flags = O_CLOEXEC;
  if (mode == Mode::read) flags |= O_RDONLY;
  if (mode == Mode::append) flags |= O_WRONLY | O_CREAT | O_APPEND;
  if (mode == Mode::update) flags |= O_WRONLY;
  if (mode == Mode::replace) flags |= O_WRONLY | O_CREAT | O_TRUNC;
  const int descriptor = ::open(path.c_str(), flags, 0600);
  if (descriptor < 0) return system_failure("Cannot open", path.string());
  return File(descriptor);
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("Cannot write to the journal");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> File::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("Cannot write to the journal");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<> File::sync() {
  if (::fdatasync(descriptor_) != 0) return system_failure("Cannot flush the journal");
  return {};
}

Result<> File::truncate(std::uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return system_failure("Cannot cut the journal");
  return {};
}

Result<> File::allocate(std::uint64_t size) {
  int code = EINTR;
  while (code == EINTR) code = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size));
  if (code != 0) return system_failure("Cannot set room aside for the journal", {}, code);
  return {};
}

void File::try_truncate(std::uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return;
}

Result<std::size_t> File::read(std::uint64_t offset, std::size_t most, std::string& out) const {
  const std::size_t before = out.size();
  out.resize(before + most);
  ssize_t got = -1;
  do {
    got = ::pread(descriptor_, out.data() + before, most, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  out.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
  if (got < 0) return system_failure("Cannot read the journal");
  return static_cast<std::size_t>(got);
}

Result<> sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure("Cannot open", directory.string());
  const int result = ::fsync(descriptor);
  ::close(descriptor);
  if (result != 0) return system_failure("Cannot flush", directory.string());
  return {};
}

Result<> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure("Cannot rename", from.string());
  return {};
}

Result<> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(Fault::io, fmt::format("Cannot create {}: {}", directory.string(), error.message()));
  return {};
}

std::optional<std::uint64_t> size_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  return error ? std::nullopt : std::optional(size);
}

std::optional<std::uint64_t> free_space(const std::filesystem::path& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

bool file_exists(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

Result<std::vector<std::string>> list_directory(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename().string());
  if (error && error != std::errc::no_such_file_or_directory)
    return failure(Fault::io, fmt::format("Cannot list {}: {}", directory.string(), error.message()));
  return names;
}

Result<> remove_file(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return failure(Fault::io, fmt::format("Cannot delete {}: {}", path.string(), error.message()));
  return {};
}

}  // namespace carillon::journal
