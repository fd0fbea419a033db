// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a brand gives numbers to its customers and takes them back, a customer says where theirs lead and who may call what with
// which of them, and nobody uses another's.
#include <set>

#include <boost/json/serialize.hpp>

#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class NumbersTest : public testing::Site {
 protected:
  static std::set<std::string> faults(const testing::Reply& reply) {
    std::set<std::string> fields;
    EXPECT_EQ(reply.status, 400U) << reply.text;
    const json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  using Fields = std::set<std::string>;

  /// The fields that were stored otherwise than they were said.
  static Fields notices(const testing::Reply& reply) {
    Fields fields;
    if (const json::value* all = reply.body.as_object().if_contains("notices"))
      for (const json::value& one : all->as_array()) fields.insert(one.at("field").as_string().c_str());
    return fields;
  }
  std::string first_id(const std::string& collection, const std::string& token) {
    const testing::Reply listed = get(collection, token);
    EXPECT_EQ(listed.status, 200U) << listed.text;
    return listed.items().at(0).at("id").as_string().c_str();
  }
  /// An object that must come about; its address.
  std::string make(const std::string& collection, const std::string& token, const json::object& body,
                   const std::string& headers = {}) {
    const auto made = post(collection, token, json::serialize(body), headers);
    EXPECT_EQ(made.status, 201U) << made.text;
    return collection + '/' + made.string("id");
  }
  static std::string id_of(const std::string& address) { return address.substr(address.rfind('/') + 1); }
  testing::Reply say(const std::string& address, const std::string& token, const json::object& body,
                     const std::string& headers = {}) {
    return patch(address, token, json::serialize(body), headers);
  }

  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
  std::string company_id_ = first_id("/customers", company_);
  std::string alice_id_ = first_id("/users", company_);
  std::string other_id_ = id_of(make("/customers", brand_, {{"name", "Bakery"}, {"country", "PT"}}));
  std::string as_other_ = "X-Carillon-Customer: " + other_id_ + "\r\n";
};

CARILLON_ON_EACH_DATABASE(NumbersTest);

TEST_P(NumbersTest, AreKeptInE164WithTheirCountry) {
  const auto made = post("/ddis", brand_, R"({"number":"34 941-941.000"})");
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("number"), "+34941941000");
  EXPECT_EQ(made.string("country"), "ES");
  EXPECT_EQ(notices(made), Fields{"number"});
  EXPECT_EQ(faults(post("/ddis", brand_, R"({"number":"+34941941000"})")), Fields{"number"});
  const std::string one = "/ddis/" + made.string("id");
  EXPECT_FALSE(get(one, brand_).body.as_object().contains("notices"));
  EXPECT_EQ(notices(say(one, brand_, {{"description", "kept"}})), Fields());
  EXPECT_EQ(say(one, brand_, {{"number", "+351210000000"}}).string("country"), "PT");
  EXPECT_EQ(say(one, brand_, {{"country", "ES"}}).string("country"), "ES");
  EXPECT_EQ(say(one, brand_, {{"number", "+441210000000"}}).string("country"), "ES");
  EXPECT_EQ(say(one, brand_, {{"country", ""}}).string("country"), "GB");
  EXPECT_EQ(post("/ddis", brand_, R"({"number":"+12025550123"})").string("country"), "US");
  for (const char* number : {"0034941941001", "941", "alice", "+34941941001941941", "", "+34 (0) 941941001"})
    EXPECT_EQ(faults(post("/ddis", brand_, json::serialize(json::object{{"number", number}}))), Fields{"number"}) << number;
  EXPECT_EQ(faults(post("/ddis", brand_, R"({"number":"+34941941001","country":"XX"})")), Fields{"country"});
}

