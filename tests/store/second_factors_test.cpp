// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a second factor counts once confirmed, each code is good for one time, and the database alone gives none away.
#include "store/second_factors.hpp"

#include <gtest/gtest.h>

#include "store/logins.hpp"
#include "store/totp.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class SecondFactors : public OnEachDatabase {
 protected:
  SecondFactors() : admin_(find_login(*database_, "admin", {}).value()->id) {}
  std::string code(const Secret& key, Instant now) { return totp_code(key.reveal(), totp_step(now)); }
  bool is_on() { return find_login(*database_, admin_).value()->has_second_factor; }
  std::vector<std::string> switch_on() {
    key_ = begin_second_factor(*database_, sealer_, admin_).value();
    return confirm_second_factor(*database_, sealer_, admin_, code(key_, test_start), test_start).value();
  }
  bool use(std::string_view code, Instant now) { return use_second_factor(*database_, sealer_, admin_, code, now).value(); }

  SampleDatabase database_{DemoOptions()};
  const Sealer sealer_ = Sealer::fleeting();
  std::int64_t admin_;
  Secret key_;
};
CARILLON_ON_EACH_DATABASE(SecondFactors);

TEST_P(SecondFactors, CountOnceConfirmed) {
  const auto first = begin_second_factor(*database_, sealer_, admin_);
  ASSERT_TRUE(first) << first.error().what;
  const auto second = begin_second_factor(*database_, sealer_, admin_);
  EXPECT_FALSE(is_on());
  EXPECT_TRUE(confirm_second_factor(*database_, sealer_, admin_, code(*first, test_start), test_start)->empty());
  EXPECT_TRUE(confirm_second_factor(*database_, sealer_, admin_ + 1, code(*second, test_start), test_start)->empty());
  const auto codes = confirm_second_factor(*database_, sealer_, admin_, code(*second, test_start), test_start);
  EXPECT_EQ(std::set<std::string>(codes->begin(), codes->end()).size(), recovery_codes_count);
  EXPECT_TRUE(is_on());
  EXPECT_TRUE(begin_second_factor(*database_, sealer_, admin_).error().is(Fault::constraint));
}

TEST_P(SecondFactors, TakeEachCodeOnce) {
  const auto codes = switch_on();
  EXPECT_FALSE(use(code(key_, test_start), test_start)) << "it confirmed the factor";
  const Instant later = test_start + 30s;
  EXPECT_TRUE(use(code(key_, later), later));
  EXPECT_FALSE(use(code(key_, later), later));
  EXPECT_FALSE(use("000000", later));
  std::string loud = codes[3];
  for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_TRUE(use(loud, later));
  EXPECT_FALSE(use(codes[3], later));
  EXPECT_EQ(count_recovery_codes(*database_, admin_), 9);
  EXPECT_TRUE(use(codes[4], later));
  EXPECT_FALSE(use("", later));
}

TEST_P(SecondFactors, AreGoneWhenRemoved) {
  const auto codes = switch_on();
  ASSERT_TRUE(remove_second_factor(*database_, admin_));
  EXPECT_FALSE(is_on());
  EXPECT_FALSE(use(codes[0], test_start));
  EXPECT_FALSE(use(code(key_, test_start + 30s), test_start + 30s));
}

TEST_P(SecondFactors, LeaveTheRecoveryCodesWhenTheKeyIsLost) {
  const auto codes = switch_on();
  const Sealer other = Sealer::fleeting();
  const Instant later = test_start + 1min;
  EXPECT_TRUE(use_second_factor(*database_, other, admin_, code(key_, later), later).error().is(SealFault::unknown_key));
  EXPECT_TRUE(use_second_factor(*database_, other, admin_, codes[0], later).value());
  EXPECT_EQ(count_lost_second_factors(*database_, other), 1);
  EXPECT_EQ(count_lost_second_factors(*database_, sealer_), 0);
}

TEST_P(SecondFactors, OpenInNobodyElsesRow) {
  switch_on();
  ASSERT_TRUE(database_->execute("UPDATE second_factors SET login = login + 1"));
  const Instant later = test_start + 1min;
  EXPECT_TRUE(use_second_factor(*database_, sealer_, admin_ + 1, code(key_, later), later).error().is(SealFault::broken));
}

}  // namespace
}  // namespace carillon::store
