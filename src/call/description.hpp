// SPDX-License-Identifier: GPL-3.0-or-later
// Session descriptions in messages.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "sdp/session.hpp"
#include "sip/message.hpp"

namespace carillon::call {

/// Whether there is a body of type application/sdp.
bool has_sdp(const sip::Message& message);
/// That body, parsed; nothing when there is none or it cannot be read.
std::optional<sdp::Session> description_in(const sip::Message& message);
/// The offer of an INVITE that has_sdp(), if it is one that can be relayed. Error: why not; offer_status() says what to answer.
Result<sdp::Session> read_offer(const sip::Message& invite);
int offer_status(const Error& error);

}  // namespace carillon::call
