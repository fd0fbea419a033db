// SPDX-License-Identifier: GPL-3.0-or-later
// A backup holds everything and proves it, goes into a database of either kind, and what is damaged goes into none.
#include "store/backup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "model/call.hpp"
#include "store/migrations.hpp"
#include "store/table.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::EmptyDatabase;
using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::TemporaryDirectory;
using carillon::testing::test_start;

DatabaseKind other_than(DatabaseKind kind) {
  return kind == DatabaseKind::sqlite ? DatabaseKind::postgresql : DatabaseKind::sqlite;
}

/// Demo data and 2500 calls, more than two pages.
struct Filled : SampleDatabase {
  static constexpr std::uint64_t calls = 2500;

  Filled() : SampleDatabase({.subscribers = 300, .tenants = 3}) {
    auto transaction = Transaction::begin_write(**this).value();
    auto inserter = Inserter::prepare(**this, model::resource_of<model::Call>).value();
    for (std::uint64_t number = 1; number <= calls; ++number) {
      model::Call call;
      call.id = {7, number};
      call.brand = {1};
      call.customer = {2};
      call.started_at = call.ended_at = test_start + (number / 3) * 1s;
      if (number % 2 == 0) call.answered_at = call.started_at;
      call.caller = "\"quoted\" \\ \xc3\xa9";
      call.attempts = {"[]"};
      call.decisions = "a\nb\tc";
      EXPECT_TRUE(inserter.insert(call));
    }
    EXPECT_TRUE(transaction.commit());
    EXPECT_TRUE(
        (*this)->execute("INSERT INTO records_set_aside VALUES ('local', 1, 2, NULL, 'r', '7 00', 3); "
                         "INSERT INTO journals VALUES ('local', 5, 6); INSERT INTO sessions (digest, login, opened_at, used_at) "
                         "VALUES ('d', 1, 2, 3)"));
    // A customer calls with a number that is its own: such references lead in a circle.
    EXPECT_TRUE((*this)->execute(
        "INSERT INTO match_lists SELECT id, brand, id, 'Some', '' FROM customers; "
        "INSERT INTO match_entries SELECT id, brand, customer, id, 'number', '+34676676676', '' FROM match_lists; "
        "INSERT INTO outgoing_ddi_rules SELECT id, brand, customer, 'Some', 'force', id FROM ddis; "
        "INSERT INTO outgoing_ddi_rule_entries SELECT id, brand, customer, id, 1, customer, 'force', ddi "
        "FROM outgoing_ddi_rules; "
        "INSERT INTO call_acls SELECT id, brand, id, 'Some', 'deny' FROM customers; "
        "INSERT INTO call_acl_rules SELECT id, brand, customer, id, 1, id, 'allow' FROM call_acls; "
        "UPDATE users SET call_acl = customer; "
        "UPDATE terminals SET call_acl = customer, outgoing_ddi = (SELECT id FROM ddis WHERE customer = terminals.customer); "
        "INSERT INTO terminal_patterns SELECT id, brand, customer, id, '^4', '' FROM terminals; "
        "INSERT INTO terminal_sources SELECT id, brand, customer, id, '192.0.2.1', 'any', '', '' FROM terminals; "
        "INSERT INTO routing_tags (id, brand, name, tag) SELECT id, id, 'Some', '1#' FROM brands; "
        "INSERT INTO customer_routing_tags (id, brand, customer, routing_tag) SELECT id, brand, id, brand FROM customers; "
        "UPDATE outgoing_routes SET routing_tag = brand; "
        "INSERT INTO number_blocks SELECT id, id, '+34', '', '', 340000000000000, 349999999999999 FROM brands; "
        "INSERT INTO carrier_registrations (id, brand, carrier, username, domain, host, port, transport, outbound_proxy, "
        "contact_user, auth_username, realm, ha1_md5, ha1_sha256, expires, active) SELECT id, brand, id, 'us', 'a.example', '', "
        "0, 'udp', '', 'us', '', '', '', '', 3600, 1 FROM carriers; "
        "INSERT INTO carrier_credentials (id, brand, carrier, customer, terminal, username, realm, ha1_md5, ha1_sha256) "
        "SELECT terminals.id, terminals.brand, carriers.id, customer, terminals.id, 'us', 'a.example', '', '' FROM terminals, "
        "carriers "
        "WHERE terminals.brand = carriers.brand; "
        "UPDATE customers SET denied_numbers = id; "
        "UPDATE customers SET outgoing_ddi = (SELECT id FROM ddis WHERE customer = customers.id), "
        "outgoing_ddi_rule = (SELECT id FROM outgoing_ddi_rules WHERE customer = customers.id)"));
  }
};

