// SPDX-License-Identifier: GPL-3.0-or-later
// How a client would rather be answered: in which form (RFC 9110 §12.5.1), where there is one besides JSON, and when.
#pragma once

#include <string_view>

namespace carillon::api {

/// Whether the Accept header field wants `type` ("text/csv") rather than JSON: with the greater weight, or, weighed alike, named
/// before it. Who accepts anything gets JSON.
bool wants_rather(std::string_view accept, std::string_view type);

/// Whether the Prefer header field names `wanted` among its preferences (RFC 7240 §2).
bool prefers(std::string_view preferences, std::string_view wanted);

}  // namespace carillon::api
