// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a customer connects its PBX and says which numbers are behind it; what could cost others, and who is believed without a
// password, its brand says.
#include <set>

#include <boost/json/serialize.hpp>

#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class PbxTest : public testing::Site {
 protected:
  using Fields = std::set<std::string>;
  static Fields faults(const testing::Reply& reply) {
    Fields fields;
    EXPECT_EQ(reply.status, 400U) << reply.text;
    const json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  testing::Reply add(const std::string& collection, const json::object& body, const std::string& token,
                     const std::string& headers = {}) {
    return post(collection, token, json::serialize(body), headers);
  }
  /// The id of an object that must come about.
  std::string make(const std::string& collection, const json::object& body, const std::string& token,
                   const std::string& headers = {}) {
    const auto made = add(collection, body, token, headers);
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  }
  testing::Reply say(const std::string& address, const json::object& body, const std::string& token) {
    return patch(address, token, json::serialize(body));
  }
  std::string first_id(const std::string& list, const std::string& token) {
    return get(list, token).items().at(0).at("id").as_string().c_str();
  }
  std::string make_pbx(const std::string& name = "branch") {
    return make("/terminals", {{"name", name}, {"kind", "pbx"}}, company_);
  }

  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
  std::string company_id_ = first_id("/customers", company_);
};
CARILLON_ON_EACH_DATABASE(PbxTest);

TEST_P(PbxTest, IsNobodysTelephone) {
  const std::string pbx = make_pbx(), user = first_id("/users", company_);
  const std::string telephone = get("/users/" + user, company_).string("terminal");
  EXPECT_EQ(faults(say("/users/" + user, {{"terminal", pbx}}, company_)), Fields{"terminal"});
  EXPECT_EQ(faults(add("/users", {{"name", "Carol"}, {"terminal", pbx}}, company_)), Fields{"terminal"});
  EXPECT_EQ(faults(say("/terminals/" + telephone, {{"kind", "pbx"}}, company_)), Fields{"kind"});
  EXPECT_EQ(say("/users/" + user, {{"terminal", nullptr}}, company_).status, 200U);
  EXPECT_EQ(say("/terminals/" + telephone, {{"kind", "pbx"}}, company_).status, 200U);
  EXPECT_EQ(say("/terminals/" + pbx, {{"kind", "telephone"}}, company_).status, 200U);
  EXPECT_EQ(say("/users/" + user, {{"terminal", pbx}}, company_).status, 200U);
}

TEST_P(PbxTest, CallsWithWhatItsBrandAllows) {
  const std::string pbx = "/terminals/" + make_pbx();
  const std::string brands = make("/match-lists", {{"name", "Ported soon"}}, brand_);
  const std::string own = make("/match-lists", {{"name", "All"}}, company_);
  EXPECT_EQ(faults(say(pbx, {{"allowedNumbers", brands}}, company_)), Fields{"allowedNumbers"});
  EXPECT_EQ(faults(say(pbx, {{"allowedNumbers", own}}, brand_)), Fields{"allowedNumbers"});
  EXPECT_EQ(say(pbx, {{"allowedNumbers", brands}}, brand_).status, 200U);
  EXPECT_EQ(say(pbx, {{"maxCalls", 30}}, company_).string("allowedNumbers"), brands);
  EXPECT_EQ(remove("/match-lists/" + brands, brand_).status, 409U);
  EXPECT_EQ(faults(say(pbx, {{"transformationSet", pbx}}, company_)), Fields{"transformationSet"});

  // With a number of its own customer, and by a list of it.
  const std::string other = make("/customers", {{"name", "Bakery"}, {"country", "ES"}}, brand_);
  const std::string as_other = "X-Carillon-Customer: " + other + "\r\n";
  const std::string foreign = make("/ddis", {{"number", "+34941941002"}, {"customer", other}}, brand_);
  const std::string foreign_acl = make("/call-acls", {{"name", "Theirs"}}, brand_, as_other);
  for (const std::string& token : {company_, brand_}) {
    EXPECT_EQ(faults(say(pbx, {{"outgoingDdi", foreign}}, token)), Fields{"outgoingDdi"});
    EXPECT_EQ(faults(say(pbx, {{"callAcl", foreign_acl}}, token)), Fields{"callAcl"});
  }
  const std::string ddi = make("/ddis", {{"number", "+34941941003"}, {"customer", company_id_}}, brand_);
  EXPECT_EQ(say(pbx, {{"outgoingDdi", ddi}, {"cliPolicy", "refuse"}}, company_).status, 200U);
  EXPECT_EQ(remove("/ddis/" + ddi, brand_).status, 409U);
}

