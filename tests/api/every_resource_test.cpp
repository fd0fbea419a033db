// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whatever is declared can be made, found, changed, exported, imported and deleted by whoever may, is in the audit log, and
// is nobody else's business. Goes over all resources: a new one is tried without a line here.
#include <set>

#include <boost/json/serialize.hpp>

#include "api/resource_routes.hpp"
#include "model/resources.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;
using model::FieldInfo;
using model::Form;
using model::Kind;

/// A text of that shape, another for each n.
std::string sample_text(const FieldInfo& field, int n) {
  switch (field.form) {
    case Form::any:
    case Form::lines:
    case Form::name:
      return fmt::format("sample{}", n);
    case Form::digits:
      return std::to_string(field.max > 0 && field.max < 4 ? 34 + n : 7000 + n);
    case Form::dialled:
      return fmt::format("*{}", n);
    case Form::email:
      return fmt::format("sample{}@sample.example", n);
    case Form::domain:
      return fmt::format("sample{}.example", n);
    case Form::country:
    case Form::countries:
      return n % 2 == 0 ? "ES" : "PT";
    case Form::language:
      return n % 2 == 0 ? "es" : "en";
    case Form::currency:
      return n % 2 == 0 ? "EUR" : "USD";
    case Form::time_zone:
      return n % 2 == 0 ? "Europe/Madrid" : "Europe/Kyiv";
    case Form::network:
      return fmt::format("10.{}.0.0/16", n % 250);
    case Form::numbers:
      return n % 2 == 0 ? "112" : "061 112";
    case Form::e164:
      return fmt::format("+3494100{:04}", n);
  }
  return {};
}

class EveryResourceTest : public testing::Site {
 protected:
  /// Who makes objects of a resource, and who must never hear of them.
  struct People {
    std::string maker, stranger;
  };
  People people_for(const model::Resource& resource) {
    if (resource.access.write == model::Role::platform) return {platform_, company_};
    if (resource.access.write == model::Role::brand) return {brand_, other_brand_};
    return {company_, other_company_};
  }

  testing::Reply send(std::string_view method, const std::string& path, const std::string& token, const json::object& body) {
    return ask({.method = std::string(method), .path = "/api/v1" + path, .token = token, .body = json::serialize(body)});
  }

  /// What a new object must say, and nothing more.
  json::object sample(const model::Resource& resource, const std::string& token, int n) {
    json::object body;
    for (const FieldInfo& field : resource.fields) {
      const bool is_said = field.required && !field.read_only && field.tenant == model::Tenant::none;
      if (is_said && field.kind == Kind::text) body[json_name(field)] = texts_of(resource, field, n);
      const bool is_pbx = field.name == "terminal";  // What has a terminal, and must, says something of a PBX.
      if (is_said && field.kind == Kind::id) body[json_name(field)] = is_pbx ? any_pbx() : any_of(field, token);
    }
    if (resource.table == "outgoing_routes")
      for (const char* name : {"targetPattern", "carrier"}) body[name] = any_of(*resource.find_json(name), token);
    if (resource.table == "number_blocks") body["brand"] = any_of(*resource.find_json("brand"), token);
    const bool is_login = resource.table == "carrier_credentials";
    if (resource.table == "plan_assignments" || is_login) body["customer"] = any_of(*resource.find_json("customer"), token);
    if (is_login) body["password"] = "quiet-river-stone";
    if (resource.find("password") != nullptr && resource.find("password_hash") != nullptr && resource.find("login") != nullptr)
      body["password"] = "quiet-river-stone";
    return body;
  }
  /// What rules ask for beyond the form.
  static std::string texts_of(const model::Resource& resource, const FieldInfo& field, int n) {
    if (field.name == "url") return fmt::format("https://sample{}.example/", n);
    if (resource.table == "webhooks" && field.name == "events") return "call.ended";
    if (resource.table == "target_patterns" && field.name == "pattern") return fmt::format("+99900{}", n);
    if (resource.table == "terminal_sources" && field.name == "address") return fmt::format("203.0.113.{}", n);
    if (resource.table == "routing_tags" && field.name == "tag") return fmt::format("{}#", n);
    if (resource.table == "number_blocks") return fmt::format("+99900{}", n);
    if (resource.table == "prices" && field.name == "prefix") return fmt::format("+99900{}", n);
    if (resource.table == "match_entries" && field.name == "value") return fmt::format("+3467667667{}", n);
    return sample_text(field, n);
  }
  std::string any_of(const FieldInfo& field, const std::string& token) {
    const std::string collection = field.references == "targets" ? "users" : collection_of(field.references);
    // Each continent has its first country already: the last continent has not.
    const bool is_last = field.name == "target_group";
    const auto listed = get("/" + collection + "?perPage=1" + (is_last ? "&sort=-id" : ""), token);
    const bool is_own = field.references != "match_lists";  // A company sees its brand's lists first, and cannot add to them.
    if (is_own && !listed.items().empty()) return std::string(listed.items().at(0).at("id").as_string());
    const auto made =
        send("POST", "/" + collection, token, sample(*model::find_resource(field.references), token, 7 + others_++));
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  }

  int others_ = 0;  ///< That were made for what refers to them.

  std::string any_pbx() {
    const auto listed = get("/terminals?filter[kind]=pbx", company_);
    if (!listed.items().empty()) return std::string(listed.items().at(0).at("id").as_string());
    const auto made = send("POST", "/terminals", company_, {{"name", "branch"}, {"kind", "pbx"}});
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  }

