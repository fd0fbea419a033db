// SPDX-License-Identifier: GPL-3.0-or-later
// All subscriptions of a shard: who watches what (RFC 6665). It knows no package by name; it lets phones in, tells them of
// changes and lets them go.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/subscription.hpp"
#include "base/metrics.hpp"
#include "journal/records.hpp"
#include "pbx/event_package.hpp"

namespace carillon::pbx {

class Notifier final : agent::Subscription::Owner {
 public:
  struct Limits {
    std::size_t subscriptions = 100'000;
    std::size_t of_customer = 20'000;  ///< A thousand phones with twenty lamps each, and a fifth of the shard.
    std::size_t of_terminal = 400;     ///< An attendant's console watches some hundred lines.
    agent::SubscriptionTimes times{};
  };

  /// Where changes go to be written down; never waits.
  class Log {
   public:
    /// `live`: how many subscriptions the slot has now, for the compaction of its log.
    virtual void append(std::uint8_t slot, const journal::Subscription& record, std::size_t live) = 0;

   protected:
    ~Log() = default;
  };

  /// Without a log they are forgotten with the process.
  Notifier(agent::Agent& agent, Limits limits, Log* log = nullptr) : agent_(agent), limits_(limits), log_(log) {}
  /// The package outlives the notifier's last turn.
  void add(const EventPackage& package) { packages_.push_back(&package); }

  /// A SUBSCRIBE outside any dialog that has proven to come from this terminal. Answers it.
  void on_subscribe(const agent::Incoming& incoming, const directory::Customer& customer, const directory::Terminal& watcher);
  /// Takes up a record of the log, the newest of its subscription. False when it is over, or who watches or is watched is gone.
  bool restore(const journal::Subscription& record, const directory::Snapshot& snapshot);
  /// Calls `each` for every subscription of a slot that is not over, in no order.
  void for_each(std::uint8_t slot, const std::function<void(const journal::Subscription&)>& each) const;
  /// Whoever watches this is told, soon.
  void note_change(const EventPackage& package, Resource resource);
  /// What or who is not in the directory any more is not watched any more.
  void on_snapshot(const directory::Snapshot& snapshot);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::unique_ptr<agent::Subscription> subscription;
    const EventPackage* package = nullptr;
    Resource resource = 0;
    std::string user;    ///< Of the address that is watched.
    std::string entity;  ///< The address.
    Id<model::Customer> customer;
    Id<model::Terminal> watcher;
  };
  struct Key {
    const EventPackage* package;
    Resource resource;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<const void*>()(key.package) ^ (std::hash<Resource>()(key.resource) * 0x9e3779b97f4a7c15U);
    }
  };

  void write_state(const agent::Subscription& subscription, std::uint32_t version, std::string& body) override;
  void on_changed(const agent::Subscription& subscription) override;
  void on_over(agent::Subscription& subscription) override;
  void keep(Entry entry);
  agent::Subscription::Ground ground_of(const directory::Customer& customer, const directory::Terminal& watcher,
                                        const EventPackage& package);
  journal::Subscription record_of(const Entry& entry) const;
  void write_down(const Entry& entry, bool is_removed);
  const EventPackage* find_package(std::string_view name) const;
  void refuse(const agent::Incoming& incoming, int status);
  void check(Entry& entry, const directory::Customer* customer);
  bool has_room(Id<model::Customer> customer, Id<model::Terminal> watcher) const;
  void unlink(const Entry& entry);

  agent::Agent& agent_;
  Limits limits_;
  Log* log_;
  std::vector<const EventPackage*> packages_;
  std::unordered_map<const agent::Subscription*, Entry> entries_;
  std::unordered_multimap<Key, agent::Subscription*, KeyHash> watchers_;
  std::unordered_map<Id<model::Customer>, std::size_t> of_customer_;
  std::unordered_map<Id<model::Terminal>, std::size_t> of_terminal_;
  std::array<std::size_t, 256> of_slot_{};
  metrics::Gauge running_{"carillon_subscriptions", "Subscriptions that are not over"};
};

}  // namespace carillon::pbx
