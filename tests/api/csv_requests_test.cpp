// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a file makes all of its objects or none, each faulty line is named, and what was exported can be imported.
#include <set>

#include "site.hpp"

namespace carillon::api {
namespace {

class CsvRequestsTest : public testing::Site {
 protected:
  testing::Reply import(const std::string& path, const std::string& body, const std::string& token) {
    return ask(
        {.method = "POST", .path = "/api/v1" + path, .token = token, .body = body, .headers = "Content-Type: text/csv\r\n"});
  }
  testing::Reply file(const std::string& path, const std::string& token) {
    return ask({.path = "/api/v1" + path, .token = token, .headers = "Accept: text/csv\r\n"});
  }
  std::int64_t total(const std::string& path) { return get(path, company_).body.at("total").as_int64(); }

  std::string company_ = token_of("democompany");
};

CARILLON_ON_EACH_DATABASE(CsvRequestsTest);

TEST_P(CsvRequestsTest, AThousandUsersWithTenFaultsMakeNone) {
  std::string users = "name,lastName,email\n";
  std::set<std::int64_t> faulty;
  for (int n = 0; n < 1000; ++n) {
    const bool is_wrong = n % 100 == 50;
    if (is_wrong) faulty.insert(n + 2);
    users += fmt::format("User,Number {},{}\n", n, is_wrong ? "no address" : fmt::format("u{}@company.example", n));
  }
  const std::int64_t before = total("/users");
  const auto refused = import("/users/import", users, company_);
  ASSERT_EQ(refused.status, 200U) << refused.text;
  EXPECT_EQ(refused.body.at("lines").as_int64(), 1000);
  std::set<std::int64_t> named;
  for (const auto& error : refused.body.at("errors").as_array()) {
    named.insert(error.at("line").as_int64());
    EXPECT_EQ(error.at("errors").at(0).at("field").as_string(), "email");
  }
  EXPECT_EQ(named, faulty);
  EXPECT_TRUE(refused.body.at("created").as_array().empty());
  EXPECT_EQ(total("/users"), before);
  EXPECT_EQ(get("/audit?filter[entity]=users", company_).items().size(), 0U);

  for (std::size_t at = users.find("no address"); at != std::string::npos; at = users.find("no address"))
    users.replace(at, 10, "");
  const auto dry = import("/users/import?dryRun=true", users, company_);
  EXPECT_TRUE(dry.body.at("errors").as_array().empty()) << dry.text;
  EXPECT_EQ(total("/users"), before);
  const auto done = import("/users/import", users, company_);
  ASSERT_EQ(done.status, 200U) << done.text;
  EXPECT_EQ(done.body.at("created").as_array().size(), 1000U);
  EXPECT_EQ(total("/users"), before + 1000);
}

TEST_P(CsvRequestsTest, ColumnsHaveOtherNamesAndReferencesTheOnesPeopleUse) {
  ASSERT_EQ(import("/terminals/import", "name\nfront\nback\n", company_).status, 200U);
  const auto users = import(
      "/users/import?map[Who]=name&map[Phone]=terminal&map[Notes]=", "Who;Phone;Notes\nFred;front;x\n\"Bea\";back;y\n", company_);
  ASSERT_EQ(users.status, 200U) << users.text;
  ASSERT_EQ(users.body.at("created").as_array().size(), 2U) << users.text;
  const auto extensions = import("/extensions/import", "number,target\n301,Fred\n302,Bea\n", company_);
  EXPECT_EQ(extensions.body.at("created").as_array().size(), 2U) << extensions.text;
  const auto unknown = import("/users/import", "name,Phone,name\nx,y,z\n", company_);
  EXPECT_EQ(unknown.status, 400U);
  EXPECT_EQ(unknown.body.at("errors").as_array().size(), 2U) << unknown.text;
  const auto nobody = import("/extensions/import", "number,target\n303,Nobody\n", company_);
  EXPECT_EQ(nobody.body.at("errors").at(0).at("errors").at(0).at("field").as_string(), "target") << nobody.text;
}

TEST_P(CsvRequestsTest, MadePasswordsAreShownThisOnce) {
  const auto made = import("/terminals/import", "name,password\nown,quiet-river-stone\nmade,\n", company_);
  ASSERT_EQ(made.status, 200U) << made.text;
  EXPECT_FALSE(made.body.at("created").at(0).as_object().contains("password"));
  EXPECT_GE(made.body.at("created").at(1).at("password").as_string().size(), 20U);
}

TEST_P(CsvRequestsTest, WhatIsExportedComputesNothingAndComesBack) {
  for (const char* name : {"=1+1", "+34600", "@SUM(A1)", "-2", "O'Brien \\\"x\\\"", "a;b, c"}) {
    const auto made = ask({.method = "POST",
                           .path = "/api/v1/networks",
                           .token = company_,
                           .body = fmt::format(R"({{"network":"10.{}.0.0/16","description":"{}"}})", name[0] % 100, name)});
    ASSERT_EQ(made.status, 201U) << made.text;
  }
  const auto exported = file("/networks?sort=network", company_);
  ASSERT_EQ(exported.status, 200U) << exported.text;
  EXPECT_EQ(exported.headers.at("content-type"), "text/csv; charset=utf-8");
  EXPECT_TRUE(exported.text.contains("'=1+1")) << exported.text;
  const auto before = get("/networks?sort=network", company_);
  for (const auto& item : before.items()) {
    ASSERT_EQ(
        ask({.method = "DELETE", .path = "/api/v1/networks/" + std::string(item.at("id").as_string()), .token = company_}).status,
        204U);
  }
  const auto back = import("/networks/import?map[id]=&map[brand]=&map[customer]=", exported.text, company_);
  ASSERT_EQ(back.status, 200U) << back.text;
  EXPECT_TRUE(back.body.at("errors").as_array().empty()) << back.text;
  const auto after = get("/networks?sort=network", company_);
  ASSERT_EQ(after.items().size(), before.items().size());
  for (std::size_t i = 0; i < after.items().size(); ++i)
    EXPECT_EQ(after.items()[i].at("description"), before.items()[i].at("description"));
}

TEST_P(CsvRequestsTest, RefuseWhatIsNoFileOrNotAllowed) {
  EXPECT_EQ(import("/users/import", "", company_).status, 400U);
  EXPECT_EQ(import("/users/import", "name\n\"x\n", company_).status, 400U);
  EXPECT_EQ(import("/users/import?nonsense=1", "name\nx\n", company_).status, 400U);
  EXPECT_EQ(import("/users/import", "name\nx\n", token_of("alice@democompany.com")).status, 403U);
  std::string many = "name\n";
  for (int n = 0; n < 10001; ++n) many += "x\n";
  EXPECT_EQ(import("/users/import", many, company_).status, 413U);
  const auto wide = import("/users/import", "name\nx,y\n", company_);
  EXPECT_EQ(wide.body.at("errors").as_array().size(), 1U) << wide.text;
  const auto foreign = import("/users/import", "name,brand\nx,2\n", company_);
  ASSERT_EQ(foreign.status, 200U) << foreign.text;
  EXPECT_EQ(foreign.body.at("errors").at(0).at("line").as_int64(), 2);
}

}  // namespace
}  // namespace carillon::api
