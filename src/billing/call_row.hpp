// SPDX-License-Identifier: GPL-3.0-or-later
// The row of a call, made from what the journal says about it.
#pragma once

#include <optional>

#include "journal/records.hpp"
#include "model/call.hpp"

namespace carillon::billing {

/// None when the setup names no brand, customer or time: then there is nobody whose record it could be.
std::optional<model::Call> make_call(const journal::Setup& setup, const journal::Answered* answered, const journal::Ended& ended);

}  // namespace carillon::billing
