// SPDX-License-Identifier: GPL-3.0-or-later
// The only file that knows RE2.
#include "base/pattern.hpp"

#include <re2/re2.h>

namespace carillon {
namespace {

/// Of a compiled pattern, with what it remembers between matches.
constexpr std::int64_t memory_max = 256 * 1024;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

/// The top-level alternatives of a pattern, and whether each says + itself.
class PlusWriter {
 public:
  explicit PlusWriter(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    for (at_ = 0; at_ < pattern_.size(); ++at_) step(pattern_[at_]);
    end_alternative();
    return std::move(written_);
  }

 private:
  void step(char c) {
    if (c == '\\') {
      ++at_;
      says_plus_ = says_plus_ || (at_ < pattern_.size() && pattern_[at_] == '+');
    } else if (in_class_) {
      says_plus_ = says_plus_ || c == '+';
      // A ] that comes first is one of the class.
      if (c == ']' && at_ > class_begin_) in_class_ = false;
    } else if (c == '[') {
      in_class_ = true;
      class_begin_ = at_ + (pattern_.substr(at_ + 1).starts_with('^') ? 2 : 1);
    } else if (c == '(') {
      ++depth_;
    } else if (c == ')') {
      --depth_;
    } else if (c == '|' && depth_ == 0) {
      end_alternative();
      written_ += '|';
      begin_ = at_ + 1;
      says_plus_ = false;
    }
  }

  void end_alternative() {
    const std::string_view one = pattern_.substr(begin_, std::min(at_, pattern_.size()) - begin_);
    if (says_plus_ || !is_of_numbers(one))
      written_ += one;
    else
      written_.append("^\\+").append(one.substr(1));
  }

  static bool is_of_numbers(std::string_view one) {
    if (one.size() < 2 || one.front() != '^') return false;
    return std::string_view("0123456789[(").contains(one[1]) || one.substr(1).starts_with("\\d");
  }

  std::string_view pattern_;
  std::string written_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  ///< Of the alternative.
  std::size_t class_begin_ = 0;
  int depth_ = 0;
  bool in_class_ = false;
  bool says_plus_ = false;
};

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
  if (text.empty()) return failure(PatternFault::bad_pattern, "is empty");
  if (text.size() > bytes_max) return failure(PatternFault::bad_pattern, fmt::format("has more than {} bytes", bytes_max));
  re2::RE2::Options options;
  options.set_max_mem(memory_max);
  options.set_log_errors(false);
  auto compiled = std::make_shared<const re2::RE2>(piece(text), options);
  if (!compiled->ok()) return failure(PatternFault::bad_pattern, compiled->error());
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(piece(text), *compiled_);
}

std::optional<std::string> Pattern::replace(std::string_view text, std::string_view replacement) const {
  std::string changed(text);
  if (!re2::RE2::Replace(&changed, *compiled_, piece(replacement))) return std::nullopt;
  return changed;
}

Result<> Pattern::check_replacement(const Pattern& pattern, std::string_view replacement) {
  std::string error;
  if (pattern.compiled_->CheckRewriteString(piece(replacement), &error)) return {};
  return failure(PatternFault::bad_replacement, std::move(error));
}

const std::string& Pattern::text() const {
  return compiled_->pattern();
}

std::string with_plus(std::string_view pattern) {
  return PlusWriter(pattern).run();
}

}  // namespace carillon
