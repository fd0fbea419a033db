// SPDX-License-Identifier: GPL-3.0-or-later
// Bencode, the encoding of the ng control protocol: a decoded tree of views into the message, and a writer that appends to a
// string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace carillon::ng {

enum class Fault {
  malformed,     ///< Not bencode, or no cookie before it.
  too_deep,      ///< Nested deeper than `max_depth`.
  too_many,      ///< More than `max_values` values.
  not_a_request  ///< Good bencode, but a key is missing or out of its range.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"ng.malformed", "ng.too_deep", "ng.too_many", "ng.not_a_request"};
  return names[static_cast<std::size_t>(fault)];
}

/// An integer, a string, a list or a dictionary. Strings are views: the message must outlive it.
class Value {
 public:
  using List = std::vector<Value>;
  using Dictionary = std::vector<std::pair<std::string_view, Value>>;
  static constexpr int max_depth = 16;
  static constexpr std::size_t max_values = 4096;

  Value() = default;
  template <class T>
  explicit Value(T content) : content_(std::move(content)) {}

  /// The whole of `text`. Keys in any order, as the field sends them; of equal keys the first counts.
  static Result<Value> decode(std::string_view text);

  /// An integer, or a string that is one (ng clients mix them).
  std::optional<std::int64_t> as_integer() const;
  /// Nothing for other kinds.
  std::optional<std::string_view> as_string() const;
  /// Empty for other kinds.
  const List& as_list() const;
  const Dictionary& as_dictionary() const;
  bool is_dictionary() const { return std::holds_alternative<Dictionary>(content_); }

  /// The value at `key` of a dictionary, nullptr if there is none.
  const Value* find(std::string_view key) const;
  std::optional<std::int64_t> integer_at(std::string_view key) const;
  std::string_view string_at(std::string_view key) const;  ///< Empty when missing.
  const List& list_at(std::string_view key) const;         ///< Empty when missing.

 private:
  std::variant<std::int64_t, std::string_view, List, Dictionary> content_;
};

/// Appends bencode. Keys of a dictionary should come sorted; that is the caller's business, no reader asks for it.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& dictionary() { return put('d'); }
  Writer& list() { return put('l'); }
  Writer& end() { return put('e'); }
  Writer& string(std::string_view text);
  Writer& integer(std::int64_t number);
  Writer& key(std::string_view name) { return string(name); }

 private:
  Writer& put(char c) {
    out_.push_back(c);
    return *this;
  }
  std::string& out_;
};

/// "cookie SP dictionary", the framing of ng on every transport.
struct Message {
  std::string_view cookie;
  Value body;
};
Result<Message> decode_message(std::string_view frame);

}  // namespace carillon::ng
