// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a token finds its login until it is too old, unused for too long or the login has been switched off.
#include "store/sessions.hpp"

#include <gtest/gtest.h>

#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class Sessions : public OnEachDatabase {
 protected:
  Login login(std::string_view name) {
    const auto found = find_login(*database_, name, {});
    EXPECT_TRUE(found && *found);
    return **found;
  }
  std::string name_behind(std::string_view token, Instant now) {
    const auto found = find_session(*database_, token, now);
    EXPECT_TRUE(found) << found.error().what;
    return *found ? (*found)->name : std::string();
  }
  SampleDatabase database_{DemoOptions()};
};
CARILLON_ON_EACH_DATABASE(Sessions);

TEST_P(Sessions, FindsAdministratorsAndUsers) {
  for (const char* name : {"admin", "demobrand", "democompany", "alice@democompany.com"}) {
    const Login before = login(name);
    ASSERT_TRUE(open_session(*database_, name, before, test_start));
    const auto found = find_session(*database_, name, test_start);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->role, before.role);
    EXPECT_EQ((*found)->id, before.id);
    EXPECT_EQ((*found)->brand, before.brand);
    EXPECT_EQ((*found)->customer, before.customer);
    EXPECT_EQ((*found)->name, name);
    EXPECT_TRUE((*found)->password_hash.is_empty());
  }
  EXPECT_EQ(name_behind("other", test_start), "");
}

TEST_P(Sessions, EndWhenUnusedOrTooOld) {
  ASSERT_TRUE(open_session(*database_, "one", login("admin"), test_start));
  EXPECT_EQ(name_behind("one", test_start + 29min), "admin");
  EXPECT_EQ(name_behind("one", test_start + 58min), "admin");
  EXPECT_EQ(name_behind("one", test_start + 89min), "");
  ASSERT_TRUE(open_session(*database_, "two", login("admin"), test_start));
  for (Duration age = 20min; age < 12h; age += 20min) ASSERT_EQ(name_behind("two", test_start + age), "admin");
  EXPECT_EQ(name_behind("two", test_start + 12h), "");
  ASSERT_TRUE(open_session(*database_, "three", login("admin"), test_start + 13h));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions"), 1);
}

TEST_P(Sessions, EndWithTheLogin) {
  ASSERT_TRUE(open_session(*database_, "one", login("admin"), test_start));
  ASSERT_TRUE(database_->execute("UPDATE administrators SET active = 0"));
  EXPECT_EQ(name_behind("one", test_start), "");
}

TEST_P(Sessions, HoldNoToken) {
  ASSERT_TRUE(open_session(*database_, "a token", login("admin"), test_start));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions WHERE digest LIKE '%token%'"), 0);
}

TEST_P(Sessions, AreBounded) {
  ASSERT_TRUE(
      database_->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500) "
                         "INSERT INTO sessions SELECT 'digest' || i, 1, 1750000000000000 + i, 1750000000000000 + i FROM n"));
  ASSERT_TRUE(open_session(*database_, "one", login("admin"), test_start + 1s));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions"), sessions_max);
  EXPECT_EQ(name_behind("one", test_start + 1s), "admin");
}

}  // namespace
}  // namespace carillon::store
