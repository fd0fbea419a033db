// SPDX-License-Identifier: GPL-3.0-or-later
// Regular expressions that people write: RE2, so that no pattern takes more than linear time or a bounded memory, whoever wrote
// it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace carillon {

enum class PatternFault { bad_pattern, bad_replacement };
constexpr std::string_view name_of(PatternFault fault) {
  constexpr std::string_view names[] = {"base.bad_pattern", "base.bad_replacement"};
  return names[static_cast<std::size_t>(fault)];
}

/// A compiled pattern. Immutable, cheap to copy, and any thread may ask it.
class Pattern {
 public:
  static constexpr std::size_t bytes_max = 512;

  /// `bad_pattern` when it is empty, longer than `bytes_max`, not UTF-8, no pattern, or needs too much memory.
  static Result<Pattern> compile(std::string_view text);

  /// Whether it is found anywhere in the text.
  bool matches(std::string_view text) const;
  /// The text with the first match replaced; \1 to \9 in the replacement are groups, \0 the whole match. Nothing when there is no
  /// match, or when the replacement is none of this pattern's.
  std::optional<std::string> replace(std::string_view text, std::string_view replacement) const;
  /// `bad_replacement` when it names a group that the pattern has not, or ends in a lone backslash.
  static Result<> check_replacement(const Pattern& pattern, std::string_view replacement);

  /// As it was written.
  const std::string& text() const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

/// A pattern of numbers for numbers in E.164 with +: "^34" becomes "^\+34", in each of its alternatives ("^34|^35"). One that
/// says
/// + itself, or begins with anything else than digits, a class or a group, stays as it is.
std::string with_plus(std::string_view pattern);

}  // namespace carillon
