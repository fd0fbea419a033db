// SPDX-License-Identifier: GPL-3.0-or-later
// RFC 3339 in and out, and the only two places that ask the system what time it is.
#include "base/time.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <fmt/format.h>

namespace carillon {
namespace {

// RFC 3339 §5.6: years have four digits.
constexpr Instant first_instant = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr Instant last_instant = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1) - Duration(1);

/// Takes characters off the front of a text; a wrong one makes everything after it fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }
  int digit() {
    if (!is_good_ || !has_digit()) {
      is_good_ = false;
      return 0;
    }
    const int value = text_.front() - '0';
    text_.remove_prefix(1);
    return value;
  }
  bool has_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }
  char take() {
    if (text_.empty()) {
      is_good_ = false;
      return '\0';
    }
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  bool skip(char wanted) {
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!skip(wanted)) is_good_ = false;
  }
  bool is_good() const { return is_good_; }
  bool is_at_end() const { return is_good_ && text_.empty(); }

 private:
  std::string_view text_;
  bool is_good_ = true;
};

/// One to nine decimals as microseconds; what is finer is cut off.
Duration decimals(Scanner& scanner) {
  std::int64_t nanoseconds = 0;
  std::int64_t unit = 100'000'000;
  do {
    if (unit == 0) {
      scanner.expect('\0');
      break;
    }
    nanoseconds += scanner.digit() * unit;
    unit /= 10;
  } while (scanner.has_digit());
  return Duration(nanoseconds / 1000);
}

/// Writes a number over the zeros that end before `end`.
void put_digits(std::string& text, std::size_t end, unsigned number) {
  for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
}

Result<Instant> malformed(std::string_view text) {
  return failure(TimeFault::malformed, fmt::format("\"{}\" is not a time: write it as 2026-11-21T10:15:30Z", text.substr(0, 40)));
}

}  // namespace

std::string to_rfc3339(Instant instant) {
  instant = std::clamp(instant, first_instant, last_instant);
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::milliseconds>(instant - day));
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text, 7, static_cast<unsigned>(date.month()));
  put_digits(text, 10, static_cast<unsigned>(date.day()));
  put_digits(text, 13, static_cast<unsigned>(time.hours().count()));
  put_digits(text, 16, static_cast<unsigned>(time.minutes().count()));
  put_digits(text, 19, static_cast<unsigned>(time.seconds().count()));
  put_digits(text, 23, static_cast<unsigned>(time.subseconds().count()));
  return text;
}

// RFC 3339 §5.6, the date-time production; a leap second counts as the second after it.
Result<Instant> parse_rfc3339(std::string_view text) {
  Scanner scanner(text);
  const std::chrono::year year(scanner.number(4));
  scanner.expect('-');
  const std::chrono::month month(static_cast<unsigned>(scanner.number(2)));
  scanner.expect('-');
  const std::chrono::year_month_day date(year, month, std::chrono::day(static_cast<unsigned>(scanner.number(2))));
  if (!scanner.skip('t') && !scanner.skip(' ')) scanner.expect('T');
  const int hour = scanner.number(2);
  scanner.expect(':');
  const int minute = scanner.number(2);
  scanner.expect(':');
  const int second = scanner.number(2);
  const Duration fraction = scanner.skip('.') ? decimals(scanner) : Duration(0);

  int offset_minutes = 0;
  if (!scanner.skip('z') && !scanner.skip('Z')) {
    const char sign = scanner.take();
    const int offset_hour = scanner.number(2);
    scanner.expect(':');
    const int offset_minute = scanner.number(2);
    if ((sign != '+' && sign != '-') || offset_hour > 23 || offset_minute > 59) return malformed(text);
    offset_minutes = (offset_hour * 60 + offset_minute) * (sign == '-' ? -1 : 1);
  }
  if (!scanner.is_at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60) return malformed(text);
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute - offset_minutes) +
         std::chrono::seconds(second) + fraction;
}

Instant system_wall_time() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Monotonic system_monotonic_time() {
  return Monotonic(std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::uint64_t boot_number() {
  static const std::uint64_t number = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    return std::getline(file, id) && !id.empty() ? std::hash<std::string>()(id) | 1 : 0;
  }();
  return number;
}

}  // namespace carillon