TEST_P(PbxTest, SaysHowItIsCalled) {
  const std::string pbx = "/terminals/" + make_pbx();
  const auto made = get(pbx, company_);
  for (const char* field : {"diversion", "historyInfo"}) EXPECT_EQ(made.string(field), "none") << field;
  EXPECT_EQ(made.string("fromDomain"), "");
  EXPECT_FALSE(made.body.at("userPhone").as_bool());
  const auto said =
      say(pbx, {{"fromDomain", "sip.office.example"}, {"diversion", "user"}, {"historyInfo", "network"}, {"userPhone", true}},
          company_);
  ASSERT_EQ(said.status, 200U) << said.text;
  EXPECT_EQ(said.string("fromDomain"), "sip.office.example");
  EXPECT_EQ(said.string("diversion"), "user");
  EXPECT_EQ(said.string("historyInfo"), "network");
  EXPECT_EQ(say(pbx, {{"fromDomain", "192.0.2.7"}}, company_).status, 200U);
  EXPECT_EQ(say(pbx, {{"fromDomain", ""}}, company_).status, 200U);
  for (const char* bad : {"a b", "a\r\nb", "host:5060", "-a.example", "a..b", "sip:a", "a@b", "a;b", "a>b"})
    EXPECT_EQ(faults(say(pbx, {{"fromDomain", bad}}, company_)), Fields{"fromDomain"}) << bad;
  EXPECT_EQ(faults(say(pbx, {{"diversion", "diversion"}}, company_)), Fields{"diversion"});
  // In whose name it may call is the brand's to say.
  EXPECT_EQ(faults(say(pbx, {{"forwardsCaller", true}}, company_)), Fields{"forwardsCaller"});
  EXPECT_EQ(say(pbx, {{"forwardsCaller", true}}, brand_).status, 200U);
}

/// Who hides is everybody's own to say, who sees all the same the brand's.
TEST_P(PbxTest, HasPeopleWhoHide) {
  const std::string alice = token_of("alice@democompany.com");
  const std::string user = "/users/" + first_id("/users?filter[name]=Alice", company_);
  EXPECT_EQ(say(user, {{"clir", "all"}}, alice).string("clir"), "all");
  EXPECT_EQ(say(user, {{"clir", "external"}}, company_).string("clir"), "external");
  EXPECT_EQ(faults(say(user, {{"clir", "perhaps"}}, company_)), Fields{"clir"});
  for (const std::string& token : {alice, company_})
    EXPECT_EQ(faults(say(user, {{"seesWithheld", true}}, token)), Fields{"seesWithheld"});
  EXPECT_EQ(say(user, {{"seesWithheld", true}}, brand_).status, 200U);
}

TEST_P(PbxTest, HasNumbersBehindIt) {
  const std::string pbx = make_pbx();
  const auto add_pattern = [&](const std::string& pattern) {
    return add("/terminal-patterns", {{"terminal", pbx}, {"pattern", pattern}}, company_);
  };
  // As dialled or in E.164: nothing is made of it.
  EXPECT_EQ(add_pattern("^34").string("pattern"), "^34");
  for (const std::string& bad : {std::string("("), std::string("(?=a)"), std::string("(a{999}){999}"), std::string(513, 'a'),
                                 std::string(), std::string("^34\r")})
    EXPECT_EQ(faults(add_pattern(bad)), Fields{"pattern"}) << bad;
  const std::string alice = first_id("/terminals?filter[kind]=telephone", company_);
  EXPECT_EQ(faults(add("/terminal-patterns", {{"terminal", alice}, {"pattern", "^2"}}, company_)), Fields{"terminal"});
  EXPECT_EQ(faults(add("/terminal-patterns", {{"pattern", "^2"}}, company_)), Fields{"terminal"});

  // By its brand too, where the PBX is.
  const auto brands = add("/terminal-patterns", {{"terminal", pbx}, {"pattern", "^7"}}, brand_);
  EXPECT_EQ(brands.string("customer"), company_id_);
  const std::string other = make("/customers", {{"name", "Bakery"}, {"country", "ES"}}, brand_);
  const std::string as_other = "X-Carillon-Customer: " + other + "\r\n";
  EXPECT_EQ(faults(add("/terminal-patterns", {{"terminal", pbx}, {"pattern", "^7"}}, brand_, as_other)), Fields{"terminal"});

  for (int i = 2; i < 100; ++i) ASSERT_EQ(add_pattern(fmt::format("^8{}", i)).status, 201U);
  EXPECT_EQ(faults(add_pattern("^9")), Fields{"terminal"});
  // They go with it.
  EXPECT_EQ(remove("/terminals/" + pbx, company_).status, 204U);
  EXPECT_EQ(get("/terminal-patterns", company_).items().size(), 0U);
}

