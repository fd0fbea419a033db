// SPDX-License-Identifier: GPL-3.0-or-later
// libarchive, which stays in this file.
#include "store/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

namespace carillon::store {
namespace {

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

std::unexpected<Error> said(BackupFault fault, archive* packed) {
  const char* what = archive_error_string(packed);
  return failure(fault, what == nullptr ? "the archive failed" : what);
}

/// What was written to the file, and then its name, reach the disk.
bool sync(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_done = fsync(descriptor) == 0;
  close(descriptor);
  return is_done;
}

}  // namespace

void ArchiveWriter::Free::operator()(archive* packed) const {
  archive_write_free(packed);
}

Result<ArchiveWriter> ArchiveWriter::create(const std::filesystem::path& file, Instant now) {
  std::error_code error;
  if (std::filesystem::exists(file, error))
    return failure(BackupFault::unwritable, file.string() + " exists: take another name.");
  ArchiveWriter writer;
  writer.file_ = file;
  writer.now_ = now;
  const std::filesystem::path partial = file.string() + ".partial";
  const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return failure(BackupFault::unwritable, "Cannot write " + partial.string());
  const bool is_private = fchmod(descriptor, 0600) == 0;
  close(descriptor);
  writer.partial_ = partial;
  writer.archive_.reset(archive_write_new());
  archive* packed = writer.archive_.get();
  archive_write_add_filter_gzip(packed);
  archive_write_set_format_pax_restricted(packed);
  if (!is_private || archive_write_open_filename(packed, partial.c_str()) != ARCHIVE_OK)
    return said(BackupFault::unwritable, packed);
  return writer;
}

ArchiveWriter::~ArchiveWriter() {
  std::error_code ignored;
  if (archive_) std::filesystem::remove(partial_, ignored);
}

Result<> ArchiveWriter::add(const std::string& name, std::string_view content) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  archive_entry_set_mtime(entry.get(), std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count(), 0);
  if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK) return said(BackupFault::unwritable, archive_.get());
  const la_ssize_t written = archive_write_data(archive_.get(), content.data(), content.size());
  if (written != static_cast<la_ssize_t>(content.size())) return said(BackupFault::unwritable, archive_.get());
  return {};
}

Result<> ArchiveWriter::finish() {
  if (archive_write_close(archive_.get()) != ARCHIVE_OK) return said(BackupFault::unwritable, archive_.get());
  std::error_code error;
  if (sync(partial_)) std::filesystem::rename(partial_, file_, error);
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : std::filesystem::path(".");
  if (error || !std::filesystem::exists(file_) || !sync(folder)) {
    return failure(BackupFault::unwritable, "Cannot write " + file_.string());
  }
  archive_.reset();
  return {};
}

void ArchiveReader::Free::operator()(archive* packed) const {
  archive_read_free(packed);
}

Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& file) {
  constexpr std::size_t block = 64 << 10;
  ArchiveReader reader;
  reader.archive_.reset(archive_read_new());
  archive* packed = reader.archive_.get();
  archive_read_support_filter_gzip(packed);
  archive_read_support_format_tar(packed);
  if (archive_read_open_filename(packed, file.c_str(), block) != ARCHIVE_OK) return said(BackupFault::unreadable, packed);
  return reader;
}

Result<std::optional<ArchiveReader::Entry>> ArchiveReader::next() {
  archive_entry* header = nullptr;
  const int code = archive_read_next_header(archive_.get(), &header);
  if (code == ARCHIVE_EOF) return std::nullopt;
  if (code != ARCHIVE_OK) return said(BackupFault::damaged, archive_.get());
  Entry entry;
  const char* name = archive_entry_pathname(header);
  entry.name = name == nullptr ? "" : name;
  const la_int64_t size = archive_entry_size(header);
  const bool is_file = archive_entry_filetype(header) == AE_IFREG && size >= 0 && static_cast<std::size_t>(size) <= longest_entry;
  if (!is_file) return failure(BackupFault::damaged, entry.name + " is nothing that a backup holds.");
  entry.content.resize(static_cast<std::size_t>(size));
  if (archive_read_data(archive_.get(), entry.content.data(), entry.content.size()) != size) {
    return failure(BackupFault::damaged, entry.name + " ends too soon.");
  }
  return entry;
}

}  // namespace carillon::store
