// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: turns run timers before the queue, each entry once and in order; the virtual clock moves only when told.
#include "base/loop.hpp"

#include <thread>

#include "base/task.hpp"
#include "support/virtual_loop.hpp"

namespace carillon {
namespace {

TEST(Loop, RunsLaterWorkInOrderAndNewWorkInTheNextTurn) {
  test::VirtualLoop loop;
  std::vector<int> ran;
  loop.later([&] {
    ran.push_back(1);
    loop.later([&] { ran.push_back(3); });
  });
  loop.later([&] { ran.push_back(2); });
  EXPECT_TRUE(ran.empty());
  loop.run_until_idle();
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
}

TEST(Loop, TimersFireBeforeQueuedWork) {
  test::VirtualLoop loop;
  std::vector<int> ran;
  Timer timer([](void* into) { static_cast<std::vector<int>*>(into)->push_back(1); }, &ran);
  loop.timers().arm(timer, loop.now());
  loop.later([&] { ran.push_back(2); });
  loop.run_until_idle();
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
}

TEST(Loop, GoesOnAfterWorkThatThrows) {
  test::VirtualLoop loop;
  std::vector<int> ran;
  loop.later([] { CARILLON_ENSURE(1 == 2); });
  loop.later([&] { ran.push_back(2); });
  EXPECT_THROW(loop.run_until_idle(), Broken);
  loop.run_until_idle();
  EXPECT_EQ(ran, std::vector<int>{2});
}

TEST(Loop, ForgottenCoroutinesAreNotResumed) {
  test::VirtualLoop loop;
  int resumed = 0;
  const auto count = [](int& times) -> Task<> {
    ++times;
    co_return;
  };
  const Task<> task = count(resumed);
  loop.resume_later(task.branch().coroutine);
  loop.forget(task.branch().coroutine);
  loop.run_until_idle();
  EXPECT_EQ(resumed, 0);
}

TEST(VirtualLoop, JumpsToEachTimerAndStopsWhereTold) {
  test::VirtualLoop loop;
  const Monotonic begin = loop.now();
  const Instant wall = loop.wall();
  struct Beat {
    test::VirtualLoop& loop;
    std::vector<Duration> at = {};
    Monotonic begin = loop.now();
    Timer timer{[](void* self) { static_cast<Beat*>(self)->beat(); }, this};
    void beat() {
      if (loop.now() > begin) at.push_back(loop.now() - begin);
      loop.timers().arm(timer, loop.now() + 10s);
    }
  } beat{loop};
  beat.beat();
  loop.run_for(35s);
  EXPECT_EQ(beat.at, (std::vector<Duration>{10s, 20s, 30s}));
  EXPECT_EQ(loop.now(), begin + 35s);
  EXPECT_EQ(loop.wall(), wall + 35s);
  loop.run_until_idle();
  EXPECT_EQ(loop.now(), begin + 35s);
}

TEST(VirtualLoop, TakesWorkPostedByOtherThreads) {
  test::VirtualLoop loop;
  int ran = 0;
  std::thread other([&] { loop.post([&] { ++ran; }); });
  EXPECT_TRUE(loop.run_posted());
  other.join();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace carillon
