// SPDX-License-Identifier: GPL-3.0-or-later
// Snapshots hold what the database holds, and follow each change by rebuilding only what it touched.
#include "roles/snapshot_loader.hpp"

#include <gtest/gtest.h>

#include "store/credentials.hpp"
#include "store/edit.hpp"
#include "store/settings.hpp"
#include "support/sample_database.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;
using store::DemoOptions;
using store::Edit;

class SnapshotLoaderTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(SnapshotLoaderTest);
class SnapshotFollowerTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(SnapshotFollowerTest);

TEST_P(SnapshotLoaderTest, LoadsTheDemoPlatform) {
  SampleDatabase database{DemoOptions{.subscribers = 10, .tenants = 3}};
  auto reader = database.open(store::Access::read);
  const auto snapshot = load_snapshot(*reader);
  ASSERT_TRUE(snapshot) << snapshot.error().what;
  EXPECT_EQ((*snapshot)->change(), 1);
  EXPECT_EQ((*snapshot)->customer_count(), 4U);
  const directory::Customer* company = (*snapshot)->find_domain("users.democompany.com");
  ASSERT_NE(company, nullptr);
  EXPECT_EQ(company, (*snapshot)->first_customer());
  EXPECT_EQ(company->find_extension("102")->target.user->display_name, "Bob Bobson");
  EXPECT_NE((*snapshot)->find_domain("tenant0002.example")->find_terminal("user0005"), nullptr);
}

struct Following {
  SampleDatabase database{DemoOptions{.subscribers = 2, .tenants = 2}};
  std::unique_ptr<store::Database> reader = database.open(store::Access::read);
  SnapshotFollower follower = SnapshotFollower::start(*reader).value();
  store::Scope company{follower.current()->first_customer()->brand(), follower.current()->first_customer()->id()};

  Edit edit(store::Scope scope) { return Edit::begin(*database, scope, test_start + 1h).value(); }
};

TEST_P(SnapshotFollowerTest, SeesNothingWhenNothingHappened) {
  Following f;
  EXPECT_EQ(f.follower.poll(*f.reader).value(), nullptr);
}

TEST_P(SnapshotFollowerTest, RebuildsTheCustomerThatChanged) {
  Following f;
  const auto before = f.follower.current();
  auto ha1 = store::digest_ha1("carol", "users.democompany.com", "x");
  const auto domain = store::list_all<model::Domain>(*f.database, f.company)->front();
  model::Terminal terminal{.domain = domain.id, .name = "carol", .ha1_md5 = ha1.md5, .ha1_sha256 = ha1.sha256};
  auto edit = f.edit(f.company);
  ASSERT_TRUE(edit.insert(terminal));
  EXPECT_EQ(f.follower.poll(*f.reader).value(), nullptr);
  ASSERT_TRUE(edit.commit());
  const auto after = f.follower.poll(*f.reader).value();
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->change(), 2);
  EXPECT_EQ(after, f.follower.current());
  EXPECT_NE(after->first_customer()->find_terminal("carol"), nullptr);
  EXPECT_EQ(after->find_domain("tenant0001.example"), before->find_domain("tenant0001.example"));
  EXPECT_EQ(f.follower.poll(*f.reader).value(), nullptr);
}

TEST_P(SnapshotFollowerTest, TakesFromThePlatformWhatNobodyElseSays) {
  Following f;
  auto edit = f.edit({});
  model::Brand brand = store::find(*f.database, {}, f.company.brand).value();
  model::Customer customer = store::find(*f.database, {}, f.company.customer).value();
  brand.time_zone = brand.language = customer.time_zone = customer.language = "";
  ASSERT_TRUE(edit.update(brand) && edit.update(customer) && edit.commit());
  const auto before = f.follower.poll(*f.reader).value();
  EXPECT_EQ(before->first_customer()->time_zone(), "UTC");
  EXPECT_EQ(before->first_customer()->language(), "en");
  auto again = f.edit({});
  ASSERT_TRUE(store::make_settings(again));
  model::Settings settings = store::load_settings(*f.database).value();
  settings.time_zone = "Europe/Madrid";
  ASSERT_TRUE(again.update(settings) && again.commit());
  EXPECT_EQ(f.follower.poll(*f.reader).value()->first_customer()->time_zone(), "Europe/Madrid");
}

TEST_P(SnapshotFollowerTest, AddsAndRemovesCustomersAndBrands) {
  Following f;
  auto edit = f.edit({});
  model::Brand brand{.name = "Second", .language = "en", .time_zone = "Europe/Madrid", .currency = "EUR"};
  ASSERT_TRUE(edit.insert(brand));
  model::Customer customer{.brand = brand.id,
                           .name = "New",
                           .country = "ES",
                           .country_code = "34",
                           .time_zone = "Europe/Madrid",
                           .currency = "EUR",
                           .language = "es"};
  ASSERT_TRUE(edit.insert(customer));
  model::Domain domain{.brand = brand.id, .customer = customer.id, .name = "new.example"};
  ASSERT_TRUE(edit.insert(domain));
  ASSERT_TRUE(edit.commit());
  EXPECT_EQ(f.follower.poll(*f.reader).value()->find_domain("new.example")->name(), "New");

  auto undo = f.edit({});
  ASSERT_TRUE(undo.remove(domain.id));
  ASSERT_TRUE(undo.remove(customer.id));
  ASSERT_TRUE(undo.remove(brand.id));
  ASSERT_TRUE(undo.commit());
  const auto after = f.follower.poll(*f.reader).value();
  EXPECT_EQ(after->find_domain("new.example"), nullptr);
  EXPECT_EQ(after->brands().size(), 1U);
}

