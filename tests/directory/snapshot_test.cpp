// SPDX-License-Identifier: GPL-3.0-or-later
// Everything in a snapshot is found by its names and ids, only in its own customer, and nothing else is.
#include "directory/snapshot.hpp"

#include <gtest/gtest.h>

#include "support/sample_customer.hpp"

namespace carillon::directory {
namespace {

using carillon::testing::SampleCustomer;
using carillon::testing::snapshot_of;

TEST(Snapshot, FindsWhatBelongsToACustomer) {
  SampleCustomer sample(5, "users.demo.com");
  const auto alice = sample.add("alice", "101", "Alice", "Alison");
  sample.add("bob", "102", "Bob", "");
  const auto snapshot = snapshot_of({sample.build()});
  const Customer* customer = snapshot->find_domain("users.demo.com");
  ASSERT_NE(customer, nullptr);
  EXPECT_EQ(customer->id().value, 5);
  EXPECT_EQ(customer->realm(), "users.demo.com");
  EXPECT_EQ(customer->country_code(), "34");

  const Terminal* terminal = customer->find_terminal("alice");
  ASSERT_NE(terminal, nullptr);
  EXPECT_EQ(terminal->id, alice);
  EXPECT_EQ(terminal, customer->find_terminal(alice));
  EXPECT_EQ(terminal->ha1_md5[15], 0xaa);
  EXPECT_EQ(terminal->ha1_sha256[31], 0xbb);
  EXPECT_EQ(terminal->max_contacts, 10);
  ASSERT_NE(terminal->user, nullptr);
  EXPECT_EQ(terminal->user->display_name, "Alice Alison");
  EXPECT_EQ(terminal->user->terminal, terminal);
  EXPECT_EQ(terminal->user->extension, customer->find_extension("101"));
  EXPECT_EQ(customer->find_user(terminal->user->id), terminal->user);

  const Extension* extension = customer->find_extension("102");
  ASSERT_NE(extension, nullptr);
  EXPECT_EQ(extension->target.kind, model::TargetKind::user);
  EXPECT_EQ(extension->target.user->display_name, "Bob");
}

TEST(Snapshot, FindsNothingElse) {
  SampleCustomer sample(5, "users.demo.com");
  sample.add("alice", "101");
  const auto snapshot = snapshot_of({sample.build()});
  const Customer* customer = snapshot->first_customer();
  EXPECT_EQ(customer->find_terminal("Alice"), nullptr);
  EXPECT_EQ(customer->find_terminal(""), nullptr);
  EXPECT_EQ(customer->find_terminal(Id<model::Terminal>{1}), nullptr);
  EXPECT_EQ(customer->find_extension("10"), nullptr);
  EXPECT_EQ(customer->find_user({1}), nullptr);
  EXPECT_EQ(snapshot->find_domain("demo.com"), nullptr);
  EXPECT_EQ(snapshot->find_customer({6}), nullptr);
  EXPECT_EQ(SampleCustomer(1, "empty.example").build()->find_terminal("alice"), nullptr);
}

TEST(Snapshot, ComparesDomainsWithoutCase) {
  const auto snapshot = snapshot_of({SampleCustomer(5, "Users.Demo.com").build()});
  for (const char* host : {"users.demo.com", "USERS.DEMO.COM", "Users.Demo.com"}) EXPECT_NE(snapshot->find_domain(host), nullptr);
  EXPECT_EQ(snapshot->first_customer()->realm(), "users.demo.com");
}

TEST(Snapshot, KeepsTenantsApart) {
  SampleCustomer one(5, "one.example");
  SampleCustomer two(6, "two.example", 2);
  one.add("alice", "101");
  two.add("alice", "101");
  const auto snapshot = snapshot_of({two.build(), one.build()});
  const Customer* first = snapshot->find_domain("one.example");
  const Customer* second = snapshot->find_domain("two.example");
  EXPECT_EQ(first, snapshot->find_customer({5}));
  EXPECT_NE(first->find_terminal("alice"), second->find_terminal("alice"));
  EXPECT_EQ(second->find_terminal(first->find_terminal("alice")->id), nullptr);
  EXPECT_EQ(snapshot->first_customer(), first);  // The oldest, whatever the order of loading.
  EXPECT_EQ(snapshot->find_brand({2})->customers.size(), 1U);
  EXPECT_EQ(snapshot->subscriber_count(), 2U);
}

TEST(Snapshot, IsEmptyOnAnEmptyPlatform) {
  const auto snapshot = snapshot_of({});
  EXPECT_EQ(snapshot->first_customer(), nullptr);
  EXPECT_EQ(snapshot->find_domain("x"), nullptr);
}

TEST(Snapshot, HoldsManySubscribersCompactly) {
  constexpr int count = 20'000;
  SampleCustomer sample(5, "users.demo.com");
  for (int i = 0; i < count; ++i)
    sample.add(fmt::format("user{:05}", i), fmt::to_string(100'000 + i), fmt::format("user{:05}", i), "");
  const auto snapshot = snapshot_of({sample.build()});
  const Customer* customer = snapshot->first_customer();
  for (int i = 0; i < count; ++i) {
    const Terminal* terminal = customer->find_terminal(fmt::format("user{:05}", i));
    ASSERT_NE(terminal, nullptr);
    const Extension* extension = customer->find_extension(fmt::to_string(100'000 + i));
    ASSERT_NE(extension, nullptr);
    EXPECT_EQ(extension->target.user->terminal, terminal);
  }
  EXPECT_LE(snapshot->bytes() / count, 300U);
}

TEST(Snapshot, GivesEachCustomerASlot) {
  EXPECT_EQ(slot_of({0}), 0);
  EXPECT_EQ(slot_of({257}), 1);
  EXPECT_EQ(slot_of({0x7fffffffffffffff}), 255);
}

}  // namespace
}  // namespace carillon::directory