class BackupTest : public OnEachDatabase {
 protected:
  std::filesystem::path file(std::string_view name = "backup.tar.gz") const { return folder_.path() / name; }
  Result<BackupSummary> write(Database& database, std::string_view name = "backup.tar.gz") {
    const BackupFile key{"tls/key.pem", "KEY"};
    return write_backup(database, file(name), {&key, 1}, test_start);
  }
  /// The manifest, which has the sum of each table: the same rows have the same.
  std::string manifest(std::string_view name) {
    auto archive = ArchiveReader::open(file(name)).value();
    std::string last;
    while (auto entry = archive.next().value()) last = entry->content;
    return last;
  }
  TemporaryDirectory folder_;
};
CARILLON_ON_EACH_DATABASE(BackupTest);

TEST_P(BackupTest, MovesEverythingToTheOtherKindAndBack) {
  Filled database;
  const auto written = write(*database, "first");
  ASSERT_TRUE(written) << written.error().what;
  carillon::testing::chosen_kind = other_than(GetParam());
  const EmptyDatabase other;
  carillon::testing::chosen_kind = GetParam();
  const auto in_other = other.open(Access::create);
  const auto moved = restore_backup(*in_other, file("first"));
  ASSERT_TRUE(moved) << moved.error().what;
  ASSERT_EQ(moved->files.size(), 1U);
  EXPECT_EQ(moved->files[0].content, "KEY");
  ASSERT_TRUE(write(*in_other, "second"));
  const EmptyDatabase again;
  const auto in_again = again.open(Access::create);
  const auto back = restore_backup(*in_again, file("second"));
  ASSERT_TRUE(back) << back.error().what;
  ASSERT_TRUE(write(*in_again, "third"));
  EXPECT_EQ(manifest("first"), manifest("second"));
  EXPECT_EQ(manifest("first"), manifest("third"));
  const auto calls = count(*in_again, {}, model::resource_of<model::Call>, {});
  EXPECT_EQ(calls.value(), static_cast<std::int64_t>(Filled::calls));
}

TEST_P(BackupTest, KnowsEveryTable) {
  SampleDatabase database;
  std::set<std::string, std::less<>> known{tables_without_backup().begin(), tables_without_backup().end()};
  for (const std::string_view name : backup_tables()) known.insert(std::string(name));
  const auto names = database->prepare(GetParam() == DatabaseKind::sqlite
                                           ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                                           : "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
                                             "AND relnamespace = current_schema()::regnamespace");
  std::set<std::string, std::less<>> there;
  while ((*names)->step().value()) there.emplace((*names)->text(0));
  EXPECT_EQ(there, known);
}

TEST_P(BackupTest, SeesOneMomentWhileOthersWrite) {
  Filled database;
  const auto reader = database.open(Access::read);
  auto reading = Transaction::begin_read(*reader).value();
  ASSERT_TRUE(database->execute("DELETE FROM calls"));
  ASSERT_TRUE(reading.commit());
  const auto written = write(*reader);
  ASSERT_TRUE(written) << written.error().what;
  const auto calls = std::ranges::find(written->tables, "calls", &BackupSummary::Table::name);
  EXPECT_EQ(calls->rows, 0);
}

