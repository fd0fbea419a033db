// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a request's target is decoded exactly once, and what could mislead its user is refused.
#include "net/http_target.hpp"

#include <gtest/gtest.h>

namespace carillon::net {
namespace {

TEST(HttpTarget, TakesApartPathAndParameters) {
  struct Row {
    const char* target;
    const char* path;
    HttpFields query;
  };
  const Row rows[] = {
      {"/", "/", {}},
      {"/api/v1/calls?page=2&perPage=50", "/api/v1/calls", {{"page", "2"}, {"perPage", "50"}}},
      {"/a%20b/%C3%A9+c", "/a b/\xc3\xa9+c", {}},
      {"/x?filter[name]=a+b%2Bc&flag&&e=&=v", "/x", {{"filter[name]", "a b+c"}, {"flag", ""}, {"e", ""}, {"", "v"}}},
      {"/x?a=b=c?d", "/x", {{"a", "b=c?d"}}},
      {"/x?", "/x", {}},
      {"http://example.com/y?z=1", "/y", {{"z", "1"}}},
      {"http://example.com", "/", {}},
      {"/..a/b..", "/..a/b..", {}},
      {"/go?to=http://example.com/", "/go", {{"to", "http://example.com/"}}},
  };
  for (const Row& row : rows) {
    const auto target = parse_http_target(row.target);
    ASSERT_TRUE(target) << row.target;
    EXPECT_EQ(target->path, row.path);
    EXPECT_EQ(target->query, row.query) << row.target;
  }
}

TEST(HttpTarget, RefusesWhatMisleads) {
  const char* rows[] = {"",        "*",        "example.com:443", "x/y",     "/%",  "/%4",         "/%zz",
                        "/%+1",    "/a%00b",   "/a%0d%0ab",       "/a/../b", "/..", "/a/%2e%2E/b", "/a/..%2fb",
                        "/x?a=%0", "/x?%00=1", "/a%7fb"};
  for (const char* row : rows) EXPECT_FALSE(parse_http_target(row)) << row;
}

}  // namespace
}  // namespace carillon::net
