// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/uri.hpp"

#include <cstdint>

namespace {

// The time(nullptr) of a comment and the std::mutex of one are nobody's business.
constexpr const char* words = "std::regex catch (...) malloc( co_await {}";
constexpr char quote = '"';
constexpr int thousand = 1'000;

}  // namespace

namespace carillon::sip {

int runtime(Clock& clock) { return clock.time(0); }

}  // namespace carillon::sip
