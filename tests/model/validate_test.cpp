// SPDX-License-Identifier: GPL-3.0-or-later
// Each rule of a declaration refuses what it should and nothing else.
#include "model/validate.hpp"

#include <gtest/gtest.h>

#include "model/extension.hpp"
#include "model/price.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"

namespace carillon::model {
namespace {

Terminal sound_terminal() {
  return {.id = {1},
          .brand = {2},
          .customer = {3},
          .domain = {4},
          .name = "alice",
          .ha1_md5 = Secret("x"),
          .ha1_sha256 = Secret("y")};
}

std::vector<std::string> fields_at_fault(const auto& object) {
  std::vector<std::string> fields;
  for (const FieldFault& fault : validate(object)) fields.push_back(fault.field);
  return fields;
}

TEST(Validate, AcceptsASoundObject) {
  EXPECT_TRUE(validate(sound_terminal()).empty());
}

TEST(Validate, NamesEveryFieldAtFault) {
  Terminal terminal = sound_terminal();
  terminal.name = "al ice";
  terminal.domain = {};
  terminal.ha1_md5 = Secret();
  terminal.max_contacts = 11;
  EXPECT_EQ(fields_at_fault(terminal), (std::vector<std::string>{"domain", "name", "ha1Md5", "maxContacts"}));
}

TEST(Validate, ChecksLengths) {
  Extension extension{.id = {1}, .brand = {2}, .customer = {3}, .number = "1", .target = {4}};
  EXPECT_EQ(fields_at_fault(extension), std::vector<std::string>{"number"});
  extension.number = "10";
  EXPECT_TRUE(validate(extension).empty());
  extension.number = std::string(21, '1');
  EXPECT_EQ(fields_at_fault(extension), std::vector<std::string>{"number"});
}

TEST(Validate, ChecksAmounts) {
  Price price{.id = {1}, .brand = {2}, .pricing_plan = {3}, .name = "Spain", .prefix = "+34"};
  EXPECT_TRUE(validate(price).empty());  // Calls may cost nothing.
  price.connection = {price_max};
  EXPECT_TRUE(validate(price).empty());
  price.connection = {price_max + 1};
  price.per_minute = {-1};
  price.period_seconds = 0;
  EXPECT_EQ(fields_at_fault(price), (std::vector<std::string>{"connection", "perMinute", "periodSeconds"}));
}

TEST(Validate, LeavesOptionalFieldsEmpty) {
  EXPECT_TRUE(validate(User{.id = {1}, .brand = {2}, .customer = {3}, .name = "Alice"}).empty());
}

TEST(Validate, KnowsTheForms) {
  const struct {
    Form form;
    std::string_view text;
    bool fits;
  } rows[] = {
      {Form::any, "Alice Alison", true},
      {Form::any, "a\nb", false},
      {Form::lines, "a\nb", true},
      {Form::lines, "a\tb", false},
      {Form::name, "alice@x.com", true},
      {Form::name, "a b", false},
      {Form::name, "a<b", false},
      {Form::digits, "0123", true},
      {Form::digits, "+34", false},
      {Form::email, "a@b", true},
      {Form::email, "@b", false},
      {Form::email, "a@b@c", false},
      {Form::domain, "users.democompany.com", true},
      {Form::domain, "Users.com", false},
      {Form::domain, "a..b", false},
      {Form::domain, "-a.b", false},
      {Form::domain, "", false},
      {Form::country, "ES", true},
      {Form::country, "es", false},
      {Form::countries, "ES", true},
      {Form::countries, "ES PT ZZ", true},
      {Form::countries, "ES,PT", false},
      {Form::countries, "ES PT ", false},
      {Form::countries, "ES P", false},
      {Form::countries, "ESPPT", false},
      {Form::countries, "", false},
      {Form::numbers, "112", true},
      {Form::numbers, "061 112", true},
      {Form::numbers, "112  061", false},
      {Form::numbers, " 112", false},
      {Form::numbers, "112 ", false},
      {Form::numbers, "112,061", false},
      {Form::numbers, "", false},
      {Form::language, "es", true},
      {Form::language, "es_ES", true},
      {Form::language, "es-ES", false},
      {Form::currency, "EUR", true},
      {Form::currency, "EURO", false},
      {Form::time_zone, "Europe/Madrid", true},
      {Form::time_zone, "a b", false},
  };
  for (const auto& row : rows) EXPECT_EQ(has_form(row.text, row.form), row.fits) << row.text;
}

}  // namespace
}  // namespace carillon::model