  std::string make_login(const std::string& collection, json::object body, const std::string& name) {
    body["login"] = name;
    body["password"] = "quiet-river-stone";
    EXPECT_EQ(send("POST", collection, platform_, body).status, 201U);
    return log_in(name, "quiet-river-stone").string("token");
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
  std::string other_brand_id_ = send("POST", "/brands", platform_,
                                     {{"name", "Other"}, {"language", "en"}, {"timeZone", "Europe/Madrid"}, {"currency", "EUR"}})
                                    .string("id");
  std::string other_brand_ = make_login("/administrators", {{"brand", other_brand_id_}}, "other");
  std::string other_customer_id_ = send("POST", "/customers", other_brand_,
                                        {{"name", "Elsewhere"},
                                         {"country", "ES"},
                                         {"countryCode", "34"},
                                         {"timeZone", "Europe/Madrid"},
                                         {"currency", "EUR"},
                                         {"language", "es"}})
                                       .string("id");
  std::string other_company_ = make_login("/administrators", {{"customer", other_customer_id_}}, "elsewhere");
};

CARILLON_ON_EACH_DATABASE(EveryResourceTest);

TEST_P(EveryResourceTest, LivesItsWholeLife) {
  for (const model::Resource* resource : model::resources()) {
    if (!resource->access.is_made()) continue;
    SCOPED_TRACE(resource->table);
    const auto [maker, stranger] = people_for(*resource);
    const std::string all = '/' + collection_of(resource->table);
    const json::object said = sample(*resource, maker, 0);
    const auto made = send("POST", all, maker, said);
    ASSERT_EQ(made.status, 201U) << made.text;
    const std::string one = all + '/' + made.string("id");
    for (const auto& [name, value] : said)
      if (name != "password") EXPECT_EQ(made.body.at(name), value) << name;
    EXPECT_EQ(get(all + "?filter[id]=" + made.string("id"), maker).items().size(), 1U);
    EXPECT_EQ(send("POST", all, maker, {{"nonsense", 1}}).status, 400U);
    for (const FieldInfo& field : resource->fields) {
      if (!field.title || field.unique == model::Unique::no) continue;
      const auto twin = send("POST", all, maker, said);
      EXPECT_TRUE(twin.status == 400 || twin.status == 409) << twin.text;
    }

    // Nobody else can tell it from what there is not.
    for (const char* method : {"GET", "PATCH", "DELETE"}) {
      const auto foreign =
          ask({.method = method, .path = "/api/v1" + one, .token = stranger, .body = method[0] == 'P' ? "{}" : ""});
      EXPECT_TRUE(foreign.status == 404 || foreign.status == 403) << foreign.text;
    }

    // Its texts, changed one by one.
    for (const FieldInfo& field : resource->fields) {
      const bool is_free = field.kind == Kind::text && field.required && !field.read_only && !field.fixed;
      if (!is_free || (resource->find("ha1_md5") != nullptr && field.name == "name")) continue;
      if (resource->table == "carrier_credentials") continue;  // The keys of its password are over both.
      const std::string value = texts_of(*resource, field, 1);
      const auto changed = send("PATCH", one, maker, {{json_name(field), value}});
      ASSERT_EQ(changed.status, 200U) << changed.text;
      EXPECT_EQ(changed.string(json_name(field)), value);
    }
    const auto audit = get("/audit?filter[object]=" + made.string("id"), platform_);
    EXPECT_GE(audit.items().size(), 1U) << audit.text;
    const auto gone = ask({.method = "DELETE", .path = "/api/v1" + one, .token = maker});
    ASSERT_EQ(gone.status, 204U) << gone.text;
    EXPECT_EQ(get(one, maker).status, 404U);
  }
}

TEST_P(EveryResourceTest, GoesIntoAFileAndComesBack) {
  for (const model::Resource* resource : model::resources()) {
    const auto [maker, stranger] = people_for(*resource);
    SCOPED_TRACE(resource->table);
    const std::string all = '/' + collection_of(resource->table);
    const auto file = ask({.path = "/api/v1" + all, .token = maker, .headers = "Accept: text/csv\r\n"});
    ASSERT_EQ(file.status, 200U) << file.text;
    EXPECT_TRUE(file.headers.at("content-type").starts_with("text/csv"));
    if (!resource->access.is_made()) continue;
    std::string columns, cells;
    for (const auto& [name, value] : sample(*resource, maker, 2)) {
      columns += (columns.empty() ? "" : ",") + std::string(name);
      cells += (cells.empty() ? "" : ",") + std::string(value.as_string());
    }
    const std::string text = fmt::format("{}\r\n{}\r\n", columns, cells);
    const auto dry = ask({.method = "POST", .path = "/api/v1" + all + "/import?dryRun=true", .token = maker, .body = text});
    ASSERT_EQ(dry.status, 200U) << dry.text;
    EXPECT_TRUE(dry.body.at("errors").as_array().empty()) << dry.text;
    const auto done = ask({.method = "POST", .path = "/api/v1" + all + "/import", .token = maker, .body = text});
    ASSERT_EQ(done.status, 200U) << done.text;
    EXPECT_EQ(done.body.at("created").as_array().size(), 1U) << done.text;
  }
}

}  // namespace
}  // namespace carillon::api
