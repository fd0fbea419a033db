// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: objects are made, found, changed and deleted by whoever may, within their tenant; what is wrong is named; and everything
// is in the audit log.
#include <set>

#include "model/resources.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class ResourcesTest : public testing::Site {
 protected:
  /// The fields at fault.
  static std::set<std::string> faults(const testing::Reply& reply) {
    std::set<std::string> fields;
    const json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  std::string first_id(const std::string& collection, const std::string& token) {
    const testing::Reply listed = get(collection, token);
    EXPECT_EQ(listed.status, 200U) << listed.text;
    return listed.items().at(0).at("id").as_string().c_str();
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
  std::string alice_ = token_of("alice@democompany.com");
};

CARILLON_ON_EACH_DATABASE(ResourcesTest);

TEST_P(ResourcesTest, LeadFromABrandToAUserWithATelephone) {
  const auto brand =
      post("/brands", platform_, R"({"name":"Ringers","language":"en","timeZone":"Europe/Madrid","currency":"EUR"})");
  ASSERT_EQ(brand.status, 201U) << brand.text;
  EXPECT_EQ(brand.headers.at("location"), "/api/v1/brands/" + brand.string("id"));
  const auto administrator = post("/administrators", platform_,
                                  R"({"login":"ringer","password":"quiet-river-stone","brand":")" + brand.string("id") + "\"}");
  ASSERT_EQ(administrator.status, 201U) << administrator.text;
  EXPECT_EQ(administrator.string("level"), "brand");
  EXPECT_FALSE(administrator.text.contains("argon2"));
  const auto logged_in = log_in("ringer", "quiet-river-stone");
  ASSERT_EQ(logged_in.status, 200U) << logged_in.text;
  const std::string ringer = logged_in.string("token");

  const auto customer = post("/customers", ringer,
                             R"({"name":"Bakery","country":"ES","countryCode":"34","timeZone":"Europe/Madrid","currency":"EUR",)"
                             R"("language":"es"})");
  ASSERT_EQ(customer.status, 201U) << customer.text;
  const std::string as_customer = "X-Carillon-Customer: " + customer.string("id") + "\r\n";
  const auto domain = post("/domains", ringer, R"({"name":"bakery.example"})", as_customer);
  ASSERT_EQ(domain.status, 201U) << domain.text;
  const auto terminal = post("/terminals", ringer, R"({"name":"oven"})", as_customer);
  ASSERT_EQ(terminal.status, 201U) << terminal.text;
  EXPECT_GE(terminal.string("password").size(), 20U);
  EXPECT_EQ(terminal.string("domain"), domain.string("id"));
  const auto user = post("/users", ringer, R"({"name":"Bea","terminal":")" + terminal.string("id") + "\"}", as_customer);
  ASSERT_EQ(user.status, 201U) << user.text;
  const auto extension = post("/extensions", ringer, R"({"number":"101","target":")" + user.string("id") + "\"}", as_customer);
  ASSERT_EQ(extension.status, 201U) << extension.text;
  EXPECT_EQ(extension.string("brand"), brand.string("id"));
  const auto shown = ask({.path = "/api/v1/terminals/" + terminal.string("id"), .token = ringer, .headers = as_customer});
  EXPECT_FALSE(shown.text.contains("password") || shown.text.contains("ha1")) << shown.text;
  EXPECT_EQ(get("/terminals/" + terminal.string("id"), brand_).status, 404U);
  EXPECT_EQ(get("/terminals/" + terminal.string("id"), company_).status, 404U);
}

