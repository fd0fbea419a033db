// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a host tells what its portal looks like and whose people log in there, and nothing of any other; pictures go in through
// the needle's eye and come out for everybody; what the platform says counts where nobody else says anything.
#include <png.h>

#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

std::string sample_png() {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = 16;
  image.format = PNG_FORMAT_RGB;
  const std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image), 0x40);
  std::string bytes(4096, '\0');
  png_alloc_size_t size = bytes.size();
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  bytes.resize(size);
  return bytes;
}

class PortalsTest : public testing::Site {
 protected:
  testing::Reply portal_at(const std::string& host) { return ask({.path = "/api/v1/portal", .host = host}); }
  testing::Reply log_in_at(const std::string& host, const std::string& name, const std::string& password) {
    const std::string body = R"({"username":")" + name + R"(","password":")" + password + "\"}";
    return ask({.method = "POST", .path = "/api/v1/auth/login", .body = body, .host = host});
  }
  testing::Reply put_logo(const std::string& of, const std::string& token, const std::string& bytes,
                          const std::string& type = "image/png") {
    return send("PUT", of + "/logo", token, bytes, "Content-Type: " + type + "\r\n");
  }
  /// A brand whose administrator is called like that of the demo's.
  void make_other_brand() {
    const auto made = send("POST", "/brands", platform_, R"({"name":"Other","currency":"EUR"})");
    ASSERT_EQ(made.status, 201U) << made.text;
    other_brand_id_ = made.string("id");
    for (const char* name : {"demobrand", "other"}) {
      const std::string body =
          R"({"login":")" + std::string(name) + R"(","password":"quiet-river-stone","brand":")" + other_brand_id_ + "\"}";
      ASSERT_EQ(send("POST", "/administrators", platform_, body).status, 201U);
    }
    other_ = log_in("other", "quiet-river-stone").string("token");
  }
  std::string make_portal(const std::string& token, const std::string& host, const std::string& more = {}) {
    const auto made =
        send("POST", "/portals", token, R"({"url":"https://)" + host + R"(","title":"Of )" + host + "\"" + more + "}");
    EXPECT_EQ(made.status, 201U) << made.text;
    return made.string("id");
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");
  std::string company_ = token_of("democompany");
  std::string other_brand_id_, other_;
};

CARILLON_ON_EACH_DATABASE(PortalsTest);

TEST_P(PortalsTest, AreToldByTheHostAlone) {
  make_portal(brand_, "one.example", R"(,"themeColor":"#1a2b3c","language":"es","level":"user")");
  const auto shown = portal_at("One.Example:8443");
  ASSERT_EQ(shown.status, 200U) << shown.text;
  EXPECT_EQ(shown.string("title"), "Of one.example");
  EXPECT_EQ(shown.string("themeColor"), "#1a2b3c");
  EXPECT_EQ(shown.string("language"), "es");
  EXPECT_EQ(shown.string("level"), "user");
  EXPECT_EQ(shown.string("logo"), "");
  const std::string brand = get("/brands", brand_).items().at(0).at("id").as_string().c_str();
  EXPECT_FALSE(shown.text.contains(brand) || shown.text.contains("DemoBrand"));
  const auto unknown = portal_at("two.example");
  EXPECT_EQ(unknown.string("title"), "Carillon");
  for (const char* host : {"localhost", "127.0.0.1", "xone.example", "one.example.two.example", "%", "' OR 1=1 --"}) {
    const auto other = portal_at(host);
    EXPECT_TRUE(other.status == 400 || other.text == unknown.text) << host << other.text;
  }
}

TEST_P(PortalsTest, BelongToOneHostOnThePlatform) {
  make_other_brand();
  make_portal(brand_, "one.example");
  for (const char* url : {"https://one.example", "https://ONE.example/", "https://one.example:8443"}) {
    for (const std::string& token : {brand_, other_, platform_}) {
      const auto twin = send("POST", "/portals", token, R"({"level":"brand","title":"x","url":")" + std::string(url) + "\"}");
      EXPECT_TRUE(twin.status == 400 || twin.status == 409) << twin.text;
    }
  }
  const std::string two = make_portal(other_, "two.example");
  EXPECT_EQ(send("PATCH", "/portals/" + two, other_, R"({"url":"https://three.example"})").string("host"), "three.example");
  EXPECT_EQ(portal_at("two.example").string("title"), "Carillon");
  EXPECT_EQ(portal_at("three.example").string("title"), "Of two.example");
  EXPECT_EQ(send("PATCH", "/portals/" + two, other_, R"({"host":"four.example"})").status, 400U);
  EXPECT_TRUE(send("PATCH", "/portals/" + two, other_, R"({"url":"https://one.example"})").status >= 400);
  EXPECT_EQ(send("PATCH", "/portals/" + two, brand_, R"({"title":"Mine"})").status, 404U);
}

TEST_P(PortalsTest, AreWhatTheyShouldBe) {
  for (const char* body :
       {R"({"title":"x"})", R"({"title":"x","url":"http://a.example"})", R"({"title":"x","url":"https://192.0.2.1"})",
        R"({"title":"","url":"https://a.example"})", R"({"title":"x","url":"https://a.example","themeColor":"red"})",
        R"({"title":"x","url":"https://a.example","themeColor":"#12;}<>"})",
        R"({"title":"x","url":"https://a.example","level":"platform"})",
        R"({"title":"x","url":"https://a.example","language":"klingon"})",
        R"({"title":"x","url":"https://a.example","logo":"x"})"}) {
    const auto made = send("POST", "/portals", brand_, body);
    EXPECT_EQ(made.status, 400U) << body << made.text;
    EXPECT_EQ(made.string("code"), "api.invalid") << body;
  }
  EXPECT_EQ(send("POST", "/portals", company_, R"({"title":"x","url":"https://a.example"})").status, 403U);
  const std::string customer = get("/customers", brand_).items().at(0).at("id").as_string().c_str();
  make_portal(brand_, "a.example", R"(,"level":"user","customer":")" + customer + "\"");
  EXPECT_EQ(get("/portals", company_).items().size(), 1U);
}

TEST_P(PortalsTest, SayTheBrandOfWhoLogsIn) {
  make_other_brand();
  // Two have the name: without a portal it is nobody's.
  EXPECT_EQ(log_in("demobrand", "changeme").status, 401U);
  make_portal(brand_, "one.example");
  make_portal(other_, "two.example");
  EXPECT_EQ(log_in_at("one.example", "demobrand", "changeme").status, 200U);
  EXPECT_EQ(log_in_at("one.example:8443", "demobrand", "quiet-river-stone").status, 401U);
  EXPECT_EQ(log_in_at("two.example", "demobrand", "quiet-river-stone").status, 200U);
  EXPECT_EQ(log_in_at("two.example", "demobrand", "changeme").status, 401U);
  // A brand that takes a host keeps nobody of others out.
  EXPECT_EQ(log_in_at("one.example", "other", "quiet-river-stone").status, 200U);
  EXPECT_EQ(log_in_at("one.example", "admin", "changeme").status, 200U);
  // Who says a brand means it.
  const std::string body = R"({"username":"other","password":"quiet-river-stone","brand":")" + other_brand_id_ + "\"}";
  EXPECT_EQ(ask({.method = "POST", .path = "/api/v1/auth/login", .body = body, .host = "one.example"}).status, 200U);
}

TEST_P(PortalsTest, CannotTakeThePlatformsOwnHost) {
  make_portal(brand_, "pbx.example");  // The platform's own, as its configuration says.
  Service service(loop_, live_,
                  {.database_url = database_.url(),
                   .data_dir = database_.path(),
                   .cost = store::HashCost::demo,
                   .sealer = sealer_,
                   .rules = {.require_second_factor = false},
                   .portal_url = "https://pbx.example/"});
  net::HttpServer server(network_, service);
  const auto address = server.listen(*net::Address::parse("127.0.0.1", 0));
  ASSERT_TRUE(address);
  client_.emplace(loop_, network_, *address);
  EXPECT_EQ(portal_at("pbx.example").string("title"), "Carillon");
  client_.emplace(loop_, network_, address_);
  EXPECT_EQ(portal_at("pbx.example").string("title"), "Of pbx.example");
}

TEST_P(PortalsTest, ShowTheirPicture) {
  const std::string id = make_portal(brand_, "one.example"), one = "/portals/" + id;
  EXPECT_EQ(ask({.path = "/api/v1" + one + "/logo"}).status, 404U);
  const std::string png = sample_png();
  ASSERT_EQ(put_logo(one, brand_, png + "<?php ?>").status, 204U);
  const auto shown = ask({.path = "/api/v1" + one + "/logo"});
  ASSERT_EQ(shown.status, 200U);
  EXPECT_EQ(shown.headers.at("content-type"), "image/png");
  EXPECT_EQ(shown.headers.at("x-content-type-options"), "nosniff");
  EXPECT_TRUE(shown.text.starts_with("\x89PNG") && !shown.text.contains("php"));
  const std::string tag = shown.headers.at("etag");
  const auto known = ask({.path = "/api/v1" + one + "/logo", .headers = "If-None-Match: " + tag + "\r\n"});
  EXPECT_EQ(known.status, 304U);
  EXPECT_TRUE(known.text.empty());
  EXPECT_EQ(portal_at("one.example").string("logo"), "/api/v1" + one + "/logo");
  EXPECT_EQ('"' + get(one, brand_).string("logo") + '"', tag);
  // It outlives a change of the rest, and is in the audit log.
  ASSERT_EQ(send("PUT", one, brand_, R"({"url":"https://one.example","title":"Anew"})").status, 200U);
  EXPECT_EQ(ask({.path = "/api/v1" + one + "/logo"}).status, 200U);
  EXPECT_TRUE(get("/audit?filter[object]=" + id, brand_).text.contains("\"logo\""));
  EXPECT_EQ(send("DELETE", one + "/logo", brand_).status, 204U);
  EXPECT_EQ(ask({.path = "/api/v1" + one + "/logo"}).status, 404U);
  // The brand's is shown where a portal has none.
  const std::string brand = "/brands/" + std::string(get("/brands", brand_).items().at(0).at("id").as_string().c_str());
  ASSERT_EQ(put_logo(brand, brand_, png).status, 204U);
  EXPECT_EQ(ask({.path = "/api/v1" + brand + "/logo"}).status, 200U);
  EXPECT_EQ(ask({.path = "/api/v1" + one + "/logo"}).status, 200U);
  EXPECT_EQ(portal_at("one.example").string("logo"), "/api/v1" + one + "/logo");
  EXPECT_EQ(ask({.path = "/api/v1/portals/" + brand.substr(8) + "/logo"}).status, 404U);
  // It goes with its portal.
  ASSERT_EQ(put_logo(one, brand_, png).status, 204U);
  EXPECT_EQ(send("DELETE", one, brand_).status, 204U);
  EXPECT_EQ(ask({.path = "/api/v1" + one + "/logo"}).status, 404U);
}

TEST_P(PortalsTest, TakePicturesFromWhoMayAlone) {
  make_other_brand();
  const std::string one = "/portals/" + make_portal(brand_, "one.example");
  const std::string brand = "/brands/" + std::string(get("/brands", brand_).items().at(0).at("id").as_string().c_str());
  for (const std::string& of : {one, brand}) {
    EXPECT_EQ(put_logo(of, "", sample_png()).status, 401U);
    EXPECT_EQ(put_logo(of, company_, sample_png()).status, 403U);
    EXPECT_EQ(put_logo(of, other_, sample_png()).status, 404U);
    EXPECT_EQ(put_logo(of, other_, "nonsense").status, 404U);
    EXPECT_EQ(put_logo(of, other_, "nonsense", "text/html").status, 404U);
    EXPECT_EQ(send("DELETE", of + "/logo", other_).status, 404U);
    EXPECT_EQ(put_logo(of, platform_, sample_png()).status, 204U);
  }
  for (const char* type : {"image/svg+xml", "image/gif", "text/html", "application/octet-stream", "image/png; x=y", ""})
    EXPECT_EQ(put_logo(one, brand_, sample_png(), type).string("code"), "api.bad_picture") << type;
  for (const char* bytes : {"", "GIF89a", "<svg/>", "\x89PNG\r\n"})
    EXPECT_EQ(put_logo(one, brand_, bytes).string("code"), "api.bad_picture") << bytes;
}

TEST_P(PortalsTest, SettingsCountWhereNobodyElseSaysAnything) {
  make_other_brand();
  const auto first = get("/settings", platform_);
  ASSERT_EQ(first.status, 200U) << first.text;
  EXPECT_EQ(first.string("language"), "en");
  for (const std::string& token : {brand_, company_}) {
    EXPECT_EQ(get("/settings", token).status, 403U);
    EXPECT_EQ(send("PATCH", "/settings", token, R"({"language":"es"})").status, 403U);
  }
  const auto said = send("PATCH", "/settings", platform_,
                         R"({"language":"es","timeZone":"Europe/Madrid","portalTitle":"Centralita","themeColor":"#ff0000"})",
                         "If-Match: " + first.headers.at("etag") + "\r\n");
  ASSERT_EQ(said.status, 200U) << said.text;
  EXPECT_EQ(get("/settings", platform_).text, said.text);
  EXPECT_EQ(send("PATCH", "/settings", platform_, "{}", "If-Match: " + first.headers.at("etag") + "\r\n").status, 412U);
  for (const char* wrong : {R"({"language":""})", R"({"timeZone":"Nowhere"})", R"({"themeColor":"red"})", R"({"portalTitle":""})",
                            R"({"id":"0000000000002"})", R"({"x":1})"})
    EXPECT_EQ(send("PATCH", "/settings", platform_, wrong).status, 400U) << wrong;
  const auto shown = portal_at("unknown.example");
  EXPECT_EQ(shown.string("title"), "Centralita");
  EXPECT_EQ(shown.string("themeColor"), "#ff0000");
  const auto effective = get("/brands/" + other_brand_id_ + "/effective", other_);
  ASSERT_EQ(effective.status, 200U) << effective.text;
  EXPECT_EQ(effective.body.at("language").at("value").as_string(), "es");
  EXPECT_EQ(effective.body.at("language").at("from").as_string(), "platform");
  EXPECT_FALSE(effective.body.at("language").as_object().contains("id"));
  EXPECT_EQ(effective.body.at("timeZone").at("value").as_string(), "Europe/Madrid");
  const auto customer = send("POST", "/customers", other_, R"({"name":"Shop","country":"ES","countryCode":"34"})");
  ASSERT_EQ(customer.status, 201U) << customer.text;
  const auto below = get("/customers/" + customer.string("id") + "/effective", other_);
  EXPECT_EQ(below.body.at("timeZone").at("from").as_string(), "platform");
  EXPECT_TRUE(get("/audit?filter[entity]=settings", platform_).text.contains("Centralita"));
  EXPECT_TRUE(get("/audit?filter[entity]=settings", brand_).items().empty());
}

}  // namespace
}  // namespace carillon::api