TEST_P(NumbersTest, AreTheBrandsToGiveAndTheCustomersToTreat) {
  const std::string ddi = make("/ddis", brand_, {{"number", "+34941941001"}, {"customer", company_id_}});
  EXPECT_EQ(post("/ddis", company_, R"({"number":"+34941941002"})").status, 403U);
  EXPECT_EQ(remove(ddi, company_).status, 403U);
  EXPECT_EQ(get(ddi, token_of("alice@democompany.com")).status, 403U);
  const json::object treatment{{"target", alice_id_}, {"displayPrefix", "Sales"}, {"language", "en"}, {"recording", "incoming"}};
  const auto treated = say(ddi, company_, treatment);
  ASSERT_EQ(treated.status, 200U) << treated.text;
  for (const auto& [name, value] : treatment) EXPECT_EQ(treated.body.at(name), value) << name;
  EXPECT_FALSE(treated.body.as_object().contains("carrier"));
  for (const auto& [name, value] : json::object{{"number", "+34941941009"},
                                                {"description", "mine"},
                                                {"country", "PT"},
                                                {"chargeInbound", true},
                                                {"customer", other_id_}})
    EXPECT_EQ(faults(say(ddi, company_, {{name, value}})), (Fields{std::string(name)})) << name;
  EXPECT_EQ(faults(say(ddi, company_, {{"customer", nullptr}})), Fields{"customer"});
  const std::string bens = make("/users", brand_, {{"name", "Ben"}}, as_other_);
  for (const std::string& token : {company_, brand_})
    EXPECT_EQ(faults(say(ddi, token, {{"target", id_of(bens)}})), Fields{"target"});

  // In its customer's name, too.
  const std::string others = make("/ddis", brand_, {{"number", "+34941941003"}}, as_other_);
  EXPECT_EQ(get(others, brand_).string("customer"), other_id_);
  EXPECT_EQ(get(others, company_).status, 404U);
  EXPECT_EQ(say(others, company_, {{"displayPrefix", "x"}}).status, 404U);
  EXPECT_EQ(faults(say(others, brand_, {{"customer", company_id_}}, as_other_)), Fields{"customer"});
  EXPECT_EQ(say(others, brand_, {{"customer", other_id_}}, as_other_).status, 200U);
  EXPECT_EQ(remove(others, brand_).status, 204U);
}

TEST_P(NumbersTest, LeaveACustomerWithNothingOfIt) {
  const std::string ddi = make("/ddis", brand_,
                               {{"number", "+34941941001"},
                                {"customer", company_id_},
                                {"target", alice_id_},
                                {"displayPrefix", "Sales"},
                                {"recording", "all"},
                                {"description", "ordered twice"}});
  const std::string rule = make("/outgoing-ddi-rules", company_, {{"name", "Sales"}, {"policy", "force"}, {"ddi", id_of(ddi)}});
  // Those who call with it keep it, as they keep it from being deleted.
  for (const json::value& customer : {json::value(other_id_), json::value()}) {
    const auto refused = say(ddi, brand_, {{"customer", customer}});
    ASSERT_EQ(refused.status, 409U) << refused.text;
    EXPECT_EQ(refused.string("code"), "api.in_use");
    EXPECT_EQ(refused.body.at("uses").at(0).at("id").as_string(), id_of(rule));
  }
  EXPECT_EQ(remove(ddi, brand_).status, 409U);
  ASSERT_EQ(remove(rule, company_).status, 204U);

  const auto given = say(ddi, brand_, {{"customer", other_id_}});
  ASSERT_EQ(given.status, 200U) << given.text;
  EXPECT_EQ(given.string("customer"), other_id_);
  EXPECT_TRUE(given.body.at("target").is_null());
  EXPECT_EQ(given.string("displayPrefix"), "");
  EXPECT_EQ(given.string("recording"), "none");
  EXPECT_EQ(given.string("description"), "ordered twice");
  EXPECT_EQ(get(ddi, company_).status, 404U);
  // Neither reads of the other in its audit log; the brand does.
  const std::string audit = "/audit?filter[action]=update&filter[object]=" + id_of(ddi);
  EXPECT_EQ(get(audit, company_).items().size(), 0U);
  EXPECT_EQ(ask({.path = "/api/v1" + audit, .token = brand_, .headers = as_other_}).items().size(), 0U);
  EXPECT_EQ(get(audit, brand_).items().size(), 1U);

  const std::string bens = make("/users", brand_, {{"name", "Ben"}}, as_other_);
  EXPECT_EQ(faults(say(ddi, brand_, {{"customer", nullptr}, {"target", id_of(bens)}})), Fields{"target"});
  EXPECT_EQ(faults(say(ddi, brand_, {{"customer", company_id_}, {"target", id_of(bens)}})), Fields{"target"});
  EXPECT_EQ(say(ddi, brand_, {{"customer", company_id_}, {"target", alice_id_}}).string("target"), alice_id_);
  EXPECT_EQ(remove("/users/" + alice_id_, company_).status, 409U);
  // What is not said stays where it is.
  EXPECT_EQ(send("PUT", ddi, brand_, R"({"number":"+34941941001"})").string("customer"), company_id_);
  EXPECT_TRUE(say(ddi, brand_, {{"customer", nullptr}}).body.at("customer").is_null());
  EXPECT_EQ(faults(say(ddi, brand_, {{"target", alice_id_}})), Fields{"target"});
  EXPECT_EQ(get(ddi + "/effective", brand_).status, 200U);
  EXPECT_EQ(remove(ddi, brand_).status, 204U);
}

