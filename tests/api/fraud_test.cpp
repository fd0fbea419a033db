// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: limits by the minute are the brand's to set and inherited, new customers are denied what their brand denies until it
// lifts it, and with which login a carrier knows a customer is told to nobody.
#include <set>

#include <boost/json/serialize.hpp>

#include "model/carrier_credential.hpp"
#include "site.hpp"
#include "store/credentials.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class FraudTest : public testing::Site {
 protected:
  using Fields = std::set<std::string>;
  static Fields faults(const testing::Reply& reply) {
    Fields fields;
    const json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  testing::Reply make(const std::string& collection, const json::object& body, const std::string& token) {
    return post(collection, token, json::serialize(body));
  }
  std::string first(const std::string& list, const std::string& token) {
    return get(list, token).items().at(0).at("id").as_string().c_str();
  }
  std::int64_t effective(const std::string& object, const char* field) {
    return get(object + "/effective", platform_).body.at(field).at("value").as_int64();
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
};
CARILLON_ON_EACH_DATABASE(FraudTest);

TEST_P(FraudTest, LimitsByTheMinuteAreInherited) {
  const std::string customer = "/customers/" + first("/customers", brand_), brand = "/brands/" + first("/brands", platform_);
  EXPECT_EQ(patch("/settings", platform_, R"({"customerCallsPerMinute":30})").status, 200U);
  EXPECT_EQ(effective(customer, "maxCallsPerMinute"), 30);
  EXPECT_EQ(patch(brand, brand_, R"({"customerCallsPerMinute":20})").status, 200U);
  EXPECT_EQ(effective(customer, "maxCallsPerMinute"), 20);
  EXPECT_EQ(patch(customer, brand_, R"({"maxCallsPerMinute":10})").status, 200U);
  EXPECT_EQ(effective(customer, "maxCallsPerMinute"), 10);
  // Who is limited does not lift it.
  EXPECT_EQ(faults(patch(customer, company_, R"({"maxCallsPerMinute":60})")), Fields{"maxCallsPerMinute"});
  EXPECT_EQ(faults(patch(brand, brand_, R"({"maxCallsPerMinute":60})")), Fields{"maxCallsPerMinute"});
  EXPECT_EQ(patch(brand, platform_, R"({"maxCallsPerMinute":60})").status, 200U);
  EXPECT_EQ(patch("/users/" + first("/users", company_), company_, R"({"maxCallsPerMinute":5})").status, 200U);
  EXPECT_EQ(patch("/terminals/" + first("/terminals", company_), company_, R"({"maxCallsPerMinute":5})").status, 200U);
  for (const char* bad : {R"({"maxCallsPerMinute":100001})", R"({"maxCallsPerMinute":-1})"})
    EXPECT_EQ(faults(patch(customer, brand_, bad)), Fields{"maxCallsPerMinute"}) << bad;
}

TEST_P(FraudTest, NewCustomersAreDeniedHighCostNumbersUntilTheBrandLiftsIt) {
  const auto made = make("/brands", {{"name", "Other"}, {"currency", "EUR"}, {"language", "es"}}, platform_);
  const std::string list = made.string("deniedNumbers"), brand = "/brands/" + made.string("id");
  EXPECT_EQ(get("/match-lists/" + list, platform_).string("name"), "Números de alto coste");
  EXPECT_EQ(get(brand, platform_).string("deniedNumbers"), list);
  const json::object wanted{{"name", "New"}, {"country", "ES"}, {"brand", made.string("id")}};
  const auto customer = make("/customers", wanted, platform_);
  EXPECT_EQ(customer.string("deniedNumbers"), list) << customer.text;
  EXPECT_EQ(remove("/match-lists/" + list, platform_).status, 409U);
  EXPECT_EQ(patch(brand, platform_, R"({"deniedNumbers":null})").status, 200U);
  EXPECT_EQ(patch("/customers/" + customer.string("id"), platform_, R"({"deniedNumbers":null})").status, 200U);
  EXPECT_EQ(remove("/match-lists/" + list, platform_).status, 204U);
  EXPECT_EQ(remove("/customers/" + customer.string("id"), platform_).status, 204U);
  EXPECT_EQ(remove(brand, platform_).status, 204U);
  const auto brief = make("/brands", {{"name", "Brief"}, {"currency", "EUR"}}, platform_);
  EXPECT_EQ(remove("/brands/" + brief.string("id"), platform_).status, 204U);
}

TEST_P(FraudTest, WhatIsDeniedIsAListOfTheBrands) {
  const std::string customer = "/customers/" + first("/customers", brand_), brand = "/brands/" + first("/brands", platform_);
  const std::string own = make("/match-lists", {{"name", "Own"}}, company_).string("id");
  const std::string brands = make("/match-lists", {{"name", "Brand's"}}, brand_).string("id");
  const auto denying = [](const std::string& list) { return json::serialize(json::object{{"deniedNumbers", list}}); };
  EXPECT_EQ(faults(patch(customer, brand_, denying(own))), Fields{"deniedNumbers"});
  EXPECT_EQ(faults(patch(brand, brand_, denying(own))), Fields{"deniedNumbers"});
  EXPECT_EQ(patch(customer, brand_, denying(brands)).status, 200U);
  EXPECT_EQ(patch(brand, brand_, denying(brands)).status, 200U);
  EXPECT_EQ(get(customer, company_).string("deniedNumbers"), brands);
  EXPECT_EQ(faults(patch(customer, company_, R"({"deniedNumbers":null})")), Fields{"deniedNumbers"});
  EXPECT_NE(remove("/match-lists/" + brands, company_).status, 204U);
}

TEST_P(FraudTest, CredentialsAreKeptAsKeysAndAreTheBrands) {
  const std::string carrier = first("/carriers", brand_), customer = first("/customers", brand_);
  const json::object wanted{
      {"carrier", carrier}, {"customer", customer}, {"username", "us"}, {"realm", "a.example"}, {"password", "secret"}};
  const auto without = [&](const char* member) {
    json::object less = wanted;
    less.erase(member);
    return faults(make("/carrier-credentials", less, brand_));
  };
  for (const char* member : {"carrier", "customer", "username", "realm", "password"})
    EXPECT_EQ(without(member), Fields{member}) << member;
  const auto made = make("/carrier-credentials", wanted, brand_);
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_FALSE(made.text.contains("secret"));
  EXPECT_FALSE(made.text.contains("ha1"));
  const std::string place = "/carrier-credentials/" + made.string("id");
  const auto keys = [&] {
    return std::string(store::find<model::CarrierCredential>(*database_, {}, made.string("id"))->ha1_sha256.reveal());
  };
  EXPECT_EQ(keys(), store::digest_ha1("us", "a.example", "secret").sha256.reveal());
  EXPECT_EQ(faults(patch(place, brand_, R"({"realm":"b.example"})")), Fields{"password"});
  EXPECT_EQ(patch(place, brand_, R"({"realm":"b.example","password":"other"})").status, 200U);
  EXPECT_EQ(keys(), store::digest_ha1("us", "b.example", "other").sha256.reveal());
  EXPECT_EQ(faults(make("/carrier-credentials", wanted, brand_)), Fields{"customer"});
  json::object of_terminal = wanted;
  of_terminal["terminal"] = first("/terminals", company_);
  EXPECT_EQ(make("/carrier-credentials", of_terminal, brand_).status, 201U);
  EXPECT_EQ(faults(make("/carrier-credentials", of_terminal, brand_)), Fields{"terminal"});
  const std::string other = make("/customers", {{"name", "Else"}, {"country", "ES"}}, brand_).string("id");
  of_terminal["customer"] = other;
  EXPECT_EQ(faults(make("/carrier-credentials", of_terminal, brand_)), Fields{"terminal"});
  // It goes with the telephone, whoever deletes that.
  const std::string spare = make("/terminals", {{"name", "spare"}}, company_).string("id");
  of_terminal["customer"] = customer;
  of_terminal["terminal"] = spare;
  const std::string its = make("/carrier-credentials", of_terminal, brand_).string("id");
  EXPECT_EQ(get("/carrier-credentials/" + its, brand_).status, 200U);
  EXPECT_EQ(remove("/terminals/" + spare, company_).status, 204U);
  EXPECT_EQ(get("/carrier-credentials/" + its, brand_).status, 404U);
  EXPECT_EQ(get("/carrier-credentials", company_).status, 403U);
  EXPECT_EQ(get(place, company_).status, 403U);
  EXPECT_EQ(remove(place, company_).status, 403U);
}

}  // namespace
}  // namespace carillon::api