TEST_P(BackupTest, RefusesWhatIsDamagedAndWritesNothing) {
  Filled database;
  ASSERT_TRUE(write(*database));
  const std::string whole = carillon::testing::read_file(file());
  const EmptyDatabase place;
  const auto target = place.open(Access::create);
  constexpr std::size_t trailer = 256;  // What follows the manifest says nothing.
  for (std::size_t at = 10; at + trailer < whole.size(); at += whole.size() / 13) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    carillon::testing::write_file(file("flipped"), flipped);
    EXPECT_FALSE(restore_backup(*target, file("flipped"))) << at;
    carillon::testing::write_file(file("cut"), whole.substr(0, at));
    EXPECT_FALSE(restore_backup(*target, file("cut"))) << at;
  }
  EXPECT_FALSE(target->has_table("brands").value());
  EXPECT_TRUE(restore_backup(*target, file("missing")).error().is(BackupFault::unreadable));
  EXPECT_TRUE(restore_backup(*target, file()));
}

/// An archive whose checksums are right and whose content is somebody's who means us harm.
TEST_P(BackupTest, RefusesWhatNoBackupHolds) {
  const EmptyDatabase place;
  const auto target = place.open(Access::create);
  const std::pair<std::string, std::string> bad[] = {
      {"tables/sqlite_schema/000001.jsonl", "{}\n"},
      {"tables/sessions/000001.jsonl", "{}\n"},
      {"../x", "x"},
      {"tables/brands/000001.jsonl", "{\"id\":1}\n"},
  };
  for (const auto& [name, content] : bad) {
    const std::filesystem::path made = file("bad-" + std::to_string(&name - &bad[0].first));
    auto archive = ArchiveWriter::create(made, test_start).value();
    ASSERT_TRUE(archive.add(name, content));
    ASSERT_TRUE(archive.add("manifest.json", R"({"format":1,"schema":7,"tables":[],"files":[]})"));
    ASSERT_TRUE(archive.finish());
    EXPECT_TRUE(restore_backup(*target, made).error().is(BackupFault::damaged)) << name;
  }
}

/// Whoever may call can make rows long: an entry of the archive must not grow beyond what is read again.
TEST_P(BackupTest, TakesLongRowsThatItCanPutBack) {
  constexpr int rows = 70;
  SampleDatabase database;
  const std::string record(1 << 20, 'a');
  for (int row = 1; row <= rows; ++row) {
    const auto insert = database->prepare("INSERT INTO records_set_aside VALUES ('local', 1, ?, NULL, 'r', ?, 3)").value();
    insert->bind(1, row);
    insert->bind(2, record);
    ASSERT_TRUE(insert->run());
  }
  ASSERT_TRUE(write(*database));
  const EmptyDatabase place;
  const auto target = place.open(Access::create);
  const auto restored = restore_backup(*target, file());
  ASSERT_TRUE(restored) << restored.error().what;
  const auto kept = std::ranges::find(restored->tables, "records_set_aside", &BackupSummary::Table::name);
  EXPECT_EQ(kept->rows, rows);
}

/// Checksums prove nothing of what was left out together with its line in the manifest; without its one row in `change` a node
/// cannot even start.
TEST_P(BackupTest, RefusesOneThatLacksATable) {
  const EmptyDatabase place;
  const auto target = place.open(Access::create);
  const auto schema = migrations().back().number;
  auto archive = ArchiveWriter::create(file("bare"), test_start).value();
  ASSERT_TRUE(archive.add("manifest.json", fmt::format(R"({{"format":1,"schema":{},"tables":[],"files":[]}})", schema)));
  ASSERT_TRUE(archive.finish());
  const auto bare = restore_backup(*target, file("bare"));
  ASSERT_FALSE(bare);
  EXPECT_TRUE(bare.error().is(BackupFault::damaged)) << bare.error().what;

  SampleDatabase uncounted;
  ASSERT_TRUE(uncounted->execute("DELETE FROM change"));
  ASSERT_TRUE(write(*uncounted, "uncounted"));
  const auto without = restore_backup(*target, file("uncounted"));
  ASSERT_FALSE(without);
  EXPECT_TRUE(without.error().is(BackupFault::damaged)) << without.error().what;
}