TEST_P(NumbersTest, AreCalledWithByTheirCustomerAlone) {
  const std::string own = make("/ddis", brand_, {{"number", "+34941941001"}, {"customer", company_id_}});
  const std::string free = make("/ddis", brand_, {{"number", "+34941941002"}});
  const std::string others = make("/ddis", brand_, {{"number", "+34941941003"}}, as_other_);
  const std::string rule = make("/outgoing-ddi-rules", company_, {{"name", "Keep"}});
  const std::string list = make("/match-lists", company_, {{"name", "Mobile"}});
  const std::string entry =
      make("/outgoing-ddi-rule-entries", company_, {{"outgoingDdiRule", id_of(rule)}, {"matchList", id_of(list)}});
  for (const std::string& foreign : {free, others}) {
    for (const std::string& token : {company_, brand_}) {
      for (const std::string& user : {"/customers/" + company_id_, "/users/" + alice_id_})
        EXPECT_EQ(faults(say(user, token, {{"outgoingDdi", id_of(foreign)}})), Fields{"outgoingDdi"});
      EXPECT_EQ(faults(say(rule, token, {{"policy", "force"}, {"ddi", id_of(foreign)}})), Fields{"ddi"});
      EXPECT_EQ(faults(say(entry, token, {{"policy", "force"}, {"ddi", id_of(foreign)}})), Fields{"ddi"});
    }
  }
  EXPECT_EQ(faults(say(rule, company_, {{"policy", "force"}})), Fields{"ddi"});
  EXPECT_EQ(faults(say(entry, company_, {{"policy", "force"}})), Fields{"ddi"});
  const std::string others_rule = make("/outgoing-ddi-rules", brand_, {{"name", "Keep"}}, as_other_);
  const std::string others_acl = make("/call-acls", brand_, {{"name", "All"}}, as_other_);
  EXPECT_EQ(faults(say("/customers/" + company_id_, brand_, {{"outgoingDdiRule", id_of(others_rule)}})),
            Fields{"outgoingDdiRule"});
  EXPECT_EQ(faults(say("/users/" + alice_id_, brand_, {{"outgoingDdiRule", id_of(others_rule)}, {"callAcl", id_of(others_acl)}})),
            (Fields{"outgoingDdiRule", "callAcl"}));

  ASSERT_EQ(say("/customers/" + company_id_, company_, {{"outgoingDdi", id_of(own)}, {"outgoingDdiRule", id_of(rule)}}).status,
            200U);
  ASSERT_EQ(say("/users/" + alice_id_, company_, {{"outgoingDdi", id_of(own)}}).status, 200U);
  const auto kept = remove(own, brand_);
  ASSERT_EQ(kept.status, 409U);
  EXPECT_EQ(kept.body.at("uses").as_array().size(), 2U) << kept.text;
  EXPECT_EQ(say("/customers/" + company_id_, company_, {{"outboundPrefix", "0"}}).status, 400U);
  EXPECT_EQ(say("/customers/" + company_id_, brand_, {{"outboundPrefix", "0"}}).status, 200U);
  EXPECT_EQ(faults(say("/customers/" + company_id_, brand_, {{"outboundPrefix", "+"}})), Fields{"outboundPrefix"});
}

TEST_P(NumbersTest, KeepACustomerUntilTheyAreTakenBack) {
  const std::string ddi = make("/ddis", brand_, {{"number", "+34941941003"}}, as_other_);
  ASSERT_EQ(say("/customers/" + other_id_, brand_, {{"outgoingDdi", id_of(ddi)}}).status, 200U);
  EXPECT_EQ(remove("/customers/" + other_id_, brand_).status, 409U);
  EXPECT_EQ(say(ddi, brand_, {{"customer", nullptr}}).status, 409U);
  ASSERT_EQ(say("/customers/" + other_id_, brand_, {{"outgoingDdi", nullptr}}).status, 200U);
  ASSERT_EQ(say(ddi, brand_, {{"customer", nullptr}}).status, 200U);
  EXPECT_EQ(remove("/customers/" + other_id_, brand_).status, 204U);
}

