// SPDX-License-Identifier: GPL-3.0-or-later
// A datagram may bear another's address, and what we answer hits them: so that nobody gains by sending it through us, an answer
// to somebody unproven is little longer than what it answers (reliability T-11).
#pragma once

#include <cstddef>
#include <string>

namespace carillon::agent {

/// Makes an answer without body no longer than one and a half times the request: as it is, else without what RFC 3261 leaves
/// optional on UDP (Allow, Content-Length), else with compact names too (§7.3.3). False when nothing helps: it must not be sent.
bool limit_reflection(std::string& answer, std::size_t request_bytes);

}  // namespace carillon::agent
