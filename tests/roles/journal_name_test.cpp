// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a node keeps its name, and no other has it.
#include "roles/journal_name.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::TemporaryDirectory;

TEST(JournalName, IsLocalUntilGivenAndThenItsOwn) {
  const TemporaryDirectory here, there;
  EXPECT_EQ(journal_name({here.path()}).value(), "local");
  ASSERT_TRUE(name_journal({here.path()}));
  ASSERT_TRUE(name_journal({there.path()}));
  const std::string name = journal_name({here.path()}).value();
  EXPECT_EQ(name.size(), 32U);
  EXPECT_NE(name, journal_name({there.path()}).value());
  ASSERT_TRUE(name_journal({here.path()}));
  EXPECT_EQ(journal_name({here.path()}).value(), name);
}

TEST(JournalName, IsNotGuessedFromAFileThatHoldsNone) {
  const TemporaryDirectory directory;
  carillon::testing::write_file(directory.path() / "node", "");
  EXPECT_TRUE(journal_name({directory.path()}).error().is(JournalNameFault::unusable));
}

}  // namespace
}  // namespace carillon::roles
