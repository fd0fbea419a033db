// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords match their hash and no other, at the cost that was asked for; digest keys are what telephones compute.
#include "store/credentials.hpp"

#include <gtest/gtest.h>

namespace carillon::store {
namespace {

TEST(Credentials, MatchTheirPasswordOnly) {
  for (const HashCost cost : {HashCost::demo, HashCost::standard}) {
    const Secret hash = hash_password("changeme", cost);
    EXPECT_TRUE(verify_password(hash, "changeme"));
    EXPECT_FALSE(verify_password(hash, "changeMe"));
    EXPECT_FALSE(verify_password(hash, ""));
  }
  EXPECT_NE(hash_password("same", HashCost::demo).reveal(), hash_password("same", HashCost::demo).reveal());
}

TEST(Credentials, CostWhatTheyShould) {
  EXPECT_TRUE(hash_password("x").reveal().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
}

TEST(Credentials, RefuseAnEmptyOrForeignHash) {
  for (const char* hash : {"", "changeme", "$2b$12$abc", "$argon2id$", "$argon2id$v=19$m=99999999999,t=1,p=1$x$y"}) {
    EXPECT_FALSE(verify_password(Secret(std::string(hash)), "changeme", HashCost::demo)) << hash;
  }
}

TEST(Credentials, AreGeneratedLongAndDifferent) {
  EXPECT_EQ(generate_password().size(), 26U);
  EXPECT_NE(generate_password(), generate_password());
}

TEST(Credentials, DigestKeysFollowTheStandard) {
  // The user of RFC 2617 §3.5; the keys as md5sum and sha256sum print them.
  const Ha1 ha1 = digest_ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
  EXPECT_EQ(ha1.md5.reveal(), "939e7578ed9e3c518a452acee763bce9");
  EXPECT_EQ(ha1.sha256.reveal().size(), 64U);
  EXPECT_EQ(digest_ha1("a", "b", "c").sha256.reveal(), "b0ee04f880c4ff4261479e2e7822b7410aee4c7159f4185ad5b0d88a312b495e");
}

}  // namespace
}  // namespace carillon::store
