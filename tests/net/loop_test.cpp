// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the real loop turns for timers, queued work and other threads' posts, and not otherwise.
#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace carillon::net {
namespace {

struct Alarm {
  explicit Alarm(AsioLoop& its_loop) : loop(its_loop), timer([](void* self) { static_cast<Alarm*>(self)->fire(); }, this) {}
  void fire() {
    fired_at = loop.now();
    loop.stop();
  }
  AsioLoop& loop;
  Monotonic fired_at{};
  Timer timer;
};

TEST(AsioLoop, FiresTimersWhenDueAndNeverEarly) {
  AsioLoop loop;
  Alarm alarm(loop);
  const Monotonic due = loop.now() + 20ms;
  loop.timers().arm(alarm.timer, due);
  loop.run();
  EXPECT_GE(alarm.fired_at, due);
  EXPECT_LT(alarm.fired_at, due + 5s);
}

TEST(AsioLoop, RunsQueuedWorkOneTurnAtATime) {
  AsioLoop loop;
  int turns = 0;
  const std::function<void()> step = [&] {
    if (++turns == 100) return loop.stop();
    loop.later([&] { step(); });
  };
  loop.later([&] { step(); });
  loop.run();
  EXPECT_EQ(turns, 100);
}

TEST(AsioLoop, KeepsTheTimeWithinATurn) {
  AsioLoop loop;
  loop.later([&] {
    const Monotonic before = loop.now();
    const Instant wall = loop.wall();
    const Monotonic begin = system_monotonic_time();
    while (system_monotonic_time() - begin < 2ms) continue;
    EXPECT_EQ(loop.now(), before);
    EXPECT_EQ(loop.wall(), wall);
    loop.later([&, before] {
      EXPECT_GE(loop.now(), before + 2ms);
      loop.stop();
    });
  });
  loop.run();
}

TEST(AsioLoop, TakesPostsFromOtherThreadsInTheirOrder) {
  AsioLoop loop;
  constexpr int threads = 4;
  constexpr int each = 5000;
  std::vector<int> last(threads, -1);
  int total = 0;
  std::vector<std::jthread> posters;
  for (int thread = 0; thread < threads; thread++) {
    posters.emplace_back([&, thread] {
      for (int i = 0; i < each; i++) {
        loop.post([&, thread, i] {
          EXPECT_EQ(last[static_cast<std::size_t>(thread)], i - 1);
          last[static_cast<std::size_t>(thread)] = i;
          if (++total == threads * each) loop.stop();
        });
      }
    });
  }
  loop.run();
  EXPECT_EQ(total, threads * each);
}

TEST(AsioLoop, WakesFromAnIdleWaitWhenPostedTo) {
  AsioLoop loop;
  std::thread::id ran_on;
  std::jthread runner([&] { loop.run(); });
  const std::thread::id runner_id = runner.get_id();
  loop.post([&] {
    ran_on = std::this_thread::get_id();
    loop.stop();
  });
  runner.join();
  EXPECT_EQ(ran_on, runner_id);
}

TEST(AsioLoop, MayBeStoppedBeforeItRunsAndRunAgain) {
  AsioLoop loop;
  int ran = 0;
  loop.stop();
  loop.later([&] { ran++; });
  loop.run();
  EXPECT_EQ(ran, 1);
  loop.later([&] {
    ran++;
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace carillon::net