TEST_P(ResourcesTest, LendABrandsDomainToItsRetailCustomers) {
  const auto domain = post("/domains", brand_, R"({"name":"retail.example"})");
  ASSERT_EQ(domain.status, 201U) << domain.text;
  const std::string at = "/domains/" + domain.string("id");
  const auto make = [&](const std::string& name) {
    const auto made =
        post("/customers", brand_,
             R"({"kind":"retail","name":")" + name +
                 R"(","country":"ES","countryCode":"34","timeZone":"Europe/Madrid","currency":"EUR","language":"es"})");
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  };
  const std::string ann = "X-Carillon-Customer: " + make("Ann") + "\r\n";
  const std::string ben = "X-Carillon-Customer: " + make("Ben") + "\r\n";
  const auto terminal = post("/terminals", brand_, R"({"name":"ann"})", ann);
  ASSERT_EQ(terminal.status, 201U) << terminal.text;
  EXPECT_EQ(terminal.string("domain"), domain.string("id"));
  EXPECT_EQ(post("/terminals", brand_, R"({"name":"ann"})", ben).status, 409U);  // One name, one account, in the whole domain.
  EXPECT_EQ(faults(post("/domains", brand_, R"({"name":"own.example"})", ann)), (std::set<std::string>{"customer"}));
  EXPECT_EQ(faults(post("/extensions", brand_, R"({"number":"101","target":"7zzz"})", ann)), (std::set<std::string>{"customer"}));

  // A company's telephones register in its own.
  EXPECT_EQ(faults(post("/terminals", company_, R"({"name":"lobby","domain":")" + domain.string("id") + "\"}")),
            (std::set<std::string>{"domain"}));
  // Customers see it, and can do nothing to it; who else uses it they do not learn.
  EXPECT_EQ(get(at, company_).status, 200U);
  EXPECT_EQ(get("/domains", company_).items().size(), 2U);
  EXPECT_EQ(patch(at, company_, R"({"name":"mine.example"})").status, 404U);
  EXPECT_EQ(remove(at, company_).status, 404U);
  EXPECT_EQ(get(at, alice_).status, 403U);
  EXPECT_EQ(remove(at, brand_).status, 409U);
  EXPECT_EQ(faults(patch(at, brand_, R"({"name":"other.example"})")), (std::set<std::string>{"name"}));
  EXPECT_EQ(faults(post("/domains", brand_, R"({"name":"second.example"})")), (std::set<std::string>{"customer"}));
  const auto stranger = post("/brands", platform_, R"({"name":"B","language":"en","timeZone":"Europe/Madrid","currency":"EUR"})");
  const std::string other = "X-Carillon-Brand: " + stranger.string("id") + "\r\n";
  EXPECT_EQ(ask({.path = "/api/v1" + at, .token = platform_, .headers = other}).status, 404U);
}

TEST_P(ResourcesTest, ShowWhatCountsAndWhereItComesFrom) {
  const std::string user = first_id("/users", alice_);
  const std::string customer = first_id("/customers", company_);
  const auto value = [&](const char* member) {
    const auto effective = get("/users/" + user + "/effective", alice_);
    EXPECT_EQ(effective.status, 200U) << effective.text;
    return std::string(effective.body.at("language").at(member).as_string().c_str());
  };
  EXPECT_EQ(value("value") + " of " + value("from"), "es of customers");
  EXPECT_EQ(value("id"), customer);
  ASSERT_EQ(patch("/customers/" + customer, company_, R"({"language":""})").status, 200U);
  ASSERT_EQ(patch("/brands/" + first_id("/brands", brand_), brand_, R"({"language":"en"})").status, 200U);
  EXPECT_EQ(value("value") + " of " + value("from"), "en of brands");
  ASSERT_EQ(patch("/users/" + user, alice_, R"({"language":"fr"})").status, 200U);
  EXPECT_EQ(value("value") + " of " + value("from"), "fr of users");

  const std::string terminal = first_id("/terminals", company_);
  ASSERT_EQ(patch("/domains/" + first_id("/domains", company_), company_, R"({"forking":"serial","maxContacts":3})").status,
            200U);
  const auto effective = get("/terminals/" + terminal + "/effective", company_);
  EXPECT_EQ(effective.body.at("forking").at("value").as_string(), "serial") << effective.text;
  EXPECT_EQ(effective.body.at("maxContacts").at("value").as_int64(), 3);
  EXPECT_EQ(effective.body.at("maxContacts").at("from").as_string(), "domains");
  EXPECT_EQ(faults(patch("/domains/" + first_id("/domains", company_), company_, R"({"forking":null})")),
            (std::set<std::string>{"forking"}));
  EXPECT_EQ(get("/terminals/" + user + "/effective", company_).status, 404U);
  EXPECT_EQ(get("/terminals/" + terminal + "/effective", alice_).status, 403U);
}

