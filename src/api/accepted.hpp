// SPDX-License-Identifier: GPL-3.0-or-later
// Which form of an answer a client would rather have (RFC 9110 §12.5.1), where there is one besides JSON.
#pragma once

#include <string_view>

namespace carillon::api {

/// Whether the Accept header field wants `type` ("text/csv") rather than JSON: with the greater weight, or, weighed alike, named
/// before it. Who accepts anything gets JSON.
bool wants_rather(std::string_view accept, std::string_view type);

}  // namespace carillon::api
