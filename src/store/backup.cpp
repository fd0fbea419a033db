// SPDX-License-Identifier: GPL-3.0-or-later
// Rows to lines and back, a page at a time, so that neither side holds a table in memory.
#include "store/backup.hpp"

#include <openssl/evp.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/assert.hpp"
#include "model/resources.hpp"
#include "store/migrations.hpp"

namespace carillon::store {
namespace {

namespace json = boost::json;

constexpr std::int64_t format_number = 1;
constexpr std::string_view manifest_name = "manifest.json";
constexpr std::int64_t page_rows = 1000;
constexpr std::size_t chunk_bytes = 8 << 20;
constexpr std::size_t most_files = 10'000;
constexpr std::size_t largest_file = 1 << 20;
constexpr std::size_t files_bytes = 64 << 20;  ///< All files together: they are held in memory.

/// A table and what its rows are sorted by: a unique key that has an index in both databases.
struct Table {
  std::string_view name;
  std::array<std::string_view, 3> key;
};
/// References go upwards alone, but for those that are looked at when the transaction ends.
constexpr Table first_tables[] = {
    {"brands", {"id"}},
    {"transformation_sets", {"id"}},
    {"customers", {"id"}},
    {"administrators", {"id"}},
    {"domains", {"id"}},
    {"targets", {"id"}},
    {"carriers", {"id"}},
    {"target_patterns", {"id"}},
    {"target_groups", {"id"}},
    {"routing_tags", {"id"}},
    {"terminals", {"id"}},
    {"extensions", {"id"}},
    {"users", {"id"}},
    {"networks", {"id"}},
    {"portals", {"id"}},
    {"logos", {"id"}},
    {"settings", {"id"}},
    {"audit", {"id"}},
    {"second_factors", {"login"}},
    {"recovery_codes", {"login", "digest"}},
    {"api_tokens", {"id"}},
    {"calls", {"started_at", "id"}},
    {"webhooks", {"id"}},
    {"webhook_deliveries", {"id"}},
    {"jobs", {"id"}},
    {"job_parts", {"job", "kind", "n"}},
    {"records_set_aside", {"journal", "segment", "position"}},
    {"change", {"n"}},
    {"changes", {"n", "item"}},
};
/// Those, and behind them every resource that is not among them.
const std::vector<Table>& tables() {
  static const std::vector<Table> all = [] {
    std::vector<Table> found(std::begin(first_tables), std::end(first_tables));
    for (const model::Resource* resource : model::resources())
      if (std::ranges::find(found, resource->table, &Table::name) == found.end()) found.push_back({resource->table, {"id"}});
    return found;
  }();
  return all;
}
constexpr std::string_view left_out[] = {"sessions", "idempotency_keys", "password_resets",
                                         "mails",    "journals",         "schema_migrations"};

class Sha256 {
 public:
  Sha256() { CARILLON_ASSERT(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }
  void add(std::string_view bytes) { CARILLON_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    CARILLON_ASSERT(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
};

std::string digest_of(std::string_view bytes) {
  Sha256 sha;
  sha.add(bytes);
  return sha.hex();
}

std::string key_list(const Table& table) {
  std::string list;
  for (const std::string_view column : table.key) {
    if (!column.empty()) list += fmt::format("{}{}", list.empty() ? "" : ", ", column);
  }
  return list;
}

json::value value_of(const Statement& row, int column, bool is_integer) {
  if (row.is_null(column)) return nullptr;
  if (is_integer) return row.integer(column);
  return json::string(row.text(column));
}

void bind(Statement& statement, int parameter, const json::value& value) {
  if (value.is_int64())
    statement.bind(parameter, value.get_int64());
  else if (value.is_string())
    statement.bind(parameter, std::string_view(value.get_string()));
  else
    statement.bind_null(parameter);
}

/// Reads a table page by page and hands on its lines in chunks.
class TableDump {
 public:
  TableDump(Database& database, const Table& table, ArchiveWriter& archive)
      : database_(database), table_(table), archive_(archive) {}

  Result<json::object> write() {
    bool has_more = true;
    while (has_more) {
      CARILLON_TRY(rows, read_page());
      has_more = rows == page_rows;
    }
    if (!lines_.empty()) CARILLON_CHECK(write_chunk());
    return json::object{{"name", table_.name}, {"rows", rows_}, {"sha256", sha_.hex()}};
  }
  std::int64_t rows() const { return rows_; }

 private:
  Result<std::int64_t> read_page() {
    const std::string key = key_list(table_);
    std::string after;
    if (!last_.empty()) {
      for (std::size_t i = 0; i < last_.size(); ++i) after += i == 0 ? "?" : ", ?";
      after = fmt::format(" WHERE ({}) > ({})", key, after);
    }
    CARILLON_TRY(statement,
                 database_.prepare(fmt::format("SELECT * FROM {}{} ORDER BY {} LIMIT {}", table_.name, after, key, page_rows)));
    int parameter = 1;
    for (const json::value& value : last_) bind(*statement, parameter++, value);
    std::vector<Column> columns;
    std::int64_t rows = 0;
    while (true) {
      CARILLON_TRY(more, statement->step());
      if (!more) return rows;
      if (rows++ == 0) columns = statement->columns();
      add_row(*statement, columns);
      // Within a page too: some rows are long, and the entries of an archive may not be.
      if (lines_.size() >= chunk_bytes) CARILLON_CHECK(write_chunk());
    }
  }

  void add_row(const Statement& statement, const std::vector<Column>& columns) {
    json::object row;
    int index = 0;
    for (const Column& column : columns) {
      row[column.name] = value_of(statement, index, column.is_integer);
      ++index;
    }
    last_.clear();
    for (const std::string_view column : table_.key) {
      if (!column.empty()) last_.push_back(row.at(column));
    }
    lines_ += json::serialize(row) + '\n';
    ++rows_;
  }

  Result<> write_chunk() {
    sha_.add(lines_);
    CARILLON_CHECK(archive_.add(fmt::format("tables/{}/{:06}.jsonl", table_.name, ++chunk_), lines_));
    lines_.clear();
    return {};
  }

  Database& database_;
  const Table& table_;
  ArchiveWriter& archive_;
  std::vector<json::value> last_;  ///< The key of the last row.
  std::string lines_;
  Sha256 sha_;
  std::int64_t rows_ = 0;
  int chunk_ = 0;
};

std::unexpected<Error> damaged(std::string_view what) {
  return failure(BackupFault::damaged, std::string(what));
}

/// "tls/NAME.pem" or "tls/names/NAME.pem" and nothing that leads elsewhere: an archive may come from anywhere.
bool is_certificate(std::string_view name) {
  constexpr std::string_view folder = "tls/", named = "names/", ending = ".pem";
  if (!name.starts_with(folder) || !name.ends_with(ending)) return false;
  name.remove_prefix(folder.size());
  if (name.starts_with(named)) name.remove_prefix(named.size());
  return !name.contains('/') && !name.starts_with('.');
}

/// What an archive holds, as its own bytes say it and as its manifest does.
struct Contents {
  struct Rows {
    std::int64_t count = 0;
    Sha256 sha;
  };
  std::map<std::string, Rows, std::less<>> tables;
  std::vector<BackupFile> files;
  json::object manifest;
};

/// The table of "tables/NAME/…"; none for any other name.
const Table* table_of(std::string_view entry) {
  const auto found = std::ranges::find_if(
      tables(), [&](const Table& table) { return entry.starts_with(fmt::format("tables/{}/", table.name)); });
  return found == tables().end() ? nullptr : &*found;
}

Result<Contents> read_through(const std::filesystem::path& file) {
  constexpr std::string_view files = "files/";
  CARILLON_TRY(archive, ArchiveReader::open(file));
  Contents contents;
  std::size_t held_bytes = 0;
  while (true) {
    CARILLON_TRY(entry, archive.next());
    if (!entry) break;
    if (!contents.manifest.empty()) return damaged("Something follows the manifest.");
    if (const Table* table = table_of(entry->name)) {
      auto& rows = contents.tables[std::string(table->name)];
      rows.count += std::ranges::count(entry->content, '\n');
      rows.sha.add(entry->content);
    } else if (entry->name == manifest_name) {
      boost::system::error_code error;
      const json::value parsed = json::parse(entry->content, error);
      if (error || !parsed.is_object() || parsed.get_object().empty()) return damaged("The manifest is none.");
      contents.manifest = parsed.get_object();
    } else if (entry->name.starts_with(files)) {
      if (!is_certificate(entry->name.substr(files.size()))) return damaged(entry->name + " is no certificate's place.");
      held_bytes += entry->content.size();
      const bool is_bounded =
          contents.files.size() < most_files && entry->content.size() <= largest_file && held_bytes <= files_bytes;
      if (!is_bounded) return damaged("There are more or larger files than a backup has.");
      contents.files.push_back({entry->name.substr(files.size()), std::move(entry->content)});
    } else {
      return damaged(entry->name + " is nothing that a backup holds.");
    }
  }
  if (contents.manifest.empty()) return damaged("There is no manifest: the backup is not whole.");
  return contents;
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

std::vector<json::object> objects_in(const json::object& object, std::string_view name) {
  std::vector<json::object> objects;
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return objects;
  for (const json::value& one : value->get_array()) objects.push_back(one.is_object() ? one.get_object() : json::object());
  return objects;
}

/// Holds the archive against its manifest.
Result<BackupSummary> check(Contents& contents) {
  BackupSummary summary;
  for (const json::object& said : objects_in(contents.manifest, "tables")) {
    const std::string name = text_in(said, "name");
    if (table_of("tables/" + name + "/") == nullptr) return damaged("The manifest names a table that there is not: " + name);
    auto found = contents.tables.extract(name);
    Contents::Rows none;
    Contents::Rows& rows = found ? found.mapped() : none;
    if (rows.count != number_in(said, "rows") || rows.sha.hex() != text_in(said, "sha256")) {
      return damaged(fmt::format("Table {} is not what was written.", name));
    }
    summary.tables.push_back({name, rows.count});
  }
  if (!contents.tables.empty()) return damaged(contents.tables.begin()->first + " is not in the manifest.");
  const auto files = objects_in(contents.manifest, "files");
  const bool is_same = std::ranges::equal(files, contents.files, [](const json::object& said, const BackupFile& file) {
    return text_in(said, "name") == file.name && text_in(said, "sha256") == digest_of(file.content);
  });
  if (!is_same) return damaged("The files are not those that were written.");
  summary.files = std::move(contents.files);
  return summary;
}

/// Inserts the lines of one table.
class TableLoad {
 public:
  static Result<TableLoad> prepare(Database& database, const Table& table) {
    CARILLON_TRY(shape, database.prepare(fmt::format("SELECT * FROM {} LIMIT 0", table.name)));
    CARILLON_CHECK(shape->step());
    TableLoad load;
    load.columns_ = shape->columns();
    shape->reset();
    std::string names, marks;
    for (const Column& column : load.columns_) {
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", column.name);
      marks += marks.empty() ? "?" : ", ?";
    }
    CARILLON_TRY(insert, database.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, names, marks)));
    load.insert_ = std::move(insert);
    return load;
  }

  Result<> insert(std::string_view lines) {
    while (!lines.empty()) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      CARILLON_CHECK(insert_line(lines.substr(0, end)));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return {};
  }

 private:
  Result<> insert_line(std::string_view line) {
    json::parse_options options;
    options.allow_invalid_utf8 = true;  // A file takes texts that a server then refuses by name.
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error, {}, options);
    if (error || !parsed.is_object() || parsed.get_object().size() != columns_.size()) return damaged("A line is no row.");
    int parameter = 1;
    for (const Column& column : columns_) {
      const json::value* value = parsed.get_object().if_contains(column.name);
      const bool fits = value != nullptr && (value->is_null() || (column.is_integer ? value->is_int64() : value->is_string()));
      if (!fits) return damaged(fmt::format("A row has no {} that fits.", column.name));
      bind(*insert_, parameter++, *value);
    }
    return insert_->run();
  }

  std::vector<Column> columns_;
  std::unique_ptr<Statement> insert_;
};

Result<> load_tables(Database& database, const std::filesystem::path& file) {
  CARILLON_TRY(archive, ArchiveReader::open(file));
  const Table* current = nullptr;
  std::optional<TableLoad> load;
  while (true) {
    CARILLON_TRY(entry, archive.next());
    if (!entry) return {};
    const Table* table = table_of(entry->name);
    if (table == nullptr) continue;
    if (table != std::exchange(current, table)) {
      CARILLON_TRY(prepared, TableLoad::prepare(database, *table));
      load = std::move(prepared);
    }
    if (auto inserted = load->insert(entry->content); !inserted) {
      Error error = inserted.error();
      error.what = fmt::format("{}: {}", entry->name, error.what);
      return std::unexpected(std::move(error));
    }
  }
}

/// Makes the schema that the backup was made with where there is none.
Result<> prepare_schema(Database& database, std::int64_t number) {
  const auto all = migrations();
  const bool is_known = number >= 1 && number <= all.back().number;
  if (!is_known) return failure(BackupFault::other_schema, "The backup is of a later release: install that.");
  CARILLON_TRY(has_schema, database.has_table("schema_migrations"));
  if (!has_schema) CARILLON_CHECK(migrate(database, all.first(static_cast<std::size_t>(number))));
  CARILLON_TRY(there, schema_number(database));
  if (there == number) return {};
  return failure(BackupFault::other_schema,
                 fmt::format("The database has schema {}, the backup {}: take an empty database.", there, number));
}

/// Whether migrations fill the table: then what it has is no sign of use, and the backup's rows take their place.
bool is_filled(std::string_view table) {
  const model::Resource* resource = model::find_resource(table);
  return resource != nullptr && resource->access.is_catalogue;
}

Result<> empty_filled(Database& database) {
  CARILLON_CHECK(database.execute("DELETE FROM change"));
  for (const Table& table : tables()) {
    if (!is_filled(table.name)) continue;
    CARILLON_TRY(exists, database.has_table(table.name));
    if (exists) CARILLON_CHECK(database.execute(fmt::format("DELETE FROM {}", table.name)));
  }
  return {};
}

Result<> check_empty(Database& database) {
  std::vector<std::string_view> names = backup_tables();
  names.insert(names.end(), {"sessions", "journals"});
  for (const std::string_view name : names) {
    if (is_filled(name)) continue;
    CARILLON_TRY(exists, database.has_table(name));
    if (!exists) continue;  // Of a later schema.
    const std::string_view condition = name == "change" ? " WHERE n > 0" : "";
    CARILLON_TRY(row, database.prepare(fmt::format("SELECT 1 FROM {}{} LIMIT 1", name, condition)));
    CARILLON_TRY(is_there, row->step());
    if (is_there)
      return failure(BackupFault::not_empty, fmt::format("The database is in use: {} has rows. Take an empty one.", name));
  }
  return {};
}

/// What the schema has and the archive left out, line in the manifest and all, would be lost without a word.
Result<> check_whole(Database& database, const BackupSummary& summary) {
  for (const Table& table : tables()) {
    CARILLON_TRY(exists, database.has_table(table.name));
    const bool is_listed = std::ranges::find(summary.tables, table.name, &BackupSummary::Table::name) != summary.tables.end();
    if (exists != is_listed) return damaged(fmt::format("Table {} is missing, or of another schema.", table.name));
    const bool is_counter = table.name == "change";
    if (!is_counter) continue;
    CARILLON_TRY(counter, database.prepare("SELECT count(*) FROM change"));
    CARILLON_CHECK(counter->step());
    if (counter->integer(0) != 1) return damaged("Table change has not its one row.");
  }
  return {};
}

/// A backup that could not be read again is none.
bool is_bounded(std::span<const BackupFile> files) {
  std::size_t bytes = 0;
  for (const BackupFile& file : files) bytes += file.content.size();
  const bool has_large = std::ranges::any_of(files, [](const BackupFile& file) { return file.content.size() > largest_file; });
  return files.size() <= most_files && bytes <= files_bytes && !has_large;
}

}  // namespace

std::vector<std::string_view> backup_tables() {
  std::vector<std::string_view> names;
  for (const Table& table : tables()) names.push_back(table.name);
  return names;
}

std::span<const std::string_view> tables_without_backup() {
  return left_out;
}

Result<BackupSummary> write_backup(Database& database, const std::filesystem::path& file, std::span<const BackupFile> files,
                                   Instant now) {
  if (!is_bounded(files)) return failure(BackupFault::unwritable, "There are more or larger files than a backup takes.");
  CARILLON_TRY(archive, ArchiveWriter::create(file, now));
  CARILLON_TRY(transaction, Transaction::begin_read(database));
  CARILLON_TRY(schema, schema_number(database));
  if (schema != migrations().back().number) {
    return failure(BackupFault::other_schema, "The database has another schema than this release: take its own.");
  }
  BackupSummary summary;
  json::array listed_tables, listed_files;
  for (const Table& table : tables()) {
    TableDump dump(database, table, archive);
    CARILLON_TRY(listed, dump.write());
    summary.tables.push_back({std::string(table.name), dump.rows()});
    listed_tables.push_back(std::move(listed));
  }
  CARILLON_CHECK(transaction.commit());
  for (const BackupFile& one : files) {
    CARILLON_CHECK(archive.add("files/" + one.name, one.content));
    listed_files.push_back(json::object{{"name", one.name}, {"sha256", digest_of(one.content)}});
  }
  const json::object manifest{{"format", format_number},
                              {"schema", schema},
                              {"madeAt", to_rfc3339(now)},
                              {"tables", std::move(listed_tables)},
                              {"files", std::move(listed_files)}};
  CARILLON_CHECK(archive.add(std::string(manifest_name), json::serialize(manifest) + '\n'));
  CARILLON_CHECK(archive.finish());
  return summary;
}

Result<BackupSummary> restore_backup(Database& database, const std::filesystem::path& file) {
  CARILLON_TRY(contents, read_through(file));
  if (number_in(contents.manifest, "format") != format_number)
    return damaged("The backup has a form that this release does not know.");
  CARILLON_TRY(summary, check(contents));
  CARILLON_CHECK(prepare_schema(database, number_in(contents.manifest, "schema")));
  {
    CARILLON_TRY(transaction, Transaction::begin_write(database));
    CARILLON_CHECK(database.lock_schema());
    CARILLON_CHECK(check_empty(database));
    CARILLON_CHECK(empty_filled(database));
    CARILLON_CHECK(load_tables(database, file));
    CARILLON_CHECK(check_whole(database, summary));
    CARILLON_CHECK(transaction.commit());
  }
  CARILLON_CHECK(migrate(database));
  return std::move(summary);
}

}  // namespace carillon::store