TEST_P(ResourcesTest, HaveTheFeaturesThatTheirBrandGaveThem) {
  const std::string brand = "/brands/" + first_id("/brands", brand_);
  const std::string customer = "/customers/" + first_id("/customers", company_);
  EXPECT_EQ(get("/webhooks", company_).status, 200U);
  ASSERT_EQ(patch(customer, brand_, R"({"features":["vpbx","traces"]})").status, 200U);
  const auto refused = get("/webhooks", company_);
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(refused.string("code"), "api.not_enabled");
  EXPECT_EQ(post("/users/import", company_, "name\nX\n").string("code"), "api.not_enabled");
  EXPECT_EQ(post("/live/calls", alice_, R"({"to":"102"})").string("code"), "api.not_enabled");
  EXPECT_EQ(get("/webhooks", brand_).status, 200U);
  EXPECT_EQ(get("/auth/me", company_).body.at("features").as_array().size(), 2U);
  EXPECT_EQ(faults(patch(customer, company_, R"({"features":["webhooks"]})")), (std::set<std::string>{"features"}));

  ASSERT_EQ(patch(brand, platform_, R"({"features":["vpbx","webhooks"]})").status, 200U);
  EXPECT_EQ(get("/auth/me", company_).body.at("features").as_array().size(), 1U);  // What both have.
  EXPECT_EQ(faults(patch(customer, brand_, R"({"features":["vpbx","traces","retail"]})")), (std::set<std::string>{"features"}));
  const std::string member = R"("name":"N","country":"ES","countryCode":"34")";
  const auto made = post("/customers", brand_, "{" + member + "}");
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.body.at("features").as_array().size(), 2U);
  EXPECT_EQ(faults(post("/customers", brand_, R"({"kind":"retail",)" + member + "}")), (std::set<std::string>{"kind"}));
  EXPECT_EQ(faults(patch(brand, brand_, R"({"features":[]})")), (std::set<std::string>{"features"}));
}

TEST_P(ResourcesTest, LetNobodyInWhoseCompanyIsLocked) {
  const std::string customer = "/customers/" + first_id("/customers", company_);
  ASSERT_EQ(patch(customer, brand_, R"({"status":"locked"})").status, 200U);
  EXPECT_EQ(get("/users", company_).status, 401U);
  EXPECT_EQ(get("/users", alice_).status, 401U);
  EXPECT_EQ(log_in("democompany", "changeme").status, 401U);
  EXPECT_EQ(get("/users", brand_).status, 200U);
  ASSERT_EQ(patch(customer, brand_, R"({"status":"active"})").status, 200U);
  EXPECT_EQ(log_in("democompany", "changeme").status, 200U);
  ASSERT_EQ(patch("/brands/" + first_id("/brands", brand_), platform_, R"({"status":"locked"})").status, 200U);
  EXPECT_EQ(log_in("democompany", "changeme").status, 401U);
  EXPECT_EQ(get("/users", brand_).status, 401U);
}

