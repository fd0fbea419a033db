// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/snapshot_feed.hpp"

#include "base/log.hpp"
#include "control/message.hpp"
#include "roles/signalling/country_file.hpp"
#include "roles/snapshot_loader.hpp"
#include "store/connection.hpp"

namespace carillon::roles {

namespace {

constexpr Duration interval = 250ms;

}  // namespace

/// What one poll brought: null when nothing changed.
struct SnapshotFeed::Polled {
  Result<std::shared_ptr<const directory::Snapshot>> snapshot;
  Result<> countries;
};

/// The worker thread's own things.
class SnapshotFeed::Source {
 public:
  explicit Source(const Configuration& configuration)
      : connection_(configuration.text("database.url"), configuration.text("data.dir"), store::Access::read),
        country_file_(configuration.text("security.country_database")) {}

  Polled poll(bool is_reload) {
    Polled polled{.snapshot = poll_database(), .countries = {}};
    if (!follower_) return polled;
    const bool has_new = poll_countries(is_reload, polled.countries);
    if (has_new) polled.snapshot = follower_->current();
    return polled;
  }

 private:
  Result<std::shared_ptr<const directory::Snapshot>> poll_database() {
    CARILLON_TRY(database, connection_.get({}));
    if (follower_) return follower_->poll(*database);
    CARILLON_TRY(follower, SnapshotFollower::start(*database));
    follower_.emplace(std::move(follower));
    return follower_->current();
  }

  /// Whether the snapshot has others now. What is set and was never read knows no address: who asks for countries gets none.
  bool poll_countries(bool is_reload, Result<>& result) {
    auto read = country_file_.poll(is_reload);
    std::shared_ptr<const directory::CountryDatabase> countries;
    if (read)
      countries = std::move(*read);
    else
      result = std::unexpected(read.error());
    if (!countries && country_file_.is_set() && !follower_->current()->countries())
      countries = std::make_shared<const directory::CountryDatabase>();
    if (!countries) return false;
    if (auto set = follower_->set_countries(std::move(countries)); !set) result = std::move(set);
    return true;
  }

  store::Connection connection_;
  CountryFile country_file_;
  std::optional<SnapshotFollower> follower_;
};

SnapshotFeed::SnapshotFeed(Loop& loop, const Configuration& configuration, Take take)
    : loop_(loop),
      take_(std::move(take)),
      source_(std::make_shared<Source>(configuration)),
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

void SnapshotFeed::reload(Done done) {
  constexpr std::size_t most = 16;
  if (worker_->waiting() >= most) return done(failure(control::Fault::busy, "it is being reloaded"));
  poll(std::move(done));
}

void SnapshotFeed::poll(Done done) {
  is_polling_ = true;
  const bool taken =
      worker_->submit([this, source = source_, alive = is_alive_, &loop = loop_, done = std::move(done)]() mutable {
        auto polled = std::make_shared<Polled>(source->poll(static_cast<bool>(done)));
        loop.post([this, polled, alive, done = std::move(done)]() mutable {
          if (!*alive) return;
          const Result<> countries = polled->countries;
          on_polled(std::move(*polled));
          if (done) done(countries);
        });
      });
  CARILLON_ASSERT(taken);  // One poll is under way at a time, and a few that were asked for.
}

void SnapshotFeed::on_polled(Polled polled) {
  is_polling_ = false;
  loop_.timers().arm(poll_, loop_.now() + interval);
  if (!polled.countries) {
    no_countries_.add();
    log::error("snapshot", "countries.refused", {{"fault", polled.countries.error().code}, {"what", polled.countries.error()}});
  }
  if (!polled.snapshot) {
    failed_.add();
    const Error& error = polled.snapshot.error();
    if (trouble_ != error.code) log::error("snapshot", "load.failed", {{"fault", error.code}, {"what", error.what}});
    trouble_ = error.code;
    return;
  }
  if (!std::exchange(trouble_, {}).empty()) log::info("snapshot", "load.works_again");
  if (*polled.snapshot == nullptr) return;
  change_.set((*polled.snapshot)->change());
  take_(std::move(*polled.snapshot));
}

}  // namespace carillon::roles
