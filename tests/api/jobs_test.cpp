// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whoever asks for much gets it as a job: watched, stopped, tried again, and its file for nobody else.
#include <boost/json/array.hpp>

#include "api/job_steps.hpp"
#include "site.hpp"
#include "store/jobs.hpp"

namespace carillon::api {
namespace {

/// No job has its turn before.
constexpr Instant far_away{std::chrono::seconds(4'000'000'000)};

class JobsTest : public testing::Site {
 protected:
  /// The job once it is over, asked for a bounded number of times.
  testing::Reply over(const std::string& id, const std::string& token) {
    testing::Reply reply;
    for (int i = 0; i < 2000; ++i) {
      reply = get("/jobs/" + id, token);
      const std::string state = reply.string("state");
      if (state != "waiting" && state != "running") break;
    }
    return reply;
  }
  /// The body of an answer in chunks (RFC 9112 §7.1).
  static std::string unchunked(const testing::Reply& reply) {
    std::string body;
    std::size_t at = 0;
    while (at < reply.text.size()) {
      const std::size_t end = reply.text.find("\r\n", at);
      const std::size_t size = std::stoul(reply.text.substr(at, end - at), nullptr, 16);
      if (size == 0) return body;
      body += reply.text.substr(end + 2, size);
      at = end + 2 + size + 2;
    }
    ADD_FAILURE() << "The last chunk is missing";
    return body;
  }
  std::string file(const std::string& id, const std::string& token) {
    client_->is_json = false;
    const auto reply = get("/jobs/" + id + "/file", token);
    client_->is_json = true;
    EXPECT_EQ(reply.status, 200U) << reply.text;
    return unchunked(reply);
  }
  void make_users(int count) {
    std::string users = "name\n";
    for (int n = 0; n < count; ++n) users += fmt::format("Number {}\n", n);
    const auto made = post("/users/import", company_, users);
    ASSERT_EQ(made.status, 200U) << made.text;
    ASSERT_TRUE(made.body.at("errors").as_array().empty()) << made.text;
  }

  std::string company_ = token_of("democompany");
  std::string brand_ = token_of("demobrand");
};

CARILLON_ON_EACH_DATABASE(JobsTest);

TEST_P(JobsTest, AnExportIsAFileInManyParts) {
  make_users(1203);
  const auto total = get("/users", company_).body.at("total").as_int64();
  const auto begun = post("/users/export?format=csv", company_);
  ASSERT_EQ(begun.status, 202U) << begun.text;
  EXPECT_EQ(begun.headers.at("location"), "/api/v1/jobs/" + begun.string("id"));
  const auto job = over(begun.string("id"), company_);
  EXPECT_EQ(job.string("state"), "done") << job.text;
  EXPECT_EQ(job.body.at("rowsDone").as_int64(), total);
  EXPECT_EQ(job.body.at("rowsTotal").as_int64(), total);
  const std::string csv = file(begun.string("id"), company_);
  EXPECT_EQ(std::ranges::count(csv, '\n'), total + 1);
  EXPECT_EQ(std::ssize(csv), job.body.at("fileBytes").as_int64());

  const auto as_json = post("/users/export?format=json&filter[name]=Number%207", company_);
  ASSERT_EQ(over(as_json.string("id"), company_).string("state"), "done");
  const auto objects = boost::json::parse(file(as_json.string("id"), company_));
  ASSERT_EQ(objects.as_array().size(), 1U);
  EXPECT_EQ(objects.at(0).at("name").as_string(), "Number 7");
  EXPECT_EQ(get("/audit?filter[action]=export", company_).items().size(), 2U);
}

TEST_P(JobsTest, AnEmptyExportIsAnEmptyList) {
  const auto begun = post("/calls/export?format=json", company_);
  ASSERT_EQ(begun.status, 202U) << begun.text;
  ASSERT_EQ(over(begun.string("id"), company_).string("state"), "done");
  EXPECT_TRUE(boost::json::parse(file(begun.string("id"), company_)).as_array().empty());
}

TEST_P(JobsTest, TheFileIsForWhoAsked) {
  const auto begun = post("/users/export", company_);
  const std::string id = begun.string("id");
  ASSERT_EQ(over(id, company_).string("state"), "done");
  EXPECT_EQ(get("/jobs/" + id, brand_).status, 200U);
  EXPECT_EQ(get("/jobs/" + id + "/file", brand_).status, 403U);
  const std::string alice = token_of("alice@democompany.com");
  EXPECT_EQ(get("/jobs/" + id, alice).status, 404U);
  EXPECT_EQ(get("/jobs/" + id + "/file", alice).status, 404U);
  EXPECT_EQ(post("/jobs/" + id + "/retry", alice).status, 404U);
  EXPECT_EQ(remove("/jobs/" + id, alice).status, 404U);
  EXPECT_EQ(remove("/jobs/" + id, company_).status, 204U);
  EXPECT_EQ(get("/jobs/" + id + "/file", company_).status, 404U);
  for (int i = 0; i < 2000 && get("/jobs/" + id, company_).status == 200U; ++i) continue;
  EXPECT_EQ(get("/jobs/" + id, company_).status, 404U);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM job_parts"), 0);
}

TEST_P(JobsTest, AnImportIsMadeInPartsOrNotAtAll) {
  std::string users = "name,email\n";
  for (int n = 0; n < 180; ++n) users += fmt::format("Number {},u{}@company.example\n", n, n == 170 ? 3 : n);
  const auto before = get("/users", company_).body.at("total").as_int64();
  const auto refused = post("/users/import", company_, users);
  ASSERT_EQ(refused.status, 200U) << refused.text;
  ASSERT_EQ(refused.body.at("errors").as_array().size(), 1U) << refused.text;
  EXPECT_EQ(refused.body.at("errors").at(0).at("line").as_int64(), 172);
  EXPECT_EQ(get("/users", company_).body.at("total").as_int64(), before);
  const std::string job = refused.headers.at("carillon-job");
  EXPECT_EQ(get("/jobs/" + job, company_).string("state"), "failed");
  EXPECT_EQ(get("/jobs/" + job, company_).string("error"), "api.invalid");
  EXPECT_EQ(post("/jobs/" + job + "/retry", company_).status, 409U);  // It would be half of it.

  users.replace(users.find("Number 170,u3"), 13, "Number 170,u170");
  const auto begun = post("/users/import", company_, users, "Prefer: respond-async\r\n");
  ASSERT_EQ(begun.status, 202U) << begun.text;
  const auto done = over(begun.string("id"), company_);
  EXPECT_EQ(done.string("state"), "done") << done.text;
  const auto report = get("/jobs/" + begun.string("id") + "/file", company_);
  EXPECT_EQ(report.body.at("created").as_array().size(), 180U);
  EXPECT_EQ(get("/users", company_).body.at("total").as_int64(), before + 180);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM job_parts WHERE kind = 'sent' AND job = (SELECT max(id) FROM jobs)"), 0);
}

TEST_P(JobsTest, AJobIsStoppedAndTriedAgain) {
  std::string users = "name\n";
  for (int n = 0; n < 9000; ++n) users += "Somebody\n";
  const auto before = get("/users", company_).body.at("total").as_int64();
  const auto begun = post("/users/import", company_, users, "Prefer: respond-async\r\n");
  const std::string id = begun.string("id");
  EXPECT_EQ(remove("/jobs/" + id, company_).status, 409U);
  EXPECT_EQ(get("/jobs/" + id + "/file", company_).status, 409U);
  const auto stopped = post("/jobs/" + id + "/cancel", company_);
  ASSERT_EQ(stopped.status, 200U) << stopped.text;
  EXPECT_EQ(over(id, company_).string("state"), "cancelled");
  EXPECT_EQ(post("/jobs/" + id + "/cancel", company_).status, 409U);
  EXPECT_EQ(get("/users", company_).body.at("total").as_int64(), before);
  EXPECT_EQ(post("/jobs/" + id + "/retry", brand_).status, 404U);
  EXPECT_EQ(post("/jobs/" + id + "/retry", company_).status, 200U);
  EXPECT_EQ(post("/jobs/" + id + "/cancel", company_).status, 200U);
  EXPECT_EQ(over(id, company_).string("state"), "cancelled");
}

/// The platform does not have a megabyte of commas answered by fifty of faults.
TEST_P(JobsTest, AFileOfColumnsIsRefused) {
  std::string wide;
  for (int n = 0; n < 100'000; ++n) wide += "a,";
  const auto refused = post("/users/import", company_, wide);
  EXPECT_EQ(refused.status, 400U);
  EXPECT_LT(refused.text.size(), 1000U);
}

TEST_P(JobsTest, WhoMayReadAloneReadsNoPasswords) {
  const auto made = post("/terminals/import", company_, "name\nfresh\n");
  const std::string job = made.headers.at("carillon-job");
  EXPECT_TRUE(get("/jobs/" + job + "/file", company_).body.at("created").at(0).as_object().contains("password"));
  const auto token = post("/auth/tokens", company_, R"({"name":"looks on","scopes":["read"]})").string("token");
  const auto seen = get("/jobs/" + job + "/file", token);
  ASSERT_EQ(seen.status, 200U) << seen.text;
  EXPECT_FALSE(seen.body.at("created").at(0).as_object().contains("password"));
}

TEST_P(JobsTest, RefuseWhatIsWrongOrTooMuch) {
  EXPECT_EQ(post("/users/export?format=xlsx", company_).status, 400U);
  EXPECT_EQ(post("/users/export?sort=name", company_).status, 400U);
  EXPECT_EQ(post("/users/export?filter[nonsense]=1", company_).status, 400U);
  EXPECT_EQ(post("/brands/export", company_).status, 403U);
  EXPECT_EQ(get("/jobs/nonsense/file", company_).status, 404U);
  EXPECT_EQ(ask({.method = "PATCH", .path = "/api/v1/jobs/2", .token = company_, .body = "{}"}).status, 405U);
}

TEST_P(JobsTest, ATenantHasItsShareOfThem) {
  auto database = database_.open(store::Access::write);
  model::Job job;
  job.brand = login("democompany").brand;
  job.customer = login("democompany").customer;
  job.collection = "users";
  for (std::int64_t n = 0; n < store::jobs_under_way_max; ++n) {
    ASSERT_TRUE(store::insert_job(*database, sealer_, job, {}, far_away));
    job.id = {};
  }
  EXPECT_EQ(post("/users/export", company_).status, 503U);
  EXPECT_EQ(over(post("/users/export", brand_).string("id"), brand_).string("state"), "done");
  ASSERT_TRUE(database->execute("UPDATE jobs SET state = 'done', file_bytes = 100000000, ended_at = 1, expires_at = 1"));
  EXPECT_EQ(post("/users/export", company_).status, 413U);
  while (true) {
    const auto more = store::prune_jobs(*database, far_away);
    ASSERT_TRUE(more);
    if (!*more) break;
  }
  EXPECT_EQ(database_.integer("SELECT count(*) FROM jobs"), 0);
}

/// Whoever died at a step has lost that step: the next one begins where the last ended.
TEST_P(JobsTest, AStepHappensOnce) {
  const auto begun = post("/users/export", company_);
  ASSERT_EQ(over(begun.string("id"), company_).string("state"), "done");
  auto one = store::find<model::Job>(*database_, {}, begun.string("id"));
  ASSERT_TRUE(one);
  auto other = *one;
  EXPECT_TRUE(store::save_job(*database_, *one));
  const auto late = store::save_job(*database_, other);
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().is(store::Fault::stale));
}

/// Jobs go on when the test says so.
class JobStepsTest : public testing::Site {
 protected:
  JobStepsTest() : Site(false) {}

  std::string import(const std::string& body) {
    const auto begun = ask({.method = "POST",
                            .path = "/api/v1/users/import",
                            .token = company_,
                            .body = body,
                            .headers = "Prefer: respond-async\r\n"});
    EXPECT_EQ(begun.status, 202U) << begun.text;
    return begun.string("id");
  }
  model::Job job(const std::string& id) {
    auto found = store::find<model::Job>(*database_, {}, id);
    EXPECT_TRUE(found);
    return *found;
  }
  /// Steps until the job is at that point, or for long enough.
  void step_until(const std::string& id, auto is_there) {
    for (int i = 0; i < 100 && !is_there(job(id)); ++i) {
      auto stepped = job(id);
      const auto result = step_import(bench_, stepped, loop_.wall());
      ASSERT_TRUE(result) << result.error().what;
    }
  }
  std::int64_t users() { return get("/users", company_).body.at("total").as_int64(); }

  store::Connection connection_{database_.url(), database_.path(), store::Access::write};
  Workbench bench_{connection_, sealer_, store::HashCost::demo};
  std::string company_ = token_of("democompany");
};

CARILLON_ON_EACH_DATABASE(JobStepsTest);

/// What looked well may be wrong a moment later: then what was made before goes again.
TEST_P(JobStepsTest, WhatAnImportMadeIsTakenBack) {
  std::string file = "name,email\n";
  for (int n = 0; n < 180; ++n) file += fmt::format("Number {},u{}@company.example\n", n, n);
  const auto before = users();
  const std::string id = import(file);
  step_until(id, [](const model::Job& job) { return job.phase == model::JobPhase::writing; });
  EXPECT_EQ(users(), before);
  const auto early = ask({.method = "POST",
                          .path = "/api/v1/users",
                          .token = company_,
                          .body = R"({"name":"Early","email":"u179@company.example"})"});
  ASSERT_EQ(early.status, 201U) << early.text;
  step_until(id, [](const model::Job& job) { return job.phase == model::JobPhase::undoing; });
  EXPECT_EQ(users(), before + 1 + 150);
  step_until(id, [](const model::Job& job) { return job.phase == model::JobPhase::finishing; });
  EXPECT_EQ(users(), before + 1);
  EXPECT_EQ(job(id).error, "api.invalid");
  const auto report = import_report(*database_, sealer_, job(id));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->at("errors").at(0).at("line").as_int64(), 181);
  EXPECT_TRUE(report->at("created").as_array().empty());
}

/// Others may refer to what was made before it is taken back: that stays, and the report says so.
TEST_P(JobStepsTest, WhatIsInUseIsNotTakenBack) {
  const auto before = users();
  const std::string id = import("name\nOne\nTwo\n");
  step_until(id, [](const model::Job& job) { return job.phase == model::JobPhase::writing && job.position == 1; });
  const auto made = get("/users?filter[name]=Two", company_).items().at(0).at("id").as_string();
  const auto extension = ask({.method = "POST",
                              .path = "/api/v1/extensions",
                              .token = company_,
                              .body = fmt::format(R"({{"number":"355","target":"{}"}})", std::string_view(made))});
  ASSERT_EQ(extension.status, 201U) << extension.text;
  ASSERT_EQ(ask({.method = "POST", .path = "/api/v1/jobs/" + id + "/cancel", .token = company_}).status, 200U);
  step_until(id, [](const model::Job& job) { return job.phase == model::JobPhase::finishing; });
  EXPECT_EQ(users(), before + 1);
  const auto report = import_report(*database_, sealer_, job(id));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->at("errors").at(0).at("line").as_int64(), 3);
}

/// What restricts an administrator restricts its jobs too, also those that it began before.
TEST_P(JobStepsTest, RightsAreThoseOfNow) {
  const std::string id = import("name\nOne\n");
  auto mine = job(id);
  ASSERT_TRUE(step_import(bench_, mine, loop_.wall()));
  ASSERT_TRUE(database_->execute("UPDATE administrators SET may_manage_administrators = 0, may_see_calls = 0"));
  EXPECT_TRUE(caller_of(bench_, mine));
  mine.collection = "administrators";
  EXPECT_FALSE(caller_of(bench_, mine));
  mine.kind = model::JobKind::export_file;
  EXPECT_TRUE(caller_of(bench_, mine));
  mine.collection = "calls";
  EXPECT_FALSE(caller_of(bench_, mine));
  ASSERT_TRUE(database_->execute("UPDATE administrators SET may_write = 0"));
  EXPECT_FALSE(caller_of(bench_, job(id)));
}

/// Who may no longer log in has no more done in its name; what was made goes.
TEST_P(JobStepsTest, WhoMayNotLogInHasNothingDone) {
  const std::string id = import("name\nOne\n");
  step_until(id, [](const model::Job& job) { return job.phase == model::JobPhase::writing && job.position == 1; });
  ASSERT_TRUE(database_->execute("UPDATE administrators SET active = 0"));
  auto stopped = job(id);
  stopped.phase = model::JobPhase::undoing;
  ASSERT_TRUE(step_import(bench_, stopped, loop_.wall()));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM users WHERE name = 'One'"), 0);
  auto export_of = job(id);
  export_of.collection = "users";
  export_of.phase = model::JobPhase::none;
  const auto refused = step_export(bench_, export_of, loop_.wall());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(store::Fault::not_found));
}

}  // namespace
}  // namespace carillon::api
