// SPDX-License-Identifier: GPL-3.0-or-later
// What others may want of a call, or for one: to end it, to send a side elsewhere, hold, and calls that are begun for a
// telephone.
#pragma once

#include <functional>
#include <optional>

#include "call/command.hpp"
#include "control/server.hpp"
#include "roles/signalling/shards.hpp"

namespace carillon::roles {

/// Nothing: there is no such call, or nobody whom it would be from, here.
using CallAnswer = std::optional<control::CallReply>;

/// On the shard's thread. Whether the call is here, and so ends now.
bool hang_up_call(Shard& shard, const control::CallsHangup::Params& params);
/// On the shard's thread, as are all calls of `done`, of which there is one, at once or within call::Command::patience.
void command_call(Shard& shard, call::Command::Verb verb, const control::CallWish& wish,
                  std::move_only_function<void(CallAnswer)> done);
/// On the shard's thread.
CallAnswer originate_call(Shard& shard, const control::CallsOriginate::Params& params);

/// The shards outlive the methods.
void answer_call_commands(control::Methods& methods, Shards& shards);

}  // namespace carillon::roles
