// SPDX-License-Identifier: GPL-3.0-or-later
// Exact decimal arithmetic: every step either fits or aborts.
#include "base/money.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace carillon {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t millionths_in_unit = 1'000'000;
constexpr std::size_t longest_text = 40;

Result<Money> malformed(std::string_view text) {
  return failure(MoneyFault::malformed, fmt::format("\"{}\" is not an amount: digits with at most six decimals, as in 0.15",
                                                    text.substr(0, longest_text)));
}

}  // namespace

Money Money::operator+(Money other) const {
  Money sum;
  CARILLON_ASSERT(!__builtin_add_overflow(millionths, other.millionths, &sum.millionths));
  return sum;
}

Money Money::operator-(Money other) const {
  Money difference;
  CARILLON_ASSERT(!__builtin_sub_overflow(millionths, other.millionths, &difference.millionths));
  return difference;
}

Money Money::operator-() const {
  return Money() - *this;
}

std::string to_decimal(Money amount) {
  const bool is_negative = amount.millionths < 0;
  const std::uint64_t size =
      is_negative ? -static_cast<std::uint64_t>(amount.millionths) : static_cast<std::uint64_t>(amount.millionths);
  std::string text = fmt::format("{}{}.{:06}", is_negative ? "-" : "", size / millionths_in_unit, size % millionths_in_unit);
  for (int dropped = 0; dropped < 4 && text.back() == '0'; ++dropped) text.pop_back();
  return text;
}

Result<Money> parse_money(std::string_view text) {
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative) rest.remove_prefix(1);
  if (rest.empty() || rest.size() > longest_text || rest.front() == '.' || rest.back() == '.') return malformed(text);

  Wide value = 0;
  int decimals = -1;  // Before the point.
  for (const char c : rest) {
    if (c == '.') {
      if (decimals >= 0) return malformed(text);
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return malformed(text);
    if (decimals >= 0 && ++decimals > 6) return malformed(text);
    value = value * 10 + (c - '0');
    if (value > INT64_MAX) return failure(MoneyFault::too_large, "the amount is too large");
  }
  for (int i = std::max(decimals, 0); i < 6; ++i) value *= 10;
  if (value > INT64_MAX) return failure(MoneyFault::too_large, "the amount is too large");
  return Money{static_cast<std::int64_t>(is_negative ? -value : value)};
}

Money cost(const Price& price, Duration duration) {
  constexpr Wide minute = 60'000;     // Milliseconds.
  constexpr Wide last_decimal = 100;  // Millionths in the fourth decimal.
  const Wide period = std::chrono::floor<std::chrono::milliseconds>(price.period).count();
  const Wide length = std::chrono::floor<std::chrono::milliseconds>(duration).count();
  CARILLON_ASSERT(period > 0 && length >= 0 && price.connection.millionths >= 0 && price.per_minute.millionths >= 0);

  const Wide charged = (length + period - 1) / period * period;
  Wide exact = 0;  // In millionths, times a minute.
  CARILLON_ASSERT(!__builtin_mul_overflow(charged, Wide(price.per_minute.millionths), &exact));
  CARILLON_ASSERT(!__builtin_add_overflow(exact, price.connection.millionths * minute, &exact));
  constexpr Wide unit = last_decimal * minute;
  const Wide rounded = (exact + unit / 2) / unit * last_decimal;
  CARILLON_ASSERT(rounded <= INT64_MAX);
  return Money{static_cast<std::int64_t>(rounded)};
}

}  // namespace carillon
