// SPDX-License-Identifier: GPL-3.0-or-later
// Whether an INVITE can be taken at all: its body must be a session description or one that may be ignored, and it must want one
// back.
#pragma once

#include "sip/message.hpp"

namespace carillon::sip {

/// 415 when there is a body that we must understand and cannot (RFC 3261 §8.2.3), 406 when its Accept leaves out session
/// descriptions (§21.4.7), else 0.
int unacceptable_status(const Message& invite);

}  // namespace carillon::sip
