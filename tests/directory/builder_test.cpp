// SPDX-License-Identifier: GPL-3.0-or-later
// A change replaces one node and shares the rest; what is inconsistent is refused and the old snapshot stays as it was.
#include "directory/builder.hpp"

#include <gtest/gtest.h>

#include "support/sample_customer.hpp"

namespace carillon::directory {
namespace {

using carillon::testing::SampleCustomer;
using carillon::testing::snapshot_of;

TEST(Builder, ReplacesOneCustomerAndSharesTheOthers) {
  SampleCustomer one(5, "one.example");
  one.add("alice", "101");
  const auto before = snapshot_of({one.build(), SampleCustomer(6, "two.example").build()});
  one.add("carol", "103");
  Builder builder(*before);
  ASSERT_TRUE(builder.set_customer(one.build()));
  const auto after = std::move(builder).build(2).value();
  EXPECT_EQ(after->change(), 2);
  EXPECT_NE(after->find_domain("one.example")->find_terminal("carol"), nullptr);
  EXPECT_EQ(after->find_domain("two.example"), before->find_domain("two.example"));
  EXPECT_EQ(before->find_domain("one.example")->find_terminal("carol"), nullptr);
  EXPECT_EQ(before->change(), 1);
}

TEST(Builder, AddsAndRemovesCustomersAndBrands) {
  const auto before = snapshot_of({SampleCustomer(5, "one.example", 1).build(), SampleCustomer(6, "two.example", 2).build()});
  Builder builder(*before);
  builder.remove_customer({5});
  builder.remove_customer({99});
  builder.remove_brand({2});
  builder.set_brand({.id = {1}, .name = "Renamed"});
  builder.set_brand({.id = {3}, .name = "New"});
  ASSERT_TRUE(builder.set_customer(SampleCustomer(7, "three.example", 3).build()));
  const auto after = std::move(builder).build(2).value();
  EXPECT_EQ(after->customer_count(), 1U);
  EXPECT_EQ(after->first_customer()->id().value, 7);
  EXPECT_EQ(after->find_brand({1})->name, "Renamed");
  EXPECT_EQ(after->find_brand({2}), nullptr);
  EXPECT_EQ(before->customer_count(), 2U);
  EXPECT_EQ(before->find_brand({1})->name, "Brand");
  EXPECT_EQ(before->find_brand({1})->customers.size(), 1U);
}

TEST(Builder, OutlivesTheSnapshotItBeganWith) {
  auto before = snapshot_of({SampleCustomer(5, "one.example").build()});
  Builder builder(*before);
  before.reset();
  EXPECT_NE(std::move(builder).build(2).value()->find_domain("one.example"), nullptr);
}

TEST(Builder, RefusesWhatDoesNotFit) {
  const auto fault_after = [](auto spoil) {
    SampleCustomer sample(5, "one.example");
    sample.add("alice", "101");
    spoil(sample.rows());
    return build_customer(sample.rows()).error();
  };
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.users[0].terminal = {9}; }).is(Fault::broken_reference));
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.users[0].extension = {9}; }).is(Fault::broken_reference));
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.extensions[0].target = {9}; }).is(Fault::broken_reference));
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.users.clear(); }).is(Fault::broken_reference));
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.terminals[0].ha1_md5 = Secret("short"); }).is(Fault::bad_secret));
  EXPECT_TRUE(
      fault_after([](CustomerRows& rows) { rows.terminals[0].ha1_sha256 = Secret(std::string(64, 'g')); }).is(Fault::bad_secret));
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.terminals.push_back(rows.terminals[0]); }).is(Fault::duplicate));
  EXPECT_TRUE(fault_after([](CustomerRows& rows) { rows.extensions.push_back(rows.extensions[0]); }).is(Fault::duplicate));
}

