// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a role that is killed or hangs is back, one that is stopped ends, one that will not is killed; with real processes.
#include "roles/supervisor/role_keeper.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/log.hpp"
#include "net/asio_network.hpp"
#include "roles/data_dir.hpp"
#include "roles/signals.hpp"
#include "roles/supervisor/data_directory.hpp"
#include "stub_role.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

class RoleKeeperTest : public ::testing::Test, protected RoleKeeper::Listener {
 protected:
  RoleKeeperTest() {
    block_signals();
    log::set_level(log::Level::off);
    EXPECT_TRUE(DataLock::take(data_));
    signals_.emplace(loop_, [this](int number) {
      if (number == SIGCHLD && keeper_) keeper_->reap();
    });
  }

  RoleKeeper& keep(RoleKeeper::Options options = {}) {
    options.role = "stub";
    options.socket = data_.control_socket("stub");
    if (!options.launch) options.launch = testing::stub_role("stub", data_.root);
    keeper_.emplace(network_, static_cast<RoleKeeper::Listener&>(*this), std::move(options));
    keeper_->start();
    return *keeper_;
  }

  /// Turns the loop until `condition` holds; false after ten seconds.
  bool reach(std::function<bool()> condition) {
    condition_ = std::move(condition);
    deadline_ = loop_.now() + 10s;
    look();
    loop_.run();
    return condition_();
  }
  void look() {
    if (condition_() || loop_.now() >= deadline_) return loop_.stop();
    loop_.timers().arm(look_, loop_.now() + 2ms);
  }

  /// Until the process answers.
  bool reach_answer() {
    answered_ = false;
    return reach([this] {
      if (!answered_ && !std::exchange(asking_, true)) {
        keeper_->link().call<control::Ping>(control::Nothing(), 1s, [this](const Result<control::Nothing>& pong) {
          asking_ = false;
          answered_ = pong.has_value();
        });
      }
      return answered_ && !asking_;
    });
  }

  void on_role_died(RoleKeeper&, int status) override { deaths_.push_back(status); }
  void on_role_gone(RoleKeeper&) override { is_gone_ = true; }

  const carillon::testing::TemporaryDirectory directory_;
  const DataDir data_{directory_.path() / "data"};
  net::AsioLoop loop_;
  net::AsioNetwork network_{loop_};
  std::vector<int> deaths_;
  bool is_gone_ = false;
  bool asking_ = false;
  bool answered_ = false;
  std::function<bool()> condition_;
  Monotonic deadline_;
  Timer look_{[](void* self) { static_cast<RoleKeeperTest*>(self)->look(); }, this};
  std::optional<RoleKeeper> keeper_;
  std::optional<Signals> signals_;
};

TEST_F(RoleKeeperTest, StartsAgainWhatDied) {
  RoleKeeper& keeper = keep();
  ASSERT_TRUE(reach_answer());
  const pid_t first = keeper.pid();
  const Monotonic killed = loop_.now();
  ::kill(first, SIGKILL);
  ASSERT_TRUE(reach([&] { return keeper.pid() != 0 && keeper.pid() != first; }));
  ASSERT_TRUE(reach_answer());
  EXPECT_LT(loop_.now() - killed, 3s);
  ASSERT_EQ(deaths_.size(), 1U);
  EXPECT_TRUE(WIFSIGNALED(deaths_[0]));
  EXPECT_FALSE(keeper.is_unstable());
}

TEST_F(RoleKeeperTest, KillsWhatHangs) {
  RoleKeeper::Options options;
  options.ping_interval = 50ms;
  options.ping_patience = 100ms;
  RoleKeeper& keeper = keep(std::move(options));
  ASSERT_TRUE(reach_answer());
  const pid_t first = keeper.pid();
  // The keeper must have seen it answer, too: until then a slow start is allowed.
  ASSERT_TRUE(reach([&, until = loop_.now() + 400ms] { return loop_.now() >= until; }));
  ::kill(first, SIGSTOP);
  ASSERT_TRUE(reach([&] { return keeper.pid() != 0 && keeper.pid() != first; }));
  EXPECT_TRUE(WIFSIGNALED(deaths_.at(0)));
}

TEST_F(RoleKeeperTest, KillsWhatHangsAsSoonAsItIsReady) {
  RoleKeeper::Options options;
  options.ping_interval = 50ms;
  options.ping_patience = 100ms;
  RoleKeeper& keeper = keep(std::move(options));
  ASSERT_TRUE(reach_answer());
  const pid_t first = keeper.pid();
  keeper.note_ready();
  ::kill(first, SIGSTOP);
  ASSERT_TRUE(reach([&] { return keeper.pid() != 0 && keeper.pid() != first; }));
  EXPECT_TRUE(WIFSIGNALED(deaths_.at(0)));
}

TEST_F(RoleKeeperTest, BacksOffFromWhatCannotStart) {
  RoleKeeper::Options options;
  options.launch = testing::stub_role("stub", data_.root, 3);
  RoleKeeper& keeper = keep(std::move(options));
  const Monotonic start = loop_.now();
  ASSERT_TRUE(reach([&] { return deaths_.size() == 4; }));
  EXPECT_GE(loop_.now() - start, 600ms);  // 0, then 0.2 and 0.4 s.
  EXPECT_TRUE(keeper.is_unstable());
  EXPECT_EQ(WEXITSTATUS(deaths_[0]), 3);
}

TEST_F(RoleKeeperTest, StopsCleanly) {
  RoleKeeper& keeper = keep();
  ASSERT_TRUE(reach_answer());
  keeper.stop();
  EXPECT_FALSE(is_gone_);
  ASSERT_TRUE(reach([&] { return is_gone_; }));
  ASSERT_EQ(deaths_.size(), 1U);
  EXPECT_TRUE(WIFEXITED(deaths_[0]) && WEXITSTATUS(deaths_[0]) == 0);
  EXPECT_EQ(keeper.pid(), 0);
}

TEST_F(RoleKeeperTest, KillsWhatDoesNotStop) {
  RoleKeeper::Options options;
  options.stop_limit = 100ms;
  RoleKeeper& keeper = keep(std::move(options));
  ASSERT_TRUE(reach_answer());
  ::kill(keeper.pid(), SIGSTOP);
  keeper.stop();
  ASSERT_TRUE(reach([&] { return is_gone_; }));
  EXPECT_TRUE(WIFSIGNALED(deaths_.at(0)));
}

TEST_F(RoleKeeperTest, StopsWhileItWaitsToStartAgain) {
  RoleKeeper::Options options;
  options.launch = testing::stub_role("stub", data_.root, 3);
  RoleKeeper& keeper = keep(std::move(options));
  ASSERT_TRUE(reach([&] { return deaths_.size() >= 4 && keeper.pid() == 0; }));
  keeper.stop();
  const Monotonic start = loop_.now();
  ASSERT_TRUE(reach([&] { return is_gone_; }));
  EXPECT_LT(loop_.now() - start, 500ms);
}

}  // namespace
}  // namespace carillon::roles
