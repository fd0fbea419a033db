// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers are kept in one form, however they are written; what is none stays for others to refuse.
#include "model/number.hpp"

#include <gtest/gtest.h>

#include "model/validate.hpp"

namespace carillon::model {
namespace {

TEST(InE164, TakesNumbersAsPeopleWriteThem) {
  for (const char* written : {"34941941941", "+34941941941", "+34 941 941 941", "34 941-941.941", " +34/941941941 "})
    EXPECT_EQ(in_e164(written), "+34941941941");
}

TEST(InE164, LeavesWhatIsNone) {
  for (const char* written : {"", "+", "0034941941941", "+0941941941", "941", "alice", "++34941941941", "34941941941x",
                              "+3494194194112345", "+44 (0) 20 7946 0000", "34+941941941", "\u00a034941941941"}) {
    EXPECT_EQ(in_e164(written), written);
    EXPECT_FALSE(has_form(in_e164(written), Form::e164)) << written;
  }
}

}  // namespace
}  // namespace carillon::model
