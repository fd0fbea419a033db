// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: tasks start, finish, race and are cancelled exactly when they should, release what they hold, and never overflow the
// stack.
#include "base/task.hpp"

#include <random>

#include "support/virtual_loop.hpp"

namespace carillon {
namespace {

/// Counts how many of its kind are alive: stands for a leg, a port, a lease.
struct Held {
  explicit Held(int& count) : alive(count) { ++alive; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { --alive; }
  int& alive;
};

class TaskTest : public testing::Test {
 protected:
  test::VirtualLoop loop;
  int broken = 0;
  Scope scope{loop, [this](const Broken&) { ++broken; }};
  std::vector<std::string> seen;
};

Task<int> immediate(int value) {
  co_return value;
}
Task<> nothing() {
  co_return;
}
Task<int> after(Loop& loop, Duration time, int value) {
  co_await sleep(loop, time);
  co_return value;
}
Task<int> holding(Loop& loop, Duration time, int value, int& alive) {
  const Held held(alive);
  co_await sleep(loop, time);
  co_return value;
}
Task<int> fail_after(Loop& loop, Duration time) {
  co_await sleep(loop, time);
  CARILLON_ENSURE(1 == 2);
  co_return 0;
}
template <class T>
Task<> store(Task<T> task, std::optional<T>& into) {
  into = co_await std::move(task);
}
Task<> drop_value(Task<int> task) {
  co_await std::move(task);
}

TEST_F(TaskTest, IsLazy) {
  bool ran = false;
  const auto run = [](bool& flag) -> Task<> {
    flag = true;
    co_return;
  };
  Task<> task = run(ran);
  EXPECT_FALSE(ran);
  scope.spawn(std::move(task));
  EXPECT_FALSE(ran);
  loop.run_until_idle();
  EXPECT_TRUE(ran);
}

TEST_F(TaskTest, PassesValuesThroughCoAwait) {
  std::optional<int> result;
  const auto sum = [](Loop& on) -> Task<int> {
    const int first = co_await immediate(1);
    const int second = co_await after(on, 10ms, 2);
    co_await nothing();
    co_return first + second;
  };
  scope.spawn(store(sum(loop), result));
  loop.run_for(9ms);
  EXPECT_FALSE(result);
  loop.run_for(1ms);
  EXPECT_EQ(result, 3);
}

TEST_F(TaskTest, MovesMoveOnlyValues) {
  std::optional<std::unique_ptr<int>> result;
  const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  scope.spawn(store(make(), result));
  loop.run_until_idle();
  EXPECT_EQ(**result, 7);
}

TEST_F(TaskTest, AMillionAwaitsThatDoNotSuspendKeepTheStack) {
  std::optional<int> result;
  const auto count = []() -> Task<int> {
    int total = 0;
    for (int i = 0; i < 1'000'000; ++i) total += co_await immediate(1);
    co_return total;
  };
  scope.spawn(store(count(), result));
  loop.run_until_idle();
  EXPECT_EQ(result, 1'000'000);
}

Task<int> descend(Loop& loop, int depth) {
  if (depth == 0) {
    co_await sleep(loop, 1ms);
    co_return 0;
  }
  const int below = co_await descend(loop, depth - 1);
  co_return below + 1;
}

TEST_F(TaskTest, ADeepChainUnwindsInConstantStack) {
  std::optional<int> result;
  scope.spawn(store(descend(loop, 100'000), result));
  loop.run_for(1ms);
  EXPECT_EQ(result, 100'000);
}

TEST_F(TaskTest, DestroyingASuspendedTaskUnwindsItsWholeChain) {
  int alive = 0;
  const auto outer = [](Loop& on, int& count) -> Task<> {
    const Held held(count);
    co_await holding(on, 1h, 1, count);
  };
  {
    Scope inner(loop, [](const Broken&) {});
    inner.spawn(outer(loop, alive));
    loop.run_until_idle();
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(loop.timers().size(), 1U);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(loop.timers().size(), 0U);
}

TEST_F(TaskTest, CancelDestroysInTheNextTurn) {
  int alive = 0;
  scope.spawn(drop_value(holding(loop, 1h, 1, alive)));
  loop.run_until_idle();
  scope.cancel();
  EXPECT_EQ(alive, 1);
  loop.run_until_idle();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(scope.size(), 0U);
}

TEST_F(TaskTest, ATaskMayCancelItsOwnScope) {
  int alive = 0;
  const auto suicide = [](Loop& on, Scope& own, int& count, std::vector<std::string>& log) -> Task<> {
    const Held held(count);
    own.cancel();
    log.emplace_back("after cancel");
    co_await sleep(on, 1ms);
    log.emplace_back("never");
  };
  scope.spawn(suicide(loop, scope, alive, seen));
  loop.run_for(1s);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(seen, std::vector<std::string>{"after cancel"});
}

TEST_F(TaskTest, WhatIsCancelledBeforeItStartsNeverStarts) {
  const auto run = [](std::vector<std::string>& log) -> Task<> {
    log.emplace_back("never");
    co_return;
  };
  scope.spawn(run(seen));
  scope.cancel();
  loop.run_for(1s);
  EXPECT_TRUE(seen.empty());
}

TEST_F(TaskTest, JoinWaitsForFinishedAndCancelled) {
  std::vector<std::string> order;
  const auto worker = [](Loop& on, std::vector<std::string>& log) -> Task<> {
    co_await sleep(on, 20ms);
    log.emplace_back("worker");
  };
  const auto waiter = [](Scope& other, std::vector<std::string>& log) -> Task<> {
    co_await other.join();
    log.emplace_back("joined");
  };
  Scope workers(loop, [](const Broken&) {});
  workers.spawn(worker(loop, order));
  workers.spawn(drop_value(after(loop, 10ms, 1)));
  scope.spawn(waiter(workers, order));
  loop.run_for(19ms);
  EXPECT_TRUE(order.empty());
  loop.run_for(1ms);
  EXPECT_EQ(order, (std::vector<std::string>{"worker", "joined"}));
}

TEST_F(TaskTest, JoinOfAnEmptyScopeReturnsAtOnce) {
  Scope empty(loop, [](const Broken&) {});
  std::optional<int> done;
  const auto join = [](Scope& which) -> Task<int> {
    co_await which.join();
    co_return 1;
  };
  scope.spawn(store(join(empty), done));
  loop.run_until_idle();
  EXPECT_TRUE(done);
}

TEST_F(TaskTest, BrokenReachesTheScopesHandler) {
  const auto outer = [](Loop& on, std::vector<std::string>& log) -> Task<> {
    co_await fail_after(on, 5ms);
    log.emplace_back("never");
  };
  scope.spawn(outer(loop, seen));
  loop.run_for(10ms);
  EXPECT_EQ(broken, 1);
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(scope.size(), 0U);
}

TEST_F(TaskTest, ManyTasksFinishInAnyOrder) {
  int alive = 0;
  for (int i = 0; i < 1000; ++i) scope.spawn(drop_value(holding(loop, Duration((i * 7919) % 1000 * 1000), i, alive)));
  loop.run_until_idle();
  EXPECT_GT(alive, 900);
  loop.run_for(500ms);
  EXPECT_GT(alive, 400);
  EXPECT_EQ(scope.size(), static_cast<std::size_t>(alive));
  loop.run_for(500ms);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(scope.size(), 0U);
}

TEST_F(TaskTest, RaceReturnsTheFirstAndCancelsTheRest) {
  int alive = 0;
  std::optional<std::variant<int, std::monostate, int>> result;
  scope.spawn(store(race(holding(loop, 20ms, 1, alive), sleep(loop, 10ms), holding(loop, 30ms, 3, alive)), result));
  loop.run_for(5ms);
  EXPECT_EQ(alive, 2);
  loop.run_for(5ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->index(), 1U);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(loop.timers().size(), 0U);
}

TEST_F(TaskTest, LosersAreGoneBeforeRaceReturns) {
  int alive = 0;
  const auto story = [](Loop& on, int& count, std::vector<std::string>& log) -> Task<> {
    co_await race(holding(on, 1h, 1, count), sleep(on, 1ms));
    log.push_back(std::to_string(count));
  };
  scope.spawn(story(loop, alive, seen));
  loop.run_for(1ms);
  EXPECT_EQ(seen, std::vector<std::string>{"0"});
}

TEST_F(TaskTest, RaceStopsStartingOnceOneIsDone) {
  int alive = 0;
  std::optional<std::variant<int, int>> result;
  scope.spawn(store(race(immediate(4), holding(loop, 1ms, 5, alive)), result));
  loop.run_until_idle();
  EXPECT_EQ(std::get<0>(*result), 4);
  EXPECT_EQ(alive, 0);
}

TEST_F(TaskTest, RaceOfManyNamesTheWinner) {
  int alive = 0;
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(holding(loop, Duration(std::abs(i - 6) * 1000 + 1000), i * 11, alive));
  std::optional<Winner<int>> result;
  scope.spawn(store(race(std::move(tasks)), result));
  loop.run_for(1ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->index, 6U);
  EXPECT_EQ(result->value, 66);
  EXPECT_EQ(alive, 0);
}

TEST_F(TaskTest, BrokenInARaceCancelsTheOthersAndPasses) {
  int alive = 0;
  std::optional<std::variant<int, int>> result;
  scope.spawn(store(race(holding(loop, 1h, 1, alive), fail_after(loop, 1ms)), result));
  loop.run_for(1ms);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(broken, 1);
  EXPECT_FALSE(result);
}

TEST_F(TaskTest, CancellingARaceCancelsItsBranches) {
  int alive = 0;
  std::optional<std::variant<int, int>> result;
  scope.spawn(store(race(holding(loop, 1h, 1, alive), holding(loop, 1h, 2, alive)), result));
  loop.run_until_idle();
  EXPECT_EQ(alive, 2);
  scope.cancel();
  loop.run_until_idle();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(loop.timers().size(), 0U);
}

TEST_F(TaskTest, AllWaitsForEveryone) {
  std::optional<std::tuple<int, std::monostate, int>> result;
  scope.spawn(store(all(after(loop, 30ms, 1), sleep(loop, 10ms), immediate(3)), result));
  loop.run_for(29ms);
  EXPECT_FALSE(result);
  loop.run_for(1ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(std::get<0>(*result), 1);
  EXPECT_EQ(std::get<2>(*result), 3);
}

TEST_F(TaskTest, AllOfManyKeepsTheOrder) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(after(loop, Duration((5 - i) * 1000), i));
  std::optional<std::vector<int>> result;
  scope.spawn(store(all(std::move(tasks)), result));
  loop.run_for(5ms);
  EXPECT_EQ(result, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(TaskTest, AllOfNoneReturnsAtOnce) {
  std::optional<std::vector<int>> result;
  scope.spawn(store(all(std::vector<Task<int>>()), result));
  loop.run_until_idle();
  EXPECT_TRUE(result);
}

TEST_F(TaskTest, BrokenInAllCancelsTheOthersAndPasses) {
  int alive = 0;
  std::optional<std::tuple<int, int>> result;
  scope.spawn(store(all(holding(loop, 1h, 1, alive), fail_after(loop, 1ms)), result));
  loop.run_for(1ms);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(broken, 1);
}

TEST_F(TaskTest, DeadlineEndsWhatTakesTooLong) {
  int alive = 0;
  std::optional<std::optional<int>> late;
  std::optional<std::optional<int>> in_time;
  scope.spawn(store(with_deadline(loop, 10ms, holding(loop, 1h, 1, alive)), late));
  scope.spawn(store(with_deadline(loop, 10ms, holding(loop, 5ms, 2, alive)), in_time));
  loop.run_for(10ms);
  ASSERT_TRUE(late && in_time);
  EXPECT_FALSE(late->has_value());
  EXPECT_EQ(in_time->value(), 2);
  EXPECT_EQ(alive, 0);
}

TEST_F(TaskTest, OneShotIsNeverResumedInline) {
  OneShot<int> one_shot(loop);
  Promise<int> promise = one_shot.promise();
  std::optional<int> result;
  scope.spawn(store(one_shot.wait(), result));
  loop.run_until_idle();
  EXPECT_TRUE(promise.is_wanted());
  promise.fulfil(9);
  EXPECT_FALSE(result);
  EXPECT_FALSE(promise.is_wanted());
  promise.fulfil(10);
  loop.run_until_idle();
  EXPECT_EQ(result, 9);
}

TEST_F(TaskTest, OneShotMayBeFulfilledBeforeTheWait) {
  OneShot<int> one_shot(loop);
  one_shot.promise().fulfil(9);
  std::optional<int> result;
  scope.spawn(store(one_shot.wait(), result));
  loop.run_until_idle();
  EXPECT_EQ(result, 9);
}

TEST_F(TaskTest, APromiseOutlivesItsWaiter) {
  Promise<int> promise;
  {
    OneShot<int> one_shot(loop);
    promise = one_shot.promise();
    Promise<int> moved = std::move(promise);
    promise = std::move(moved);
    EXPECT_TRUE(promise.is_wanted());
  }
  EXPECT_FALSE(promise.is_wanted());
  promise.fulfil(1);
}

TEST_F(TaskTest, ADroppedPromiseBreaksTheWaiter) {
  OneShot<int> one_shot(loop);
  std::optional<int> result;
  {
    const Promise<int> promise = one_shot.promise();
    scope.spawn(store(one_shot.wait(), result));
    loop.run_until_idle();
  }
  loop.run_until_idle();
  EXPECT_EQ(broken, 1);
}

TEST_F(TaskTest, AWaiterThatIsDestroyedAfterFulfilmentIsNotResumed) {
  OneShot<int> one_shot(loop);
  Promise<int> promise = one_shot.promise();
  std::optional<int> result;
  {
    Scope inner(loop, [](const Broken&) {});
    inner.spawn(store(one_shot.wait(), result));
    loop.run_until_idle();
    promise.fulfil(1);
  }
  loop.run_until_idle();
  EXPECT_FALSE(result);
}

TEST_F(TaskTest, ChannelKeepsOrderAndBound) {
  Channel<int> channel(loop, 2);
  EXPECT_TRUE(channel.push(1));
  EXPECT_TRUE(channel.push(2));
  EXPECT_FALSE(channel.push(3));
  const auto consume = [](Channel<int>& from, std::vector<std::string>& log) -> Task<> {
    while (true) {
      const int value = co_await from.next();
      log.push_back(std::to_string(value));
    }
  };
  scope.spawn(consume(channel, seen));
  loop.run_until_idle();
  EXPECT_EQ(channel.size(), 0U);
  EXPECT_TRUE(channel.push(3));
  EXPECT_TRUE(channel.push(4));
  loop.run_until_idle();
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2", "3", "4"}));
  scope.cancel();
  loop.run_until_idle();
}

TEST_F(TaskTest, ACancelledConsumerTakesNothing) {
  Channel<int> channel(loop, 2);
  std::optional<int> result;
  {
    Scope inner(loop, [](const Broken&) {});
    inner.spawn(store(channel.next(), result));
    loop.run_until_idle();
    EXPECT_TRUE(channel.push(1));
  }
  loop.run_until_idle();
  EXPECT_EQ(channel.size(), 1U);
  scope.spawn(store(channel.next(), result));
  loop.run_until_idle();
  EXPECT_EQ(result, 1);
}

TEST_F(TaskTest, ASecondConsumerIsBroken) {
  Channel<int> channel(loop, 2);
  std::optional<int> first;
  std::optional<int> second;
  scope.spawn(store(channel.next(), first));
  scope.spawn(store(channel.next(), second));
  loop.run_until_idle();
  EXPECT_EQ(broken, 1);
  scope.cancel();
  loop.run_until_idle();
}

Task<Result<int>> try_both(bool fails) {
  const auto number = [](bool bad) -> Task<Result<int>> {
    if (bad) co_return failure(TimeFault::malformed);
    co_return 20;
  };
  const auto check = []() -> Task<Result<>> { co_return Result<>(); };
  CARILLON_CO_CHECK(co_await check());
  CARILLON_CO_TRY(value, co_await number(fails));
  co_return value + 1;
}

TEST_F(TaskTest, ResultsArePassedOn) {
  std::optional<Result<int>> good;
  std::optional<Result<int>> bad;
  scope.spawn(store(try_both(false), good));
  scope.spawn(store(try_both(true), bad));
  loop.run_until_idle();
  EXPECT_EQ(good->value(), 21);
  EXPECT_TRUE(bad->error().is(TimeFault::malformed));
}

/// A tree of everything that tasks can do, chosen by the seed; each node holds something that must be given back.
Task<int> grow(Loop& loop, std::minstd_rand& random, int depth, int& alive) {
  const Held held(alive);
  const auto pause = Duration(random() % 20'000);
  const auto kind = depth == 0 ? 0 : random() % 6;
  if (kind == 0) {
    co_await sleep(loop, pause);
  } else if (kind == 1) {
    co_await race(grow(loop, random, depth - 1, alive), sleep(loop, pause), grow(loop, random, depth - 1, alive));
  } else if (kind == 2) {
    co_await all(grow(loop, random, depth - 1, alive), immediate(1), grow(loop, random, depth - 1, alive));
  } else if (kind == 3) {
    co_await with_deadline(loop, pause, grow(loop, random, depth - 1, alive));
  } else if (kind == 4) {
    Scope inner(loop, [](const Broken&) {});
    inner.spawn(drop_value(grow(loop, random, depth - 1, alive)));
    inner.spawn(drop_value(grow(loop, random, depth - 1, alive)));
    co_await with_deadline(loop, pause, inner.join());
    CARILLON_ENSURE(random() % 8 != 0);
  } else {
    OneShot<int> one_shot(loop);
    Promise<int> promise = one_shot.promise();
    co_await race(one_shot.wait(), grow(loop, random, depth - 1, alive));
  }
  co_return depth;
}

TEST_F(TaskTest, RandomTreesGiveEverythingBack) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::minstd_rand random(seed);
    int alive = 0;
    for (int i = 0; i < 10; ++i) scope.spawn(drop_value(grow(loop, random, 5, alive)));
    loop.run_for(Duration(random() % 100'000));
    if (seed % 2 == 0) scope.cancel();
    loop.run_for(seed % 2 == 0 ? Duration(0) : Duration(10s));
    ASSERT_EQ(scope.size(), 0U) << seed;
    ASSERT_EQ(alive, 0) << seed;
    ASSERT_EQ(loop.timers().size(), 0U) << seed;
  }
}

using TaskDeathTest = TaskTest;

TEST_F(TaskDeathTest, DestroyingARunningFrameAborts) {
  const auto suicide = [](std::unique_ptr<Scope>& own) -> Task<> {
    own.reset();
    co_return;
  };
  EXPECT_DEATH(
      {
        auto own = std::make_unique<Scope>(loop, [](const Broken&) {});
        own->spawn(suicide(own));
        loop.run_until_idle();
      },
      "assertion failed");
}

}  // namespace
}  // namespace carillon
