// SPDX-License-Identifier: GPL-3.0-or-later
// What PostgreSQL alone does: tenants are kept apart without our predicate, a server that goes away is told apart and found
// again, several write at once without a gap in the feed, calls lie in the partition of their month.
#include "store/postgresql.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "model/call.hpp"
#include "model/domain.hpp"
#include "model/resources.hpp"
#include "model/terminal.hpp"
#include "store/connection.hpp"
#include "store/edit.hpp"
#include "store/partitions.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::EmptyDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class Postgresql : public ::testing::Test {
 protected:
  Postgresql() { carillon::testing::chosen_kind = DatabaseKind::postgresql; }
  ~Postgresql() override { carillon::testing::chosen_kind = DatabaseKind::sqlite; }
};

std::int64_t count_of(Database& database, std::string_view sql) {
  const auto statement = database.prepare(sql).value();
  const auto stepped = statement->step();
  EXPECT_TRUE(stepped) << stepped.error().what;
  return stepped && *stepped ? statement->integer(0) : -1;
}

/// Tables below the platform, as the schema says it: a table that a later migration adds is among them.
std::vector<std::string> tables_where(Database& database, std::string_view sql) {
  const auto statement = database.prepare(sql).value();
  std::vector<std::string> names;
  while (statement->step().value()) names.emplace_back(statement->text(0));
  return names;
}

struct Tenants : SampleDatabase {
  Tenants() : SampleDatabase({.subscribers = 4, .tenants = 2}) {
    auto inserter = Inserter::prepare(**this, model::resource_of<model::Call>).value();
    for (const model::Customer& customer : customers) {
      model::Call call;
      call.id = {1, static_cast<std::uint64_t>(customer.id.value)};
      call.brand = customer.brand;
      call.customer = customer.id;
      call.started_at = call.ended_at = test_start;
      call.attempts = {"[]"};
      EXPECT_TRUE(inserter.insert(call));
    }
  }
  std::vector<model::Customer> customers = list_all<model::Customer>(**this, {}).value();
};

TEST_F(Postgresql, ShowsAConfinedConnectionItsTenantWithoutOurPredicate) {
  Tenants database;
  const auto tables =
      tables_where(*database,
                   "SELECT DISTINCT c.table_name FROM information_schema.columns c JOIN pg_class t ON t.relname = "
                   "c.table_name WHERE c.column_name = 'customer' AND c.table_schema = current_schema() AND NOT "
                   "t.relispartition ORDER BY 1");
  ASSERT_GE(tables.size(), 8U);
  const auto tenant = database.open(Access::write);
  for (const model::Customer& customer : database.customers) {
    ASSERT_TRUE(tenant->confine({customer.brand, customer.id}));
    for (const std::string& table : tables) {
      const model::Resource* resource = model::find_resource(table);
      // What its brand lends it a customer reads.
      const bool is_lent = resource != nullptr && resource->access.is_lent;
      const std::string lent = is_lent ? fmt::format("customer IS NULL AND brand = {}", customer.brand.value) : "1 = 0";
      const std::string of_others = fmt::format("SELECT count(*) FROM {} WHERE customer <> {} OR (customer IS NULL AND NOT ({}))",
                                                table, customer.id.value, lent);
      EXPECT_EQ(count_of(*tenant, of_others), 0) << table;
      EXPECT_EQ(
          count_of(*tenant, fmt::format("SELECT count(*) FROM {}", table)),
          count_of(*database, fmt::format("SELECT count(*) FROM {} WHERE customer = {} OR ({})", table, customer.id.value, lent)))
          << table;
    }
    EXPECT_EQ(count_of(*tenant, "SELECT count(*) FROM calls"), 1);
    EXPECT_EQ(count_of(*tenant, "SELECT count(*) FROM customers"), 1);
    EXPECT_EQ(count_of(*tenant, "SELECT count(*) FROM brands"), 0);
  }
  ASSERT_TRUE(tenant->confine({database.customers.front().brand, {}}));
  EXPECT_EQ(count_of(*tenant, "SELECT count(*) FROM calls"), 3);
  EXPECT_EQ(count_of(*tenant, "SELECT count(*) FROM administrators WHERE brand IS NULL"), 0);
  ASSERT_TRUE(tenant->confine({{database.customers.front().brand.value + 1}, {}}));
  EXPECT_EQ(count_of(*tenant, "SELECT count(*) FROM calls"), 0);
}

