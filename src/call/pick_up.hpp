// SPDX-License-Identifier: GPL-3.0-or-later
// An INVITE with Replaces (RFC 3891): whoever sends it takes the place of another telephone, one that rings (pickup) or, of the
// same account, one that talks (the call goes on elsewhere).
#pragma once

#include "call/call.hpp"

namespace carillon::call {

/// The leg that is to be replaced, and its call.
struct Replaced {
  Call* call = nullptr;
  Leg* leg = nullptr;
};

/// What the facts' Replaces names, as either side of the dialog writes it (a lamp tells the telephone's side); nothing that
/// belongs to another customer (reliability T-10).
Replaced find_replaced(Switchboard& switchboard, const Call::Facts& facts);

/// 0, or what the INVITE is refused with.
int replaces_status(const Replaced& replaced, const Call::Facts& facts);

/// The story of such an INVITE: it is answered, and its leg goes on in the other call.
Task<> pick_up(Call& call);

}  // namespace carillon::call
