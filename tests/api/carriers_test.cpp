// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a carrier's servers hold nothing that has no place in a request, its secrets are never shown, and it stays as long as
// routes lead to it.
#include <set>

#include <boost/json/serialize.hpp>

#include "model/carrier_registration.hpp"
#include "model/carrier_server.hpp"
#include "site.hpp"
#include "store/credentials.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class CarriersTest : public testing::Site {
 protected:
  static std::set<std::string> faults(const testing::Reply& reply) {
    std::set<std::string> fields;
    const json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  testing::Reply make(const std::string& collection, const json::object& body) {
    return post(collection, brand_, json::serialize(body));
  }
  testing::Reply make_server(json::object body) {
    body["carrier"] = carrier_;
    if (!body.contains("host")) body["host"] = "carrier.example";
    return make("/carrier-servers", body);
  }
  testing::Reply change(const std::string& server, const json::object& body) {
    return patch("/carrier-servers/" + server, brand_, json::serialize(body));
  }
  std::string pattern(const std::string& prefix) {
    return std::string(get("/target-patterns?filter[pattern]=%2B" + prefix, brand_).items().at(0).at("id").as_string().c_str());
  }
  testing::Reply make_registration(json::object body) {
    body["carrier"] = carrier_;
    if (!body.contains("username")) body["username"] = "34941941941";
    if (!body.contains("domain")) body["domain"] = "carrier.example";
    return make("/carrier-registrations", body);
  }
  model::CarrierServer stored(const std::string& server) {
    return store::find<model::CarrierServer>(*database_, {}, server).value();
  }
  using Fields = std::set<std::string>;

  std::string brand_ = token_of("demobrand");
  std::string carrier_ = make("/carriers", {{"name", "Second"}}).string("id");
};
CARILLON_ON_EACH_DATABASE(CarriersTest);

TEST_P(CarriersTest, AreTheBrandsAlone) {
  const std::string company = token_of("democompany");
  for (const char* collection : {"/carriers", "/carrier-servers", "/carrier-sources", "/carrier-registrations",
                                 "/target-patterns", "/target-groups", "/target-group-members", "/outgoing-routes"}) {
    EXPECT_EQ(get(collection, company).status, 403U) << collection;
    EXPECT_EQ(get(collection, brand_).status, 200U) << collection;
  }
}

TEST_P(CarriersTest, AreNoWayIntoOurOwnNetworks) {
  for (const char* inside : {"127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "::1",
                             "fe80::1", "fd00::1", "::ffff:10.1.2.3", "2002:a01:203::1", "64:ff9b::a01:203"}) {
    EXPECT_EQ(faults(make_server({{"host", inside}})), Fields{"host"}) << inside;
    EXPECT_EQ(faults(make_registration({{"host", inside}})), Fields{"host"}) << inside;
    const std::string proxy = std::string_view(inside).contains(':') ? fmt::format("[{}]", inside) : std::string(inside);
    EXPECT_EQ(faults(make_server({{"outboundProxy", proxy}})), Fields{"outboundProxy"}) << inside;
    EXPECT_EQ(faults(make_server({{"outboundProxy", proxy + ":5080"}})), Fields{"outboundProxy"}) << inside;
  }
  EXPECT_EQ(make_server({{"host", "8.8.8.8"}}).status, 201U);
}

TEST_P(CarriersTest, HaveServersUnderOneSpelling) {
  const std::pair<const char*, const char*> sound[] = {
      {"SIP.Carrier.Example.", "sip.carrier.example"}, {"192.0.2.1", "192.0.2.1"}, {"[2001:DB8::0:1]", "2001:db8::1"}};
  for (const auto& [said, kept] : sound) EXPECT_EQ(make_server({{"host", said}}).string("host"), kept);
  for (const char* bad :
       {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "192.0.2.256", "192.0.2", "a b", "sip:a.example",
        "a.example:5060", "a.example;lr", "a..example", "-a.example", "a.example\r\nVia", "\xc3\xa1.example", "."})
    EXPECT_EQ(faults(make_server({{"host", bad}})), Fields{"host"}) << bad;
  const std::pair<const char*, const char*> proxies[] = {{"Proxy.Example", "proxy.example"},
                                                         {"proxy.example:5080", "proxy.example:5080"},
                                                         {"192.0.2.1:5060", "192.0.2.1:5060"},
                                                         {"[2001:DB8::1]", "[2001:db8::1]"},
                                                         {"[2001:db8::1]:5061", "[2001:db8::1]:5061"}};
  for (const auto& [said, kept] : proxies) EXPECT_EQ(make_server({{"outboundProxy", said}}).string("outboundProxy"), kept);
  for (const char* bad : {"proxy.example:", "proxy.example:0", "proxy.example:65536", "proxy.example:5060x", "2001:db8::1",
                          ":5060", "[2001:db8::1", "proxy.example:5060:5061", "sip:proxy.example", "proxy.example;lr"})
    EXPECT_EQ(faults(make_server({{"outboundProxy", bad}})), Fields{"outboundProxy"}) << bad;
}

