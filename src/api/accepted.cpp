// SPDX-License-Identifier: GPL-3.0-or-later
// Media ranges with their weights; the most precise range that covers a type speaks for it.
#include "api/accepted.hpp"

#include <algorithm>
#include <cstdint>

#include "base/utf8.hpp"

namespace carillon::api {

namespace {

constexpr int whole_weight = 1000;

/// What a header field says of one type.
struct Standing {
  int weight = 0;     ///< In thousandths; 0: not wanted.
  int precision = 0;  ///< 3: named, 2: its kind, 1: anything, 0: not covered.
  int place = 0;      ///< Of the range, counted from the front.
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes what stands before the separator off the front of `text`.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_same(std::string_view a, std::string_view b) {
  return lower_case(a) == lower_case(b);
}

/// "0.75" in thousandths. What is no weight counts as whole.
int read_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) return whole_weight;
  int weight = (text[0] - '0') * whole_weight;
  int unit = whole_weight / 10;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9' || unit == 0) return whole_weight;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, whole_weight);
}

int precision_of(std::string_view range, std::string_view type) {
  if (is_same(range, type)) return 3;
  if (range == "*/*") return 1;
  const std::size_t slash = type.find('/');
  return range.ends_with("/*") && is_same(range.substr(0, range.size() - 2), type.substr(0, slash)) ? 2 : 0;
}

Standing standing(std::string_view accept, std::string_view type) {
  Standing found;
  for (int place = 0; !accept.empty(); ++place) {
    std::string_view parameters = take(accept, ',');
    const std::string_view range = take(parameters, ';');
    int weight = whole_weight;
    while (!parameters.empty()) {
      std::string_view value = take(parameters, ';');
      if (is_same(take(value, '='), "q")) weight = read_weight(value);
    }
    const int precision = precision_of(range, type);
    if (precision > found.precision) found = {.weight = weight, .precision = precision, .place = place};
  }
  return found;
}

}  // namespace

bool wants_rather(std::string_view accept, std::string_view type) {
  const Standing wanted = standing(accept, type);
  const Standing usual = standing(accept, "application/json");
  if (wanted.weight == 0 || wanted.precision < 2) return false;
  if (wanted.weight != usual.weight) return wanted.weight > usual.weight;
  return wanted.place < usual.place;
}

bool prefers(std::string_view preferences, std::string_view wanted) {
  while (!preferences.empty()) {
    std::string_view one = take(preferences, ',');
    while (!one.empty())
      if (take(one, ';') == wanted) return true;
  }
  return false;
}

}  // namespace carillon::api
