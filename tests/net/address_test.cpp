// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: numeric addresses of both families keep their meaning through text, and nothing else passes for one.
#include <gtest/gtest.h>

#include "net/network.hpp"

namespace carillon::net {
namespace {

TEST(Address, RoundTrips) {
  struct Row {
    const char* text;
    const char* host;
    const char* whole;
    bool v4;
  };
  const Row rows[] = {
      {"192.0.2.1", "192.0.2.1", "192.0.2.1:5060", true},
      {"0.0.0.0", "0.0.0.0", "0.0.0.0:5060", true},
      {"2001:db8::1", "2001:db8::1", "[2001:db8::1]:5060", false},
      {"[2001:DB8:0::1]", "2001:db8::1", "[2001:db8::1]:5060", false},
      {"::", "::", "[::]:5060", false},
      {"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:5060", true},
      {"[::ffff:192.0.2.1]", "192.0.2.1", "192.0.2.1:5060", true},
  };
  for (const Row& row : rows) {
    const auto address = Address::parse(row.text, 5060);
    ASSERT_TRUE(address) << row.text;
    EXPECT_EQ(address->host(), row.host);
    EXPECT_EQ(address->to_string(), row.whole);
    EXPECT_EQ(address->is_v4(), row.v4) << row.text;
    EXPECT_EQ(Address::parse(address->host(), 5060), address);
    EXPECT_EQ(Address::parse(address->uri_host(), 5060), address);
  }
}

TEST(Address, RefusesWhatIsNotNumeric) {
  const std::string_view rows[] = {std::string_view(),  // As a missing part of a message is: without an address of its own.
                                   "",
                                   "localhost",
                                   "192.0.2",
                                   "192.0.2.256",
                                   "192.0.2.1 ",
                                   "[192.0.2.1]",
                                   "[::1",
                                   "::1]",
                                   "[]",
                                   "1:2:3",
                                   "fe80::1%eth0",
                                   "0192.0.2.1",
                                   std::string_view("::1\0", 4),
                                   "1111:2222:3333:4444:5555:6666:7777:8888:9999"};
  for (const std::string_view row : rows) EXPECT_FALSE(Address::parse(row, 1)) << row;
}

TEST(Address, KnowsItsKind) {
  struct Row {
    const char* text;
    bool unspecified;
    bool loopback;
  };
  const Row rows[] = {{"0.0.0.0", true, false},   {"::", true, false},          {"127.0.0.1", false, true},
                      {"127.8.8.8", false, true}, {"::1", false, true},         {"128.0.0.1", false, false},
                      {"::2", false, false},      {"2001:db8::1", false, false}};
  for (const Row& row : rows) {
    const auto address = Address::parse(row.text, 9).value();
    EXPECT_EQ(address.is_unspecified(), row.unspecified) << row.text;
    EXPECT_EQ(address.is_loopback(), row.loopback) << row.text;
  }
}

TEST(Address, ComparesHostsWithoutPorts) {
  const auto one = Address::parse("192.0.2.1", 1).value();
  EXPECT_TRUE(one.same_host(one.with_port(2)));
  EXPECT_NE(one, one.with_port(2));
  EXPECT_FALSE(one.same_host(Address::parse("192.0.2.2", 1).value()));
}

}  // namespace
}  // namespace carillon::net
