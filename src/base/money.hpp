// SPDX-License-Identifier: GPL-3.0-or-later
// Exact money: 64-bit integers in millionths of a currency, decimal strings outside, and the one formula that prices a call.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace carillon {

enum class MoneyFault { malformed, too_large };
constexpr std::string_view name_of(MoneyFault fault) {
  return fault == MoneyFault::malformed ? "money.malformed" : "money.too_large";
}

/// An amount; its currency stands beside it. Arithmetic that overflows (beyond nine million millions) aborts.
struct Money {
  std::int64_t millionths = 0;

  auto operator<=>(const Money&) const = default;
  Money operator+(Money other) const;
  Money operator-(Money other) const;
  Money operator-() const;
  Money& operator+=(Money other) { return *this = *this + other; }
  Money& operator-=(Money other) { return *this = *this - other; }
};

/// "0.15", "-2.50", "0.0002": at least two decimals, at most six.
std::string to_decimal(Money amount);
/// Reads "12", "0.15", "-2.500000": digits with at most one point and six decimals, nothing else.
Result<Money> parse_money(std::string_view text);

/// What a call costs, frozen when it is set up.
struct Price {
  Money connection;
  Money per_minute;
  Duration period = 1s;  ///< Charged time is rounded up to a multiple of this; whole milliseconds.
};

/// connection + ceil(duration / period) × period × per_minute / 60 s, exact and rounded half-up once, to four decimals. Durations
/// count in whole milliseconds, rounded down.
Money cost(const Price& price, Duration duration);

}  // namespace carillon
