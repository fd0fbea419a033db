// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a mail is sent once, tried again when that fails, dropped when it is of no use any more, and unreadable meanwhile.
#include "store/outbox.hpp"

#include <gtest/gtest.h>

#include "store/password_resets.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class Outbox : public OnEachDatabase {
 protected:
  Result<> enqueue(std::string_view text, std::string to = "a@example.com", Instant now = test_start) {
    return enqueue_mail(*database_, sealer_,
                        {.to = std::move(to), .subject = "S", .text = std::string(text), .expires_at = now + 1h}, now);
  }
  /// The texts that a sender who never fails gets.
  std::vector<std::string> send_all(Instant now) {
    std::vector<std::string> texts;
    const auto send = [&](const Mail& mail) {
      texts.push_back(mail.text);
      return Delivery::sent;
    };
    while (send_one_mail(*database_, sealer_, now, send).value()) {
    }
    return texts;
  }
  SampleDatabase database_{DemoOptions()};
  const Sealer sealer_ = Sealer::fleeting();
};
CARILLON_ON_EACH_DATABASE(Outbox);

TEST_P(Outbox, SendsEachMailOnce) {
  ASSERT_TRUE(enqueue("one"));
  ASSERT_TRUE(enqueue("two", "b@example.com", test_start + 1s));
  EXPECT_EQ(send_all(test_start), std::vector<std::string>{"one"});
  EXPECT_EQ(send_all(test_start + 1s), std::vector<std::string>{"two"});
  EXPECT_TRUE(send_all(test_start + 2s).empty());
}

TEST_P(Outbox, TriesAgainLaterAndNotForEver) {
  ASSERT_TRUE(enqueue_mail(*database_, sealer_,
                           {.to = "a@example.com", .subject = "S", .text = "x", .expires_at = test_start + std::chrono::days(30)},
                           test_start));
  Instant now = test_start;
  int tries = 0;
  const auto fail = [&](const Mail&) {
    ++tries;
    return Delivery::later;
  };
  EXPECT_EQ(send_one_mail(*database_, sealer_, now, fail).value(), Delivery::later);
  EXPECT_FALSE(send_one_mail(*database_, sealer_, now + mail_patience - 1s, fail).value());
  for (; now < test_start + std::chrono::days(29); now += 1h) (void)send_one_mail(*database_, sealer_, now, fail);
  EXPECT_EQ(tries, mail_tries_max);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM mails"), 0);
}

TEST_P(Outbox, DropsWhatIsRefused) {
  ASSERT_TRUE(enqueue("to nobody"));
  const auto refuse = [](const Mail&) { return Delivery::refused; };
  EXPECT_EQ(send_one_mail(*database_, sealer_, test_start, refuse).value(), Delivery::refused);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM mails"), 0);
}

TEST_P(Outbox, DropsWhatIsOfNoUse) {
  ASSERT_TRUE(enqueue("late"));
  EXPECT_TRUE(send_all(test_start + 1h).empty());
  EXPECT_EQ(database_.integer("SELECT count(*) FROM mails"), 0);
}

TEST_P(Outbox, TakesNoLinesIntoHeadersAndIsBounded) {
  for (const char* to : {"", "x", "a@b\r\nBcc: c@d", "a b@c", "a@b@c"})
    EXPECT_TRUE(enqueue("x", to).error().is(Fault::invalid)) << to;
  EXPECT_TRUE(enqueue(std::string(mail_bytes_max + 1, 'x')).error().is(Fault::invalid));
  ASSERT_TRUE(enqueue("a secret"));
  EXPECT_EQ(database_.integer("SELECT count(*) FROM mails WHERE body LIKE '%secret%'"), 0);
  ASSERT_TRUE(
      database_->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO mails "
                         "(id, recipient, subject, body, created_at, due_at, expires_at, tries) "
                         "SELECT i, 'a@b', 's', 'b', "
                         "1750000000000000, 1750000000000000, 1760000000000000, 0 FROM n"));
  EXPECT_TRUE(enqueue("one more").error().is(Fault::busy));
}

TEST_P(Outbox, CarriesLinksForNewPasswords) {
  ResetRequest request{.name = "alice@democompany.com", .brand = {}, .token = "cr_1", .portal_url = "https://pbx.example"};
  EXPECT_TRUE(request_reset(*database_, sealer_, request, test_start).value());
  const auto texts = send_all(test_start);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_TRUE(texts[0].contains("https://pbx.example/reset#token=cr_1"));
  EXPECT_EQ(find_reset(*database_, "cr_1", test_start + 29min).value()->name, "alice@democompany.com");
  EXPECT_FALSE(find_reset(*database_, "cr_1", test_start + 30min)->has_value());
  EXPECT_FALSE(find_reset(*database_, "cr_2", test_start)->has_value());
  EXPECT_TRUE(use_reset(*database_, "cr_1", Secret("h"), test_start + 1min).value());
  EXPECT_FALSE(use_reset(*database_, "cr_1", Secret("i"), test_start + 1min).value());
  EXPECT_EQ(database_.integer("SELECT count(*) FROM users WHERE password_hash = 'h'"), 1);
}

TEST_P(Outbox, CarriesFewLinksAndNoneToStrangers) {
  for (const char* name : {"nobody", "admin", ""}) {
    EXPECT_FALSE(request_reset(*database_, sealer_, {.name = name, .token = "t"}, test_start).value()) << name;
  }
  int sent = 0;
  for (int n = 0; n < 10; ++n) {
    sent += request_reset(*database_, sealer_, {.name = "bob@democompany.com", .token = std::to_string(n)}, test_start + n * 1s)
                    .value()
                ? 1
                : 0;
  }
  EXPECT_EQ(sent, resets_per_hour);
  EXPECT_TRUE(request_reset(*database_, sealer_, {.name = "bob@democompany.com", .token = "later"}, test_start + 61min).value());
}

}  // namespace
}  // namespace carillon::store