TEST_P(ResourcesTest, LetNobodyInWhoIsLockedOutOfThePortal) {
  const std::string user = "/users/" + first_id("/users", alice_);
  const std::string customer = "/customers/" + first_id("/customers", company_);
  const auto token = post("/auth/tokens", alice_, R"({"name":"script","scopes":["read"]})").string("token");
  ASSERT_EQ(get("/users", token).status, 200U);
  EXPECT_EQ(faults(patch(user, alice_, R"({"lock":"foreign"})")), (std::set<std::string>{"lock"}));
  EXPECT_EQ(faults(patch(customer, company_, R"({"lock":"foreign"})")), (std::set<std::string>{"lock"}));
  for (const char* lock : {"foreign", "outgoing", "all", "ported"}) {
    ASSERT_EQ(patch(user, company_, fmt::format(R"({{"lock":"{}"}})", lock)).string("lock"), lock);
    EXPECT_EQ(get("/users", alice_).status, 200U);
  }
  ASSERT_EQ(patch(user, company_, R"({"lock":"global"})").status, 200U);
  EXPECT_EQ(get("/users", alice_).status, 401U);
  EXPECT_EQ(get("/users", token).status, 401U);
  EXPECT_EQ(log_in("alice@democompany.com", "changeme").status, 401U);
  EXPECT_EQ(log_in("bob@democompany.com", "changeme").status, 200U);
  EXPECT_EQ(get("/audit?filter[action]=update&filter[object]=" + user.substr(7), company_).items().size(), 5U);

  // Unlocked, who was thrown out logs in anew.
  ASSERT_EQ(patch(user, company_, R"({"lock":"none"})").status, 200U);
  EXPECT_EQ(get("/users", alice_).status, 401U);
  EXPECT_EQ(log_in("alice@democompany.com", "changeme").status, 200U);
  const std::string bob = token_of("bob@democompany.com");
  ASSERT_EQ(patch(customer, brand_, R"({"lock":"global"})").status, 200U);
  EXPECT_EQ(get("/users", bob).status, 401U);
  EXPECT_EQ(get("/users", company_).status, 401U);
  EXPECT_EQ(log_in("democompany", "changeme").status, 401U);
  EXPECT_EQ(log_in("bob@democompany.com", "changeme").status, 401U);
  EXPECT_EQ(get("/users", brand_).status, 200U);
  ASSERT_EQ(patch(customer, brand_, R"({"lock":"none"})").status, 200U);
  EXPECT_EQ(get("/users", company_).status, 401U);
  EXPECT_EQ(log_in("democompany", "changeme").status, 200U);
}

TEST_P(ResourcesTest, NameEveryFieldAtFault) {
  const auto reply = post("/terminals", company_,
                          R"({"name":"has space","password":"short","maxContacts":11,"forking":"sideways","nonsense":1,)"
                          R"("ha1Md5":"0","id":"zz"})");
  EXPECT_EQ(reply.status, 400U) << reply.text;
  EXPECT_EQ(faults(reply), (std::set<std::string>{"maxContacts", "forking", "nonsense", "ha1Md5", "id"})) << reply.text;
  const auto rules = post("/terminals", company_, R"({"name":"has space","password":"short"})");
  EXPECT_EQ(faults(rules), (std::set<std::string>{"name", "password"})) << rules.text;
  EXPECT_EQ(faults(post("/terminals", company_, R"({"name":"alice"})")), (std::set<std::string>{"name"}));
  EXPECT_EQ(faults(post("/extensions", company_, R"({"number":"300","target":"7zzz"})")), (std::set<std::string>{"target"}));
  EXPECT_EQ(post("/terminals", company_, "[]").status, 400U);
  EXPECT_EQ(post("/terminals", company_, "{").status, 400U);
}

TEST_P(ResourcesTest, HaveTagsThatTellNothingOfSecrets) {
  const std::string terminal = "/terminals/" + first_id("/terminals", company_);
  const std::string before = get(terminal, company_).headers.at("etag");
  ASSERT_EQ(patch(terminal, company_, R"({"password":"quiet-river-stone"})").status, 200U);
  EXPECT_EQ(get(terminal, company_).headers.at("etag"), before);
}

TEST_P(ResourcesTest, TakeTenFilters) {
  std::string filters;
  for (int n = 0; n < 10; ++n) filters += "&filter[name][contains]=a";
  EXPECT_EQ(get("/users?" + filters.substr(1), company_).status, 200U);
  EXPECT_EQ(get("/users?" + filters.substr(1) + "&filter[name]=a", company_).status, 400U);
}

TEST_P(ResourcesTest, NameEveryParameterAtFault) {
  const auto reply = get("/terminals?filter[nonsense]=1&sort=-ha1Md5&page=0&perPage=501&x=y&filter[name][from]=a", company_);
  EXPECT_EQ(reply.status, 400U);
  EXPECT_EQ(faults(reply), (std::set<std::string>{"filter[nonsense]", "sort", "page", "perPage", "x", "filter[name][from]"}));
}