TEST_P(NumbersTest, HaveListsThatABrandLends) {
  const std::string lent = make("/match-lists", brand_, {{"name", "Spanish mobiles"}});
  const std::string lents = make("/match-entries", brand_, {{"matchList", id_of(lent)}, {"kind", "regex"}, {"value", "^34[67]"}});
  EXPECT_EQ(get(lents, company_).string("value"), "^\\+34[67]");
  EXPECT_TRUE(get(lents, company_).body.at("customer").is_null());
  EXPECT_EQ(say(lents, company_, {{"value", "^"}}).status, 404U);
  EXPECT_EQ(remove(lents, company_).status, 404U);
  const json::object number{{"matchList", id_of(lent)}, {"value", "+34676676676"}};
  EXPECT_EQ(faults(post("/match-entries", company_, json::serialize(number))), Fields{"matchList"});
  EXPECT_EQ(faults(post("/match-entries", brand_, json::serialize(number), as_other_)), Fields{"matchList"});

  // The brand writes into its customers' lists; they stay theirs.
  const std::string own = make("/match-lists", company_, {{"name", "Spanish mobiles"}});
  const std::string owns = make("/match-entries", brand_, {{"matchList", id_of(own)}, {"value", "34676676676"}});
  EXPECT_EQ(get(owns, company_).string("customer"), company_id_);
  EXPECT_EQ(get(owns, company_).string("value"), "+34676676676");
  const json::object foreign{{"matchList", id_of(own)}, {"value", "+34676676676"}, {"customer", other_id_}};
  EXPECT_EQ(faults(post("/match-entries", brand_, json::serialize(foreign))), Fields{"matchList"});
  EXPECT_EQ(faults(post("/match-entries", brand_, R"({"matchList":")" + id_of(own) + R"(","value":"+34676676676"})", as_other_)),
            Fields{"matchList"});

  const std::string acl = make("/call-acls", company_, {{"name", "Mobiles"}});
  const std::string rule = make("/call-acl-rules", company_, {{"callAcl", id_of(acl)}, {"matchList", id_of(lent)}});
  EXPECT_EQ(get(acl, company_).string("policy"), "deny");
  EXPECT_EQ(get(rule, company_).string("policy"), "allow");
  const std::string others_acl = make("/call-acls", brand_, {{"name", "Mobiles"}}, as_other_);
  EXPECT_EQ(faults(post("/call-acl-rules", brand_,
                        R"({"callAcl":")" + id_of(others_acl) + R"(","matchList":")" + id_of(own) + "\"}", as_other_)),
            Fields{"matchList"});
  const auto in_use = remove(lent, brand_);
  EXPECT_EQ(in_use.status, 409U) << in_use.text;
  ASSERT_EQ(remove(rule, company_).status, 204U);
}

TEST_P(NumbersTest, HaveListsOfTheirBrandByName) {
  make("/match-lists", brand_, {{"name", "Mobiles"}});
  EXPECT_EQ(faults(post("/match-lists", brand_, R"({"name":"Mobiles"})")), Fields{"name"});
  const std::string platform = token_of("admin");
  const std::string other = id_of(make("/brands", platform, {{"name", "Other"}, {"currency", "EUR"}}));
  make("/match-lists", platform, {{"name", "Mobiles"}}, "X-Carillon-Brand: " + other + "\r\n");
}

TEST_P(NumbersTest, HaveEntriesInE164) {
  const std::string list = id_of(make("/match-lists", company_, {{"name", "Some"}}));
  const auto entry = [&](const char* kind, const std::string& value) {
    return post("/match-entries", company_, json::serialize(json::object{{"matchList", list}, {"kind", kind}, {"value", value}}));
  };
  EXPECT_EQ(notices(entry("number", "34676676676")), Fields{"value"});
  EXPECT_EQ(notices(entry("number", "+34676676677")), Fields());
  EXPECT_EQ(notices(entry("regex", "^34[67]")), Fields{"value"});
  EXPECT_EQ(notices(entry("regex", "^\\+34[67]")), Fields());
  for (const char* value : {"", "676", "^34", "0034676676676"})
    EXPECT_EQ(faults(entry("number", value)), Fields{"value"}) << value;
  EXPECT_EQ(entry("regex", "^\\+" + std::string(509, '3')).status, 201U);
  EXPECT_EQ(faults(entry("regex", "^" + std::string(510, '3'))), Fields{"value"});  // With its + it is too long.
  EXPECT_EQ(faults(entry("regex", "^\n34")), Fields{"value"});
  EXPECT_EQ(faults(entry("regex", "")), Fields{"value"});
}

