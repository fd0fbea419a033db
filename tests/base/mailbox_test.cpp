// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what was posted runs in order on the loop, what is too much is refused, and room comes back as work is taken out.
#include "base/mailbox.hpp"

#include <latch>
#include <string>

#include "base/worker.hpp"
#include "support/virtual_loop.hpp"

namespace carillon {
namespace {

TEST(Mailbox, RunsInOrder) {
  test::VirtualLoop loop;
  Mailbox mailbox(loop, 10'000);
  std::string ran;
  for (const char c : std::string("abc")) EXPECT_TRUE(mailbox.post(1, [&ran, c] { ran += c; }));
  EXPECT_EQ(ran, "");
  loop.run_until_idle();
  EXPECT_EQ(ran, "abc");
}

TEST(Mailbox, RefusesWhatIsTooMuchUntilThereIsRoom) {
  test::VirtualLoop loop;
  Mailbox mailbox(loop, 2500);
  int ran = 0;
  const auto post = [&] { return mailbox.post(1000, [&ran] { ++ran; }); };
  EXPECT_TRUE(post());
  EXPECT_FALSE(mailbox.post(2000, [&ran] { ran += 100; }));
  EXPECT_TRUE(mailbox.post(100, [&ran] { ++ran; }));
  EXPECT_FALSE(post());
  loop.run_until_idle();
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(mailbox.waiting(), 0U);
  EXPECT_TRUE(post());
  loop.run_until_idle();
  EXPECT_EQ(ran, 3);
}

TEST(Mailbox, CountsWhatCostsNoBytes) {
  test::VirtualLoop loop;
  Mailbox mailbox(loop, 100'000);
  int posted = 0;
  while (mailbox.post(0, [] {})) ASSERT_LT(++posted, 100'000);
  EXPECT_GT(posted, 10);
}

TEST(Mailbox, TakesFromSeveralThreads) {
  test::VirtualLoop loop;
  Mailbox mailbox(loop, 1'000'000);
  int ran = 0;
  {
    Worker first({.name = "first"});
    Worker second({.name = "second"});
    for (int i = 0; i < 500; ++i)
      for (Worker* worker : {&first, &second})
        EXPECT_TRUE(worker->submit([&] { EXPECT_TRUE(mailbox.post(10, [&ran] { ++ran; })); }));
  }
  loop.run_until_idle();
  EXPECT_EQ(ran, 1000);
  EXPECT_EQ(mailbox.waiting(), 0U);
}

}  // namespace
}  // namespace carillon
