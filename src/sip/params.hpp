// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters behind a URI, an address or any other header value, read in place: ";tag=a1;lr;+sip.instance=\"<urn:…>\"".
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

namespace carillon::sip {

struct Param {
  std::string_view name;
  std::string_view value;  ///< Without its quotes, escapes inside left as they are; empty for a flag.
  std::string_view raw;    ///< The whole parameter as written, without the semicolon.
};

/// A range of Param over text that begins with ';' (or is empty). A view: the text must outlive it.
class Params {
 public:
  class Iterator {
   public:
    using value_type = Param;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
    const Param& operator*() const { return param_; }
    const Param* operator->() const { return &param_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void advance();
    std::string_view rest_;
    Param param_;
    bool done_ = false;
  };

  Params() = default;
  explicit Params(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }
  Iterator begin() const { return Iterator(text_); }
  std::default_sentinel_t end() const { return {}; }

  /// The value of the first parameter of that name (case ignored), "" for a flag; nothing when it is absent.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }

  /// Takes the next parameter off the front of the parameters of a header (not of a URI, whose characters are others). False when
  /// none is there or it is malformed: its name must be a token, its value a quoted string or free of separators.
  static bool take(std::string_view& text, Param& param);

  /// True when the text is nothing but what take() takes. The parsers of headers check it, so that iterating needs no errors.
  static bool well_formed(std::string_view text);

 private:
  std::string_view text_;
};

}  // namespace carillon::sip
