// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whatever lies in the outbox leaves by the courier, once, also when the database was away meanwhile.
#include "roles/jobs/mail_courier.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/log.hpp"
#include "net/loop.hpp"
#include "support/sample_database.hpp"

namespace carillon::roles {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;

class MailCourierTest : public OnEachDatabase {
 protected:
  MailCourierTest() { log::set_level(log::Level::off); }
  void put(const std::string& text) {
    const Instant now = system_wall_time();
    const auto put = store::enqueue_mail(*database_, sealer_,
                                         {.to = "a@example.com", .subject = "S", .text = text, .expires_at = now + 1h}, now);
    EXPECT_TRUE(put) << put.error().what;
  }
  MailCourier::Options options() {
    return {.database_url = database_.url(),
            .data_dir = database_.path(),
            .sealer = sealer_,
            .send =
                [this](const store::Mail& mail) {
                  loop_.post([this, text = mail.text] {
                    sent_.push_back(text);
                    if (sent_.size() == wanted_) loop_.stop();
                  });
                  return store::Delivery::sent;
                },
            .poll_interval = 10ms,
            .retry_interval = 10ms};
  }
  /// Runs until so many have been sent.
  void run_until(std::size_t count) {
    wanted_ = count;
    if (sent_.size() < count) loop_.run();
  }

  SampleDatabase database_;
  const store::Sealer sealer_ = store::Sealer::fleeting();
  net::AsioLoop loop_;
  std::vector<std::string> sent_;
  std::size_t wanted_ = 0;
};
CARILLON_ON_EACH_DATABASE(MailCourierTest);

TEST_P(MailCourierTest, SendsWhatIsThereAndWhatComes) {
  put("one");
  put("two");
  MailCourier courier(loop_, options());
  courier.start();
  run_until(2);
  put("three");
  run_until(3);
  EXPECT_EQ(std::set<std::string>(sent_.begin(), sent_.end()), (std::set<std::string>{"one", "two", "three"}));
}

TEST_P(MailCourierTest, GoesOnWhenTheDatabaseIsBack) {
  put("one");
  database_.go_away();
  MailCourier courier(loop_, options());
  courier.start();
  loop_.later([this] { database_.come_back(); });
  run_until(1);
  EXPECT_EQ(sent_, std::vector<std::string>{"one"});
}

}  // namespace
}  // namespace carillon::roles
