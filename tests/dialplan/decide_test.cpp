// SPDX-License-Identifier: GPL-3.0-or-later
// A dialled number leads where the hard order says, every decision says why, and nothing dialled can confuse it.
#include "dialplan/decide.hpp"

#include <gtest/gtest.h>

#include "support/sample_customer.hpp"

namespace carillon::dialplan {
namespace {

using carillon::testing::SampleCustomer;
using carillon::testing::snapshot_of;

struct Fixture {
  SampleCustomer one{5, "one.example"};
  SampleCustomer two{6, "two.example"};
  Id<model::Terminal> alice = one.add("alice", "101", "Alice", "Alison");
  Id<model::Terminal> bob = one.add("bob", "102", "Bob", "Bobson");
  Id<model::Terminal> foreigner = two.add("carol", "103");
  Id<model::Terminal> external = one.add("dave", "944944944", "Dave", "Davison");
  std::shared_ptr<const directory::Snapshot> snapshot = snapshot_of({one.build(), two.build()});

  Decision dial(std::string_view number) const { return decide(*snapshot, {{5}, alice, number, Instant()}); }
};

TEST(Decide, LeadsAnExtensionToItsUser) {
  Fixture f;
  const Decision decision = f.dial("102");
  ASSERT_FALSE(decision.is_refused());
  const auto& target = std::get<directory::Target>(decision.answer);
  EXPECT_EQ(target.kind, model::TargetKind::user);
  EXPECT_EQ(target.user->terminal->id, f.bob);
  EXPECT_EQ(decision.extension->number, "102");
  EXPECT_EQ(decision.number, "102");
  EXPECT_EQ(explain(decision),
            "caller: alice of one.example, telephone of Alice Alison\nnumber: 102\nextension: 102 leads to user Bob Bobson\n");
}

TEST(Decide, LetsAnExtensionMaskAnExternalNumber) {
  Fixture f;
  EXPECT_FALSE(f.dial("944944944").is_refused());
  EXPECT_FALSE(f.dial("944 94-49.44").is_refused());
}

TEST(Decide, RefusesTheRestWithItsReason) {
  Fixture f;
  const struct {
    std::string_view dialled;
    Refusal refusal;
    int status;
    Step step;
  } rows[] = {
      {"104", Refusal::unknown_number, 404, Step::external},
      {"103", Refusal::unknown_number, 404, Step::external},  // Another customer's.
      {"10", Refusal::unknown_number, 404, Step::external},
      {"*94", Refusal::no_such_code, 404, Step::service_code},
      {"+34941941941", Refusal::no_ddi, 403, Step::ddi},
      {"941941941", Refusal::no_ddi, 403, Step::ddi},
      {"", Refusal::empty_number, 484, Step::number},
      {"--", Refusal::empty_number, 484, Step::number},
      {"bob", Refusal::malformed_number, 404, Step::number},
      {"10\n2", Refusal::malformed_number, 404, Step::number},
      {"1+02", Refusal::malformed_number, 404, Step::number},
  };
  for (const auto& row : rows) {
    const Decision decision = f.dial(row.dialled);
    ASSERT_TRUE(decision.is_refused()) << row.dialled;
    EXPECT_EQ(std::get<Refusal>(decision.answer), row.refusal) << row.dialled;
    EXPECT_EQ(sip_status(std::get<Refusal>(decision.answer)), row.status) << row.dialled;
    EXPECT_EQ(decision.reasons.back().step, row.step) << row.dialled;
  }
  EXPECT_TRUE(f.dial(std::string(65, '1')).is_refused());
}

TEST(Decide, RefusesACustomerThatIsGone) {
  Fixture f;
  const Decision decision = decide(*f.snapshot, {{99}, f.alice, "102", Instant()});
  EXPECT_EQ(std::get<Refusal>(decision.answer), Refusal::unknown_customer);
}

TEST(Decide, SaysWhenThereIsNoTelephone) {
  SampleCustomer customer(5, "one.example");
  customer.add("alice", "101");
  customer.rows().users[0].terminal = {};
  const Decision decision = decide(*snapshot_of({customer.build()}), {{5}, {}, "101", Instant()});
  EXPECT_FALSE(decision.is_refused());
  EXPECT_EQ(decision.reasons.back().text, "has no telephone");
}

TEST(Explain, IsCutAtWholeLines) {
  Decision decision;
  for (int i = 0; i < 100; ++i) decision.reasons.push_back({Step::extension, std::string(100, 'x')});
  const std::string text = explain(decision);
  EXPECT_LE(text.size(), 4096U);
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace carillon::dialplan