/// Reliability, section 6.1: helpers answer those numbers, whatever else they would lead to.
TEST_P(PbxTest, HasNothingInFrontOfHelp) {
  const std::string pbx = make_pbx(), user = first_id("/users", company_);
  const auto extend = [&](std::string_view number) {
    return add("/extensions", {{"number", number}, {"target", user}}, company_);
  };
  const auto put_behind = [&](std::string_view pattern) {
    return add("/terminal-patterns", {{"terminal", pbx}, {"pattern", pattern}}, company_);
  };
  EXPECT_EQ(faults(extend("112")), Fields{"number"});
  EXPECT_EQ(faults(extend("091")), Fields{"number"});  // In Spain.
  EXPECT_EQ(faults(put_behind("^1[0-9]{2}$")), Fields{"pattern"});
  EXPECT_EQ(faults(put_behind("12")), Fields{"pattern"});
  const auto extension = extend("911"), pattern = put_behind("^7[0-9]{2}$");
  ASSERT_EQ(extension.status, 201U) << extension.text;
  ASSERT_EQ(pattern.status, 201U) << pattern.text;
  EXPECT_EQ(faults(say("/extensions/" + extension.string("id"), {{"number", "112"}}, company_)), Fields{"number"});
  EXPECT_EQ(faults(say("/terminal-patterns/" + pattern.string("id"), {{"pattern", "."}}, company_)), Fields{"pattern"});
  // Behind the prefix too; what was there before may stay, and lead elsewhere.
  ASSERT_EQ(extend("9112").status, 201U);
  ASSERT_EQ(say("/customers/" + company_id_, {{"outboundPrefix", "9"}}, brand_).status, 200U);
  EXPECT_EQ(faults(extend("9091")), Fields{"number"});
  const std::string before = first_id("/extensions?filter[number]=9112", company_);
  EXPECT_EQ(say("/extensions/" + before, {{"target", pbx}}, company_).status, 200U);
}

TEST_P(PbxTest, IsBelievedFromWhereItsBrandSays) {
  const std::string pbx = make_pbx();
  const auto add_source = [&](const std::string& address, const std::string& from = {}) {
    return add("/terminal-sources", {{"terminal", pbx}, {"address", address}, {"fromPattern", from}}, brand_);
  };
  const auto made = add_source("203.0.113.9", "^9419");
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("customer"), company_id_);
  EXPECT_EQ(add_source("127.0.0.1").status, 201U);
  EXPECT_EQ(add_source("2001:DB8:0::1").string("address"), "2001:db8::1");
  for (const char* bad : {"203.0.113.0/24", "203.0.113.9/32", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1",
                          "pbx.example.com", "203.0.113.9:5060", ""})
    EXPECT_EQ(faults(add_source(bad)), Fields{"address"}) << bad;
  EXPECT_EQ(faults(add_source("203.0.113.9", "(")), Fields{"fromPattern"});
  const std::string alice = first_id("/terminals?filter[kind]=telephone", company_);
  EXPECT_EQ(faults(add("/terminal-sources", {{"terminal", alice}, {"address", "203.0.113.9"}}, brand_)), Fields{"terminal"});

  const std::string one = "/terminal-sources/" + made.string("id");
  EXPECT_EQ(get(one, company_).status, 200U);
  EXPECT_EQ(add("/terminal-sources", {{"terminal", pbx}, {"address", "203.0.113.9"}}, company_).status, 403U);
  EXPECT_EQ(say(one, {{"address", "203.0.113.10"}}, company_).status, 403U);
  EXPECT_EQ(remove(one, company_).status, 403U);
  for (int i = 3; i < 32; ++i) ASSERT_EQ(add_source(fmt::format("203.0.113.{}", 100 + i)).status, 201U);
  EXPECT_EQ(faults(add_source("203.0.113.99")), Fields{"terminal"});
}

