// SPDX-License-Identifier: GPL-3.0-or-later
// Everyone logs in under one name space per brand, and no brand can take the platform's names.
#include "store/logins.hpp"

#include <gtest/gtest.h>

#include "store/credentials.hpp"
#include "store/edit.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class LoginsTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(LoginsTest);

TEST_P(LoginsTest, FindTheDemoPeople) {
  SampleDatabase database{DemoOptions()};
  const auto brand = list_all<model::Brand>(*database, {})->front().id;
  const std::pair<const char*, Role> people[] = {{"admin", Role::platform},
                                                 {"demobrand", Role::brand},
                                                 {"democompany", Role::customer},
                                                 {"alice@democompany.com", Role::user},
                                                 {"bob@democompany.com", Role::user}};
  for (const auto& [name, role] : people) {
    const auto login = find_login(*database, name, {});
    ASSERT_TRUE(login && *login) << name;
    EXPECT_EQ((*login)->role, role);
    EXPECT_TRUE((*login)->active);
    EXPECT_EQ((*login)->name, name);
    EXPECT_TRUE(verify_password((*login)->password_hash, "changeme"));
    EXPECT_EQ((*login)->brand, role == Role::platform ? Id<model::Brand>{} : brand);
    EXPECT_EQ(static_cast<bool>((*login)->customer), role == Role::customer || role == Role::user);
    EXPECT_EQ(find_login(*database, name, brand)->has_value(), role != Role::platform);
  }
}

TEST_P(LoginsTest, FindNobodyUnderAnUnknownOrEmptyName) {
  SampleDatabase database({.subscribers = 3});
  for (const char* name : {"", "nobody", "user0001", "alice", "ADMIN", "' OR 1=1 --"}) {
    EXPECT_FALSE(find_login(*database, name, {})->has_value()) << name;
  }
}

TEST_P(LoginsTest, OfSeveralBrandsNeedTheBrand) {
  SampleDatabase database{DemoOptions()};
  model::Brand second{.name = "Second", .language = "es", .time_zone = "Europe/Madrid", .currency = "EUR"};
  auto edit = Edit::begin(*database, {}, test_start);
  ASSERT_TRUE(edit->insert(second));
  for (const char* name : {"demobrand", "admin"}) {
    model::Administrator twin{.level = model::Level::brand, .brand = second.id, .login = name, .password_hash = Secret("x")};
    ASSERT_TRUE(edit->insert(twin));
  }
  ASSERT_TRUE(edit->commit());
  EXPECT_FALSE(find_login(*database, "demobrand", {})->has_value());
  EXPECT_EQ(find_login(*database, "demobrand", second.id)->value().brand, second.id);
  EXPECT_EQ(find_login(*database, "admin", {})->value().role, Role::platform);
  EXPECT_EQ(find_login(*database, "admin", second.id)->value().role, Role::brand);
}

}  // namespace
}  // namespace carillon::store
