// SPDX-License-Identifier: GPL-3.0-or-later
// The two requests that a transaction makes itself, from the INVITE that it sent.
#pragma once

#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace carillon::sip {

/// The ACK of a 3xx to 6xx (RFC 3261 §17.1.1.3).
std::string make_failure_ack(const Message& invite, const Message& response);

/// The CANCEL of an INVITE (RFC 3261 §9.1), with a Reason if that is not empty.
std::string make_cancel(const Message& invite, std::string_view reason);

}  // namespace carillon::sip
