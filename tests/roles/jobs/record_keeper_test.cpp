// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: ended calls reach the database soon, failures are told and overcome, and what is in the journal at the end is stored.
#include "roles/jobs/record_keeper.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/log.hpp"
#include "journal/writer.hpp"
#include "support/sample_database.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class RecordKeeperTest : public OnEachDatabase {
 protected:
  RecordKeeperTest() { log::set_level(log::Level::off); }

  RecordKeeper::Options options() {
    return {.database_url = database_.url(),
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

  /// Of all tests of this process.
  static std::int64_t set_aside_total() {
    constexpr std::string_view name = "\ncarillon_records_set_aside_total ";
    const std::string text = metrics::Registry::process().text();
    const std::size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::stoll(text.substr(at + name.size()));
  }

  /// Lets the keeper work until `condition` holds.
  template <class F>
  bool reach(F condition) {
    // The worker works in real time: the loop's goes beside it.
    const Monotonic deadline = system_monotonic_time() + 20s;
    while (!condition() && system_monotonic_time() < deadline) {
      loop_.run_for(1ms);
      std::this_thread::sleep_for(1ms);
    }
    return condition();
  }

  test::VirtualLoop loop_;
  SampleDatabase database_;
  std::vector<std::string> states_;
  int last_ = 0;
};
CARILLON_ON_EACH_DATABASE(RecordKeeperTest);

TEST_P(RecordKeeperTest, StoresWhatEndsSoon) {
  RecordKeeper keeper(loop_, options());
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  write_calls(3);
  const Monotonic written = loop_.now();
  ASSERT_TRUE(reach([&] { return stored() == 3; }));
  EXPECT_LE(loop_.now() - written, 300ms);
  EXPECT_EQ(states_.back(), "");
}

TEST_P(RecordKeeperTest, StaysReadyWhenARecordIsSetAside) {
  const std::int64_t before = set_aside_total();
  database_.refuse_calls("id LIKE '%02'");
  write_calls(3);
  RecordKeeper keeper(loop_, options());
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  EXPECT_EQ(stored(), 2);
  EXPECT_EQ(states_, std::vector<std::string>{""});
  EXPECT_EQ(set_aside_total(), before + 1);
}

TEST_P(RecordKeeperTest, StoresTheRestBeforeItEnds) {
  write_calls(1200);
  RecordKeeper keeper(loop_, options());
  keeper.start();
  bool is_done = false;
  keeper.finish([&] { is_done = true; });
  ASSERT_TRUE(reach([&] { return is_done; }));
  EXPECT_EQ(stored(), 1200);
}

TEST_P(RecordKeeperTest, TellsAndOvercomesFailures) {
  RecordKeeper::Options wanted = options();
  database_.go_away();
  RecordKeeper keeper(loop_, std::move(wanted));
  keeper.start();
  ASSERT_TRUE(reach([&] { return !states_.empty(); }));
  EXPECT_NE(states_.back(), "");
  database_.come_back();
  ASSERT_TRUE(reach([&] { return states_.back().empty(); }));
}

/// A file does not go away from whoever has it open.
class RecordKeeperByAServer : public RecordKeeperTest {};
INSTANTIATE_TEST_SUITE_P(Server, RecordKeeperByAServer, ::testing::Values(store::DatabaseKind::postgresql));

TEST_P(RecordKeeperByAServer, GoesOnWhenTheServerIsBack) {
  RecordKeeper keeper(loop_, options());
  keeper.start();
  write_calls(3);
  ASSERT_TRUE(reach([&] { return stored() == 3; }));
  database_.go_away();
  write_calls(3);
  ASSERT_TRUE(reach([&] { return !states_.empty() && !states_.back().empty(); }));
  database_.come_back();
  write_calls(3);
  ASSERT_TRUE(reach([&] { return stored() == 9; }));
  EXPECT_TRUE(reach([&] { return states_.back().empty(); }));
}

/// Somebody else may hold a file's lock for as long as they like.
class RecordKeeperInAFile : public RecordKeeperTest {};
INSTANTIATE_TEST_SUITE_P(File, RecordKeeperInAFile, ::testing::Values(store::DatabaseKind::sqlite));

TEST_P(RecordKeeperInAFile, TellsOfADatabaseThatDoesNotAnswer) {
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
