// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whoever signed in may do what is theirs and no more: first passwords, second factors, browsers, programs, people who act
// for others, and people who forgot their password.
#include "site.hpp"
#include "store/credentials.hpp"
#include "store/outbox.hpp"
#include "store/totp.hpp"

namespace carillon::api {
namespace {

constexpr std::string_view fresh_password = "hammock river tin";

class SignInTest : public testing::Site {
 protected:
  static std::string field_of(const testing::Reply& reply) {
    if (!reply.body.is_object() || !reply.body.get_object().contains("errors")) return {};
    return reply.body.at("errors").at(0).at("field").as_string().c_str();
  }
  testing::Reply change_password(const std::string& token, std::string_view current, std::string_view fresh) {
    return post("/auth/password", token, fmt::format(R"({{"current":"{}","new":"{}"}})", current, fresh));
  }
  testing::Reply log_in_with(const std::string& name, const std::string& code) {
    return post("/auth/login", "", fmt::format(R"({{"username":"{}","password":"changeme","code":"{}"}})", name, code));
  }
  /// The secret as bytes, of base 32.
  static std::string key_of(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string key;
    unsigned bits = 0, count = 0;
    for (const char c : text) {
      bits = (bits << 5U | static_cast<unsigned>(letters.find(c))) & 0xfffU;
      count += 5;
      if (count < 8) continue;
      count -= 8;
      key += static_cast<char>(bits >> count);
    }
    return key;
  }
  /// A code that the platform has not seen: of the interval after the last one used.
  std::string code_of(const std::string& key, int ahead = 0) {
    return store::totp_code(key, store::totp_step(system_wall_time()) + ahead);
  }
  /// Switches a second factor on; its key.
  std::string set_up_second_factor(const std::string& token) {
    const auto begun = post("/auth/totp/begin", token, "");
    EXPECT_EQ(begun.status, 200U) << begun.text;
    EXPECT_TRUE(begun.string("uri").starts_with("otpauth://totp/"));
    const std::string key = key_of(begun.string("secret"));
    confirmed_ = post("/auth/totp/confirm", token, fmt::format(R"({{"code":"{}"}})", code_of(key, -1)));
    EXPECT_EQ(confirmed_.status, 200U) << confirmed_.text;
    return key;
  }
  std::string recovery_code(std::size_t n) { return confirmed_.body.at("recoveryCodes").at(n).as_string().c_str(); }

  testing::Reply confirmed_;
};

CARILLON_ON_EACH_DATABASE(SignInTest);

TEST_P(SignInTest, NamesUnknownAndWrongFields) {
  const std::string token = token_of("admin");
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"/auth/login", R"({"username":"admin","password":"x","rolle":"platform"})", "rolle"},
      {"/auth/login", R"({"username":"admin","password":"x","cookie":"yes"})", "cookie"},
      {"/auth/login", R"({"username":"admin","password":"x","brand":"!"})", "brand"},
      {"/auth/password", R"({"current":"x"})", "new"},
      {"/auth/password", R"({"current":"changeme","new":"short"})", "new"},
      {"/auth/password", R"({"current":"changeme","new":"changeme12345"})", "new"},
      {"/auth/emulate", R"({})", "brand"},
      {"/auth/emulate", R"({"brand":"1","user":"2"})", "brand"},
      {"/auth/tokens", R"({"name":"x"})", "scopes"},
      {"/auth/tokens", R"({"name":"x","scopes":["all"]})", "scopes"},
      {"/auth/tokens", R"({"name":"x","scopes":"read"})", "scopes"},
      {"/auth/tokens", R"({"name":"x","scopes":["read"],"sources":["example.com"]})", "sources"},
      {"/auth/tokens", R"({"name":"x","scopes":["read"],"expiresAt":"2001-01-01T00:00:00Z"})", "expiresAt"},
      {"/auth/tokens", R"({"scopes":["read"]})", "name"},
      {"/auth/reset/confirm", R"({"token":"cr_0","password":"hammock river tin"})", "token"},
  };
  for (const auto& [path, body, field] : rows) {
    const auto reply = post(path, token, body);
    EXPECT_EQ(reply.status, 400U) << path << body;
    EXPECT_EQ(field_of(reply), field) << path << body << reply.text;
  }
}

