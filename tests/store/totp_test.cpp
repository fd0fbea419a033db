// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: our codes are those of every authenticator, in time and once.
#include "store/totp.hpp"

#include <gtest/gtest.h>

namespace carillon::store {
namespace {

constexpr std::string_view rfc_key = "12345678901234567890";

TEST(Totp, AgreesWithTheStandard) {
  // RFC 6238 appendix B, the rows of SHA-1.
  const std::pair<std::int64_t, const char*> rows[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                       {1111111111, "14050471"}, {1234567890, "89005924"},
                                                       {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : rows) {
    EXPECT_EQ(totp_code(rfc_key, totp_step(Instant(std::chrono::seconds(seconds))), 8), code) << seconds;
  }
}

TEST(Totp, TakesNeighboursAndNothingElse) {
  const Instant now(std::chrono::seconds(1234567890));
  const std::int64_t step = totp_step(now);
  for (const std::int64_t offset : {-1, 0, 1}) {
    EXPECT_EQ(find_totp_step(rfc_key, totp_code(rfc_key, step + offset), now, 0), step + offset);
  }
  for (const std::int64_t offset : {-2, 2}) EXPECT_FALSE(find_totp_step(rfc_key, totp_code(rfc_key, step + offset), now, 0));
  for (const char* code : {"", "0", "00000", "0000000", "abcdef"}) EXPECT_FALSE(find_totp_step(rfc_key, code, now, 0)) << code;
}

TEST(Totp, TakesNoCodeTwice) {
  const Instant now(std::chrono::seconds(1234567890));
  const std::int64_t step = totp_step(now);
  EXPECT_FALSE(find_totp_step(rfc_key, totp_code(rfc_key, step), now, step));
  EXPECT_FALSE(find_totp_step(rfc_key, totp_code(rfc_key, step - 1), now, step));
  EXPECT_EQ(find_totp_step(rfc_key, totp_code(rfc_key, step + 1), now, step), step + 1);
}

TEST(Totp, ShowsItsKeyAsAuthenticatorsReadIt) {
  // RFC 4648 §10.
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "MY"},
                                                      {"fo", "MZXQ"},
                                                      {"foo", "MZXW6"},
                                                      {"foob", "MZXW6YQ"},
                                                      {"fooba", "MZXW6YTB"},
                                                      {"foobar", "MZXW6YTBOI"}};
  for (const auto& [key, text] : rows) EXPECT_EQ(totp_key_text(key), text);
  EXPECT_EQ(totp_uri("foobar", "Carillon", "a b@c"),
            "otpauth://totp/Carillon:a%20b%40c?secret=MZXW6YTBOI&issuer=Carillon&algorithm=SHA1&digits=6&period=30");
  EXPECT_EQ(make_totp_key().reveal().size(), 20U);
  EXPECT_NE(make_totp_key().reveal(), make_totp_key().reveal());
}

}  // namespace
}  // namespace carillon::store