TEST_P(SnapshotFollowerTest, KeepsTheOldSnapshotWhenTheNewOneFails) {
  Following f;
  const auto before = f.follower.current();
  ASSERT_TRUE(f.database->execute("UPDATE terminals SET ha1_md5 = 'damaged' WHERE name = 'alice'; UPDATE change SET n = n + 1"));
  ASSERT_TRUE(f.database->execute(fmt::format("INSERT INTO changes SELECT n, 0, {}, {}, 'terminals', 1 FROM change",
                                              f.company.brand.value, f.company.customer.value)));
  EXPECT_TRUE(f.follower.poll(*f.reader).error().is(directory::Fault::bad_secret));
  EXPECT_EQ(f.follower.current(), before);
  ASSERT_TRUE(f.database->execute(fmt::format("UPDATE terminals SET ha1_md5 = '{}' WHERE name = 'alice'", std::string(32, 'c'))));
  EXPECT_EQ(f.follower.poll(*f.reader).value()->first_customer()->find_terminal("alice")->ha1_md5[0], 0xcc);
}

TEST_P(SnapshotFollowerTest, CatchesUpAfterThousandsOfChanges) {
  Following f;
  auto user = store::list_all<model::User>(*f.database, f.company)->front();
  ASSERT_TRUE(f.database->execute("BEGIN"));
  for (int n = 2; n < 2000; ++n) {
    ASSERT_TRUE(f.database->execute(fmt::format("INSERT INTO changes VALUES ({}, 0, {}, {}, 'users', 1)", n,
                                                f.company.brand.value, f.company.customer.value + 1)));
  }
  ASSERT_TRUE(f.database->execute("UPDATE change SET n = 1999; COMMIT"));
  user.name = "Latest";
  auto edit = f.edit(f.company);
  ASSERT_TRUE(edit.update(user));
  ASSERT_TRUE(edit.commit());
  const auto after = f.follower.poll(*f.reader).value();
  EXPECT_EQ(after->change(), 2000);
  EXPECT_EQ(after->first_customer()->find_user(user.id)->display_name, "Latest Alison");
}

/// What a call of the company's to Spain costs a minute; nothing: it has no price.
std::optional<Money> price_of_spain(const directory::Snapshot& snapshot) {
  const directory::Customer& company = *snapshot.first_customer();
  const directory::Brand& brand = *snapshot.find_brand(company.brand());
  const auto price = directory::find_price(brand.plans, company.plan_assignments(), "+34944944944", test_start);
  return price ? std::optional(price->found.price.per_minute) : std::nullopt;
}

TEST_P(SnapshotFollowerTest, ReadsAPriceListAgainWhenItChanges) {
  Following f;
  EXPECT_EQ(price_of_spain(*f.follower.current()), Money{20'000});
  const auto plans_of = [](const auto& snapshot) { return snapshot->brands().front()->plans; };
  const auto before = f.follower.current();
  const store::Scope brand{f.company.brand, {}, {}};

  auto other = f.edit(brand);
  model::PricingPlan second{.name = "Second", .currency = "EUR"};
  model::Brand renamed = store::find(*f.database, {}, f.company.brand).value();
  renamed.time_zone = "UTC";
  ASSERT_TRUE(other.insert(second) && other.update(renamed) && other.commit());
  const auto after = f.follower.poll(*f.reader).value();
  EXPECT_EQ(plans_of(after).size(), 2U);
  EXPECT_EQ(plans_of(after).front(), plans_of(before).front());  // It was not read again.

  auto price = store::list_all<model::Price>(*f.database, brand)->front();
  price.per_minute = {30'000};
  auto edit = f.edit(brand);
  ASSERT_TRUE(edit.update(price) && edit.commit());
  EXPECT_EQ(price_of_spain(*f.follower.poll(*f.reader).value()), Money{30'000});
  EXPECT_EQ(f.follower.current()->first_customer(), after->first_customer());

  auto removal = f.edit(brand);
  ASSERT_TRUE(removal.remove(price.id) && removal.remove(second.id) && removal.commit());
  const auto last = f.follower.poll(*f.reader).value();
  EXPECT_FALSE(price_of_spain(*last));
  EXPECT_EQ(plans_of(last).size(), 1U);
  EXPECT_EQ(price_of_spain(*before), Money{20'000});
}

TEST_P(SnapshotFollowerTest, FollowsWhoseCallsHaveWhichPrices) {
  Following f;
  const store::Scope brand{f.company.brand, {}, {}};
  const auto assignment = store::list_all<model::PlanAssignment>(*f.database, brand)->front();
  auto edit = f.edit(brand);
  ASSERT_TRUE(edit.remove(assignment.id) && edit.commit());
  EXPECT_FALSE(price_of_spain(*f.follower.poll(*f.reader).value()));
  EXPECT_TRUE(f.follower.current()->first_customer()->is_billed());
  model::Brand row = store::find(*f.database, {}, f.company.brand).value();
  row.features.bits &= ~(std::uint64_t{1} << static_cast<unsigned>(model::Feature::billing));
  auto off = f.edit({});
  ASSERT_TRUE(off.update(row) && off.commit());
  EXPECT_FALSE(f.follower.poll(*f.reader).value()->first_customer()->is_billed());
}

}  // namespace
}  // namespace carillon::roles
