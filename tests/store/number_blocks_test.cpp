// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whose a number may be is told across all brands by whoever is confined to one, who sees no more than before, by index.
#include "store/number_blocks.hpp"

#include "model/ddi.hpp"
#include "model/number.hpp"
#include "store/table.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;

constexpr Id<model::Brand> other{7};

class NumberBlocksTest : public OnEachDatabase {
 protected:
  NumberBlocksTest() {
    EXPECT_TRUE(
        database_->execute("INSERT INTO brands (id, name, language, time_zone, currency, numbers_from) VALUES (7, 'Other', '', "
                           "'', 'EUR', 'blocks')"));
  }
  static model::NumberBlock block(const std::string& first, const std::string& last, Id<model::Brand> brand) {
    return {.brand = brand,
            .first = first,
            .last = last,
            .low = model::least_number(first),
            .high = model::greatest_number(last.empty() ? first : last)};
  }
  void add(std::int64_t id, const model::NumberBlock& its) {
    EXPECT_TRUE(database_->execute(fmt::format("INSERT INTO number_blocks VALUES ({}, {}, '{}', '{}', '', {}, {})", id,
                                               its.brand.value, its.first, its.last, its.low, its.high)));
  }
  Id<model::Brand> demo() { return {database_.integer("SELECT id FROM brands WHERE name = 'DemoBrand'")}; }

  SampleDatabase database_{DemoOptions()};
};
CARILLON_ON_EACH_DATABASE(NumberBlocksTest);

TEST_P(NumberBlocksTest, TellAConfinedConnectionWhoseANumberMayBe) {
  add(1, block("+34942942", "", other));
  add(2, block("+34950000", "+34950099", demo()));
  const auto confined = database_.open(Access::write);
  ASSERT_TRUE(confined->confine({demo(), {}}));
  {
    auto transaction = Transaction::begin_write(*confined).value();
    EXPECT_EQ(number_right(*confined, demo(), "+34942942942").value(), NumberRight::others);
    EXPECT_EQ(number_right(*confined, demo(), "+34942943942").value(), NumberRight::free);
    EXPECT_EQ(number_right(*confined, demo(), "+34950050950").value(), NumberRight::free);
    if (GetParam() == DatabaseKind::postgresql) {
      const auto seen = confined->prepare("SELECT count(*) FROM number_blocks").value();
      EXPECT_TRUE(seen->step().value());
      EXPECT_EQ(seen->integer(0), 1);
    }
    EXPECT_TRUE(transaction.commit());
  }
  EXPECT_EQ(list_all<model::NumberBlock>(*confined, {demo(), {}}).value().size(), 1U);
  ASSERT_TRUE(confined->confine({other, {}}));
  auto transaction = Transaction::begin_write(*confined).value();
  EXPECT_EQ(number_right(*confined, other, "+34942942942").value(), NumberRight::free);
  EXPECT_EQ(number_right(*confined, other, "+34942943942").value(), NumberRight::unassigned);
  EXPECT_EQ(number_right(*confined, other, "+34950050950").value(), NumberRight::unassigned);
}

TEST_P(NumberBlocksTest, AreFoundByWhatTheyHaveInCommon) {
  add(1, block("+34942200", "+34942299", other));
  for (const auto& [first, last, is_common] : {std::tuple{"+34942250", "", true},
                                               {"+34942", "", true},
                                               {"+34942299", "+34942300", true},
                                               {"+349422995", "", true},
                                               {"+34942300", "", false},
                                               {"+34942199", "", false},
                                               {"+3494", "+3495", true}})
    EXPECT_EQ(overlapping(*database_, block(first, last, demo())).value().size(), is_common ? 1U : 0U) << first;
  EXPECT_EQ(others_in_block(*database_, block("+34941", "", other)).value().at(0).title, "+34941941941");
  EXPECT_TRUE(others_in_block(*database_, block("+34941", "", demo())).value().empty());
  EXPECT_TRUE(others_in_block(*database_, block("+349419419411", "", other)).value().empty());
  EXPECT_EQ(outside_blocks(*database_, demo()).value().size(), 1U);
  add(2, block("+34941", "", demo()));
  EXPECT_TRUE(outside_blocks(*database_, demo()).value().empty());
  EXPECT_TRUE(held_by_block(*database_, block("+34941", "", demo())).value().empty());  // From anywhere.
  ASSERT_TRUE(database_->execute("UPDATE brands SET numbers_from = 'blocks'"));
  EXPECT_EQ(held_by_block(*database_, block("+34941", "", demo())).value().size(), 1U);
  const model::NumberBlock kept = block("+349419", "", demo());
  EXPECT_TRUE(held_by_block(*database_, block("+34941", "", demo()), &kept).value().empty());
}

TEST_P(NumberBlocksTest, AreLookedUpByIndex) {
  if (GetParam() != DatabaseKind::sqlite) return;
  for (const char* query : {"SELECT brand FROM number_blocks WHERE low <= 5 ORDER BY low DESC LIMIT 1",
                            "SELECT id FROM ddi_places WHERE place BETWEEN 1 AND 2"}) {
    const auto plan = database_->prepare(std::string("EXPLAIN QUERY PLAN ") + query).value();
    ASSERT_TRUE(plan->step().value());
    EXPECT_TRUE(plan->text(3).starts_with("SEARCH")) << plan->text(3);
  }
}

TEST_P(NumberBlocksTest, DoNotOverlapWhoeverWritesThem) {
  add(1, block("+34942200", "+34942299", other));
  const auto twin = database_->execute(fmt::format(
      "INSERT INTO number_blocks VALUES (2, {}, '+34942200', '', '', 349422000000000, 349422009999999)", demo().value));
  EXPECT_FALSE(twin);
  const auto within = database_->execute(fmt::format(
      "INSERT INTO number_blocks VALUES (2, {}, '+34942250', '', '', 349422500000000, 349422509999999)", demo().value));
  EXPECT_EQ(within.has_value(), GetParam() == DatabaseKind::sqlite);
}

}  // namespace
}  // namespace carillon::store
