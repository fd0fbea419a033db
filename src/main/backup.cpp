// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon backup` and `carillon restore`: the rows and the certificates of an installation in one file, and back, into a
// database of either kind.
#include "store/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "main/node.hpp"
#include "roles/supervisor/data_directory.hpp"
#include "store/migrations.hpp"

namespace carillon::main {

namespace {

constexpr std::size_t largest_file = 1 << 20;
constexpr std::string_view ending = ".pem";

/// The files below tls/ that go with the rows.
Result<std::vector<store::BackupFile>> read_certificates(const roles::DataDir& data) {
  std::vector<store::BackupFile> files;
  for (const auto& folder : {data.certificate().parent_path(), data.named_certificates()}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (!entry.is_regular_file() || entry.path().extension() != ending) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      const bool is_read = file.good() || file.eof();
      if (!is_read || content.empty() || content.size() > largest_file) {
        return failure(store::BackupFault::unreadable, "Cannot read " + entry.path().string());
      }
      files.push_back({entry.path().lexically_relative(data.root).string(), std::move(content)});
    }
  }
  std::ranges::sort(files, {}, &store::BackupFile::name);
  return files;
}

/// Writes what is not there yet; what is there stays. restore_backup() lets no name through that leads elsewhere.
Result<> write_certificates(const roles::DataDir& data, const std::vector<store::BackupFile>& files) {
  std::error_code error;
  std::filesystem::create_directories(data.named_certificates(), error);
  for (const store::BackupFile& file : files) {
    const std::filesystem::path path = data.root / file.name;
    if (std::filesystem::exists(path, error)) {
      std::cout << path.string() << " is there already: left as it is\n";
      continue;
    }
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool is_written = descriptor >= 0 &&
                            write(descriptor, file.content.data(), file.content.size()) == std::ssize(file.content) &&
                            fsync(descriptor) == 0;
    if (descriptor >= 0) close(descriptor);
    if (!is_written) return failure(store::BackupFault::unwritable, "Cannot write " + path.string());
  }
  return {};
}

void print(const store::BackupSummary& summary) {
  for (const auto& [name, rows] : summary.tables) std::cout << fmt::format("{:>12} {}\n", rows, name);
}

Result<store::BackupSummary> back_up(const Configuration& configuration, const std::string& file) {
  const roles::DataDir data{configuration.text("data.dir")};
  CARILLON_TRY(database, store::open(configuration.text("database.url"), data.root, store::Access::read));
  CARILLON_CHECK(store::check_schema(*database));
  CARILLON_CHECK(database->confine({}));
  CARILLON_TRY(files, read_certificates(data));
  return store::write_backup(*database, file, files, system_wall_time());
}

Result<store::BackupSummary> put_back(const Configuration& configuration, const std::string& file) {
  const roles::DataDir data{configuration.text("data.dir")};
  CARILLON_TRY(database, store::open(configuration.text("database.url"), data.root, store::Access::create));
  CARILLON_CHECK(database->check_walls());
  CARILLON_CHECK(database->confine({}));
  CARILLON_TRY(summary, store::restore_backup(*database, file));
  CARILLON_CHECK(write_certificates(data, summary.files));
  return std::move(summary);
}

}  // namespace

int run(const Backup& backup) {
  const auto configuration = load_configuration(backup.settings);
  if (!configuration) return exit_usage;
  const auto written = back_up(*configuration, backup.file);
  if (!written) return fail(exit_failure, written.error());
  print(*written);
  std::cout << "Written: " << backup.file << '\n'
            << "Not in it, on purpose: " << roles::DataDir{configuration->text("data.dir")}.master_key().string()
            << ", which opens the sealed secrets. Keep a copy of it, apart from the backups.\n";
  return exit_success;
}

int run(const Restore& restore) {
  const auto configuration = load_configuration(restore.settings);
  if (!configuration) return exit_usage;
  const auto lock = roles::DataLock::take({configuration->text("data.dir")});
  if (!lock) return fail(exit_failure, lock.error());
  const auto restored = put_back(*configuration, restore.file);
  if (!restored) return fail(exit_failure, restored.error());
  print(*restored);
  std::cout << "Restored: " << restore.file << '\n'
            << "Second factors need the master.key that belongs to it in data.dir before the first start.\n";
  return exit_success;
}

}  // namespace carillon::main
