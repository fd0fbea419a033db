// SPDX-License-Identifier: GPL-3.0-or-later
// The driver keeps its promises: types, transactions, one writer at a time, readers who write nothing, errors by name.
#include "store/database.hpp"

#include <gtest/gtest.h>

#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::TemporaryDirectory;

class DatabaseTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(DatabaseTest);

TEST_P(DatabaseTest, KeepsIntegersTextsAndNulls) {
  SampleDatabase database;
  ASSERT_TRUE(database->execute("CREATE TABLE t (a bigint, b text)"));
  auto insert = database->prepare("INSERT INTO t (a, b) VALUES (?, ?)").value();
  insert->bind(1, std::int64_t{9'007'199'254'740'993});
  const bool takes_zeros = database->kind() == DatabaseKind::sqlite;
  const std::string_view text = takes_zeros ? std::string_view("a\0b\xc3\xa9", 5) : "ab\xc3\xa9";
  insert->bind(2, text);
  ASSERT_TRUE(insert->run());
  insert->bind_null(1);
  insert->bind(2, std::string_view());
  ASSERT_TRUE(insert->run());
  EXPECT_EQ(database->changed_rows(), 1);

  auto select = database->prepare("SELECT a, b FROM t ORDER BY coalesce(a, 0) DESC").value();
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), 9'007'199'254'740'993);
  EXPECT_EQ(select->text(1), text);
  ASSERT_TRUE(select->step().value());
  EXPECT_TRUE(select->is_null(0));
  EXPECT_FALSE(select->is_null(1));
  EXPECT_EQ(select->text(1), "");
  EXPECT_FALSE(select->step().value());
}

TEST_P(DatabaseTest, UndoesWhatIsNotCommitted) {
  SampleDatabase database;
  ASSERT_TRUE(database->execute("CREATE TABLE t (a bigint)"));
  {
    auto transaction = Transaction::begin_write(*database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database->execute("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 0);
  {
    auto transaction = Transaction::begin_write(*database);
    ASSERT_TRUE(database->execute("INSERT INTO t VALUES (1)"));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 1);
}

TEST_P(DatabaseTest, ReadersSeeOneStateAndCannotWrite) {
  SampleDatabase database;
  ASSERT_TRUE(database->execute("CREATE TABLE t (a bigint)"));
  auto reader = database.open(Access::read);
  auto reading = Transaction::begin_read(*reader);
  ASSERT_TRUE(reading);
  ASSERT_TRUE(database->execute("INSERT INTO t VALUES (1)"));
  auto count = reader->prepare("SELECT count(*) FROM t").value();
  ASSERT_TRUE(count->step());
  EXPECT_EQ(count->integer(0), 0);
  EXPECT_TRUE(reader->execute("INSERT INTO t VALUES (2)").error().is(Fault::read_only));
}

TEST_P(DatabaseTest, NamesItsErrors) {
  SampleDatabase database;
  EXPECT_TRUE(database->execute("NONSENSE").error().is(Fault::sql));
  // One database says it when the statement is prepared, the other when it is run.
  const auto wrong = database->prepare("SELECT * FROM nothing");
  EXPECT_TRUE((wrong ? (*wrong)->run().error() : wrong.error()).is(Fault::sql));
  EXPECT_TRUE(
      database->execute("INSERT INTO domains (id, brand, customer, name) VALUES (1, 2, 3, 'x')").error().is(Fault::constraint));
  EXPECT_FALSE(database->has_table("nothing").value());
  EXPECT_TRUE(database->has_table("calls").value());
}

TEST(Database, OpensOnlyWhatItKnows) {
  TemporaryDirectory directory;
  EXPECT_TRUE(open("mysql://localhost/x", directory.path(), Access::write).error().is(Fault::unsupported));
  EXPECT_TRUE(open("postgresql://@/x?host=/nowhere", directory.path(), Access::write).error().is(Fault::open));
  EXPECT_TRUE(open("sqlite:missing.db", directory.path(), Access::read).error().is(Fault::open));
  EXPECT_TRUE(open("sqlite:missing.db", directory.path(), Access::write).error().is(Fault::open));
  carillon::testing::write_file(directory.path() / "text.db", std::string(4096, 'x'));
  EXPECT_TRUE(open("sqlite:text.db", directory.path(), Access::write).error().is(Fault::corrupt));
}

}  // namespace
}  // namespace carillon::store
