// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/snapshot_feed.hpp"

#include "base/log.hpp"
#include "roles/snapshot_loader.hpp"
#include "store/database.hpp"

namespace carillon::roles {

namespace {

constexpr Duration interval = 250ms;

}  // namespace

/// What one poll brought: null when nothing changed.
struct SnapshotFeed::Polled {
  Result<std::shared_ptr<const directory::Snapshot>> snapshot;
};

/// The worker thread's own things.
class SnapshotFeed::Source {
 public:
  Source(std::string url, std::filesystem::path data_dir) : url_(std::move(url)), data_dir_(std::move(data_dir)) {}

  Polled poll() {
    if (!database_) {
      auto opened = store::open(url_, data_dir_, store::Access::read);
      if (!opened) return {std::unexpected(opened.error())};
      auto follower = SnapshotFollower::start(**opened);
      if (!follower) return {std::unexpected(follower.error())};
      database_ = std::move(*opened);
      follower_.emplace(std::move(*follower));
      return {follower_->current()};
    }
    return {follower_->poll()};
  }

 private:
  std::string url_;
  std::filesystem::path data_dir_;
  std::unique_ptr<store::Database> database_;
  std::optional<SnapshotFollower> follower_;
};

SnapshotFeed::SnapshotFeed(Loop& loop, const Configuration& configuration, Take take)
    : loop_(loop),
      take_(std::move(take)),
      source_(std::make_shared<Source>(configuration.text("database.url"), configuration.text("data.dir"))),
      poll_([](void* self) { static_cast<SnapshotFeed*>(self)->poll(); }, this),
      worker_(std::make_unique<Worker>(Worker::Options{.name = "snapshot"})) {
  poll();
}

SnapshotFeed::~SnapshotFeed() {
  *is_alive_ = false;
}

void SnapshotFeed::hurry() {
  if (!is_polling_) poll();
}

void SnapshotFeed::poll() {
  is_polling_ = true;
  const bool taken = worker_->submit([this, source = source_, alive = is_alive_, &loop = loop_] {
    auto polled = std::make_shared<Polled>(source->poll());
    loop.post([this, polled, alive] {
      if (*alive) on_polled(std::move(*polled));
    });
  });
  CARILLON_ASSERT(taken);  // One poll is under way at a time.
}

void SnapshotFeed::on_polled(Polled polled) {
  is_polling_ = false;
  loop_.timers().arm(poll_, loop_.now() + interval);
  if (!polled.snapshot) {
    failed_.add();
    const Error& error = polled.snapshot.error();
    if (trouble_ != error.code) log::error("snapshot", "load.failed", {{"fault", error.code}, {"what", error.what}});
    trouble_ = error.code;
    return;
  }
  if (*polled.snapshot == nullptr) return;
  trouble_.clear();
  change_.set((*polled.snapshot)->change());
  take_(std::move(*polled.snapshot));
}

}  // namespace carillon::roles