TEST_P(SignInTest, ChangesAPasswordAndEndsTheOtherSessions) {
  const std::string mine = token_of("alice@democompany.com"), other = token_of("alice@democompany.com");
  EXPECT_EQ(change_password(mine, "wrong", fresh_password).status, 401U);
  EXPECT_EQ(change_password(mine, "changeme", fresh_password).status, 204U);
  EXPECT_EQ(get("/auth/me", mine).status, 200U);
  EXPECT_EQ(get("/auth/me", other).status, 401U);
  EXPECT_EQ(log_in("alice@democompany.com", "changeme").status, 401U);
  EXPECT_EQ(log_in("alice@democompany.com", std::string(fresh_password)).status, 200U);
}

TEST_P(SignInTest, LetsAFirstPasswordChooseAnotherAndNothingElse) {
  ASSERT_TRUE(database_->execute("UPDATE administrators SET must_change = 1"));
  const auto login = log_in("admin", "changeme");
  EXPECT_EQ(login.string("limit"), "password");
  const std::string token = login.string("token");
  const auto description = get("/openapi.json", "");
  for (const auto& [path, operations] : description.body.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      const bool is_free = operation.as_object().contains("security") || path == "/auth/password";
      if (is_free) continue;
      std::string real = "/api/v1" + std::string(path);
      if (real.contains("{id}")) real.replace(real.find("{id}"), 4, "1");
      std::string verb(method);
      for (char& c : verb) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      const auto refused = ask({.method = verb, .path = real, .token = token});
      EXPECT_EQ(refused.status, 403U) << verb << real;
      EXPECT_EQ(refused.string("code"), "api.password_change_wanted") << real;
    }
  }
  EXPECT_EQ(change_password(token, "changeme", "changeme").status, 400U);
  EXPECT_EQ(change_password(token, "changeme", fresh_password).status, 204U);
  EXPECT_EQ(get("/calls", token).status, 200U);
}

TEST_P(SignInTest, AsksForTheSecondFactorBehindTheRightPassword) {
  const std::string key = set_up_second_factor(token_of("demobrand"));
  const auto wanted = log_in("demobrand", "changeme");
  EXPECT_EQ(wanted.status, 401U);
  EXPECT_EQ(wanted.string("code"), "api.code_wanted");
  EXPECT_EQ(log_in("demobrand", "wrong").string("code"), "api.wrong_login");
  EXPECT_EQ(log_in_with("demobrand", "000000").string("code"), "api.wrong_login");
  const std::string code = code_of(key, 1);
  const auto in = log_in_with("demobrand", code);
  EXPECT_EQ(in.status, 200U) << in.text;
  EXPECT_EQ(log_in_with("demobrand", code).status, 401U);
  EXPECT_EQ(log_in_with("demobrand", recovery_code(0)).status, 200U);
  EXPECT_EQ(log_in_with("demobrand", recovery_code(0)).status, 401U);
  const auto me = get("/auth/me", in.string("token"));
  EXPECT_TRUE(me.body.at("secondFactor").as_bool());
  EXPECT_EQ(me.body.at("recoveryCodes").as_int64(), 9);
  const auto proof = [&](const char* password, const std::string& said) {
    return post("/auth/totp/remove", in.string("token"), fmt::format(R"({{"password":"{}","code":"{}"}})", password, said))
        .status;
  };
  EXPECT_EQ(proof("wrong", recovery_code(1)), 401U);
  EXPECT_EQ(proof("changeme", "no-such-code"), 401U);
  EXPECT_EQ(proof("changeme", recovery_code(1)), 204U);
  EXPECT_EQ(log_in("demobrand", "changeme").status, 200U);
}

