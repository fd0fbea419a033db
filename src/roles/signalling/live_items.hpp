// SPDX-License-Identifier: GPL-3.0-or-later
// How calls and registrations of a shard look to those who watch: the same in lists and in events.
#pragma once

#include <optional>

#include "call/call.hpp"
#include "control/methods.hpp"
#include "directory/snapshot.hpp"
#include "journal/records.hpp"
#include "trunk/registration.hpp"

namespace carillon::roles {

control::LiveCall describe_live(call::Call& call);

/// What every way to a terminal has in common.
control::LiveRegistration describe_live(const directory::Customer& customer, const directory::Terminal& terminal);
control::LiveCarrierRegistration describe_live(const directory::Brand& brand, const model::CarrierRegistration& registration,
                                               const trunk::RegistrationState& state);
/// What the record of a registration says, into a description.
void add_record(control::LiveRegistration& live, const journal::Registration& record);

}  // namespace carillon::roles
