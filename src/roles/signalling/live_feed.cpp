// SPDX-License-Identifier: GPL-3.0-or-later
// Events on their way from the shards to those who watch.
#include "roles/signalling/live_feed.hpp"

namespace carillon::roles {

namespace {

constexpr Duration sweep_interval = 5s;

control::LiveEvent watching() {
  control::LiveEvent event;
  event.type = "watching";
  event.object.text = "{}";
  return event;
}

struct Told {};

}  // namespace

LiveFeed::LiveFeed(Loop& home, control::Methods& methods, Shards& shards)
    : home_(home), shards_(shards), sweep_([](void* self) { static_cast<LiveFeed*>(self)->sweep(); }, this) {
  methods.watch<control::EventsWatch>([this](const control::Nothing&, Watcher watcher) { add(std::move(watcher)); });
}

void LiveFeed::add(Watcher watcher) {
  if (watchers_.size() >= watchers_max) return;
  const bool is_first = watchers_.empty();
  watchers_.push_back(std::move(watcher));
  if (is_on_) watchers_.back().tell(watching());
  if (is_first) turn_on();
}

void LiveFeed::turn_on() {
  if (is_on_) return;
  if (!sweep_.is_armed()) home_.timers().arm(sweep_, home_.now() + sweep_interval);
  shards_.ask_all<Told>(
      [this, &home = home_, alive = is_alive_](Shard& shard) {
        Loop& loop = shard.agent().loop();
        shard.news().watch([this, &home, alive, &shard, &loop](LiveNews::Batch batch) {
          home.post([this, alive, &shard, &loop, batch = std::move(batch)] {
            if (!*alive) return;
            loop.post([&shard, count = batch.events.size()] { shard.news().note_taken(count); });
            take(batch);
          });
        });
        return Told{};
      },
      [this, alive = is_alive_](const std::vector<Told>&) {
        if (!*alive) return;
        is_on_ = true;
        for (Watcher& watcher : watchers_) watcher.tell(watching());
      });
}

void LiveFeed::take(const LiveNews::Batch& batch) {
  for (Watcher& watcher : watchers_) {
    if (batch.has_gap) watcher.tell_gap();
    for (const control::LiveEvent& event : batch.events) watcher.tell(event);
  }
}

/// Whoever has gone is forgotten; when nobody is left the shards need not publish.
void LiveFeed::sweep() {
  std::erase_if(watchers_, [](const Watcher& watcher) { return !watcher.is_wanted(); });
  if (!watchers_.empty() || !is_on_) {
    home_.timers().arm(sweep_, home_.now() + sweep_interval);
    return;
  }
  is_on_ = false;
  shards_.ask_all<Told>(
      [](Shard& shard) {
        shard.news().unwatch();
        return Told{};
      },
      [](const std::vector<Told>&) {});
}

}  // namespace carillon::roles
