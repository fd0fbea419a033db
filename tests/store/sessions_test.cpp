// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a token finds its login until it is too old, unused for too long or the login has been switched off.
#include "store/sessions.hpp"

#include <gtest/gtest.h>

#include "store/credentials.hpp"
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
  Result<> open(std::string_view token, const Login& owner, Instant now) {
    return open_session(*database_, {.token = token, .login = owner.id, .source = "192.0.2.1"}, now);
  }
  std::string name_behind(std::string_view token, Instant now) {
    const auto found = find_session(*database_, token, now);
    EXPECT_TRUE(found) << found.error().what;
    return *found ? (*found)->owner.name : std::string();
  }
  SampleDatabase database_{DemoOptions()};
};
CARILLON_ON_EACH_DATABASE(Sessions);

TEST_P(Sessions, FindsAdministratorsAndUsers) {
  for (const char* name : {"admin", "demobrand", "democompany", "alice@democompany.com"}) {
    const Login before = login(name);
    ASSERT_TRUE(open(name, before, test_start));
    const auto found = find_session(*database_, name, test_start);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->owner.role, before.role);
    EXPECT_EQ((*found)->owner.id, before.id);
    EXPECT_EQ((*found)->owner.brand, before.brand);
    EXPECT_EQ((*found)->owner.customer, before.customer);
    EXPECT_EQ((*found)->owner.name, name);
    EXPECT_TRUE((*found)->owner.password_hash.is_empty());
  }
  EXPECT_EQ(name_behind("other", test_start), "");
}

TEST_P(Sessions, EndWhenUnusedOrTooOld) {
  ASSERT_TRUE(open("one", login("admin"), test_start));
  EXPECT_EQ(name_behind("one", test_start + 29min), "admin");
  EXPECT_EQ(name_behind("one", test_start + 58min), "admin");
  EXPECT_EQ(name_behind("one", test_start + 89min), "");
  ASSERT_TRUE(open("two", login("admin"), test_start));
  for (Duration age = 20min; age < 12h; age += 20min) ASSERT_EQ(name_behind("two", test_start + age), "admin");
  EXPECT_EQ(name_behind("two", test_start + 12h), "");
  ASSERT_TRUE(open("three", login("admin"), test_start + 13h));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions"), 1);
}

TEST_P(Sessions, EndWithTheLogin) {
  ASSERT_TRUE(open("one", login("admin"), test_start));
  ASSERT_TRUE(database_->execute("UPDATE administrators SET active = 0"));
  EXPECT_EQ(name_behind("one", test_start), "");
}

TEST_P(Sessions, AreListedAndEndedByTheirOwnerAlone) {
  const std::int64_t alice = login("alice@democompany.com").id;
  ASSERT_TRUE(open("one", login("alice@democompany.com"), test_start));
  ASSERT_TRUE(open("two", login("alice@democompany.com"), test_start + 1s));
  ASSERT_TRUE(open("other", login("bob@democompany.com"), test_start));
  const auto sessions = list_sessions(*database_, alice, test_start + 1s);
  ASSERT_TRUE(sessions) << sessions.error().what;
  ASSERT_EQ(sessions->size(), 2U);
  EXPECT_EQ(sessions->front().source, "192.0.2.1");
  const std::int64_t first = sessions->front().id.value;
  EXPECT_TRUE(end_session(*database_, login("bob@democompany.com").id, first).error().is(Fault::not_found));
  EXPECT_TRUE(end_session(*database_, alice, first));
  EXPECT_EQ(name_behind("one", test_start + 1s), "");
  EXPECT_EQ(name_behind("two", test_start + 1s), "alice@democompany.com");
}