TEST_P(SignInTest, StandsInTheAuditLog) {
  const std::string brand = token_of("demobrand");
  for (int n = 0; n < 3; ++n) EXPECT_EQ(log_in("democompany", "wrong").status, 401U);
  for (int n = 0; n < 3; ++n) EXPECT_EQ(log_in("nobody", "wrong").status, 401U);
  const std::string company = token_of("democompany");
  const std::string customer = get("/customers", company).items().at(0).at("id").as_string().c_str();
  const auto acting = post("/auth/emulate", brand, R"({"customer":")" + customer + "\"}");
  ASSERT_EQ(acting.status, 200U) << acting.text;
  EXPECT_EQ(post("/auth/logout", company, "").status, 204U);
  const auto entries = [&](const std::string& action) {
    const auto listed = get("/audit?filter[action]=" + action, brand);
    EXPECT_EQ(listed.status, 200U) << listed.text;
    return listed.items();
  };
  const Monotonic deadline = loop_.now() + 10s;  // They are noted at a time of their own.
  while (entries("login_failed").empty() && loop_.now() < deadline) {
  }
  ASSERT_EQ(entries("login_failed").size(), 1U);  // One a minute, and of nobody none.
  EXPECT_EQ(entries("login_failed").at(0).at("title").as_string(), "democompany");
  EXPECT_EQ(entries("login").size(), 2U);
  EXPECT_EQ(entries("login").at(0).at("login").as_string(), "democompany");
  EXPECT_EQ(entries("logout").size(), 1U);
  EXPECT_EQ(post("/auth/tokens", brand, R"({"name":"t","scopes":["read"]})").status, 201U);
  EXPECT_EQ(entries("token_made").size(), 1U);
  EXPECT_EQ(post("/auth/password", brand, R"({"current":"changeme","new":"quiet-river-stone"})").status, 204U);
  EXPECT_EQ(entries("password_changed").size(), 1U);
  ASSERT_EQ(entries("emulate").size(), 1U);
  EXPECT_EQ(entries("emulate").at(0).at("login").as_string(), "demobrand");
  EXPECT_FALSE(entries("emulate").at(0).at("emulated").as_string().empty());
}

TEST_P(SignInTest, SlowsDownWhoeverGuessesCodes) {
  set_up_second_factor(token_of("demobrand"));
  for (int n = 0; n < LoginGuard::free_tries; ++n) EXPECT_EQ(log_in_with("demobrand", "00000" + std::to_string(n)).status, 401U);
  EXPECT_EQ(log_in_with("demobrand", recovery_code(0)).status, 429U);
}

TEST_P(SignInTest, KeepsTheSecondFactorSealed) {
  const auto begun = post("/auth/totp/begin", token_of("demobrand"), "");
  auto statement = database_->prepare("SELECT count(*) FROM second_factors WHERE secret LIKE ?");
  (*statement)->bind(1, "%" + begun.string("secret") + "%");
  ASSERT_TRUE((*statement)->step().value());
  EXPECT_EQ((*statement)->integer(0), 0);
}

