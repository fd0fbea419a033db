// SPDX-License-Identifier: GPL-3.0-or-later
// Which header is at fault, for whoever wonders why a message is refused.
#pragma once

#include <string>

#include "sip/message.hpp"

namespace carillon::agent {

/// "Bad From", "Missing CSeq": what stands behind the 400. Empty when no one header is to blame. `request` is what can be read of
/// the message.
std::string phrase_for(const Error& error, const sip::Message& request);

}  // namespace carillon::agent
