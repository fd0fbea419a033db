// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: who says no brand is looked for in that of the portal, for logins and for links alike.
#include "store/portals.hpp"

#include <gtest/gtest.h>

#include "store/edit.hpp"
#include "store/password_resets.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class PortalStoreTest : public OnEachDatabase {
 protected:
  void SetUp() override {
    auto edit = Edit::begin(*database_, {}, test_start);
    model::Brand brand{.name = "Other", .currency = "EUR"};
    ASSERT_TRUE(edit->insert(brand));
    other_ = brand.id;
    model::Administrator twin;
    twin.level = model::Level::brand;
    twin.brand = other_;
    twin.login = "demobrand";
    twin.email = "twin@other.example";
    ASSERT_TRUE(edit->insert(twin));
    model::Portal portal;
    portal.brand = other_;
    portal.url = "https://pbx.other.example";
    portal.title = "Other";
    ASSERT_TRUE(model::check_portal(portal).empty());
    ASSERT_TRUE(edit->insert(portal));
    ASSERT_TRUE(edit->commit());
  }
  bool asks_for_link(std::string name, PortalHost portal, Id<model::Brand> brand = {}) {
    const ResetRequest request{
        .name = std::move(name), .brand = brand, .token = fmt::format("cr_{}", ++token_), .portal = std::move(portal)};
    return request_reset(*database_, sealer_, request, test_start).value();
  }
  const PortalHost host_{.name = "pbx.other.example"};
  const Sealer sealer_ = Sealer::fleeting();
  SampleDatabase database_{DemoOptions()};
  Id<model::Brand> other_;
  int token_ = 0;
};
CARILLON_ON_EACH_DATABASE(PortalStoreTest);

TEST_P(PortalStoreTest, SaysTheBrand) {
  EXPECT_EQ(brand_of_portal(*database_, host_).value(), other_);
  EXPECT_FALSE(brand_of_portal(*database_, {.name = "nobody.example"}).value());
  EXPECT_FALSE(brand_of_portal(*database_, {}).value());
  EXPECT_FALSE(brand_of_portal(*database_, {.name = "pbx.other.example", .is_platforms = true}).value());
}

TEST_P(PortalStoreTest, FindsWhoLogsIn) {
  EXPECT_FALSE(find_login_at(*database_, "demobrand", {}).value());
  EXPECT_EQ(find_login_at(*database_, "demobrand", host_).value()->brand, other_);
  EXPECT_TRUE(find_login_at(*database_, "alice@democompany.com", host_).value());  // Of another brand: by it as without it.
  EXPECT_EQ(find_login_at(*database_, "admin", host_).value()->role, Role::platform);
}

TEST_P(PortalStoreTest, SendsLinksToItsOwnPeopleAlone) {
  EXPECT_FALSE(asks_for_link("demobrand", {}));
  EXPECT_TRUE(asks_for_link("demobrand", host_));
  EXPECT_FALSE(asks_for_link("alice@democompany.com", host_));
  EXPECT_FALSE(asks_for_link("admin", host_));
  EXPECT_TRUE(asks_for_link("alice@democompany.com", {}));
}

}  // namespace
}  // namespace carillon::store
