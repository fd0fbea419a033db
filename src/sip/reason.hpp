// SPDX-License-Identifier: GPL-3.0-or-later
// Why something ended (RFC 3326, RFC 8606), passed on from one side of a call to the other.
#pragma once

#include <string>

#include "sip/message.hpp"

namespace carillon::sip {

/// The Reason of a message for the other side: its SIP and Q.850 values with a cause that makes sense and at most 64 bytes of
/// text, written anew, at most two. Empty when there is none.
std::string reason_to_pass_on(const Message& message);

}  // namespace carillon::sip
