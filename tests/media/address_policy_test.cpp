// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: hostile addresses in a session description are never a destination of media.
#include "media/address_policy.hpp"

#include <gtest/gtest.h>

namespace carillon::media {
namespace {

net::Address at(const char* host, std::uint16_t port) {
  return *net::Address::parse(host, port);
}

struct Case {
  const char* host;
  std::uint16_t port;
  bool is_allowed;
};

TEST(AddressPolicy, OnPublicHost) {
  AddressPolicy policy({at("192.0.2.10", 0)}, {at("203.0.113.1", 0)},
                       {at("0.0.0.0", 5060), at("192.0.2.10", 8443), at("127.0.0.1", 9464)});
  const Case cases[] = {
      {"198.51.100.1", 4000, true},
      {"198.51.100.1", 80, true},
      {"198.51.100.1", 0, false},
      {"10.1.2.3", 4000, true},
      {"0.0.0.0", 4000, false},
      {"0.1.2.3", 4000, false},
      {"127.0.0.1", 4000, false},
      {"127.8.9.1", 4000, false},
      {"224.0.0.1", 4000, false},
      {"239.255.255.250", 1900, false},
      {"240.0.0.1", 4000, false},
      {"255.255.255.255", 4000, false},
      {"::", 4000, false},
      {"::1", 4000, false},
      {"::ffff:127.0.0.1", 4000, false},
      {"::ffff:0.0.0.0", 4000, false},
      {"::ffff:224.0.0.1", 4000, false},
      {"ff02::1", 4000, false},
      {"2001:db8::5", 4000, true},
      {"fe80::1", 4000, true},
      {"192.0.2.10", 5060, false},
      {"203.0.113.1", 5060, false},
      {"192.0.2.10", 8443, false},
      {"192.0.2.10", 22, false},
      {"203.0.113.1", 443, false},
      {"192.0.2.10", 4000, true},
  };
  for (auto& c : cases) EXPECT_EQ(policy.allows(at(c.host, c.port)), c.is_allowed) << c.host << " " << c.port;
}

TEST(AddressPolicy, OnLoopback) {
  AddressPolicy policy({at("127.0.0.1", 0)}, {}, {at("127.0.0.1", 5060), at("0.0.0.0", 9464)});
  EXPECT_TRUE(policy.allows(at("127.0.0.1", 4000)));
  EXPECT_TRUE(policy.allows(at("127.0.0.2", 5060)));
  EXPECT_FALSE(policy.allows(at("127.0.0.1", 5060)));
  EXPECT_FALSE(policy.allows(at("127.0.0.2", 9464)));
  EXPECT_FALSE(policy.allows(at("127.0.0.1", 22)));
}

TEST(AddressPolicy, PrivateBlocks) {
  for (auto host : {"10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.0.1", "169.254.1.1", "100.64.0.1", "127.0.0.1", "::1",
                    "fd00::1", "fe80::1", "fc00::1"}) {
    EXPECT_TRUE(is_private(at(host, 1))) << host;
  }
  for (auto host : {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"}) {
    EXPECT_FALSE(is_private(at(host, 1))) << host;
  }
}

}  // namespace
}  // namespace carillon::media