TEST_P(CarriersTest, AreAskedNothingButSoundRequests) {
  for (const char* sound : {"user=phone", "user=phone;npdi", "x-a=1.2-3;y"})
    EXPECT_EQ(make_server({{"uriParameters", sound}}).string("uriParameters"), sound);
  for (const char* bad :
       {";user=phone", "user=phone;", "user=", "=phone", "user==phone", "a;a", "A;a=1", "maddr=192.0.2.1", "LR", "transport=udp",
        "user=a b", "a>", "a?b=c", "a@b", "a\"", "a,b", "a%0d%0a", "a\r\nVia: x", "a=\xc3\xa1"})
    EXPECT_EQ(faults(make_server({{"uriParameters", bad}})), Fields{"uriParameters"}) << bad;
  EXPECT_EQ(make_server({{"scheme", "sips"}}).status, 201U);
  EXPECT_EQ(make_server({{"scheme", "sips"}, {"transport", "tls"}}).status, 201U);
  for (const char* bad : {"udp", "tcp"})
    EXPECT_EQ(faults(make_server({{"scheme", "sips"}, {"transport", bad}})), Fields{"transport"});
  EXPECT_EQ(faults(make_server({{"fromUser", "a@b"}})), Fields{"fromUser"});
  EXPECT_EQ(faults(make_server({{"prefix", "1>2"}})), Fields{"prefix"});
  EXPECT_EQ(faults(make_server({{"port", 70000}})), Fields{"port"});
}

TEST_P(CarriersTest, KeepTheirPasswordsAsKeys) {
  EXPECT_EQ(faults(make_server({{"realm", "r"}})), Fields{"username"});
  EXPECT_EQ(faults(make_server({{"password", "p"}})), Fields{"username"});
  EXPECT_EQ(faults(make_server({{"username", "u"}, {"password", "p"}})), Fields{"realm"});
  EXPECT_EQ(faults(make_server({{"username", "u"}, {"realm", "r"}})), Fields{"password"});
  const auto made = make_server({{"username", "u"}, {"realm", "r"}, {"password", "p"}});
  ASSERT_EQ(made.status, 201U) << made.text;
  const std::string id = made.string("id");
  EXPECT_FALSE(made.body.get_object().contains("password"));
  EXPECT_EQ(made.text.find(store::digest_ha1("u", "r", "p").md5.reveal()), std::string::npos);
  EXPECT_EQ(stored(id).ha1_md5.reveal(), store::digest_ha1("u", "r", "p").md5.reveal());
  EXPECT_EQ(change(id, {{"weight", 2}}).status, 200U);
  EXPECT_EQ(stored(id).ha1_sha256.reveal(), store::digest_ha1("u", "r", "p").sha256.reveal());
  EXPECT_EQ(faults(change(id, {{"realm", "other"}})), Fields{"password"});
  EXPECT_EQ(faults(change(id, {{"username", "v"}})), Fields{"password"});
  EXPECT_EQ(change(id, {{"username", "v"}, {"password", "q"}}).status, 200U);
  EXPECT_EQ(stored(id).ha1_md5.reveal(), store::digest_ha1("v", "r", "q").md5.reveal());
  EXPECT_EQ(change(id, {{"username", ""}, {"realm", ""}}).status, 200U);
  EXPECT_TRUE(stored(id).ha1_md5.is_empty());
  EXPECT_TRUE(stored(id).ha1_sha256.is_empty());
}

TEST_P(CarriersTest, HaveRoomForSoManyServers) {
  for (int i = 0; i < 32; ++i) ASSERT_EQ(make_server({}).status, 201U);
  EXPECT_EQ(faults(make_server({})), Fields{"carrier"});
  const auto last = get("/carrier-servers?sort=-id&perPage=1", brand_).items().at(0).at("id").as_string();
  EXPECT_EQ(change(last.c_str(), {{"weight", 3}}).status, 200U);
}

TEST_P(CarriersTest, CallFromNoMoreThanSomeNetworks) {
  const auto source = [&](const char* network) {
    return make("/carrier-sources", {{"carrier", carrier_}, {"network", network}});
  };
  for (const char* sound : {"192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"}) EXPECT_EQ(source(sound).status, 201U);
  for (const char* bad : {"0.0.0.0/0", "128.0.0.0/7", "::/0", "::/16", "::ffff:0:0/96", "2000::/3", "192.0.2.1/24", "x"})
    EXPECT_EQ(faults(source(bad)), Fields{"network"}) << bad;
}

