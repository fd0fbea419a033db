// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the nearest text in the reader's language is sent, what could not be sent is not stored, and no value changes the
// headers.
#include "store/notifications.hpp"

#include <gtest/gtest.h>

#include "model/user.hpp"
#include "store/edit.hpp"
#include "store/settings.hpp"
#include "store/table.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;
using model::NotificationKind;

constexpr NotificationKind reset = NotificationKind::password_reset;

model::NotificationTemplate text_of(std::string body, std::string language = "es") {
  model::NotificationTemplate text;
  text.kind = reset;
  text.language = std::move(language);
  text.subject = "S";
  text.body = std::move(body);
  return text;
}

class NotificationsTest : public OnEachDatabase {
 protected:
  void keep(model::NotificationTemplate text, Id<model::Brand> brand = {}) {
    text.brand = brand;
    auto edit = Edit::begin(*database_, {}, test_start);
    ASSERT_TRUE(edit->insert(model::resource_of<model::NotificationTemplate>, &text));
    ASSERT_TRUE(edit->commit());
  }
  std::string written() {
    const auto mail = write_mail(*database_, reset, alice_, {{"link", ""}, {"code", "cr_1"}, {"hours", "0"}});
    EXPECT_TRUE(mail);
    return mail ? mail->text : "";
  }
  SampleDatabase database_{DemoOptions()};
  Login alice_ = **find_login(*database_, "alice@democompany.com", {});
};
CARILLON_ON_EACH_DATABASE(NotificationsTest);

TEST_P(NotificationsTest, TakesTheNearestText) {
  EXPECT_TRUE(written().starts_with("Hola")) << written();
  EXPECT_TRUE(written().contains("cr_1"));
  keep(text_of("platform {{code}}"));
  EXPECT_EQ(written(), "platform cr_1");
  keep(text_of("brand {{login}} of {{brand}}"), alice_.brand);
  EXPECT_EQ(written(), "brand alice@democompany.com of DemoBrand");
  keep(text_of("english", "en"), alice_.brand);
  EXPECT_TRUE(written().starts_with("brand"));
}

TEST_P(NotificationsTest, SpeaksThePersonsOwnLanguageInTheBrandsName) {
  auto edit = Edit::begin(*database_, {}, test_start);
  auto user = find(*database_, {}, Id<model::User>{alice_.id});
  user->language = "en";
  ASSERT_TRUE(edit->update(model::resource_of<model::User>, &*user));
  auto brand = find(*database_, {}, alice_.brand);
  brand->mail_name = "Ringers\r\nBcc: x@y.example";
  brand->mail_from = "hello@ringers.example";
  ASSERT_TRUE(edit->update(model::resource_of<model::Brand>, &*brand).error().is(Fault::invalid));  // A name is one line.
  brand->mail_name = "Ringers";
  ASSERT_TRUE(edit->update(model::resource_of<model::Brand>, &*brand));
  ASSERT_TRUE(edit->commit());
  EXPECT_TRUE(written().starts_with("Hello")) << written();
  const auto mail = write_mail(*database_, reset, alice_, {{"link", ""}, {"code", "cr_1"}, {"hours", "0"}});
  EXPECT_EQ(mail->sender_name + " " + mail->sender, "Ringers hello@ringers.example");
}

TEST_P(NotificationsTest, SpeaksAsThePlatformWhereNobodyElseSaysHow) {
  auto edit = Edit::begin(*database_, {}, test_start);
  auto brand = find(*database_, {}, alice_.brand);
  auto customer = find(*database_, {}, alice_.customer);
  brand->language = customer->language = brand->mail_name = "";
  ASSERT_TRUE(edit->update(*brand) && edit->update(*customer) && make_settings(*edit));
  auto settings = load_settings(*database_);
  settings->mail_name = "The platform";
  ASSERT_TRUE(edit->update(*settings) && edit->commit());
  EXPECT_TRUE(written().starts_with("Hello")) << written();
  EXPECT_EQ(write_mail(*database_, reset, alice_, {{"link", ""}, {"code", "x"}, {"hours", "0"}})->sender_name, "The platform");
}

TEST(Notifications, OfEachKindAreSoundInEachLanguage) {
  for (std::size_t i = 0; i < std::size(model::notification_kind_names); ++i) {
    for (const std::string_view language : built_in_languages) {
      const auto kind = static_cast<NotificationKind>(i);
      const model::NotificationTemplate text = built_in(kind, language);
      EXPECT_EQ(text.language, language);
      EXPECT_TRUE(check_template(text).empty());
      EXPECT_TRUE(model::validate(model::resource_of<model::NotificationTemplate>, &text).empty());
    }
    EXPECT_EQ(built_in(static_cast<NotificationKind>(i), "fr").language, "en");
  }
}

TEST(Notifications, AreRefusedWhenTheyCouldNotBeSent) {
  const auto is_refused = [](const std::string& body) { return !check_template(text_of(body)).empty(); };
  EXPECT_FALSE(is_refused("{{login}} {{#link}}{{link}}{{/link}}{{^link}}{{code}}{{/link}} {{{brand}}} {{! why }}"));
  std::string deep;
  for (int n = 0; n < 2000; ++n) deep += "{{#login}}";
  for (const std::string& body :
       {std::string("{{nobody}}"), std::string("{{#nobody}}x{{/nobody}}"), std::string("{{#login}}"),
        std::string("{{#link}}{{nobody}}{{/link}}"), std::string("{{^link}}{{nobody}}{{/link}}"), std::string("{{> file}}"),
        std::string("{{ =<% %>= }}<% login %>"), std::string("{{/login}}"), std::string("{{{=< >=}}}<login>"), deep}) {
    EXPECT_TRUE(is_refused(body)) << body.substr(0, 60);
  }
  const auto faults = check_template(text_of("{{nobody}}"));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults.front().field, "body");
  EXPECT_TRUE(faults.front().message.contains("nobody") && faults.front().message.contains("login"));
}

TEST(Notifications, HoldTheirSubjectOnOneLine) {
  model::NotificationTemplate text = text_of("x");
  text.subject = "{{brand}}";
  EXPECT_EQ(render(text, {{"brand", "A\r\nBcc: b@example.com"}}).subject, "A  Bcc: b@example.com");
}

}  // namespace
}  // namespace carillon::store
