// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: networks are what people mean by them, and nothing else is taken for one.
#include "base/ip_network.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

bool contains(std::string_view network, std::string_view address) {
  return IpNetwork::parse(network).value().contains(IpNetwork::parse(address).value().bytes);
}

TEST(IpNetwork, ContainsItsAddresses) {
  EXPECT_TRUE(contains("203.0.113.0/24", "203.0.113.0"));
  EXPECT_TRUE(contains("203.0.113.0/24", "203.0.113.255"));
  EXPECT_FALSE(contains("203.0.113.0/24", "203.0.114.0"));
  EXPECT_TRUE(contains("203.0.113.64/27", "203.0.113.95"));
  EXPECT_FALSE(contains("203.0.113.64/27", "203.0.113.96"));
  EXPECT_TRUE(contains("203.0.113.7", "203.0.113.7"));
  EXPECT_FALSE(contains("203.0.113.7", "203.0.113.8"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(IpNetwork, KeepsTheFamiliesApart) {
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.7"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::ffff:203.0.113.0/120", "203.0.113.7"));
}

TEST(IpNetwork, TakesNothingElse) {
  for (const char* text : {"", "/", "/24", "203.0.113.0/", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/24x",
                           "203.0.113.0/2 4", "203.0.113.1/24", "2001:db8::/129", "2001:db8::1/64", "office", "203.0.113",
                           "203.0.113.0.0/8", "203.0.113.0/24/24", "[2001:db8::]/32", "1.2.3.4/999999999999"})
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
}

}  // namespace
}  // namespace carillon