TEST_P(SignInTest, KnowsBrowsersByTheirCookieAndOtherSitesByTheirOrigin) {
  const std::string body = R"({"username":"demobrand","password":"changeme","cookie":true})";
  for (const char* header : {"Origin: https://evil.example\r\n", "Origin: https://localhost:8444\r\n", "Origin: null\r\n",
                             "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"}) {
    EXPECT_EQ(post("/auth/login", "", body, header).string("code"), "api.cross_site") << header;
  }
  const auto in = post("/auth/login", "", body, "Origin: https://localhost\r\nSec-Fetch-Site: same-origin\r\n");
  ASSERT_EQ(in.status, 200U) << in.text;
  EXPECT_FALSE(in.body.as_object().contains("token"));
  const std::string set = in.headers.at("set-cookie");
  EXPECT_TRUE(set.starts_with("__Host-carillon=ct_"));
  for (const char* word : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"}) EXPECT_TRUE(set.contains(word)) << set;
  const std::string pair = set.substr(0, set.find(';'));
  const std::string cookie = "Cookie: a=b; " + pair + "; c=d\r\n";
  const auto me = ask({.path = "/api/v1/auth/me", .headers = cookie});
  EXPECT_EQ(me.string("username"), "demobrand");
  EXPECT_EQ(me.string("csrf"), in.string("csrf"));
  EXPECT_EQ(get("/auth/me", pair.substr(pair.find('=') + 1)).status, 401U) << "it is no bearer's";
  const std::string csrf = "X-Carillon-Csrf: " + in.string("csrf") + "\r\n";
  for (const std::string& headers :
       {std::string(), std::string("X-Carillon-Csrf: x\r\n"), csrf + "Origin: https://evil.example\r\n",
        csrf + "Sec-Fetch-Site: same-site\r\n", csrf + "Origin: https://localhost:1443\r\n"}) {
    EXPECT_EQ(post("/auth/logout", "", "", cookie + headers).string("code"), "api.cross_site") << headers;
  }
  const auto out = post("/auth/logout", "", "", cookie + csrf + "Origin: https://localhost\r\n");
  EXPECT_EQ(out.status, 204U);
  EXPECT_TRUE(out.headers.at("set-cookie").contains("Max-Age=0"));
  EXPECT_EQ(ask({.path = "/api/v1/auth/me", .headers = cookie}).status, 401U);
}

TEST_P(SignInTest, ListsAndEndsOnesOwnSessions) {
  const std::string mine = token_of("alice@democompany.com"), other = token_of("alice@democompany.com");
  const auto list = get("/auth/sessions", mine);
  ASSERT_EQ(list.items().size(), 2U);
  EXPECT_EQ(list.items()[0].at("source").as_string(), "127.0.0.1");
  const auto others = std::ranges::find_if(list.items(), [](const auto& item) { return !item.at("isThis").as_bool(); });
  const std::string path = "/auth/sessions/" + std::string(others->at("id").as_string());
  EXPECT_EQ(remove(path, token_of("bob@democompany.com")).status, 404U);
  EXPECT_EQ(remove(path, mine).status, 204U);
  EXPECT_EQ(get("/auth/me", other).status, 401U);
  EXPECT_EQ(post("/auth/logout", mine, "").status, 204U);
  EXPECT_EQ(get("/auth/me", mine).status, 401U);
}

TEST_P(SignInTest, GivesTokensThatMayLess) {
  const std::string session = token_of("democompany");
  const auto made = post("/auth/tokens", session, R"({"name":"exports","scopes":["calls"],"sources":["127.0.0.0/8"]})");
  ASSERT_EQ(made.status, 201U) << made.text;
  const std::string token = made.string("token");
  EXPECT_TRUE(token.starts_with("cat_"));
  EXPECT_EQ(token.size(), 68U);
  EXPECT_EQ(get("/calls", token).status, 200U);
  EXPECT_EQ(get("/live/calls", token).status, 403U);
  EXPECT_EQ(get("/auth/me", token).status, 403U);
  EXPECT_EQ(post("/auth/tokens", token, R"({"name":"x","scopes":["read"]})").status, 403U);
  EXPECT_EQ(change_password(token, "changeme", fresh_password).status, 403U);
  const auto elsewhere = post("/auth/tokens", session, R"({"name":"x","scopes":["calls"],"sources":["203.0.113.0/24"]})");
  EXPECT_EQ(get("/calls", elsewhere.string("token")).status, 401U);
  const auto reading = post("/auth/tokens", session, R"({"name":"x","scopes":["read","live"]})").string("token");
  EXPECT_EQ(get("/auth/me", reading).string("username"), "democompany");
  EXPECT_EQ(get("/live/calls", reading).status, 200U);
  EXPECT_EQ(get("/calls", reading).status, 403U);
  const auto list = get("/auth/tokens", session);
  EXPECT_EQ(list.items().size(), 3U);
  EXPECT_FALSE(list.text.contains(token));
  EXPECT_FALSE(list.items()[0].at("usedAt").is_null());
  const std::string path = "/auth/tokens/" + made.string("id");
  EXPECT_EQ(remove(path, token_of("demobrand")).status, 404U);
  EXPECT_EQ(remove(path, session).status, 204U);
  EXPECT_EQ(get("/calls", token).status, 401U);
}

TEST_P(SignInTest, ActsForOthersAndSaysSo) {
  const store::Login alice = login("alice@democompany.com");
  const std::string as_customer = fmt::format(R"({{"customer":"{}"}})", to_base32(alice.customer.value));
  const std::string as_user = fmt::format(R"({{"user":"{}"}})", to_base32(alice.id));
  const auto acting = post("/auth/emulate", token_of("demobrand"), as_customer);
  ASSERT_EQ(acting.status, 200U) << acting.text;
  EXPECT_EQ(acting.string("role"), "customer");
  const std::string token = acting.string("token");
  const auto me = get("/auth/me", token);
  EXPECT_EQ(me.string("username"), "DemoCompany");
  EXPECT_EQ(me.string("actor"), "demobrand");
  EXPECT_EQ(me.string("role"), "customer");
  EXPECT_EQ(me.string("customer"), to_base32(alice.customer.value));
  EXPECT_EQ(ask({.path = "/api/v1/calls", .token = token, .headers = "X-Carillon-Brand: 1\r\n"}).status, 403U);
  // Nothing secret is shown or set in somebody else's name.
  const auto terminal = post("/terminals", token, R"({"name":"lobby"})");
  EXPECT_EQ(terminal.status, 201U) << terminal.text;
  EXPECT_EQ(terminal.string("password"), "");
  const auto patch = [&](const std::string& path, const std::string& body) {
    return ask({.method = "PATCH", .path = "/api/v1" + path, .token = token, .body = body});
  };
  EXPECT_EQ(field_of(patch("/terminals/" + terminal.string("id"), R"({"password":"quiet-river-stone"})")), "password");
  EXPECT_EQ(field_of(patch("/users/" + to_base32(alice.id), R"({"email":"me@else.example"})")), "email");
  const auto webhook = post("/webhooks", token, R"({"url":"https://hooks.example/","events":"*"})");
  EXPECT_EQ(webhook.status, 201U) << webhook.text;
  EXPECT_FALSE(webhook.text.contains("whsec_"));
  EXPECT_EQ(post("/webhooks/" + webhook.string("id") + "/rotate-secret", token, "").status, 403U);
  for (const char* path : {"/auth/sessions", "/auth/tokens"}) EXPECT_EQ(get(path, token).status, 403U) << path;
  EXPECT_EQ(change_password(token, "changeme", fresh_password).status, 403U);
  EXPECT_EQ(post("/auth/totp/begin", token, "").status, 403U);
  EXPECT_EQ(post("/auth/tokens", token, R"({"name":"x","scopes":["read"]})").status, 403U);
  EXPECT_EQ(post("/auth/emulate", token, as_user).status, 403U);
  EXPECT_EQ(post("/auth/emulate", token_of("democompany"), as_customer).status, 404U);
  EXPECT_EQ(post("/auth/emulate", token_of("bob@democompany.com"), as_user).status, 404U);
  const auto as_alice = post("/auth/emulate", token_of("admin"), as_user);
  live_.calls_answer = std::vector<control::LiveCall>();
  EXPECT_EQ(get("/live/calls", as_alice.string("token")).status, 200U);
  EXPECT_EQ(live_.asked.user.value, alice.id);
  ASSERT_TRUE(database_->execute("UPDATE administrators SET active = 0 WHERE login = 'demobrand'"));
  EXPECT_EQ(get("/auth/me", token).status, 401U);
}

TEST_P(SignInTest, LetsRestrictedAdministratorsDoLess) {
  ASSERT_TRUE(database_->execute("UPDATE administrators SET may_see_calls = 0, may_write = 0 WHERE login = 'admin'"));
  const std::string token = token_of("admin");
  live_.calls_answer = std::vector<control::LiveCall>();
  for (const char* path : {"/calls",
                           "/calls/"
                           "00000000000000000000000000000000",
                           "/live/calls", "/webhook-deliveries"})
    EXPECT_EQ(get(path, token).status, 403U) << path;
  EXPECT_EQ(get("/live/bans", token).status, 200U);
  EXPECT_EQ(remove("/live/bans/203.0.113.66", token).status, 403U);
  EXPECT_EQ(live_.lifted, "");
  const std::string program = post("/auth/tokens", token, R"({"name":"x","scopes":["calls","write"]})").string("token");
  EXPECT_EQ(get("/calls", program).status, 403U);
  EXPECT_EQ(remove("/live/bans/203.0.113.66", program).status, 403U);
  const std::string as_brand = fmt::format(R"({{"brand":"{}"}})", to_base32(login("demobrand").brand.value));
  EXPECT_EQ(get("/calls", post("/auth/emulate", token, as_brand).string("token")).status, 403U);
  EXPECT_EQ(change_password(token, "changeme", fresh_password).status, 204U);
  EXPECT_EQ(get("/calls", token_of("demobrand")).status, 200U);
}

TEST_P(SignInTest, SendsALinkToWhoeverForgot) {
  const auto known = post("/auth/reset", "", R"({"username":"alice@democompany.com"})");
  const auto unknown = post("/auth/reset", "", R"({"username":"nobody@democompany.com"})");
  EXPECT_EQ(known.status, 202U);
  EXPECT_EQ(known.text, unknown.text);
  const std::string session = token_of("alice@democompany.com");
  const auto mail = store::take_mail(*database_, sealer_, system_wall_time());
  ASSERT_TRUE(mail && *mail);
  EXPECT_EQ((*mail)->to, "alice@democompany.com");
  EXPECT_FALSE(store::take_mail(*database_, sealer_, system_wall_time())->has_value());
  const std::size_t at = (*mail)->text.find("cr_");
  ASSERT_NE(at, std::string::npos);
  const std::string token = (*mail)->text.substr(at, 67);
  const auto confirm = [&](std::string_view password) {
    return post("/auth/reset/confirm", "", fmt::format(R"({{"token":"{}","password":"{}"}})", token, password));
  };
  EXPECT_EQ(field_of(confirm("short")), "password");
  EXPECT_EQ(confirm(fresh_password).status, 204U);
  EXPECT_EQ(field_of(confirm("another long one 7")), "token");
  EXPECT_EQ(get("/auth/me", session).status, 401U);
  EXPECT_EQ(log_in("alice@democompany.com", std::string(fresh_password)).status, 200U);
}

TEST_P(SignInTest, SlowsDownWhoeverHasManyLinksSent) {
  for (int n = 0; n < LoginGuard::free_tries; ++n) EXPECT_EQ(post("/auth/reset", "", R"({"username":"nobody"})").status, 202U);
  EXPECT_EQ(post("/auth/reset", "", R"({"username":"nobody"})").status, 429U);
}

/// Rules as `serve` has them.
class StrictSite : public SignInTest {
 protected:
  StrictSite() {
    const auto address = strict_server_.listen(*net::Address::parse("127.0.0.1", 0));
    client_.emplace(loop_, network_, *address);
  }
  Service strict_{loop_, live_, {.database_url = database_.url(), .data_dir = database_.path(), .sealer = sealer_}};
  net::HttpServer strict_server_{network_, strict_};
};
CARILLON_ON_EACH_DATABASE(StrictSite);

TEST_P(StrictSite, WantsASecondFactorOfThePlatformAndBrands) {
  for (const char* name : {"democompany", "alice@democompany.com"})
    EXPECT_EQ(get("/auth/me", token_of(name)).string("limit"), "");
  const auto in = log_in("admin", "changeme");
  EXPECT_EQ(in.string("limit"), "secondFactor");
  const std::string token = in.string("token");
  for (const char* path : {"/calls", "/live/calls", "/auth/tokens", "/auth/sessions"}) {
    EXPECT_EQ(get(path, token).string("code"), "api.second_factor_wanted") << path;
  }
  set_up_second_factor(token);
  EXPECT_EQ(get("/calls", token).status, 200U);
  const auto again = log_in_with("admin", recovery_code(0));
  EXPECT_EQ(again.string("limit"), "");
}

TEST_P(StrictSite, RenewsHashesOfAnotherCost) {
  const std::string before = login("democompany").password_hash.reveal();
  EXPECT_TRUE(store::is_of_other_cost(Secret(before), store::HashCost::standard));
  EXPECT_EQ(log_in("democompany", "wrong").status, 401U);
  EXPECT_EQ(login("democompany").password_hash.reveal(), before);
  EXPECT_EQ(log_in("democompany", "changeme").status, 200U);
  const Secret after = login("democompany").password_hash;
  EXPECT_FALSE(store::is_of_other_cost(after, store::HashCost::standard));
  EXPECT_EQ(log_in("democompany", "changeme").status, 200U);
}

}  // namespace
}  // namespace carillon::api
