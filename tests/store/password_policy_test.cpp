// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what guessers try first is refused, and what people can remember is not.
#include "store/password_policy.hpp"

#include <gtest/gtest.h>

namespace carillon::store {
namespace {

TEST(PasswordPolicy, RefusesWhatGuessersTry) {
  for (const char* weak : {"",
                           "short",
                           "elevenchars",
                           "changemechangeme",
                           "changeme1234",
                           "Password1234!",
                           "passwordpassword",
                           "administrator",
                           "Administrator1",
                           "qwertyuiop12",
                           "qwertyuiopqwertyuiop",
                           "123456789012",
                           "987654321098",
                           "aaaaaaaaaaaa",
                           "abcabcabcabc",
                           "abcdefghijkl",
                           "operator12345",
                           "Welcome2026!!",
                           "alice@example.com",
                           "ALICE@EXAMPLE.COM",
                           "alicealice12",
                           "alice1234567",
                           "iloveyou1234",
                           "P@ssw0rd1234",
                           "1111122222111"}) {
    EXPECT_NE(password_fault(weak, "alice@example.com"), "") << weak;
  }
  EXPECT_NE(password_fault(std::string(257, 'x') + "abcdefg", "a"), "");
}

TEST(PasswordPolicy, TakesWhatIsLongAndOnesOwn) {
  for (const char* strong : {"hammock river tin", "kqv8-2mzp-x7rt", "alice buys seven tulips", "7dwarves&1queen",
                             "Füße im Süden 9", "my password is a poem"}) {
    EXPECT_EQ(password_fault(strong, "alice@example.com"), "") << strong;
  }
  EXPECT_EQ(password_fault("hammock river tin", ""), "");
}

TEST(PasswordPolicy, CountsCharactersAndNotBytes) {
  EXPECT_NE(password_fault("äöüäöüßé", "a"), "");
}

}  // namespace
}  // namespace carillon::store
