// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a call from an address that several carriers name goes to the brand whose number was called, and to nobody who reads
// everybody's number as his own.
#include "dialplan/inbound.hpp"

#include <gtest/gtest.h>

#include "model/number.hpp"
#include "support/sample_customer.hpp"

namespace carillon::dialplan {
namespace {

using carillon::testing::SampleCustomer;

/// Brands 1, 2, … with a carrier, a customer and a number each, all called from 192.0.2.1. The first is the oldest.
struct Town {
  struct Resident {
    std::string number;       ///< Its DDI.
    std::string search = {};  ///< Of the rule by which it reads what is called; empty: none.
    std::string replacement = {};
    std::int64_t ddi = 0;  ///< Its age; 0: as its brand's.
    std::string block = {};
    std::int64_t bound = 0;  ///< The carrier that the DDI is bound to.
  };
  std::vector<Resident> residents;
  std::shared_ptr<const directory::Snapshot> snapshot;

  /// The brand that is called; 0: nobody.
  std::int64_t call(std::string_view number) {
    directory::Builder builder;
    for (std::int64_t id = 1; id <= std::ssize(residents); ++id) add(builder, id, residents[static_cast<std::size_t>(id - 1)]);
    snapshot = std::move(builder).build(1).value();
    found = find_inbound(*snapshot, {.address = IpNetwork::parse("192.0.2.1")->bytes, .port = 5060, .is_stream = false}, number);
    return found.customer == nullptr ? 0 : found.brand->id.value;
  }
  Inbound found;

 private:
  static void add(directory::Builder& builder, std::int64_t id, const Resident& its) {
    directory::RoutingRows rows;
    rows.transformation_sets = {{.id = {id}}};
    if (!its.search.empty())
      rows.transformation_rules = {{.id = {id},
                                    .transformation_set = {id},
                                    .direction = model::TransformationDirection::callee_in,
                                    .search = its.search,
                                    .replacement = its.replacement}};
    rows.carriers = {{.id = {id * 10}, .name = "C", .transformation_set = {id}}};
    rows.sources = {{.id = {id}, .carrier = {id * 10}, .network = "192.0.2.1"}};
    if (!its.block.empty())
      rows.number_blocks = {
          {.id = {id}, .first = its.block, .low = model::least_number(its.block), .high = model::greatest_number(its.block)}};
    builder.set_brand({.id = {id}, .name = std::to_string(id)});
    builder.set_routing({id}, std::make_shared<const directory::Routing>(rows));
    SampleCustomer customer(1000 + id, std::to_string(id) + ".example", id);
    customer.rows().ddis.push_back({.id = {its.ddi == 0 ? id : its.ddi},
                                    .customer = customer.rows().customer.id,
                                    .number = its.number,
                                    .carrier = {its.bound}});
    EXPECT_TRUE(builder.set_customer(customer.build()));
  }
};

const std::string national = "^([1-9][0-9]{8})$", in_spain = R"(34\1)";

TEST(Inbound, GoesToWhomeverHasTheNumber) {
  Town town{{{"+34950950950", national, in_spain}, {"+34941941941", national, in_spain}, {"+351210210210"}}, {}, {}};
  EXPECT_EQ(town.call("950950950"), 1);
  EXPECT_EQ(town.call("941941941"), 2);
  EXPECT_EQ(town.call("+351210210210"), 3);
  EXPECT_EQ(town.call("941000000"), 0);
  EXPECT_EQ(town.found.brand->id.value, 1);  // Nobody's, of the oldest.
  EXPECT_EQ(town.found.number, "+34941000000");
}

/// Who attacks is the oldest brand, with the oldest number.
TEST(Inbound, StaysWhoseItIsWhateverAnotherReads) {
  Town town{{{"+34950950950", "^.*$", "34950950950"}, {"+34941941941", national, in_spain}}, {}, {}};
  for (const char* called : {"941941941", "34941941941", "+34941941941"}) EXPECT_EQ(town.call(called), 2) << called;
  EXPECT_EQ(town.call("950950950"), 1);
  town.residents[0].block = "+34950";
  EXPECT_EQ(town.call("941941941"), 1);  // His is in a block and theirs in none.
  town.residents[1].block = "+34941";
  EXPECT_EQ(town.call("941941941"), 2);
  town.residents[0].block.clear();
  EXPECT_EQ(town.call("941941941"), 2);
}

/// Both end alike, in two countries.
TEST(Inbound, OfTwoThatEndAlikeGoesToTheBlockThenToTheOldest) {
  Town town{{{"+351941941941", "^(.*)$", R"(351\1)"}, {"+34941941941", "^(.*)$", in_spain}}, {}, {}};
  EXPECT_EQ(town.call("941941941"), 1);
  town.residents[0].ddi = 9;
  EXPECT_EQ(town.call("941941941"), 2);
  town.residents[0].block = "+351";
  EXPECT_EQ(town.call("941941941"), 1);
  town.residents[1].block = "+34";
  EXPECT_EQ(town.call("941941941"), 2);
}

TEST(Inbound, MeansTheCarrierThatANumberIsBoundTo) {
  Town town{{{"+351941941941", "^(.*)$", R"(351\1)"}, {"+34941941941", "^(.*)$", in_spain}}, {}, {}};
  town.residents[0].bound = 11;  // Another one.
  EXPECT_EQ(town.call("941941941"), 2);
  town.residents[1].bound = 20;
  EXPECT_EQ(town.call("941941941"), 2);
  town.residents[1].bound = 21;  // Neither is meant: as if nothing were said.
  EXPECT_EQ(town.call("941941941"), 1);
}

TEST(Inbound, AsksSixteenAtMost) {
  Town town;
  for (int i = 0; i < 20; ++i) town.residents.push_back({fmt::format("+349419419{:02}", i), "", ""});
  EXPECT_EQ(town.call("+34941941915"), 16);
  EXPECT_EQ(town.call("+34941941916"), 0);
}

}  // namespace
}  // namespace carillon::dialplan
