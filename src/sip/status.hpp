// SPDX-License-Identifier: GPL-3.0-or-later
// The default reason phrase of each status code.
#pragma once

#include <string_view>

namespace carillon::sip {

/// "Busy Here" for 486; for codes without a phrase of their own, that of their class ("Request Failure").
std::string_view reason_phrase(int status);

}  // namespace carillon::sip