TEST_P(ResourcesTest, AreListedFilteredSortedAndPaged) {
  for (int n = 0; n < 7; ++n) {
    ASSERT_EQ(
        post("/networks", company_, fmt::format(R"({{"network":"10.0.{}.0/24","description":"Floor {}%"}})", n, n % 2)).status,
        201U);
  }
  const auto page = get("/networks?sort=-network&perPage=3&page=2", company_);
  ASSERT_EQ(page.status, 200U) << page.text;
  EXPECT_EQ(page.body.at("total").as_int64(), 7);
  ASSERT_EQ(page.items().size(), 3U);
  EXPECT_EQ(page.items().at(0).at("network").as_string(), "10.0.3.0/24");
  EXPECT_EQ(get("/networks?filter[description][contains]=FLOOR%201%25", company_).body.at("total").as_int64(), 3);
  EXPECT_EQ(get("/networks?filter[description][contains]=_", company_).body.at("total").as_int64(), 0);
  EXPECT_EQ(get("/networks?filter[network]=10.0.4.0/24", company_).items().size(), 1U);
}

TEST_P(ResourcesTest, ChangeWhatIsSaidAndNoMore) {
  const std::string id = first_id("/terminals", company_);
  const auto before = get("/terminals/" + id, company_);
  const auto changed = patch("/terminals/" + id, company_, R"({"forking":"serial"})");
  ASSERT_EQ(changed.status, 200U) << changed.text;
  json::object expected = before.body.as_object();
  expected["forking"] = "serial";
  EXPECT_EQ(changed.body.as_object(), expected);
  EXPECT_NE(changed.headers.at("etag"), before.headers.at("etag"));
  // Whoever saw the old state changes nothing.
  const auto stale =
      patch("/terminals/" + id, company_, R"({"forking":"parallel"})", "If-Match: " + before.headers.at("etag") + "\r\n");
  EXPECT_EQ(stale.status, 412U);
  EXPECT_EQ(stale.string("code"), "api.stale");
  // What was got can be sent back, and what is not named is as in a new object.
  const auto same = ask({.method = "PUT", .path = "/api/v1/terminals/" + id, .token = company_, .body = changed.text});
  EXPECT_EQ(same.status, 200U) << same.text;
  EXPECT_EQ(same.body, changed.body);
  const auto replaced =
      ask({.method = "PUT",
           .path = "/api/v1/terminals/" + id,
           .token = company_,
           .body = R"({"name":")" + changed.string("name") + R"(","domain":")" + changed.string("domain") + "\"}"});
  EXPECT_TRUE(replaced.body.at("forking").is_null()) << replaced.text;
  const auto renamed = patch("/terminals/" + id, company_, R"({"name":"other"})");
  EXPECT_EQ(faults(renamed), (std::set<std::string>{"password"}));
}

TEST_P(ResourcesTest, AreMadeOnceUnderOneKey) {
  const std::string key = "Idempotency-Key: abc\r\n";
  const auto first = post("/terminals", company_, R"({"name":"once"})", key);
  ASSERT_EQ(first.status, 201U) << first.text;
  const auto again = post("/terminals", company_, R"({"name":"once"})", key);
  EXPECT_EQ(again.status, 201U) << again.text;
  EXPECT_EQ(again.string("id"), first.string("id"));
  EXPECT_FALSE(again.body.as_object().contains("password"));
  EXPECT_EQ(post("/terminals", company_, R"({"name":"twice"})", key).status, 409U);
  EXPECT_EQ(post("/terminals", company_, R"({"name":"other"})", "Idempotency-Key: abd\r\n").status, 201U);
  EXPECT_EQ(post("/terminals", company_, R"({"name":"x"})", "Idempotency-Key: " + std::string(256, 'k') + "\r\n").status, 400U);
  // Another login's key is another.
  const auto brands =
      post("/brands", platform_, R"({"name":"Keyed","language":"en","timeZone":"Europe/Madrid","currency":"EUR"})", key);
  EXPECT_EQ(brands.status, 201U) << brands.text;
  EXPECT_EQ(get("/terminals?filter[name]=once", company_).body.at("total").as_int64(), 1);
}

