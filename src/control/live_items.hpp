// SPDX-License-Identifier: GPL-3.0-or-later
// What some live lists show of one thing.
#pragma once

#include <span>
#include <string_view>

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::control {

// The words of the declarations.
using model::Boolean;
using model::Integer;
using model::Tenant;
using model::Text;

/// How a registration at a carrier stands.
enum class CarrierRegistrationState : std::uint8_t { off, trying, registered, failed };
constexpr std::span<const std::string_view> choices(CarrierRegistrationState) {
  static constexpr std::string_view names[] = {"off", "trying", "registered", "failed"};
  return names;
}
struct LiveCarrierRegistration {
  RESOURCE(LiveCarrierRegistration, live_carrier_registrations)
  FIELD(Id<model::CarrierRegistration>, id)
  FIELD(Id<model::Brand>, brand, .tenant = Tenant::brand)
  FIELD(Id<model::Carrier>, carrier)
  FIELD(Text, carrier_name)
  FIELD(Text, name)  // What is registered: username@domain.
  FIELD(CarrierRegistrationState, state)
  FIELD(Integer, last_code)   // The last final answer; 0: none came.
  FIELD(Instant, since)       // When it became so; null while it is off.
  FIELD(Instant, expires_at)  // Null: it is not on the registrar's list.
  FIELD(Text, target)         // Where it asked last: "udp 192.0.2.7:5060".
};

/// Somebody who is kept out now.
struct LiveBan {
  RESOURCE(LiveBan, live_bans)
  FIELD(Text, name)    // What lifts it: the address, or the account.
  FIELD(Text, reason)  // flood, password, source, account.
  FIELD(Text, source)
  FIELD(Text, account)
  FIELD(Instant, since)
  FIELD(Instant, until)
};

}  // namespace carillon::control
