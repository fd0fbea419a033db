// SPDX-License-Identifier: GPL-3.0-or-later
// What must not be kept of a SIP message: passwords and what they can be guessed from, keys of media, digits that were dialled
// during the conversation.
#pragma once

#include <string>

namespace carillon::trace {

/// Writes x over it, byte for byte, so that lengths stay true: nonces and responses of digests, whole credentials of other
/// schemes, passwords in URIs, keys in SDP (RFC 4568, k=, ICE, MIKEY), bodies of INFO and digits of KPML. Any bytes are safe.
void mask_secrets(std::string& message);

}  // namespace carillon::trace
