// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: everybody who is logged in reads the catalogues, the platform's operator alone changes them, nobody makes or deletes what
// is in them, and customers name nothing else.
#include <set>

#include "model/resources.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class CataloguesTest : public testing::Site {
 protected:
  static std::set<std::string> faults(const testing::Reply& reply) {
    std::set<std::string> fields;
    const json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  json::object one(const std::string& collection, const std::string& code) {
    const auto found = get(collection + "?filter[code]=" + code, platform_);
    EXPECT_EQ(found.items().size(), 1U) << found.text;
    return found.items().at(0).as_object();
  }
  std::string place_of(const std::string& collection, const std::string& code) {
    return collection + '/' + one(collection, code).at("id").as_string().c_str();
  }
  testing::Reply make_customer(const std::string& name, const std::string& members) {
    return send("POST", "/customers", brand_, R"({"name":")" + name + R"(",)" + members + "}");
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
  std::string alice_ = token_of("alice@democompany.com");
};
CARILLON_ON_EACH_DATABASE(CataloguesTest);

TEST_P(CataloguesTest, AreEverybodysToReadAndTheOperatorsToChange) {
  using Code = std::pair<std::string, std::string>;
  for (const auto& [all, code] : {Code{"/countries", "ES"}, {"/currencies", "EUR"}, {"/languages", "es"}}) {
    const std::string at = place_of(all, code);
    SCOPED_TRACE(all);
    for (const std::string& token : {platform_, brand_, company_, alice_}) {
      EXPECT_EQ(get(all + "?sort=-nameEs&perPage=500&filter[nameEn][contains]=sp", token).status, 200U);
      EXPECT_EQ(get(at, token).string("code"), code);
      EXPECT_EQ(send("POST", all, token, R"({"code":"QQ","nameEn":"Q","nameEs":"Q"})").status, 405U);
      EXPECT_EQ(send("POST", all + "/import", token, "code\r\nQQ\r\n").status, 405U);
      EXPECT_EQ(send("DELETE", at, token).status, 405U);
      EXPECT_EQ(send("PUT", at, token, "{}").status, 405U);
    }
    EXPECT_EQ(get(at, "").status, 401U);
    for (const std::string& token : {brand_, company_, alice_})
      EXPECT_EQ(send("PATCH", at, token, R"({"nameEn":"Mine"})").status, 403U);
    const auto changed = send("PATCH", at, platform_, R"({"nameEn":"Other","nameEs":"Otro"})");
    ASSERT_EQ(changed.status, 200U) << changed.text;
    EXPECT_EQ(get(at, alice_).string("nameEs"), "Otro");
    EXPECT_EQ(faults(send("PATCH", at, platform_, R"({"code":"FR"})")), (std::set<std::string>{"code"}));
    EXPECT_EQ(faults(send("PATCH", at, platform_, R"({"nameEn":""})")), (std::set<std::string>{"nameEn"}));
    EXPECT_EQ(get("/audit?filter[object]=" + at.substr(all.size() + 1), platform_).items().size(), 1U);
  }
}

TEST_P(CataloguesTest, SayWhomOneCallsInAnEmergency) {
  const std::string spain = place_of("/countries", "ES");
  EXPECT_TRUE(get(spain, alice_).string("emergencyNumbers").ends_with("112"));
  EXPECT_EQ(send("PATCH", spain, platform_, R"({"emergencyNumbers":"112 091"})").status, 200U);
  EXPECT_EQ(get(spain, alice_).string("emergencyNumbers"), "112 091");
  for (const char* wrong : {"112,091", "112  091", "112 ", "one"}) {
    const auto refused = send("PATCH", spain, platform_, fmt::format(R"({{"emergencyNumbers":"{}"}})", wrong));
    EXPECT_EQ(faults(refused), (std::set<std::string>{"emergencyNumbers"})) << wrong;
  }
}

TEST_P(CataloguesTest, HoldWhatCustomersName) {
  for (const char* said : {"\"QQ\"", "\"ZZ\""}) {
    const auto refused = make_customer("Unknown", fmt::format(R"("country":{},"countryCode":"34")", said));
    EXPECT_EQ(refused.status, 400U) << refused.text;
    EXPECT_EQ(faults(refused), (std::set<std::string>{"country"}));
    EXPECT_EQ(faults(make_customer("Unknown", fmt::format(R"("country":{})", said))), (std::set<std::string>{"country"}));
  }
  EXPECT_EQ(faults(make_customer("Nowhere", R"("countryCode":"34")")), (std::set<std::string>{"country"}));
  EXPECT_EQ(faults(make_customer("Rich", R"("country":"ES","currency":"XAU","language":"qq")")),
            (std::set<std::string>{"currency", "language"}));
  const auto brand = send("POST", "/brands", platform_,
                          R"({"name":"B","language":"qq","timeZone":"Europe/Madrid","currency":"XAU","invoiceCountry":"QQ"})");
  EXPECT_EQ(faults(brand), (std::set<std::string>{"currency", "language", "invoiceCountry"}));
}

TEST_P(CataloguesTest, SayHowACustomersCountryIsDialled) {
  const auto made = make_customer("Lisboa", R"("country":"PT")");
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("countryCode"), "351");
  const std::string at = "/customers/" + made.string("id");
  EXPECT_EQ(send("PATCH", at, brand_, R"({"country":"ES"})").string("countryCode"), "34");
  EXPECT_EQ(send("PATCH", at, brand_, R"({"country":"FR","countryCode":"262"})").string("countryCode"), "262");
  EXPECT_EQ(send("PATCH", at, brand_, R"({"country":"ES"})").string("countryCode"), "262");  // Somebody's own choice.
  EXPECT_EQ(send("PATCH", at, brand_, R"({"countryCode":""})").string("countryCode"), "34");
  EXPECT_EQ(make_customer("Own", R"("country":"ES","countryCode":"1")").string("countryCode"), "1");
}

TEST_P(CataloguesTest, HaveTheTimeZonesOfTheSystem) {
  for (const std::string& token : {platform_, alice_}) {
    const auto listed = get("/time-zones", token);
    ASSERT_EQ(listed.status, 200U) << listed.text;
    EXPECT_GE(listed.items().size(), 300U);
    EXPECT_EQ(listed.body.at("total").as_int64(), std::ssize(listed.items()));
    EXPECT_TRUE(listed.text.contains(R"({"name":"Europe/Madrid"})"));
  }
  EXPECT_EQ(get("/time-zones", "").status, 401U);
  EXPECT_EQ(send("POST", "/time-zones", platform_, "{}").status, 405U);
}

TEST_P(CataloguesTest, AreDescribed) {
  const auto description = get("/openapi.json", platform_);
  const json::object& paths = description.body.at("paths").as_object();
  const auto methods = [&](const char* path) {
    std::set<std::string> names;
    for (const auto& [name, operation] : paths.at(path).as_object()) names.emplace(name);
    return names;
  };
  for (const std::string all : {"/countries", "/currencies", "/languages"}) {
    EXPECT_EQ(methods(all.c_str()), std::set<std::string>{"get"});
    EXPECT_EQ(methods((all + "/{id}").c_str()), (std::set<std::string>{"get", "patch"}));
    EXPECT_FALSE(paths.contains(all + "/import"));
  }
  EXPECT_EQ(methods("/time-zones"), std::set<std::string>{"get"});
}

}  // namespace
}  // namespace carillon::api
