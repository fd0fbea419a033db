// SPDX-License-Identifier: GPL-3.0-or-later
// What requests about calls that go on say.
#pragma once

#include "control/methods.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"

namespace carillon::api {

using model::Boolean;
using model::Form;
using model::Text;

struct LegBody {
  RESOURCE(LegBody, leg)
  FIELD(control::CallSide, leg)  // Who is meant; without it, the other side of whoever asks.
};

struct TransferBody {
  RESOURCE(TransferBody, transfer)
  FIELD(Text, to, .form = Form::dialled, .required = true, .max = 64)
  FIELD(control::CallSide, leg)
};

struct OriginateBody {
  RESOURCE(OriginateBody, originate)
  FIELD(Text, to, .form = Form::dialled, .required = true, .max = 64)
  FIELD(Id<model::User>, user)          // Whose devices ring first,
  FIELD(Id<model::Terminal>, terminal)  // or which one.
  FIELD(Boolean, auto_answer)
};

/// An imagined call.
struct SimulateBody {
  RESOURCE(SimulateBody, simulate)
  FIELD(Text, from, .form = Form::name)  // A terminal's name, an extension or a user's id; with a carrier, the number that calls.
  FIELD(Text, to, .form = Form::dialled, .required = true, .max = 64)
  FIELD(Text, as, .form = Form::dialled, .max = 64)  // With which number the telephone or PBX says that it calls.
  FIELD(Instant, at)                                 // Null: now.
  FIELD(Id<model::Customer>, customer)               // Whose telephone calls, when whoever asks stands above it.
  FIELD(Id<model::Carrier>, carrier)                 // That brings the call.
};

}  // namespace carillon::api
