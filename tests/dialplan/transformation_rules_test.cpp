// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the rules made for a country are the field's own, to the letter, and what comes in by them goes out as it came.
#include "dialplan/transformation_rules.hpp"

#include <gtest/gtest.h>

#include "dialplan/transformation.hpp"

namespace carillon::dialplan {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

model::TransformationSet country(std::string calling_code, std::string international_prefix, std::int64_t national_length,
                                 std::string trunk_prefix = {}, std::string area_code = {}) {
  model::TransformationSet set;
  set.id = {7};
  set.brand = {8};
  set.calling_code = std::move(calling_code);
  set.international_prefix = std::move(international_prefix);
  set.trunk_prefix = std::move(trunk_prefix);
  set.area_code = std::move(area_code);
  set.national_length = national_length;
  return set;
}

const model::TransformationSet spain = country("34", "00", 9);
const model::TransformationSet ukraine = country("380", "810", 9);
const model::TransformationSet austria = country("43", "00", 0, "0");
const model::TransformationSet vienna = country("43", "00", 0, "0", "1");
const model::TransformationSet new_york = country("1", "011", 10, "1", "212");

Lines lines(const model::TransformationSet& set, Direction direction) {
  Lines found;
  for (const model::TransformationRule& rule : make_rules(set))
    if (rule.direction == direction) found.emplace_back(rule.search, rule.replacement);
  return found;
}

std::string transformed(const model::TransformationSet& set, Direction direction, std::string_view number) {
  const auto rules = make_rules(set);
  return transform(directory::TransformationSet::of(rules).get(), direction, number);
}

std::vector<std::string> faulty(const model::TransformationSet& set) {
  std::vector<std::string> fields;
  for (const model::FieldFault& fault : check_numbering(set)) fields.push_back(fault.field);
  return fields;
}

TEST(MakeRules, AreTheFieldsOwnForSpain) {
  const Lines in{{R"(^(00|\+)([1-9][0-9]+)$)", R"(\2)"}, {R"(^([1-9][0-9]{8})$)", R"(34\1)"}};
  const Lines out{{R"(^34([0-9]+)$)", R"(\1)"}, {R"(^([0-9]+)$)", R"(00\1)"}};
  EXPECT_EQ(lines(spain, Direction::caller_in), in);
  EXPECT_EQ(lines(spain, Direction::callee_in), in);
  EXPECT_EQ(lines(spain, Direction::caller_out), out);
  EXPECT_EQ(lines(spain, Direction::callee_out), out);
  EXPECT_EQ(make_rules(spain).size(), 8U);
}

TEST(MakeRules, AreTheFieldsOwnForUkraine) {
  const Lines in{{R"(^(810|\+)([1-9][0-9]+)$)", R"(\2)"}, {R"(^([1-9][0-9]{8})$)", R"(380\1)"}};
  const Lines out{{R"(^380([0-9]+)$)", R"(\1)"}, {R"(^([0-9]+)$)", R"(810\1)"}};
  EXPECT_EQ(lines(ukraine, Direction::caller_in), in);
  EXPECT_EQ(lines(ukraine, Direction::callee_in), in);
  EXPECT_EQ(lines(ukraine, Direction::caller_out), out);
  EXPECT_EQ(lines(ukraine, Direction::callee_out), out);
}

TEST(MakeRules, TakeTheTrunkPrefixOffAndPutItOn) {
  const Lines in{{R"(^(00|\+)([1-9][0-9]+)$)", R"(\2)"}, {R"(^0([1-9][0-9]+)$)", R"(43\1)"}};
  const Lines out{{R"(^43([0-9]+)$)", R"(0\1)"}, {R"(^([0-9]+)$)", R"(00\1)"}};
  EXPECT_EQ(lines(austria, Direction::callee_in), in);
  EXPECT_EQ(lines(austria, Direction::callee_out), out);
}

TEST(MakeRules, KnowWhatNeighboursLeaveOut) {
  EXPECT_EQ(lines(vienna, Direction::callee_in).back(), std::pair(std::string(R"(^([1-9][0-9]+)$)"), std::string(R"(431\1)")));
  EXPECT_EQ(lines(new_york, Direction::callee_in).back(),
            std::pair(std::string(R"(^([1-9][0-9]{6})$)"), std::string(R"(1212\1)")));
  EXPECT_EQ(transformed(vienna, Direction::callee_in, "5123456"), "4315123456");
  EXPECT_EQ(transformed(new_york, Direction::callee_in, "5550100"), "12125550100");
  EXPECT_EQ(make_rules(vienna).size(), 10U);
}

TEST(MakeRules, ReadAsPeopleDial) {
  const struct {
    const model::TransformationSet& set;
    std::string_view dialled, neutral, shown;
  } rows[] = {
      {spain, "941234567", "34941234567", "941234567"},
      {spain, "0034941234567", "34941234567", "941234567"},
      {spain, "+34941234567", "34941234567", "941234567"},
      {spain, "00441632960001", "441632960001", "00441632960001"},
      {spain, "+441632960001", "441632960001", "00441632960001"},
      {spain, "112", "112",
       "00112"},  // What no rule knows stays as it is on the way in: emergency calls have rules of their own.
      {ukraine, "441234567", "380441234567", "441234567"},
      {ukraine, "81034941234567", "34941234567", "81034941234567"},
      {austria, "015123456", "4315123456", "015123456"},
      {austria, "+4315123456", "4315123456", "015123456"},
      {austria, "0034941234567", "34941234567", "0034941234567"},
      {vienna, "5123456", "4315123456", "015123456"},
      {new_york, "12125550100", "12125550100", "12125550100"},
      {new_york, "01134941234567", "34941234567", "01134941234567"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(transformed(row.set, Direction::callee_in, row.dialled), row.neutral) << row.dialled;
    EXPECT_EQ(transformed(row.set, Direction::caller_in, row.dialled), row.neutral) << row.dialled;
    EXPECT_EQ(transformed(row.set, Direction::callee_out, row.neutral), row.shown) << row.dialled;
    EXPECT_EQ(transformed(row.set, Direction::caller_out, row.neutral), row.shown) << row.dialled;
  }
}

TEST(MakeRules, ComeBackAsTheyWent) {
  for (const model::TransformationSet* set : {&spain, &ukraine, &austria, &vienna}) {
    for (const std::string_view neutral : {"34941234567", "380441234567", "4315123456", "441632960001", "12125550100"}) {
      const std::string shown = transformed(*set, Direction::callee_out, neutral);
      EXPECT_EQ(transformed(*set, Direction::callee_in, shown), neutral) << shown;
    }
  }
}

TEST(MakeRules, BelongToTheirSet) {
  for (const model::TransformationSet* set : {&spain, &ukraine, &austria, &vienna, &new_york}) {
    for (const model::TransformationRule& rule : make_rules(*set)) {
      EXPECT_EQ(rule.transformation_set, set->id);
      EXPECT_EQ(rule.brand, set->brand);
      const auto search = Pattern::compile(rule.search);
      ASSERT_TRUE(search) << rule.search;
      EXPECT_TRUE(Pattern::check_replacement(*search, rule.replacement)) << rule.search;
      EXPECT_TRUE(model::has_form(rule.search, model::Form::any));
    }
  }
}

TEST(MakeRules, TakeClassesAndSignsInThePrefix) {
  const auto either = country("34", "0[01]", 9);
  EXPECT_EQ(transformed(either, Direction::callee_in, "01441632960001"), "441632960001");
  EXPECT_EQ(transformed(either, Direction::callee_in, "00441632960001"), "441632960001");
  EXPECT_EQ(transformed(either, Direction::callee_out, "441632960001"), "00441632960001");
  const auto star = country("34", "*0#", 9);
  EXPECT_EQ(lines(star, Direction::callee_in).front().first, R"(^(\*0#|\+)([1-9][0-9]+)$)");
  EXPECT_EQ(transformed(star, Direction::callee_in, "*0#441632960001"), "441632960001");
  EXPECT_EQ(transformed(star, Direction::callee_out, "441632960001"), "*0#441632960001");
  for (const char* fits : {"00", "011", "0[0-2]", "[09]0", "8[0-46-9]"}) EXPECT_TRUE(is_international_prefix(fits)) << fits;
  for (const char* wrong :
       {"", "0(", "0)", "[", "[]", "[a]", "0[^1]", "0|1", ".*", "\\", "0[1-", "0]", "[2-0]", "[-1]", "[1-]", "0+", "\\1"})
    EXPECT_FALSE(is_international_prefix(wrong)) << wrong;
}

TEST(MakeRules, SayWhatIsMissing) {
  using Fields = std::vector<std::string>;
  EXPECT_EQ(faulty(spain), Fields());
  EXPECT_EQ(faulty(vienna), Fields());
  EXPECT_EQ(faulty(country("", "", 0)), (Fields{"callingCode", "internationalPrefix", "nationalLength"}));
  EXPECT_EQ(faulty(country("034", "00", 9)), Fields{"callingCode"});
  EXPECT_EQ(faulty(country("34", ".*", 9)), Fields{"internationalPrefix"});
  EXPECT_EQ(faulty(country("34", "00", 0)), Fields{"nationalLength"});
  EXPECT_EQ(faulty(country("34", "00", 3, "", "941")), Fields{"areaCode"});
}

}  // namespace
}  // namespace carillon::dialplan