TEST_P(Sessions, ActDownwardsAndWithinTheBranch) {
  const Login admin = login("admin"), brand = login("demobrand"), company = login("democompany"),
              alice = login("alice@democompany.com");
  const ActsFor as_brand{Role::brand, brand.brand.value}, as_company{Role::customer, alice.customer.value},
      as_alice{Role::user, alice.id};
  for (const Login& owner : {admin, brand}) {
    EXPECT_TRUE(find_acted_for(*database_, owner, as_company)->has_value());
    EXPECT_TRUE(find_acted_for(*database_, owner, as_alice)->has_value());
  }
  EXPECT_TRUE(find_acted_for(*database_, admin, as_brand)->has_value());
  EXPECT_FALSE(find_acted_for(*database_, brand, as_brand)->has_value());
  EXPECT_TRUE(find_acted_for(*database_, company, as_alice)->has_value());
  EXPECT_FALSE(find_acted_for(*database_, alice, as_alice)->has_value());
  Login stranger = brand;
  stranger.brand = {77};
  EXPECT_FALSE(find_acted_for(*database_, stranger, as_alice)->has_value());
  ASSERT_TRUE(open_session(*database_, {.token = "t", .login = admin.id, .acts_for = as_alice}, test_start));
  const auto found = find_session(*database_, "t", test_start);
  ASSERT_TRUE(found && *found && (*found)->acts_for);
  EXPECT_EQ((*found)->owner.name, "admin");
  EXPECT_EQ((*found)->acts_for->id, alice.id);
  EXPECT_EQ((*found)->acts_for->customer, alice.customer);
  ASSERT_TRUE(database_->execute("UPDATE administrators SET active = 0"));
  EXPECT_FALSE(find_session(*database_, "t", test_start)->has_value());
}

TEST_P(Sessions, OfProgramsEndAtTheirTimeAndAreBounded) {
  const std::int64_t alice = login("alice@democompany.com").id;
  model::ApiToken token;
  token.login = alice;
  token.digest = Secret(token_digest("cat_1"));
  token.name = "exports";
  token.scopes = {R"(["read"])"};
  token.expires_at = test_start + 1h;
  ASSERT_TRUE(add_api_token(*database_, token, test_start));
  const auto found = find_api_token(*database_, "cat_1", test_start + 59min);
  ASSERT_TRUE(found && *found) << found.error().what;
  EXPECT_EQ((*found)->owner.id, alice);
  EXPECT_EQ((*found)->token.scopes.text, R"(["read"])");
  EXPECT_FALSE(find_api_token(*database_, "cat_1", test_start + 1h)->has_value());
  EXPECT_FALSE(find_api_token(*database_, "cat_2", test_start)->has_value());
  EXPECT_EQ(list_api_tokens(*database_, alice)->front().used_at, test_start + 59min);
  for (std::int64_t n = 1; n < api_tokens_per_login_max; ++n) {
    token.id = {};
    token.digest = Secret(std::to_string(n));
    ASSERT_TRUE(add_api_token(*database_, token, test_start));
  }
  token.digest = Secret("one more");
  EXPECT_TRUE(add_api_token(*database_, token, test_start).error().is(Fault::constraint));
  const std::int64_t id = (*found)->token.id.value;
  EXPECT_TRUE(remove_api_token(*database_, alice + 1, id).error().is(Fault::not_found));
  EXPECT_TRUE(remove_api_token(*database_, alice, id));
  EXPECT_FALSE(find_api_token(*database_, "cat_1", test_start)->has_value());
}

TEST_P(Sessions, HoldNoToken) {
  ASSERT_TRUE(open("a token", login("admin"), test_start));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions WHERE digest LIKE '%token%'"), 0);
}

TEST_P(Sessions, AreBounded) {
  ASSERT_TRUE(
      database_->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500) "
                         "INSERT INTO sessions (digest, login, opened_at, used_at) SELECT 'digest' || i, 1 + i / 105, "
                         "1750000000000000 + i, 1750000000000000 + i FROM n"));
  ASSERT_TRUE(open("one", login("admin"), test_start + 1s));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions"), 10501);  // Nobody's ends because others have many.
  for (int n = 0; n < sessions_per_login_max; ++n)
    ASSERT_TRUE(open("another" + std::to_string(n), login("admin"), test_start + 2s + n * 1s));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM sessions"), 10500 + sessions_per_login_max);
  EXPECT_EQ(name_behind("one", test_start + 2s), "");
}

}  // namespace
}  // namespace carillon::store
