// SPDX-License-Identifier: GPL-3.0-or-later
// A number of the own country never gets an international prefix: its rule stands first on the way out.
#include "dialplan/transformation_rules.hpp"

#include "base/assert.hpp"

namespace carillon::dialplan {
namespace {

using model::TransformationDirection;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// An international prefix, for a search and as it is dialled.
struct Prefix {
  std::string pattern;
  std::string dialled;  ///< Of a class its first digit.
};

/// A class at the front of the text: "[01]", "[0-2]". Its size, or 0 when there is none.
std::size_t class_size(std::string_view text) {
  const std::size_t end = text.find(']');
  if (!text.starts_with('[') || end == std::string_view::npos || end < 2) return 0;
  const std::string_view inside = text.substr(1, end - 1);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const bool is_range = inside[i] == '-' && i > 0 && i + 1 < inside.size() && is_digit(inside[i - 1]) &&
                          is_digit(inside[i + 1]) && inside[i - 1] < inside[i + 1];
    if (!is_digit(inside[i]) && !is_range) return 0;
  }
  return end + 1;
}

std::optional<Prefix> read_prefix(std::string_view text) {
  Prefix prefix;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(class_size(text), 1);
    const char first = size > 1 ? text[1] : text[0];
    if (!is_digit(first) && first != '*' && first != '#') return std::nullopt;
    if (first == '*') prefix.pattern += '\\';
    prefix.pattern += text.substr(0, size);
    prefix.dialled += first;
    text.remove_prefix(size);
  }
  return prefix;
}

/// Digits that begin with 1 to 9, so many of them; 0: any number of them, but more than one.
std::string number_of(std::int64_t length) {
  if (length == 0) return "[1-9][0-9]+";
  return length == 1 ? "[1-9]" : fmt::format("[1-9][0-9]{{{}}}", length - 1);
}

std::int64_t local_length(const model::TransformationSet& set) {
  return set.national_length == 0 ? 0 : set.national_length - std::ssize(set.area_code);
}

/// Adds rules to each of two directions, tens apart so that others fit between.
class Maker {
 public:
  explicit Maker(const model::TransformationSet& set) : set_(set) {}

  void add(const std::array<TransformationDirection, 2>& directions, std::string_view search, std::string_view replacement) {
    for (const TransformationDirection direction : directions) {
      model::TransformationRule rule;
      rule.brand = set_.brand;
      rule.transformation_set = set_.id;
      rule.direction = direction;
      rule.priority = 10 * ++made_[static_cast<std::size_t>(direction)];
      rule.search = search;
      rule.replacement = replacement;
      rules_.push_back(std::move(rule));
    }
  }
  std::vector<model::TransformationRule> take() { return std::move(rules_); }

 private:
  const model::TransformationSet& set_;
  std::array<int, std::size(model::transformation_direction_names)> made_{};
  std::vector<model::TransformationRule> rules_;
};

}  // namespace

bool is_international_prefix(std::string_view text) {
  return !text.empty() && read_prefix(text).has_value();
}

std::vector<model::FieldFault> check_numbering(const model::TransformationSet& set) {
  std::vector<model::FieldFault> faults;
  if (set.calling_code.empty())
    faults.push_back({"callingCode", "is missing"});
  else if (set.calling_code.front() == '0')
    faults.push_back({"callingCode", "must not begin with 0"});
  if (set.international_prefix.empty())
    faults.push_back({"internationalPrefix", "is missing"});
  else if (!is_international_prefix(set.international_prefix))
    faults.push_back({"internationalPrefix", "must be of digits, or classes of them"});
  // Else nothing tells a national number from an international one.
  if (set.national_length == 0 && set.trunk_prefix.empty())
    faults.push_back({"nationalLength", "is missing, as is a trunk prefix"});
  if (set.national_length != 0 && local_length(set) < 1) faults.push_back({"areaCode", "is as long as a national number"});
  return faults;
}

std::vector<model::TransformationRule> make_rules(const model::TransformationSet& set) {
  CARILLON_ASSERT(check_numbering(set).empty());
  constexpr std::array in{TransformationDirection::caller_in, TransformationDirection::callee_in};
  constexpr std::array out{TransformationDirection::caller_out, TransformationDirection::callee_out};
  const Prefix international = *read_prefix(set.international_prefix);
  const std::string &code = set.calling_code, &trunk = set.trunk_prefix, &area = set.area_code;
  Maker maker(set);
  maker.add(in, fmt::format(R"(^({}|\+)([1-9][0-9]+)$)", international.pattern), R"(\2)");
  maker.add(in, fmt::format("^{}({})$", trunk, number_of(set.national_length)), fmt::format(R"({}\1)", code));
  if (!area.empty()) maker.add(in, fmt::format("^({})$", number_of(local_length(set))), fmt::format(R"({}{}\1)", code, area));
  maker.add(out, fmt::format("^{}([0-9]+)$", code), fmt::format(R"({}\1)", trunk));
  maker.add(out, "^([0-9]+)$", fmt::format(R"({}\1)", international.dialled));
  return maker.take();
}

}  // namespace carillon::dialplan
