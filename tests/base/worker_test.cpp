// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a worker runs everything it accepted, in order, on one thread, commits once a batch, and is bounded.
#include "base/worker.hpp"

#include <algorithm>
#include <latch>

#include "support/virtual_loop.hpp"

namespace carillon {
namespace {

TEST(Worker, RunsInOrderAndFinishesBeforeItGoes) {
  std::vector<int> ran;
  {
    Worker worker({.name = "a name that is too long for the system", .capacity = 1000});
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(worker.submit([&ran, i] { ran.push_back(i); }));
  }
  ASSERT_EQ(ran.size(), 1000U);
  EXPECT_TRUE(std::ranges::is_sorted(ran));
}

TEST(Worker, RefusesMoreThanItsCapacity) {
  std::latch begun(1);
  std::latch blocked(1);
  Worker worker({.name = "worker", .capacity = 2});
  EXPECT_TRUE(worker.submit([&] {
    begun.count_down();
    blocked.wait();
  }));
  begun.wait();
  EXPECT_TRUE(worker.submit([] {}));
  EXPECT_TRUE(worker.submit([] {}));
  EXPECT_FALSE(worker.submit([] {}));
  EXPECT_EQ(worker.waiting(), 2U);
  blocked.count_down();
}

TEST(Worker, CommitsOnceForAllThatWaited) {
  std::latch begun(1);
  std::latch blocked(1);
  std::vector<int> batches;
  int size = 0;
  {
    Worker worker({.name = "journal", .capacity = 100, .after_batch = [&] { batches.push_back(std::exchange(size, 0)); }});
    EXPECT_TRUE(worker.submit([&] {
      ++size;
      begun.count_down();
      blocked.wait();
    }));
    begun.wait();
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(worker.submit([&] { ++size; }));
    blocked.count_down();
  }
  EXPECT_EQ(batches, (std::vector<int>{1, 10}));
}

TEST(Worker, AnswersThroughTheLoop) {
  test::VirtualLoop loop;
  int answer = 0;
  Worker worker({.name = "worker"});
  EXPECT_TRUE(worker.submit([&] { loop.post([&] { answer = 42; }); }));
  EXPECT_TRUE(loop.run_posted());
  EXPECT_EQ(answer, 42);
}

}  // namespace
}  // namespace carillon