TEST_F(Postgresql, LetsAConfinedConnectionWriteNothingOfOthers) {
  Tenants database;
  const model::Customer& own = database.customers[0];
  const model::Customer& other = database.customers[1];
  const auto tenant = database.open(Access::write);
  ASSERT_TRUE(tenant->confine({own.brand, own.id}));
  ASSERT_TRUE(tenant->execute("UPDATE terminals SET name = 'x' || id"));
  EXPECT_EQ(database.integer(fmt::format("SELECT count(*) FROM terminals WHERE name LIKE 'x%' AND customer <> {}", own.id.value)),
            0);
  EXPECT_GT(database.integer("SELECT count(*) FROM terminals WHERE name LIKE 'x%'"), 0);
  ASSERT_TRUE(tenant->execute("DELETE FROM calls"));
  EXPECT_EQ(database.integer("SELECT count(*) FROM calls"), 2);
  EXPECT_FALSE(
      tenant->execute(fmt::format("INSERT INTO domains VALUES (1, {}, {}, 'x.example')", own.brand.value, other.id.value)));
  EXPECT_TRUE(tenant->execute(fmt::format("INSERT INTO domains VALUES (2, {}, {}, 'y.example')", own.brand.value, own.id.value)));
  EXPECT_FALSE(tenant->execute(fmt::format("UPDATE domains SET customer = {} WHERE id = 2", other.id.value)));

  // Nobody calls with a number of another customer.
  const std::int64_t ddi = database.integer("SELECT min(id) FROM ddis");
  const std::string use_it = fmt::format("UPDATE users SET outgoing_ddi = {}", ddi);
  EXPECT_TRUE(tenant->execute(use_it));
  ASSERT_TRUE(tenant->confine({other.brand, other.id}));
  EXPECT_FALSE(tenant->execute(use_it));
  EXPECT_FALSE(tenant->execute(fmt::format("INSERT INTO outgoing_ddi_rules VALUES (3, {}, {}, 'x', 'force', {})",
                                           other.brand.value, other.id.value, ddi)));
  EXPECT_TRUE(tenant->execute(
      fmt::format("INSERT INTO outgoing_ddi_rules VALUES (3, {}, {}, 'x', 'keep', NULL)", other.brand.value, other.id.value)));
}

TEST_F(Postgresql, ShowsNothingBeforeItIsConfined) {
  Tenants database;
  const auto nobodys = open(database.url(), {}, Access::write).value();
  for (const char* table :
       {"calls", "users", "customers", "brands", "administrators", "sessions", "journals", "records_set_aside"}) {
    EXPECT_EQ(count_of(*nobodys, fmt::format("SELECT count(*) FROM {}", table)), 0) << table;
  }
  EXPECT_FALSE(nobodys->execute("INSERT INTO brands VALUES (1, 'x', 'x', 'x', 'x')"));
}

TEST_F(Postgresql, HasAForcedWallAroundEveryTableOfTenants) {
  SampleDatabase database;
  ASSERT_TRUE(make_call_partitions(*database, test_start));
  const auto open_tables =
      tables_where(*database,
                   "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = "
                   "current_schema()::regnamespace AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1");
  EXPECT_EQ(open_tables, (std::vector<std::string>{"change", "schema_migrations"}));
  EXPECT_EQ(database.integer("SELECT count(*) FROM calls_other"), 0);
}

TEST_F(Postgresql, SaysWhenARoleIsAboveTheWalls) {
  const EmptyDatabase place;
  EXPECT_TRUE(place.open(Access::write)->check_walls());
  std::string url = place.url();
  url.replace(url.find("carillon@"), 8, "postgres");
  EXPECT_TRUE(open(url, {}, Access::write).value()->check_walls().error().is(Fault::unsupported));
}

TEST_F(Postgresql, IsOpenedAnewWhenTheServerEndedTheConnection) {
  SampleDatabase database({.subscribers = 1});
  Connection connection(database.url(), {}, Access::write);
  ASSERT_TRUE(connection.get({}));
  database.go_away();
  Database* broken = connection.get({}).value();  // It cannot know yet.
  const auto said = list_all<model::Brand>(*broken, {});
  ASSERT_FALSE(said);
  EXPECT_TRUE(said.error().is(Fault::away)) << said.error().code << said.error().what;
  EXPECT_TRUE(broken->is_broken());
  EXPECT_TRUE(connection.get({}).error().is(Fault::open));
  database.come_back();
  Database* anew = connection.get({}).value();
  EXPECT_EQ(connection.count(), 2);
  EXPECT_EQ(list_all<model::Brand>(*anew, {})->size(), 1U);
}

TEST_F(Postgresql, TellsNoPassword) {
  EXPECT_TRUE(has_password("postgresql://carillon:hunter2@db/carillon"));
  EXPECT_TRUE(has_password("postgresql://db/carillon?password=hunter2"));
  EXPECT_FALSE(has_password("postgresql://carillon@db/carillon"));
  for (const char* url :
       {"postgresql://carillon:hunter2@/x?host=/nowhere", "postgresql://carillon:hunter2@:x/x", "postgresql://a:hunter2@[::1/x",
        "postgresql://a:b@/x?host=/nowhere&hunter2=hunter2", "postgresql://@/hunter2?password=hunter2&host=/nowhere"}) {
    const auto opened = open(url, {}, Access::write);
    ASSERT_FALSE(opened) << url;
    EXPECT_FALSE(opened.error().what.contains("hunter2")) << opened.error().what;
  }
}

