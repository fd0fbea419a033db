// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses of portals are https and a name, whatever is tried beside.
#include "model/portal.hpp"

#include <gtest/gtest.h>

namespace carillon::model {
namespace {

TEST(Portal, HasAHostForAnAddress) {
  EXPECT_EQ(portal_host("https://pbx.example.com"), "pbx.example.com");
  EXPECT_EQ(portal_host("https://PBX.example.com/"), "pbx.example.com");
  EXPECT_EQ(portal_host("https://pbx.example.com:8443"), "pbx.example.com");
  for (const char* wrong : {"",
                            "pbx.example.com",
                            "http://pbx.example.com",
                            "HTTPS://pbx.example.com",
                            "https://",
                            "https:///",
                            "https://localhost",
                            "https://192.0.2.1",
                            "https://[2001:db8::1]",
                            "https://1.2.3.0x4.5",
                            "https://a.example/path",
                            "https://a.example?x",
                            "https://a.example#x",
                            "https://user@a.example",
                            "https://a.example:",
                            "https://a.example:123456",
                            "https://a.example:8a",
                            "https://a..example",
                            "https://-a.example",
                            "https://a.example//",
                            "https://a.example\r\nx",
                            "https://a b.example",
                            "javascript:alert(1)",
                            "https://\xc3\xa4.example"})
    EXPECT_FALSE(portal_host(wrong)) << wrong;
}

TEST(Portal, IsFoundByTheHostOfARequest) {
  EXPECT_EQ(host_of_header("pbx.example.com"), "pbx.example.com");
  EXPECT_EQ(host_of_header("PBX.Example.com:8443"), "pbx.example.com");
  EXPECT_EQ(host_of_header("pbx.example.com."), "pbx.example.com");
  for (const char* none : {"", ":8443", "192.0.2.1", "192.0.2.1:8443", "[2001:db8::1]:8443", "a/b", "' OR 1=1", "a..b"})
    EXPECT_EQ(host_of_header(none), "") << none;
}

TEST(Portal, HasAColour) {
  for (const char* right : {"#000000", "#a1B2c3"}) EXPECT_TRUE(is_color(right)) << right;
  for (const char* wrong : {"", "#", "red", "#12345", "#1234567", "1234567", "#12345g", "#12;45}", "#\"><b>"})
    EXPECT_FALSE(is_color(wrong)) << wrong;
}

TEST(Portal, IsOfOneLevelOfItsOwn) {
  const auto faults = [](Id<Brand> brand, Id<Customer> customer, Role level) {
    Portal portal;
    portal.url = "https://pbx.example.com";
    portal.brand = brand;
    portal.customer = customer;
    portal.level = level;
    return check_portal(portal).size();
  };
  EXPECT_EQ(faults({}, {}, Role::platform), 0U);
  EXPECT_EQ(faults({}, {}, Role::brand), 1U);
  EXPECT_EQ(faults({1}, {}, Role::platform), 1U);
  for (const Role level : {Role::brand, Role::customer, Role::user}) EXPECT_EQ(faults({1}, {}, level), 0U);
  for (const Role level : {Role::customer, Role::user}) EXPECT_EQ(faults({1}, {2}, level), 0U);
  EXPECT_EQ(faults({1}, {2}, Role::brand), 1U);
}

}  // namespace
}  // namespace carillon::model
