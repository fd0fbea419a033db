// SPDX-License-Identifier: GPL-3.0-or-later
// What changes among the calls and registrations of a shard, for those who watch. It stands between the shard's parts and whom
// they tell anyhow; while nobody watches it passes on and does no more.
#pragma once

#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "call/leg.hpp"
#include "control/methods.hpp"
#include "registrar/registrar.hpp"

namespace carillon::roles {

class Shard;

class LiveNews final : public registrar::Registrar::Log, public call::LegObserver {
 public:
  static constexpr std::size_t untaken_max = 10'000;  ///< Events on their way; what comes then is dropped, and told as a gap.

  struct Batch {
    bool has_gap = false;  ///< Before the events.
    std::vector<control::LiveEvent> events;
  };
  using Publish = std::function<void(Batch batch)>;

  /// All outlive it. `calls` may be set once, later.
  LiveNews(Loop& loop, Shard& shard, registrar::Registrar::Log& registrations);
  void set_next(call::LegObserver& calls) { calls_ = &calls; }

  /// From now on `publish` gets, on the shard's thread, what changes; what there is already is known from lists.
  void watch(Publish publish);
  void unwatch();
  /// So many events have been taken over by whom `publish` gave them to.
  void note_taken(std::size_t count) { untaken_ -= std::min(count, untaken_); }

  /// A registration at a carrier has another state.
  void note(const control::LiveCarrierRegistration& registration);

  /// Looks at a call at the end of the turn.
  void touch(CallId call);

 private:
  struct Owner {
    Id<model::Brand> brand;
    Id<model::Customer> customer;
    Id<model::Terminal> terminal;
    Id<model::User> user;
    std::string name;
  };
  struct Count {
    Id<model::Brand> brand;
    std::int64_t registrations = 0;
    std::int64_t calls = 0;
    bool has_changed = false;
  };

  void append(std::uint8_t slot, const journal::Registration& record, std::size_t live) override;
  void on_leg_changed(const call::Leg& leg) override;
  void look_at(CallId id);
  void look();
  void tick();
  void count_calls();
  std::optional<Owner> owner_of(const journal::Registration& record) const;
  void note(const journal::Registration& record);
  void add(control::LiveEvent event);
  void add(std::string_view type, const control::LiveCall& call);
  void publish();

  Loop& loop_;
  Shard& shard_;
  registrar::Registrar::Log& registrations_;
  call::LegObserver* calls_ = nullptr;
  Publish publish_;  ///< None: nobody watches.
  std::unordered_set<CallId> touched_;
  std::unordered_map<CallId, control::LiveCall> known_calls_;                  ///< As they were told last.
  std::map<std::pair<std::int64_t, std::string>, Owner> known_registrations_;  ///< By terminal and contact.
  std::map<Id<model::Customer>, Count> counts_;
  Batch batch_;
  std::size_t untaken_ = 0;
  Timer look_;
  Timer tick_;
};

}  // namespace carillon::roles