TEST(Builder, LetsADomainSpeakForItsTelephones) {
  SampleCustomer sample(5, "one.example");
  sample.add("alice", "101");
  sample.add("bob", "102");
  CustomerRows& rows = sample.rows();
  rows.domains[0].forking = model::Forking::serial;
  rows.domains[0].fork_seconds = 7;
  rows.domains[0].max_contacts = 3;
  rows.domains[0].contact_limit = model::ContactLimit::reject;
  rows.domains[0].connected_identity = model::ConnectedIdentity::none;
  for (model::Terminal& terminal : rows.terminals) terminal.domain = rows.domains[0].id;
  rows.terminals[1].forking = model::Forking::parallel;
  rows.terminals[1].max_contacts = 1;
  const auto customer = sample.build();
  const Terminal* alice = customer->find_terminal("alice");
  EXPECT_EQ(alice->forking, model::Forking::serial);
  EXPECT_EQ(alice->fork_seconds, 7);
  EXPECT_EQ(alice->max_contacts, 3);
  EXPECT_EQ(alice->contact_limit, model::ContactLimit::reject);
  EXPECT_EQ(alice->connected_identity, model::ConnectedIdentity::none);
  EXPECT_EQ(customer->find_terminal("bob")->forking, model::Forking::parallel);
  EXPECT_EQ(customer->find_terminal("bob")->max_contacts, 1);
}

TEST(Builder, InheritsFromTheBrandAndIsLockedWithIt) {
  SampleCustomer sample(5, "one.example");
  sample.rows().customer.time_zone.clear();
  sample.rows().brand = {.id = {1}, .name = "B", .language = "es", .time_zone = "America/Lima"};
  EXPECT_EQ(sample.build()->time_zone(), "America/Lima");
  EXPECT_EQ(sample.build()->language(), "es");
  EXPECT_FALSE(sample.build()->is_locked());
  sample.rows().brand.status = model::Status::locked;
  EXPECT_TRUE(sample.build()->is_locked());
}

TEST(Builder, FindsRetailAccountsInTheDomainOfTheirBrand) {
  const model::Domain brands{.id = {77}, .brand = {1}, .name = "Brand.example"};
  SampleCustomer five(5, "five");
  five.retail("Brand.example").add("ann", "101");
  SampleCustomer six(6, "six");
  six.retail("Brand.example").add("ben", "101");
  Builder builder;
  builder.set_brand({.id = {1}, .name = "Brand"}, {{brands}});
  ASSERT_TRUE(builder.set_customer(five.build()));
  ASSERT_TRUE(builder.set_customer(six.build()));
  ASSERT_TRUE(builder.set_customer(SampleCustomer(7, "seven.example").build()));
  const auto before = std::move(builder).build(1).value();
  const Brand* brand = before->find_brand_domain("BRAND.EXAMPLE");
  ASSERT_NE(brand, nullptr);
  EXPECT_EQ(brand->accounts->find("ann"), before->find_customer({5}));
  EXPECT_EQ(brand->accounts->find("ben"), before->find_customer({6}));
  EXPECT_EQ(brand->accounts->find("Ann"), nullptr);
  EXPECT_EQ(before->find_domain("brand.example"), nullptr);
  EXPECT_EQ(before->find_brand_domain("seven.example"), nullptr);
  EXPECT_EQ(before->find_customer({5})->realm(), "brand.example");

  five.add("ana", "102");
  Builder next(*before);
  ASSERT_TRUE(next.set_customer(five.build()));
  const auto after = std::move(next).build(2).value();
  EXPECT_EQ(after->find_brand({1})->accounts->find("ana"), after->find_customer({5}));
  EXPECT_EQ(brand->accounts->find("ana"), nullptr);
}

TEST(Builder, RefusesTwoCustomersWithOneDomain) {
  Builder builder;
  builder.set_brand({.id = {1}, .name = "Brand"});
  EXPECT_TRUE(builder.set_customer(SampleCustomer(5, "one.example", 2).build()).error().is(Fault::unknown_brand));
  ASSERT_TRUE(builder.set_customer(SampleCustomer(5, "one.example").build()));
  ASSERT_TRUE(builder.set_customer(SampleCustomer(6, "ONE.example").build()));
  EXPECT_TRUE(std::move(builder).build(1).error().is(Fault::duplicate));
}

}  // namespace
}  // namespace carillon::directory