TEST_P(PbxTest, IsAnAccountOfARetailCustomer) {
  const std::string shop = make("/customers", {{"name", "Shop"}, {"kind", "retail"}, {"country", "ES"}}, brand_);
  const std::string as_shop = "X-Carillon-Customer: " + shop + "\r\n";
  make("/domains", {{"name", "retail.example"}}, brand_);
  const std::string account = make("/terminals", {{"name", "shop"}, {"kind", "pbx"}}, brand_, as_shop);
  EXPECT_EQ(faults(add("/terminal-patterns", {{"terminal", account}, {"pattern", "^2"}}, brand_, as_shop)), Fields{"terminal"});
  const std::string ddi = make("/ddis", {{"number", "+34941941004"}, {"customer", shop}, {"target", account}}, brand_);
  EXPECT_EQ(get("/ddis/" + ddi, brand_).string("target"), account);
}

TEST_P(PbxTest, IsWhereNumbersLead) {
  const std::string pbx = make_pbx("branch-office");
  const std::string ddi = make("/ddis", {{"number", "+34941941005"}, {"customer", company_id_}}, brand_);
  ASSERT_EQ(say("/ddis/" + ddi, {{"target", pbx}}, company_).status, 200U);
  // By its name, in a file.
  const auto imported = post("/extensions/import", company_, "number,target\r\n700,branch-office\r\n");
  ASSERT_EQ(imported.status, 200U) << imported.text;
  const std::string extension = first_id("/extensions?filter[number]=700", company_);
  EXPECT_EQ(get("/extensions/" + extension, company_).string("target"), pbx);
  const auto refused = remove("/terminals/" + pbx, company_);
  EXPECT_EQ(refused.status, 409U);
  EXPECT_EQ(refused.string("code"), "api.in_use");
  EXPECT_EQ(refused.body.at("uses").as_array().size(), 2U);
  EXPECT_EQ(say("/ddis/" + ddi, {{"target", nullptr}}, company_).status, 200U);
  EXPECT_EQ(remove("/extensions/" + extension, company_).status, 204U);
  EXPECT_EQ(remove("/terminals/" + pbx, company_).status, 204U);
  EXPECT_EQ(faults(say("/ddis/" + ddi, {{"target", pbx}}, company_)), Fields{"target"});

  // One that comes out of a file is a target too.
  const auto made = post("/terminals/import", company_, "name,kind\r\nwarehouse,pbx\r\n");
  ASSERT_EQ(made.status, 200U) << made.text;
  const std::string warehouse = first_id("/terminals?filter[name]=warehouse", company_);
  EXPECT_EQ(say("/ddis/" + ddi, {{"target", warehouse}}, company_).status, 200U);
}

TEST_P(PbxTest, IsToldHowToCall) {
  const std::string path = "/terminals/" + make_pbx() + "/recipe";
  const auto told = get(path, company_);
  ASSERT_EQ(told.status, 200U) << told.text;
  EXPECT_TRUE(told.headers.at("content-type").starts_with("text/plain"));
  EXPECT_TRUE(told.text.contains("username=branch\npassword=PASSWORD\n"));
  EXPECT_FALSE(told.text.contains("rewrite_contact"));
  EXPECT_TRUE(get(path + "?peer=asterisk&nat=true", brand_).text.contains("rewrite_contact=yes\n"));
  const auto freeswitch = get(path + "?peer=freeswitch&nat=true", company_);
  EXPECT_TRUE(freeswitch.text.contains("<param name=\"password\" value=\"PASSWORD\"/>")) << freeswitch.text;
  EXPECT_TRUE(freeswitch.text.contains("ext-rtp-ip"));
  EXPECT_FALSE(get(path + "?peer=freeswitch", company_).text.contains("ext-rtp-ip"));
  EXPECT_EQ(faults(get(path + "?peer=telex", company_)), Fields{"peer"});
  EXPECT_EQ(faults(get(path + "?nat=perhaps&pear=asterisk", company_)), (Fields{"nat", "pear"}));
  EXPECT_EQ(get(path, token_of("alice@democompany.com")).status, 403U);
  EXPECT_EQ(get("/terminals/" + company_id_ + "/recipe", company_).status, 404U);
  const std::string other = make("/customers", {{"name", "Bakery"}, {"country", "ES"}}, brand_);
  const auto foreign = ask({.path = "/api/v1" + path, .token = brand_, .headers = "X-Carillon-Customer: " + other + "\r\n"});
  EXPECT_EQ(foreign.status, 404U);
}

}  // namespace
}  // namespace carillon::api