TEST_P(CarriersTest, KnowUsByAContactThatNobodyElseHas) {
  const auto made = make_registration({{"domain", "SIP.Carrier.Example."}, {"host", "[2001:DB8::0:1]"}});
  ASSERT_EQ(made.status, 201U) << made.text;
  EXPECT_EQ(made.string("domain"), "sip.carrier.example");
  EXPECT_EQ(made.string("host"), "2001:db8::1");
  EXPECT_EQ(made.body.at("expires"), 3600);
  const std::string contact = made.string("contactUser");
  EXPECT_GE(contact.size(), 16U);
  EXPECT_NE(make_registration({}).string("contactUser"), contact);
  EXPECT_EQ(patch("/carrier-registrations/" + made.string("id"), brand_, R"({"expires":60})").string("contactUser"), contact);
  EXPECT_EQ(faults(make_registration({{"contactUser", contact}})), Fields{"contactUser"});
  EXPECT_EQ(faults(make_registration({{"contactUser", "a@b"}})), Fields{"contactUser"});
  EXPECT_EQ(faults(make_registration({{"contactUser", "a b"}})), Fields{"contactUser"});
  EXPECT_EQ(faults(make_registration({{"domain", "a b"}})), Fields{"domain"});
  EXPECT_EQ(faults(make_registration({{"host", "sip:a.example"}})), Fields{"host"});
  EXPECT_EQ(faults(make_registration({{"outboundProxy", "a.example;lr"}})), Fields{"outboundProxy"});
  for (const int bad : {59, 7201}) EXPECT_EQ(faults(make_registration({{"expires", bad}})), Fields{"expires"}) << bad;
}

TEST_P(CarriersTest, KeepThePasswordsOfRegistrationsAsKeys) {
  const auto stored_registration = [&](const std::string& id) {
    return store::find<model::CarrierRegistration>(*database_, {}, id).value();
  };
  EXPECT_EQ(faults(make_registration({{"password", "p"}})), Fields{"realm"});
  EXPECT_EQ(faults(make_registration({{"realm", "r"}})), Fields{"password"});
  const auto made = make_registration({{"username", "u"}, {"realm", "r"}, {"password", "p"}});
  ASSERT_EQ(made.status, 201U) << made.text;
  const std::string id = made.string("id");
  const store::Ha1 keys = store::digest_ha1("u", "r", "p");
  EXPECT_FALSE(made.body.get_object().contains("password"));
  EXPECT_EQ(made.text.find(keys.md5.reveal()), std::string::npos);
  EXPECT_EQ(stored_registration(id).ha1_md5.reveal(), keys.md5.reveal());
  EXPECT_EQ(stored_registration(id).ha1_sha256.reveal(), keys.sha256.reveal());
  const auto change = [&](const json::object& body) {
    return patch("/carrier-registrations/" + id, brand_, json::serialize(body));
  };
  EXPECT_EQ(change({{"expires", 600}}).status, 200U);
  EXPECT_EQ(faults(change({{"authUsername", "v"}})), Fields{"password"});
  EXPECT_EQ(faults(change({{"realm", "other"}})), Fields{"password"});
  EXPECT_EQ(change({{"authUsername", "v"}, {"password", "q"}}).status, 200U);
  EXPECT_EQ(stored_registration(id).ha1_md5.reveal(), store::digest_ha1("v", "r", "q").md5.reveal());
  EXPECT_EQ(change({{"username", "w"}}).status, 200U);  // The password is not that one's.
  EXPECT_EQ(change({{"realm", ""}}).status, 200U);
  EXPECT_TRUE(stored_registration(id).ha1_md5.is_empty());
}

TEST_P(CarriersTest, StayWhileRoutesLeadToThem) {
  const std::string server = make_server({}).string("id");
  const auto route = make("/outgoing-routes", {{"targetPattern", pattern("33")}, {"carrier", carrier_}});
  ASSERT_EQ(route.status, 201U) << route.text;
  const auto kept = remove("/carriers/" + carrier_, brand_);
  ASSERT_EQ(kept.status, 409U);
  EXPECT_EQ(kept.body.at("uses").as_array().at(0).at("id"), route.body.at("id"));
  EXPECT_EQ(remove("/target-patterns/" + pattern("33"), brand_).status, 409U);
  EXPECT_EQ(remove("/outgoing-routes/" + route.string("id"), brand_).status, 204U);
  EXPECT_EQ(remove("/carriers/" + carrier_, brand_).status, 204U);
  EXPECT_EQ(get("/carrier-servers/" + server, brand_).status, 404U);
  // What says that it is in a group goes with a pattern.
  EXPECT_EQ(remove("/target-patterns/" + pattern("33"), brand_).status, 204U);
}

}  // namespace
}  // namespace carillon::api