/// A small archive may unpack to more than the machine has.
TEST_P(BackupTest, RefusesMoreThanItsFilesMayHold) {
  constexpr int count = 80;
  const std::string content(1 << 20, '0');
  const EmptyDatabase place;
  const auto target = place.open(Access::create);
  auto archive = ArchiveWriter::create(file("bomb"), test_start).value();
  for (int number = 0; number < count; ++number) ASSERT_TRUE(archive.add(fmt::format("files/tls/names/{}.pem", number), content));
  ASSERT_TRUE(archive.add("manifest.json", R"({"format":9,"schema":1,"tables":[],"files":[]})"));
  ASSERT_TRUE(archive.finish());
  const auto restored = restore_backup(*target, file("bomb"));
  EXPECT_TRUE(restored.error().is(BackupFault::damaged));
  EXPECT_NE(restored.error().what.find("larger"), std::string::npos) << restored.error().what;
  SampleDatabase database;
  const std::vector<BackupFile> many(count, {"tls/key.pem", content});
  EXPECT_TRUE(write_backup(*database, file("many"), many, test_start).error().is(BackupFault::unwritable));
}

/// Before the rows go in: half a restore would refuse the next try.
TEST_P(BackupTest, RefusesFilesThatBelongElsewhereAndWritesNothing) {
  SampleDatabase database;
  const EmptyDatabase place;
  const auto target = place.open(Access::create);
  for (const std::string name : {"tls/../../x.pem", "tls/names/../x.pem", "/etc/x.pem", "tls/x", "x.pem", "tls/names/a/x.pem"}) {
    const BackupFile bad{name, "x"};
    const std::filesystem::path made = file("to-" + std::to_string(std::hash<std::string>()(name)));
    ASSERT_TRUE(write_backup(*database, made, {&bad, 1}, test_start));
    const auto restored = restore_backup(*target, made);
    ASSERT_FALSE(restored) << name;
    EXPECT_TRUE(restored.error().is(BackupFault::damaged)) << name;
  }
  EXPECT_FALSE(target->has_table("brands").value());
}

TEST_P(BackupTest, GoesIntoAnEmptyDatabaseAlone) {
  Filled database;
  ASSERT_TRUE(write(*database));
  EXPECT_TRUE(restore_backup(*database, file()).error().is(BackupFault::not_empty));
  SampleDatabase fresh;
  ASSERT_TRUE(
      database->execute("UPDATE countries SET name_en = 'Hispania' WHERE code = 'ES'; DELETE FROM languages WHERE code = 'vo'"));
  ASSERT_TRUE(write(*database, "changed"));
  EXPECT_TRUE(restore_backup(*fresh, file("changed")));
  // What migrations had filled in is now what it was where the backup was made.
  EXPECT_EQ(fresh.integer("SELECT count(*) FROM countries WHERE name_en = 'Hispania'"), 1);
  EXPECT_EQ(fresh.integer("SELECT count(*) FROM languages WHERE code = 'vo'"), 0);
  EXPECT_TRUE(restore_backup(*fresh, file()).error().is(BackupFault::not_empty));
  const EmptyDatabase older;
  const auto target = older.open(Access::create);
  ASSERT_TRUE(migrate(*target, migrations().first(3)));
  EXPECT_TRUE(restore_backup(*target, file()).error().is(BackupFault::other_schema));
}

TEST_P(BackupTest, LeavesNoFileWhenItFailsAndReplacesNone) {
  Filled database;
  ASSERT_TRUE(write(*database));
  EXPECT_TRUE(write(*database).error().is(BackupFault::unwritable));
  ASSERT_TRUE(database->execute("INSERT INTO schema_migrations VALUES (99, '0099_later')"));
  EXPECT_TRUE(write(*database, "later").error().is(BackupFault::other_schema));
  EXPECT_TRUE(write(*database, "no/such/folder").error().is(BackupFault::unwritable));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) names.push_back(entry.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"backup.tar.gz"});
  const auto rights = std::filesystem::status(file()).permissions();
  EXPECT_EQ(rights, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace carillon::store
