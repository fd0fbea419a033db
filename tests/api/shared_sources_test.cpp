// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: so many carriers call from one address, of one brand and of all, and not one more, however their networks lie in another.
#include "site.hpp"

namespace carillon::api {
namespace {

class SharedSourcesTest : public testing::Site {
 protected:
  std::string make_carrier() {
    return make("/carriers", {{"name", fmt::format("Carrier {}", ++carriers_)}}, brand_).string("id");
  }
  testing::Reply make_source(const std::string& carrier, const std::string& network) {
    return make("/carrier-sources", {{"carrier", carrier}, {"network", network}}, brand_);
  }
  /// Brands with a carrier each that calls from there.
  void have_others(int count, const std::string& network) {
    for (int i = 1; i <= count; ++i)
      for (const std::string& sql :
           {fmt::format("INSERT INTO brands (id, name, language, time_zone, currency) VALUES ({0}, 'B{0}', 'es', '', 'EUR')", i),
            fmt::format("INSERT INTO carriers (id, brand, name, description, active, externally_rated, max_calls, trusted) "
                        "VALUES ({0}, {0}, 'C', '', 1, 0, 0, 0)",
                        i),
            fmt::format("INSERT INTO carrier_sources VALUES ({0}, {0}, {0}, '{1}', 0, '')", i, network)})
        ASSERT_TRUE(database_->execute(sql)) << sql;
  }

  int carriers_ = 0;
  std::string brand_ = token_of("demobrand");
};
CARILLON_ON_EACH_DATABASE(SharedSourcesTest);

TEST_P(SharedSourcesTest, AreFourOfOneBrand) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(make_source(make_carrier(), "203.0.113.7").status, 201U);
  const std::string fifth = make_carrier();
  EXPECT_EQ(faults(make_source(fifth, "203.0.113.7")), Fields{"network"});
  EXPECT_EQ(faults(make_source(fifth, "203.0.113.0/24")), Fields{"network"});
  EXPECT_EQ(faults(make("/carrier-servers", {{"carrier", fifth}, {"host", "203.0.113.7"}}, brand_)), Fields{"host"});
  EXPECT_EQ(make("/carrier-servers", {{"carrier", fifth}, {"host", "203.0.113.7"}, {"source", false}}, brand_).status, 201U);
  const auto beside = make_source(fifth, "203.0.113.8");
  EXPECT_EQ(beside.status, 201U) << beside.text;
  EXPECT_EQ(make_source(fifth, "203.0.113.8/29").status, 201U);  // What a carrier says twice counts once.
  const std::string address = "/carrier-sources/" + beside.string("id");
  EXPECT_EQ(faults(patch(address, brand_, R"({"network":"203.0.113.7"})")), Fields{"network"});
  EXPECT_EQ(patch(address, brand_, R"({"network":"203.0.113.9"})").status, 200U);
}

TEST_P(SharedSourcesTest, WhatWasThereBeforeCanBeChangedInAllElse) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(make_source(make_carrier(), "203.0.113.7").status, 201U);
  const std::string fifth = make_carrier();
  const auto source = make_source(fifth, "203.0.113.8");
  const auto server = make("/carrier-servers", {{"carrier", fifth}, {"host", "203.0.113.8"}}, brand_);
  ASSERT_EQ(source.status, 201U) << source.text;
  ASSERT_EQ(server.status, 201U) << server.text;
  ASSERT_TRUE(database_->execute("UPDATE carrier_sources SET network = '203.0.113.7' WHERE network = '203.0.113.8'"));
  ASSERT_TRUE(database_->execute("UPDATE carrier_servers SET host = '203.0.113.7' WHERE host = '203.0.113.8'"));
  const std::string its_source = "/carrier-sources/" + source.string("id");
  const std::string its_server = "/carrier-servers/" + server.string("id");
  EXPECT_EQ(patch(its_source, brand_, R"({"description":"Madrid"})").status, 200U);
  EXPECT_EQ(patch(its_server, brand_, R"({"weight":7})").status, 200U);
  EXPECT_EQ(patch(its_server, brand_, R"({"active":false})").status, 200U);
  EXPECT_EQ(faults(patch(its_server, brand_, R"({"active":true})")), Fields{"host"});
  EXPECT_EQ(faults(patch(its_server, brand_, R"({"port":5080})")), Fields{"host"});
  EXPECT_EQ(faults(patch(its_source, brand_, R"({"port":5080})")), Fields{"network"});
}

TEST_P(SharedSourcesTest, AreSixteenOfAll) {
  have_others(15, "198.51.100.0/24");
  EXPECT_EQ(make_source(make_carrier(), "198.51.100.7").status, 201U);
  EXPECT_EQ(make_source(make_carrier(), "198.51.100.8").status, 201U);  // From neither do more than sixteen.
  const auto refused = make_source(make_carrier(), "198.51.100.7");
  EXPECT_EQ(faults(refused), Fields{"network"});
  EXPECT_FALSE(refused.text.contains("B1")) << refused.text;
  EXPECT_EQ(faults(make_source(make_carrier(), "198.51.0.0/16")), Fields{"network"});
  EXPECT_EQ(make_source(make_carrier(), "198.51.101.7").status, 201U);
}

}  // namespace
}  // namespace carillon::api