TEST_F(Postgresql, NumbersTheChangesOfSeveralWritersWithoutGaps) {
  SampleDatabase database({.subscribers = 4, .tenants = 2});
  constexpr int edits = 25;
  const std::int64_t before = last_change(*database).value();
  std::vector<std::thread> writers;
  for (const model::Customer& customer : list_all<model::Customer>(*database, {}).value()) {
    writers.emplace_back([&database, scope = Scope{customer.brand, customer.id}] {
      const auto own = database.open(Access::write);
      ASSERT_TRUE(own->confine(scope));
      for (int n = 0; n < edits; ++n) {
        model::Domain domain{.name = fmt::format("d{}-{}.example", n, scope.customer.value)};
        auto edit = Edit::begin(*own, scope, test_start + std::chrono::milliseconds(n));
        ASSERT_TRUE(edit) << edit.error().what;
        ASSERT_TRUE(edit->insert(domain));
        ASSERT_TRUE(edit->commit());
      }
    });
  }
  // A reader that follows sees each number with its rows, and every number.
  std::int64_t seen = before;
  const auto reader = database.open(Access::read);
  while (seen < before + 3 * edits) {
    const auto reading = Transaction::begin_read(*reader);
    ASSERT_TRUE(reading);
    const std::int64_t number = last_change(*reader).value();
    const auto changes = changes_after(*reader, seen).value();
    ASSERT_EQ(static_cast<std::int64_t>(changes.size()), number - seen);
    for (const Change& change : changes) ASSERT_EQ(change.n, ++seen);
  }
  for (std::thread& writer : writers) writer.join();
}

TEST_F(Postgresql, IsMigratedByOneOfSeveralAtOnce) {
  const EmptyDatabase place;
  std::vector<std::thread> starts;
  std::array<int, 3> applied{};
  for (int& count : applied) {
    starts.emplace_back([&place, &count] {
      const auto migrated = migrate(*place.open(Access::write));
      ASSERT_TRUE(migrated) << migrated.error().what;
      count = *migrated;
    });
  }
  for (std::thread& start : starts) start.join();
  EXPECT_EQ(applied[0] + applied[1] + applied[2], std::ssize(migrations()));
}

TEST_F(Postgresql, KeepsCallsInThePartitionOfTheirMonth) {
  Tenants database;                                              // Its calls came before any partition.
  constexpr Instant later = test_start + std::chrono::days(40);  // July 25th, 2025
  ASSERT_TRUE(make_call_partitions(*database, test_start));
  ASSERT_TRUE(make_call_partitions(*database, test_start));
  EXPECT_FALSE(database->has_table("calls_2025_06").value());
  for (const char* table : {"calls_2025_07", "calls_2025_08", "calls_2025_09"})
    EXPECT_TRUE(database->has_table(table).value()) << table;
  model::Call call;
  call.id = {2, 1};
  call.brand = database.customers[0].brand;
  call.customer = database.customers[0].id;
  call.started_at = call.ended_at = later;
  call.attempts = {"[]"};
  auto inserter = Inserter::prepare(*database, model::resource_of<model::Call>, true).value();
  ASSERT_TRUE(inserter.insert(call));
  ASSERT_TRUE(inserter.insert(call));
  EXPECT_EQ(database.integer("SELECT count(*) FROM calls WHERE tableoid = 'calls_2025_07'::regclass"), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM calls WHERE tableoid = 'calls_other'::regclass"), 3);
}

TEST_F(Postgresql, RefusesWhatItCannotKeep) {
  SampleDatabase database;
  for (const std::string_view text : {std::string_view("a\0b", 3), std::string_view("a\xff")}) {
    auto insert = database->prepare("INSERT INTO journals (name, segment, position) VALUES (?, 1, 1)").value();
    insert->bind(1, text);
    EXPECT_TRUE(insert->run().error().is(Fault::constraint));
  }
}

TEST_F(Postgresql, CommitsNothingAfterAStatementThatFailed) {
  SampleDatabase database;
  auto transaction = Transaction::begin_write(*database).value();
  ASSERT_TRUE(database->execute("INSERT INTO journals VALUES ('x', 1, 1)"));
  ASSERT_FALSE(database->execute("INSERT INTO journals VALUES ('x', 1, 1)"));
  EXPECT_FALSE(transaction.commit());
  EXPECT_EQ(database.integer("SELECT count(*) FROM journals"), 0);
}

}  // namespace
}  // namespace carillon::store
