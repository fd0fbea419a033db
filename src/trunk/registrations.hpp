// SPDX-License-Identifier: GPL-3.0-or-later
// All registrations at carriers whose home is one shard (ruling 10): those that the configuration wants, and those that are just
// being taken off their registrars' lists.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "base/metrics.hpp"
#include "directory/snapshot.hpp"
#include "trunk/registration.hpp"

namespace carillon::trunk {

class Registrations final : Registration::Owner {
 public:
  class Observer {
   public:
    virtual void on_registration(const Registration& registration) = 0;
    /// Calls to its Contact come from there; nothing: from nowhere.
    virtual void on_registered_at(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) = 0;

   protected:
    ~Observer() = default;
  };

  /// All outlive it.
  Registrations(agent::Agent& agent, Trunks& trunks, Observer& observer);
  ~Registrations();

  /// What is configured from now on; `is_home` says whether a carrier's slot is here.
  void on_snapshot(const directory::Snapshot& snapshot, const std::function<bool(std::uint8_t slot)>& is_home);
  void on_flow_closed(const net::Flow& flow);
  /// All of them off their lists, each within Registration::leave_within; none comes after it.
  void stop();
  /// Nothing is under way any more.
  bool is_idle() const { return all_.empty(); }

  /// Off: there is none.
  RegistrationState state_of(Id<model::CarrierRegistration> id) const;

 private:
  void on_state(const Registration& registration) override;
  void on_place(const Registration& registration, const std::optional<net::Address>& at) override;
  void on_over(const Registration& registration) override;
  void sweep();
  void count();

  agent::Agent& agent_;
  Trunks& trunks_;
  Observer& observer_;
  TargetHealth health_;
  bool is_stopping_ = false;
  std::map<Id<model::CarrierRegistration>, std::unique_ptr<Registration>> all_;
  std::vector<Id<model::CarrierRegistration>> over_;  ///< Of those, until the next turn.
  Timer sweep_;
  metrics::Gauge registered_{"carillon_carrier_registrations", "Registrations at carriers", {{"state", "registered"}}};
  metrics::Gauge failed_{"carillon_carrier_registrations", "Registrations at carriers", {{"state", "failed"}}};
};

}  // namespace carillon::trunk
