// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: ended calls reach the database soon, failures are told and overcome, and what is in the journal at the end is stored.
#include "roles/jobs/record_keeper.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "journal/writer.hpp"
#include "support/sample_database.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class RecordKeeperTest : public ::testing::Test {
 protected:
  RecordKeeperTest() { log::set_level(log::Level::off); }

  RecordKeeper::Options options() {
    return {.database_url = "sqlite:carillon.db",
            .data_dir = database_.path(),
            .journal = database_.path() / "journal",
            .first_retry = 100ms,
            .longest_retry = 100ms,
            .on_state = [this](std::string reason) { states_.push_back(std::move(reason)); }};
  }

  void write_calls(int count) {
    auto writer = journal::Writer::open(database_.path() / "journal");
    ASSERT_TRUE(writer);
    for (int n = 0; n < count; ++n) {
      const CallId id{9, static_cast<std::uint64_t>(++last_)};
      ASSERT_TRUE((*writer)->append(journal::Setup{.call = id, .brand = 1, .customer = 2, .started_at = test_start}));
      ASSERT_TRUE((*writer)->append(journal::Ended{.call = id, .at = test_start + 5s}));
    }
    ASSERT_TRUE((*writer)->commit());
  }

  std::int64_t stored() { return database_.integer("SELECT count(*) FROM calls"); }

  /// Lets the keeper work until `condition` holds.
  template <class F>
  bool reach(F condition) {
    for (int n = 0; n < 200 && !condition(); ++n) {
      loop_.run_for(110ms);  // Longer than each of its pauses, so that there is something to wait for.
      loop_.run_posted();
    }
    return condition();
  }

  test::VirtualLoop loop_;
  SampleDatabase database_;
  std::vector<std::string> states_;
  int last_ = 0;
};

TEST_F(RecordKeeperTest, StoresWhatEndsSoon) {
  RecordKeeper keeper(loop_, options());
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  write_calls(3);
  const Monotonic written = loop_.now();
  ASSERT_TRUE(reach([&] { return stored() == 3; }));
  EXPECT_LE(loop_.now() - written, 300ms);
  EXPECT_EQ(states_.back(), "");
}

TEST_F(RecordKeeperTest, StaysReadyWhenARecordIsSetAside) {
  ASSERT_TRUE(
      database_->execute("CREATE TRIGGER refuse BEFORE INSERT ON calls WHEN NEW.id LIKE '%02' "
                         "BEGIN SELECT RAISE(ABORT, 'refused'); END"));
  write_calls(3);
  RecordKeeper keeper(loop_, options());
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  EXPECT_EQ(stored(), 2);
  EXPECT_EQ(states_, std::vector<std::string>{""});
  EXPECT_NE(metrics::Registry::process().text().find("\ncarillon_records_set_aside_total 1\n"), std::string::npos);
}

TEST_F(RecordKeeperTest, StoresTheRestBeforeItEnds) {
  write_calls(1200);
  RecordKeeper keeper(loop_, options());
  keeper.start();
  bool is_done = false;
  keeper.finish([&] { is_done = true; });
  ASSERT_TRUE(reach([&] { return is_done; }));
  EXPECT_EQ(stored(), 1200);
}

TEST_F(RecordKeeperTest, TellsAndOvercomesFailures) {
  RecordKeeper::Options wanted = options();
  std::filesystem::rename(database_.path() / "carillon.db", database_.path() / "away.db");
  RecordKeeper keeper(loop_, std::move(wanted));
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  EXPECT_NE(states_.back(), "");
  std::filesystem::rename(database_.path() / "away.db", database_.path() / "carillon.db");
  ASSERT_TRUE(reach([&] { return states_.back().empty(); }));
}

TEST_F(RecordKeeperTest, TellsOfADatabaseThatDoesNotAnswer) {
  RecordKeeper::Options wanted = options();
  wanted.patience = 50ms;
  RecordKeeper keeper(loop_, std::move(wanted));
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  ASSERT_TRUE(database_->execute("BEGIN EXCLUSIVE"));
  write_calls(1);
  ASSERT_TRUE(reach([&] { return !states_.back().empty(); }));
  ASSERT_TRUE(database_->execute("ROLLBACK"));
  ASSERT_TRUE(reach([&] { return states_.back().empty(); }));
  EXPECT_EQ(stored(), 1);
}

}  // namespace
}  // namespace carillon::roles
