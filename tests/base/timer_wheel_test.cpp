// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the timer wheel fires exactly what an ordered multimap would, in the same order, whatever is armed, moved and cancelled.
#include "base/timer_wheel.hpp"

#include <map>
#include <random>

namespace carillon {
namespace {

struct Alarm {
  explicit Alarm(std::vector<int>& into, int which = 0) : fired(into), id(which), timer(&Alarm::fire, this) {}
  static void fire(void* self) {
    auto* alarm = static_cast<Alarm*>(self);
    alarm->fired.push_back(alarm->id);
    if (alarm->then) alarm->then();
  }
  std::vector<int>& fired;
  int id;
  std::function<void()> then = {};
  Timer timer;
};

Monotonic at(Duration time) {
  return Monotonic(time);
}

TEST(TimerWheel, NeverFiresEarly) {
  TimerWheel wheel;
  std::vector<int> fired;
  Alarm alarm(fired);
  wheel.arm(alarm.timer, at(10'200us));
  wheel.advance(at(10'900us));
  EXPECT_TRUE(fired.empty());
  EXPECT_EQ(wheel.next_due(), at(11ms));
  wheel.advance(at(11ms));
  EXPECT_EQ(fired.size(), 1U);
  EXPECT_FALSE(alarm.timer.is_armed());
  EXPECT_EQ(wheel.next_due(), Monotonic::max());
}

TEST(TimerWheel, RearmingMovesAndDestroyingCancels) {
  TimerWheel wheel;
  std::vector<int> fired;
  Alarm kept(fired, 1);
  auto dropped = std::make_unique<Alarm>(fired, 2);
  wheel.arm(kept.timer, at(5ms));
  wheel.arm(dropped->timer, at(5ms));
  wheel.arm(kept.timer, at(1h));
  EXPECT_EQ(wheel.size(), 2U);
  dropped.reset();
  EXPECT_EQ(wheel.size(), 1U);
  wheel.advance(at(1h - 1ms));
  EXPECT_TRUE(fired.empty());
  wheel.advance(at(1h));
  EXPECT_EQ(fired, std::vector<int>{1});
}

TEST(TimerWheel, CancellingANeighbourWhileFiring) {
  TimerWheel wheel;
  std::vector<int> fired;
  Alarm first(fired, 1);
  Alarm second(fired, 2);
  Alarm third(fired, 3);
  for (Alarm* alarm : {&first, &second, &third}) wheel.arm(alarm->timer, at(3ms));
  first.then = [&] { second.timer.cancel(); };
  wheel.advance(at(3ms));
  EXPECT_EQ(fired, (std::vector<int>{1, 3}));
}

TEST(TimerWheel, ATimerMayDestroyItself) {
  TimerWheel wheel;
  std::vector<int> fired;
  auto alarm = std::make_unique<Alarm>(fired, 1);
  alarm->then = [&] {
    const std::function<void()> kept = std::move(alarm->then);
    alarm.reset();
  };
  wheel.arm(alarm->timer, at(3ms));
  wheel.advance(at(1s));
  EXPECT_EQ(fired.size(), 1U);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, RearmingForThePastFiresInTheNextCall) {
  TimerWheel wheel;
  std::vector<int> fired;
  Alarm alarm(fired, 1);
  alarm.then = [&] { wheel.arm(alarm.timer, at(0ms)); };
  wheel.arm(alarm.timer, at(5ms));
  wheel.advance(at(5ms));
  EXPECT_EQ(fired.size(), 1U);
  EXPECT_LE(wheel.next_due(), at(5ms));
  wheel.advance(at(5ms));
  EXPECT_EQ(fired.size(), 2U);
}

TEST(TimerWheel, ChainsWithinOneJumpOfTheClock) {
  TimerWheel wheel;
  std::vector<int> fired;
  Alarm beat(fired, 1);
  int beats = 0;
  beat.then = [&] { wheel.arm(beat.timer, at(++beats * 100ms)); };
  wheel.arm(beat.timer, at(0ms));
  wheel.advance(at(1s));
  EXPECT_EQ(fired.size(), 11U);
}

TEST(TimerWheel, FarAndEndlessTimesAreKept) {
  TimerWheel wheel;
  std::vector<int> fired;
  Alarm endless(fired, 1);
  Alarm far(fired, 2);
  wheel.arm(endless.timer, Monotonic::max());
  wheel.arm(far.timer, at(24h * 365 * 20));
  wheel.advance(at(24h * 365 * 20 - 1ms));
  EXPECT_TRUE(fired.empty());
  wheel.advance(at(24h * 365 * 20));
  EXPECT_EQ(fired, std::vector<int>{2});
  EXPECT_TRUE(endless.timer.is_armed());
}

TEST(TimerWheel, AWheelThatGoesFirstLeavesTimersDisarmed) {
  std::vector<int> fired;
  Alarm alarm(fired);
  {
    TimerWheel wheel;
    wheel.arm(alarm.timer, at(5ms));
  }
  EXPECT_FALSE(alarm.timer.is_armed());
}

/// The model: what is armed, by due tick and then by order of arming.
struct Model {
  std::multimap<std::int64_t, int> due;
  std::map<int, std::multimap<std::int64_t, int>::iterator> where;

  void arm(int id, std::int64_t tick) {
    cancel(id);
    where[id] = due.emplace(tick, id);
  }
  void cancel(int id) {
    if (const auto found = where.find(id); found != where.end()) {
      due.erase(found->second);
      where.erase(found);
    }
  }
  std::vector<int> advance(std::int64_t tick) {
    std::vector<int> fired;
    while (!due.empty() && due.begin()->first <= tick) {
      fired.push_back(due.begin()->second);
      cancel(due.begin()->second);
    }
    return fired;
  }
};

TEST(TimerWheel, AgreesWithAMultimap) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    TimerWheel wheel;
    Model model;
    std::vector<int> fired;
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < 200; ++i) alarms.push_back(std::make_unique<Alarm>(fired, i));
    std::int64_t now = static_cast<std::int64_t>(random() % 1'000'000'000);
    wheel.advance(at(now * 1ms));
    for (int step = 0; step < 5000; ++step) {
      const int id = static_cast<int>(random() % alarms.size());
      const std::uint64_t dice = random() % 10;
      if (dice < 6) {
        const std::int64_t spread = std::int64_t{1} << (random() % 36);
        const std::int64_t due = now + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(spread));
        wheel.arm(alarms[static_cast<std::size_t>(id)]->timer, at(due * 1ms));
        model.arm(id, due);
      } else if (dice < 8) {
        alarms[static_cast<std::size_t>(id)]->timer.cancel();
        model.cancel(id);
      } else {
        const Monotonic next = wheel.next_due();
        if (model.due.empty()) {
          ASSERT_EQ(next, Monotonic::max());
        } else {
          ASSERT_LE(next, at(model.due.begin()->first * 1ms));
        }
        now += static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 34)));
        wheel.advance(at(now * 1ms));
        ASSERT_EQ(fired, model.advance(now)) << "seed " << seed << " step " << step;
        fired.clear();
      }
      ASSERT_EQ(wheel.size(), model.due.size());
    }
  }
}

}  // namespace
}  // namespace carillon
