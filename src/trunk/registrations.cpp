// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/registrations.hpp"

#include <algorithm>

namespace carillon::trunk {

Registrations::Registrations(agent::Agent& agent, Trunks& trunks, Observer& observer)
    : agent_(agent),
      trunks_(trunks),
      observer_(observer),
      sweep_([](void* self) { static_cast<Registrations*>(self)->sweep(); }, this) {}

Registrations::~Registrations() = default;

void Registrations::on_snapshot(const directory::Snapshot& snapshot, const std::function<bool(std::uint8_t slot)>& is_home) {
  if (is_stopping_) return;
  std::map<Id<model::CarrierRegistration>, const model::CarrierRegistration*> wanted;
  for (const auto& brand : snapshot.brands()) {
    for (const auto& carrier : brand->routing->carriers()) {
      if (!carrier->is_active || !is_home(PermitKey::of(carrier->id).slot())) continue;
      for (const model::CarrierRegistration& each : carrier->registrations)
        if (each.active) wanted.emplace(each.id, &each);
    }
  }
  for (const auto& [id, registration] : all_)
    if (!wanted.contains(id)) registration->want(std::nullopt);
  for (const auto& [id, row] : wanted) {
    const auto known = all_.find(id);
    if (known != all_.end() && std::ranges::find(over_, id) == over_.end()) {
      known->second->want(*row);
      continue;
    }
    // One that has just said its last word makes room for the next of its name.
    std::erase(over_, id);
    all_.erase(id);
    all_.emplace(id, std::make_unique<Registration>(Registration::Ground{agent_, trunks_, health_, *this}, *row));
  }
  count();
}

void Registrations::on_flow_closed(const net::Flow& flow) {
  if (flow.transport == net::Transport::udp) return;
  for (const auto& [id, registration] : all_) registration->on_flow_closed(flow);
}

void Registrations::stop() {
  is_stopping_ = true;
  for (const auto& [id, registration] : all_) registration->want(std::nullopt);
}

RegistrationState Registrations::state_of(Id<model::CarrierRegistration> id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? RegistrationState() : found->second->state();
}

void Registrations::on_state(const Registration& registration) {
  observer_.on_registration(registration);
  count();
}

void Registrations::on_place(const Registration& registration, const std::optional<net::Address>& at) {
  observer_.on_registered_at(registration.row().id, at);
}

void Registrations::on_over(const Registration& registration) {
  over_.push_back(registration.row().id);
  observer_.on_registered_at(registration.row().id, std::nullopt);  // One that broke has said nothing.
  agent_.loop().timers().arm(sweep_, agent_.loop().now());
}

void Registrations::sweep() {
  for (const Id<model::CarrierRegistration> id : std::exchange(over_, {})) all_.erase(id);
  count();
}

void Registrations::count() {
  const auto in = [this](RegistrationPhase phase) {
    return std::ranges::count_if(all_, [phase](const auto& each) { return each.second->state().phase == phase; });
  };
  registered_.set(in(RegistrationPhase::registered));
  failed_.set(in(RegistrationPhase::failed));
}

}  // namespace carillon::trunk