TEST_P(ResourcesTest, KeepWhatOthersReferTo) {
  const std::string user = first_id("/users?filter[name]=Alice", company_);
  const auto refused = remove("/users/" + user, company_);
  EXPECT_EQ(refused.status, 409U) << refused.text;
  EXPECT_EQ(refused.string("code"), "api.in_use");
  const json::object& use = refused.body.at("uses").at(0).as_object();
  EXPECT_EQ(use.at("collection").as_string(), "extensions");
  EXPECT_EQ(use.at("title").as_string(), "101");
  EXPECT_EQ(remove("/extensions/" + std::string(use.at("id").as_string()), company_).status, 204U);
  const auto dialled = remove("/users/" + user, company_);
  ASSERT_EQ(dialled.status, 409U) << dialled.text;
  EXPECT_EQ(dialled.body.at("uses").at(0).at("collection").as_string(), "ddis");
  EXPECT_EQ(patch("/ddis/" + first_id("/ddis", company_), company_, R"({"target":null})").status, 200U);
  EXPECT_EQ(remove("/users/" + user, company_).status, 204U);
  EXPECT_EQ(get("/users/" + user, company_).status, 404U);
  EXPECT_EQ(remove("/users/" + user, company_).status, 404U);
}

TEST_P(ResourcesTest, LetEachRoleDoItsOwn) {
  EXPECT_EQ(get("/brands", company_).status, 403U);
  EXPECT_EQ(post("/brands", brand_, "{}").status, 403U);
  EXPECT_EQ(get("/brands", brand_).body.at("total").as_int64(), 1);
  EXPECT_EQ(post("/customers", company_, "{}").status, 403U);
  const std::string customer = first_id("/customers", company_);
  EXPECT_EQ(faults(patch("/customers/" + customer, company_, R"({"name":"Else"})")), (std::set<std::string>{"name"}));
  EXPECT_EQ(patch("/customers/" + customer, company_, R"({"language":"en"})").status, 200U);
  EXPECT_EQ(get("/terminals", alice_).status, 403U);
  EXPECT_EQ(get("/users", alice_).body.at("total").as_int64(), 1);
  EXPECT_EQ(post("/users", alice_, R"({"name":"X"})").status, 403U);
  EXPECT_EQ(faults(patch("/users/" + first_id("/users", alice_), alice_, R"({"name":"X"})")), (std::set<std::string>{"name"}));
  EXPECT_EQ(patch("/users/" + first_id("/users", alice_), alice_, R"({"doNotDisturb":true})").status, 200U);
  // Somebody else's brand or customer in the body is nobody's.
  const std::string other =
      post("/brands", platform_, R"({"name":"Other","language":"en","timeZone":"Europe/Madrid","currency":"EUR"})").string("id");
  EXPECT_EQ(post("/administrators", brand_, R"({"login":"spy","password":"quiet-river-stone","brand":")" + other + "\"}").status,
            404U);
  EXPECT_EQ(faults(patch("/users/" + first_id("/users", company_), company_, R"({"brand":")" + other + "\"}")),
            (std::set<std::string>{"brand"}));
}

TEST_P(ResourcesTest, AreAuditedWithWhoAndWhat) {
  const std::string id = first_id("/users?filter[name]=Bob", company_);
  const std::string customer = first_id("/customers", brand_);
  ASSERT_EQ(patch("/users/" + id, brand_, R"({"lastName":"Bobsen","password":"quiet-river-stone"})",
                  "X-Carillon-Customer: " + customer + "\r\n")
                .status,
            200U);
  const auto audit = get("/audit?filter[object]=" + id, company_);
  ASSERT_EQ(audit.status, 200U) << audit.text;
  ASSERT_EQ(audit.items().size(), 1U);
  const json::object& entry = audit.items().at(0).as_object();
  EXPECT_EQ(entry.at("login").as_string(), "demobrand");
  EXPECT_EQ(entry.at("role").as_string(), "brand");
  EXPECT_EQ(entry.at("emulated").as_string(), "customer " + customer);
  EXPECT_EQ(entry.at("action").as_string(), "update");
  EXPECT_EQ(entry.at("before").at("lastName").as_string(), "Bobson");
  EXPECT_EQ(entry.at("after").at("lastName").as_string(), "Bobsen");
  EXPECT_EQ(entry.at("after").at("passwordHash").as_string(), "***");
  EXPECT_FALSE(audit.text.contains("argon2"));
  EXPECT_EQ(log_in("bob@democompany.com", "quiet-river-stone").status, 200U);
  EXPECT_EQ(get("/audit", alice_).status, 403U);
  EXPECT_EQ(post("/audit", platform_, "{}").status, 405U);
}

}  // namespace
}  // namespace carillon::api
