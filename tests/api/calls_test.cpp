// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: everybody sees the calls of their own scope and no others, page by page, and wrong questions are named.
#include <set>

#include "model/call.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

class CallsTest : public testing::Site {
 protected:
  CallsTest() : company_(login("democompany")), alice_(login("alice@democompany.com").id), now_(system_wall_time()) {}

  /// Stores a call and returns its id as shown.
  std::string add(std::int64_t brand, std::int64_t customer, Duration age, const std::function<void(model::Call&)>& change = {}) {
    model::Call call;
    call.id = {5, ++last_};
    call.brand = {brand};
    call.customer = {customer};
    call.started_at = now_ - age;
    call.ended_at = call.started_at + 10s;
    call.caller = "101";
    call.callee = "102";
    call.sip_code = 200;
    call.duration = 1234ms;
    call.attempts = {"[]"};
    if (change) change(call);
    auto inserter = store::Inserter::prepare(*database_, model::resource_of<model::Call>);
    EXPECT_TRUE(inserter && inserter->insert(call));
    return to_hex(call.id);
  }
  std::string add_own(Duration age, const std::function<void(model::Call&)>& change = {}) {
    return add(company_.brand.value, company_.customer.value, age, change);
  }

  std::vector<std::string> ids(const testing::Reply& reply) {
    EXPECT_EQ(reply.status, 200U) << reply.text;
    std::vector<std::string> all;
    if (reply.status != 200) return all;
    for (const auto& item : reply.items()) all.emplace_back(item.at("id").as_string().c_str());
    return all;
  }

  store::Login company_;
  std::int64_t alice_;
  Instant now_;
  std::uint64_t last_ = 0;
};

Task<> take_newest(Service& service, std::int64_t limit, net::AsioLoop& loop, Result<std::vector<control::EndedCall>>& out) {
  out = co_await service.newest_records(limit);
  loop.stop();
}

CARILLON_ON_EACH_DATABASE(CallsTest);

TEST_P(CallsTest, NewestRecordsAreEverybodysAndNewestFirst) {
  add(88, 77, 3min);
  const std::string older = add_own(2min, [](model::Call& call) { call.status = model::CallStatus::busy; });
  const std::string newer = add(88, 77, 1min);
  Result<std::vector<control::EndedCall>> found;
  Scope scope(loop_, [](const Broken&) {});
  scope.spawn(take_newest(service_, 2, loop_, found));
  loop_.run();
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(to_hex((*found)[0].id), newer);
  EXPECT_EQ(to_hex((*found)[1].id), older);
  EXPECT_EQ((*found)[1].status, model::CallStatus::busy);
  EXPECT_EQ((*found)[1].duration, 1234ms);
  EXPECT_EQ((*found)[1].caller, "101");
}

TEST_P(CallsTest, EachRoleSeesItsOwn) {
  const std::string of_alice = add_own(5min, [&](model::Call& call) { call.caller_user = {alice_}; });
  const std::string to_alice = add_own(4min, [&](model::Call& call) { call.callee_user = {alice_}; });
  const std::string of_company = add_own(3min);
  const std::string of_brand = add(company_.brand.value, 77, 2min);
  const std::string of_others = add(88, 77, 1min, [&](model::Call& call) { call.caller_user = {alice_}; });
  const std::pair<const char*, std::vector<std::string>> rows[] = {
      {"admin", {of_others, of_brand, of_company, to_alice, of_alice}},
      {"demobrand", {of_brand, of_company, to_alice, of_alice}},
      {"democompany", {of_company, to_alice, of_alice}},
      {"alice@democompany.com", {to_alice, of_alice}},
  };
  const std::string all[] = {of_alice, to_alice, of_company, of_brand, of_others};
  for (const auto& [name, seen] : rows) {
    const std::string token = token_of(name);
    EXPECT_EQ(ids(get("/calls", token)), seen) << name;
    for (const std::string& id : all) {
      const bool is_seen = std::ranges::find(seen, id) != seen.end();
      EXPECT_EQ(get("/calls/" + id, token).status, is_seen ? 200U : 404U) << name;
    }
  }
  const std::string bob = token_of("bob@democompany.com");
  EXPECT_TRUE(ids(get("/calls", bob)).empty());
}

TEST_P(CallsTest, NoFilterWidensAScope) {
  add(88, 77, 1min, [&](model::Call& call) { call.caller_user = {alice_}; });
  for (const char* name : {"demobrand", "democompany", "alice@democompany.com"}) {
    const std::string token = token_of(name);
    for (const std::string& filter : {"filter[customer]=" + to_base32(77), "filter[brand]=" + to_base32(88),
                                      "filter[callerUser]=" + to_base32(alice_), std::string("filter[caller]=101")}) {
      EXPECT_TRUE(ids(get("/calls?" + filter, token)).empty()) << name << ' ' << filter;
    }
  }
}

