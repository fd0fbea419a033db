// SPDX-License-Identifier: GPL-3.0-or-later
// What an installation consists of, in a form that no kind of database owns: the rows as JSON lines, with what proves that they
// are all there. So a backup is also how to move from one database to another.
#pragma once

#include <span>
#include <vector>

#include "store/archive.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// A file of the installation that goes with its rows: "tls/key.pem", "tls/names/NAME.pem". At most 10 000 of at most 1 MiB each
/// and 64 MiB together.
struct BackupFile {
  std::string name;
  std::string content;
};

struct BackupSummary {
  struct Table {
    std::string name;
    std::int64_t rows = 0;
  };
  std::vector<Table> tables;
  std::vector<BackupFile> files;
};

/// Writes everything as of one moment, while others go on writing: `tables/NAME/NNNNNN.jsonl`, one object a line, `files/NAME`,
/// and at the end `manifest.json` with the schema and, of each table, its rows and the SHA-256 of its lines. Sessions and the
/// places in journals are left out: they belong to a running node. The database is confined to the platform and has this
/// release's schema.
Result<BackupSummary> write_backup(Database& database, const std::filesystem::path& file, std::span<const BackupFile> files,
                                   Instant now);

/// Reads a backup through, holds it against its manifest, and only then puts it into the database, in one transaction: one that
/// has no schema yet, or the backup's and no rows. An older backup is brought to this release's schema behind that. Writes no
/// files: it returns them; their names lead to no other place. `damaged` too when a table of its schema is left out.
Result<BackupSummary> restore_backup(Database& database, const std::filesystem::path& file);

/// The tables that a backup holds, in the order in which they are filled, and those that it leaves out.
std::vector<std::string_view> backup_tables();
std::span<const std::string_view> tables_without_backup();

}  // namespace carillon::store
