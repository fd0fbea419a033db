// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: one node per directory, private to its user, and never demo and earnest in the same.
#include "roles/supervisor/data_directory.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

namespace fs = std::filesystem;
constexpr auto private_mode = fs::perms::owner_all;

TEST(DataDirectory, IsMadeForItsOwnerAlone) {
  const testing::TemporaryDirectory directory;
  const DataDir data{directory.path() / "some" / "where"};
  const auto lock = DataLock::take(data);
  ASSERT_TRUE(lock);
  EXPECT_TRUE(lock->is_new());
  for (const fs::path& made : {data.root, data.run(), data.key().parent_path()}) {
    EXPECT_EQ(fs::status(made).permissions(), private_mode) << made;
  }
}

TEST(DataDirectory, IsTakenOnce) {
  const testing::TemporaryDirectory directory;
  const DataDir data{directory.path() / "data"};
  {
    const auto first = DataLock::take(data);
    ASSERT_TRUE(first);
    const auto second = DataLock::take(data);
    ASSERT_FALSE(second);
    EXPECT_TRUE(second.error().is(DataFault::locked));
  }
  const auto third = DataLock::take(data);
  ASSERT_TRUE(third);
  EXPECT_FALSE(third->is_new());
}

TEST(DataDirectory, KeepsDemoAndEarnestApart) {
  const testing::TemporaryDirectory directory;
  const DataDir demo{directory.path() / "demo"};
  const DataDir earnest{directory.path() / "earnest"};
  ASSERT_TRUE(DataLock::take(demo, "subscribers=5"));
  ASSERT_TRUE(DataLock::take(demo, "subscribers=5"));
  ASSERT_TRUE(DataLock::take(earnest));
  struct Row {
    const DataDir& data;
    std::string_view options;
    DataFault fault;
  };
  const Row rows[] = {
      {demo, "", DataFault::demo}, {demo, "subscribers=6", DataFault::not_demo}, {earnest, "x", DataFault::not_demo}};
  for (const Row& row : rows) {
    const auto taken = DataLock::take(row.data, row.options);
    ASSERT_FALSE(taken);
    EXPECT_TRUE(taken.error().is(row.fault)) << taken.error().what;
  }
}

TEST(DataDirectory, SaysWhenItCannotBeMade) {
  const auto taken = DataLock::take({"/proc/carillon"});
  ASSERT_FALSE(taken);
  EXPECT_TRUE(taken.error().is(DataFault::unusable));
}

}  // namespace
}  // namespace carillon::roles