TEST_P(CallsTest, ShowsACallAsTheContractSays) {
  const std::string id = add_own(1min, [&](model::Call& call) {
    call.call_id = "abc@phone";
    call.answered_at = call.started_at + 2s;
    call.caller = GetParam() == store::DatabaseKind::sqlite ? "\xff\"101" : "?\"101";  // A server takes UTF-8 alone.
  });
  const auto reply = get("/calls/" + id, token_of("admin"));
  ASSERT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.string("callId"), "abc@phone");
  EXPECT_EQ(reply.string("status"), "ok");
  EXPECT_EQ(reply.string("direction"), "internal");
  EXPECT_EQ(reply.string("caller"), "?\"101");
  EXPECT_TRUE(reply.text.contains("\"durationSeconds\":1.234"));
  EXPECT_TRUE(reply.body.at("linkedCall").is_null());
  EXPECT_TRUE(reply.body.at("attempts").is_array());
  EXPECT_FALSE(reply.body.get_object().contains("decisions"));
  EXPECT_EQ(reply.headers.at("cache-control"), "no-store");
  EXPECT_EQ(reply.headers.at("x-content-type-options"), "nosniff");
}

TEST_P(CallsTest, PagesByCursor) {
  std::vector<std::string> expected;
  for (int n = 0; n < 8; ++n) expected.push_back(add_own(n / 2 * 1min));
  const std::string token = token_of("democompany");
  for (const char* sort : {"startedAt", "-startedAt"}) {
    std::set<std::string> seen;
    std::string after;
    for (int page = 0; page < 3; ++page) {
      const auto reply = get(fmt::format("/calls?perPage=3&sort={}{}", sort, after), token);
      for (const std::string& id : ids(reply)) EXPECT_TRUE(seen.insert(id).second);
      EXPECT_EQ(reply.body.at("next").is_null(), page == 2);
      after = "&after=" + reply.string("next");
    }
    EXPECT_EQ(seen.size(), expected.size());
  }
}

TEST_P(CallsTest, FiltersAndCounts) {
  const std::string busy = add_own(1h, [](model::Call& call) { call.status = model::CallStatus::busy; });
  const std::string young = add_own(2h);
  const std::string old = add_own(std::chrono::days(40));
  const std::string token = token_of("democompany");
  EXPECT_EQ(ids(get("/calls", token)), (std::vector{busy, young}));
  EXPECT_EQ(ids(get("/calls?filter[status]=busy", token)), std::vector{busy});
  const std::string from = to_rfc3339(now_ - std::chrono::days(41));
  const std::string to = to_rfc3339(now_ - std::chrono::days(39));
  EXPECT_EQ(ids(get("/calls?filter[startedAt][from]=" + from, token)).size(), 3U);
  EXPECT_EQ(ids(get("/calls?filter[startedAt][from]=" + from + "&filter[startedAt][to]=" + to, token)), std::vector{old});
  EXPECT_EQ(get("/calls?total=true&perPage=1", token).body.at("total").as_int64(), 2);
}

TEST_P(CallsTest, NamesEachWrongParameter) {
  const std::string token = token_of("admin");
  const std::pair<const char*, const char*> rows[] = {
      {"perPage=0", "perPage"},
      {"perPage=501", "perPage"},
      {"perPage=1x", "perPage"},
      {"sort=caller", "sort"},
      {"sort=-", "sort"},
      {"filter[decisions]=x", "filter[decisions]"},
      {"filter[startedAt]=x", "filter[startedAt]"},
      {"filter[", "filter["},
      {"filter[]=1", "filter[]"},
      {"filter[status]=maybe", "filter[status]"},
      {"filter[startedAt][from]=yesterday", "filter[startedAt][from]"},
      {"total=1", "total"},
      {"total=true", "total"},
      {"colour=blue", "colour"},
  };
  for (const auto& [query, field] : rows) {
    const auto reply = get(std::string("/calls?") + query, token);
    ASSERT_EQ(reply.status, 400U) << query;
    EXPECT_EQ(reply.body.at("errors").at(0).at("field").as_string(), field) << query;
  }
  for (const char* query : {"filter[customer]=%27", "after=x", "after=x~1", "filter[sipCode]=x"}) {
    EXPECT_EQ(get(std::string("/calls?") + query, token).status, 400U) << query;
  }
  EXPECT_EQ(get("/calls/x", token).status, 404U);
}

TEST_P(CallsTest, ActingForSomebodyNarrows) {
  add_own(1min);
  add(88, 77, 1min);
  const std::string admin = token_of("admin");
  const auto ask_as = [&](const std::string& token, const std::string& header) {
    return ask({.path = "/api/v1/calls", .token = token, .headers = header + "\r\n"});
  };
  EXPECT_EQ(ids(ask_as(admin, "X-Carillon-Brand: " + to_base32(88))).size(), 1U);
  EXPECT_EQ(ids(ask_as(admin, "X-Carillon-Customer: " + to_base32(77))).size(), 1U);
  EXPECT_EQ(ask_as(admin, "X-Carillon-Brand: !").status, 404U);
  const std::string brand = token_of("demobrand");
  EXPECT_TRUE(ids(ask_as(brand, "X-Carillon-Customer: " + to_base32(77))).empty());
  EXPECT_EQ(ask_as(brand, "X-Carillon-Brand: " + to_base32(88)).status, 403U);
  EXPECT_EQ(ask_as(token_of("democompany"), "X-Carillon-Customer: " + to_base32(77)).status, 403U);
}

}  // namespace
}  // namespace carillon::api
