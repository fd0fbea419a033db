// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a coroutine gets the value of work done on another thread, learns of a full mailbox, and may be cancelled while it waits.
#include <gtest/gtest.h>

#include "base/worker.hpp"
#include "support/virtual_loop.hpp"

namespace carillon {
namespace {

/// Holds a worker back until it is let go.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

Task<> ask(Worker& worker, Loop& loop, std::vector<std::optional<std::string>>& answers, std::string text) {
  auto work = [text = std::move(text)] { return text + "!"; };
  answers.push_back(co_await run_on(worker, loop, std::move(work)));
}

Task<> wait_at(Worker& worker, Loop& loop, std::shared_ptr<Gate> gate) {
  auto work = [gate = std::move(gate)] {
    gate->pass();
    return true;
  };
  (void)co_await run_on(worker, loop, std::move(work));
}

TEST(RunOn, YieldsWhatTheWorkReturned) {
  test::VirtualLoop loop;
  Worker worker({.name = "test"});
  std::vector<std::optional<std::string>> answers;
  Scope scope(loop, [](const Broken&) { FAIL(); });
  scope.spawn(ask(worker, loop, answers, "one"));
  loop.run_until_idle();
  if (answers.empty()) {  // The worker may have been quicker than our turn.
    ASSERT_TRUE(loop.run_posted());
  }
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0], "one!");
}

TEST(RunOn, FullMailboxYieldsNothing) {
  test::VirtualLoop loop;
  auto gate = std::make_shared<Gate>();
  Worker worker({.name = "test", .capacity = 0});
  std::vector<std::optional<std::string>> answers;
  Scope scope(loop, [](const Broken&) { FAIL(); });
  scope.spawn(ask(worker, loop, answers, "one"));
  loop.run_until_idle();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0], std::nullopt);
}

TEST(RunOn, MayBeCancelledWhileTheWorkRuns) {
  test::VirtualLoop loop;
  auto gate = std::make_shared<Gate>();
  Worker worker({.name = "test"});
  {
    Scope scope(loop, [](const Broken&) { FAIL(); });
    scope.spawn(wait_at(worker, loop, gate));
    loop.run_until_idle();
  }
  gate->open();
  EXPECT_TRUE(loop.run_posted());
}

}  // namespace
}  // namespace carillon