/// Rows as they would be made one by one.
TEST_P(NumbersTest, HaveBoundedLists) {
  const auto fill = [&](std::string_view table, const std::string& one, std::string_view columns, int copies) {
    const std::int64_t id = *from_base32(id_of(one));
    for (int i = 1; i <= copies; ++i)
      ASSERT_TRUE(database_->execute(
          fmt::format("INSERT INTO {0} (id, {1}) SELECT id + {2}, {1} FROM {0} WHERE id = {3}", table, columns, i, id)));
  };
  const std::string list = id_of(make("/match-lists", company_, {{"name", "Some"}}));
  const json::object number{{"matchList", list}, {"value", "+34676676676"}};
  fill("match_entries", make("/match-entries", company_, number), "brand, customer, match_list, kind, value, description", 998);
  const std::string last = make("/match-entries", company_, number);
  EXPECT_EQ(faults(post("/match-entries", company_, json::serialize(number))), Fields{"matchList"});
  EXPECT_EQ(say(last, company_, {{"description", "the last"}}).status, 200U);

  const json::object line{{"callAcl", id_of(make("/call-acls", company_, {{"name", "Some"}}))}, {"matchList", list}};
  fill("call_acl_rules", make("/call-acl-rules", company_, line), "brand, customer, call_acl, priority, match_list, policy", 199);
  EXPECT_EQ(faults(post("/call-acl-rules", company_, json::serialize(line))), Fields{"callAcl"});
}

TEST_P(NumbersTest, GoIntoFilesAndComeBack) {
  const std::string text =
      fmt::format("number,customer,target\r\n34941941011,DemoCompany,\r\n+34941941012,{},Alice\r\n", company_id_);
  const auto made = post("/ddis/import", brand_, text);
  ASSERT_EQ(made.status, 200U) << made.text;
  ASSERT_EQ(made.body.at("created").as_array().size(), 2U) << made.text;
  EXPECT_EQ(made.body.at("created").at(0).at("notices").at(0).at("field").as_string(), "number");
  const std::string list = id_of(make("/match-lists", company_, {{"name", "Some"}}));
  const auto entries =
      post("/match-entries/import", company_, "matchList,kind,value\r\nSome,,34676676676\r\nSome,regex,^34[67]\r\n");
  ASSERT_EQ(entries.status, 200U) << entries.text;
  ASSERT_EQ(entries.body.at("created").as_array().size(), 2U) << entries.text;
  EXPECT_EQ(post("/match-entries/import", company_, "matchList,value\r\nSome,676\r\n").body.at("errors").at(0).at("line"), 2);

  const std::string csv = "Accept: text/csv\r\n";
  const auto file = ask({.path = "/api/v1/ddis?filter[number][contains]=94194101", .token = brand_, .headers = csv});
  ASSERT_EQ(file.status, 200U) << file.text;
  EXPECT_TRUE(file.text.contains("+34941941011") && file.text.contains("+34941941012")) << file.text;
  for (const json::value& one : made.body.at("created").as_array())
    ASSERT_EQ(remove("/ddis/" + std::string(one.at("id").as_string()), brand_).status, 204U);
  const auto again = post("/ddis/import", brand_, file.text);
  ASSERT_EQ(again.status, 200U) << again.text;
  EXPECT_EQ(again.body.at("created").as_array().size(), 2U) << again.text;
  const auto entries_file = ask({.path = "/api/v1/match-entries?filter[matchList]=" + list, .token = company_, .headers = csv});
  const auto back = post("/match-entries/import", company_, entries_file.text);
  ASSERT_EQ(back.status, 200U) << entries_file.text << back.text;
  EXPECT_EQ(back.body.at("created").as_array().size(), 2U);
}

}  // namespace
}  // namespace carillon::api
