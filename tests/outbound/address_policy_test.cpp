// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what is not a public host is not asked, whatever family and form its address has.
#include "outbound/address_policy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include <gtest/gtest.h>

namespace carillon::outbound {
namespace {

sockaddr_storage address_of(const std::string& text) {
  sockaddr_storage storage{};
  const bool is_v6 = text.contains(':');
  storage.ss_family = is_v6 ? AF_INET6 : AF_INET;
  void* place = is_v6 ? static_cast<void*>(&reinterpret_cast<sockaddr_in6*>(&storage)->sin6_addr)
                      : &reinterpret_cast<sockaddr_in*>(&storage)->sin_addr;
  EXPECT_EQ(inet_pton(storage.ss_family, text.c_str(), place), 1) << text;
  return storage;
}

bool permits(const AddressPolicy& policy, const std::string& text) {
  const sockaddr_storage storage = address_of(text);
  return policy.permits(reinterpret_cast<const sockaddr&>(storage));
}

TEST(AddressPolicy, KnowsWhatIsNotPublic) {
  for (const std::string text : {"0.0.0.0",
                                 "0.255.255.255",
                                 "10.0.0.1",
                                 "10.255.255.255",
                                 "100.64.0.1",
                                 "100.127.255.255",
                                 "127.0.0.1",
                                 "127.255.255.254",
                                 "169.254.169.254",
                                 "172.16.0.1",
                                 "172.31.255.255",
                                 "192.0.0.1",
                                 "192.0.0.170",
                                 "192.0.2.1",
                                 "192.88.99.1",
                                 "192.168.0.1",
                                 "198.18.0.1",
                                 "198.19.255.255",
                                 "198.51.100.7",
                                 "203.0.113.9",
                                 "224.0.0.1",
                                 "239.255.255.250",
                                 "240.0.0.1",
                                 "255.255.255.255",
                                 "::",
                                 "::1",
                                 "::7f00:1",
                                 "::ffff:127.0.0.1",
                                 "::ffff:8.8.8.8",
                                 "::ffff:0:127.0.0.1",
                                 "64:ff9b::7f00:1",
                                 "64:ff9b::8.8.8.8",
                                 "64:ff9b:1::1",
                                 "100::1",
                                 "2001::1",
                                 "2001:0:7f00:1::1",
                                 "2001:2::1",
                                 "2001:10::1",
                                 "2001:db8::1",
                                 "2002:7f00:1::1",
                                 "2002:0808:0808::1",
                                 "3ffe::1",
                                 "3fff::1",
                                 "5f00::1",
                                 "fc00::1",
                                 "fd12:3456::1",
                                 "fe80::1",
                                 "fec0::1",
                                 "ff02::1",
                                 "ff0e::1"}) {
    EXPECT_FALSE(permits(AddressPolicy(), text)) << text;
  }
}

TEST(AddressPolicy, KnowsWhatIsPublic) {
  for (const std::string text : {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
                                 "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.1.1", "198.17.0.1",
                                 "198.20.0.1", "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1"}) {
    EXPECT_TRUE(permits(AddressPolicy(), text)) << text;
  }
}

TEST(AddressPolicy, PermitsWhatTheOperatorAllows) {
  const std::vector<std::string> networks{"127.0.0.1", "10.1.0.0/16", "fd00:1::/32"};
  const AddressPolicy policy{networks};
  for (const std::string text : {"127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "fd00:1::9", "8.8.8.8"}) {
    EXPECT_TRUE(permits(policy, text)) << text;
  }
  for (const std::string text : {"127.0.0.2", "10.2.0.1", "fd00:2::9", "::1"}) EXPECT_FALSE(permits(policy, text)) << text;
  const sockaddr_storage open = address_of("8.8.8.8");
  EXPECT_FALSE(policy.allows_plain(reinterpret_cast<const sockaddr&>(open)));
}

TEST(AddressPolicy, NobodyPermitsWhatIsNoHost) {
  const std::vector<std::string> all{"0.0.0.0/0", "::/0"};
  const AddressPolicy policy{all};
  const auto may = [&](const std::string& text) { return policy.permits(*net::Address::parse(text, 5060)); };
  for (const std::string text : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "255.255.255.255", "::", "ff02::1"})
    EXPECT_FALSE(may(text)) << text;
  for (const std::string text : {"127.0.0.1", "10.1.2.3", "fd00::1", "8.8.8.8", "2606:4700::1"}) EXPECT_TRUE(may(text)) << text;
}

TEST(AddressPolicy, RefusesOtherFamilies) {
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  const std::vector<std::string> all{"0.0.0.0/0", "::/0"};
  EXPECT_FALSE(AddressPolicy(all).permits(reinterpret_cast<const sockaddr&>(storage)));
}

}  // namespace
}  // namespace carillon::outbound
