// SPDX-License-Identifier: GPL-3.0-or-later
// Bencode, the encoding of the ng control protocol: decoded values that are views into the message, and a writer that appends to
// a string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace carillon::ng {

enum class Fault {
  malformed,     ///< Not bencode, or no cookie before it.
  too_deep,      ///< Nested deeper than Document::max_depth.
  too_many,      ///< More than Document::max_values.
  not_a_request  ///< Good bencode, but a key is missing or out of its range.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"ng.malformed", "ng.too_deep", "ng.too_many", "ng.not_a_request"};
  return names[static_cast<std::size_t>(fault)];
}

/// An integer, a string, a list or a dictionary, inside a Document. Strings are views into the message.
class Value {
 public:
  /// The items of a list.
  class List {
   public:
    class Iterator {
     public:
      explicit Iterator(const Value* value) : value_(value) {}
      const Value& operator*() const { return *value_; }
      Iterator& operator++() {
        value_ += value_->span_;
        return *this;
      }
      bool operator==(const Iterator&) const = default;

     private:
      const Value* value_;
    };
    List() = default;
    Iterator begin() const { return Iterator(first_); }
    Iterator end() const { return Iterator(end_); }
    std::size_t size() const { return size_; }

   private:
    friend class Value;
    List(const Value* first, const Value* end, std::size_t size) : first_(first), end_(end), size_(size) {}
    const Value* first_ = nullptr;
    const Value* end_ = nullptr;
    std::size_t size_ = 0;
  };

  /// An integer, or a string that is one (ng clients mix them).
  std::optional<std::int64_t> as_integer() const;
  /// Nothing for other kinds.
  std::optional<std::string_view> as_string() const;
  /// Empty for other kinds.
  List as_list() const;
  bool is_dictionary() const { return kind_ == Kind::dictionary; }

  /// The value at `key` of a dictionary, nullptr if there is none. Of equal keys the first counts.
  const Value* find(std::string_view key) const;
  std::optional<std::int64_t> integer_at(std::string_view key) const;
  std::string_view string_at(std::string_view key) const;  ///< Empty when missing.
  List list_at(std::string_view key) const;                ///< Empty when missing.

 private:
  friend class Document;
  friend class Decoder;
  enum class Kind : std::uint8_t { integer, string, list, dictionary };
  Value() = default;

  Kind kind_ = Kind::integer;
  std::uint32_t size_ = 0;  ///< Items of a list; keys and values of a dictionary.
  std::uint32_t span_ = 1;  ///< Values in a row that are this one with all that it contains: the next sibling is so far away.
  std::int64_t number_ = 0;
  std::string_view text_;
};

/// One decoded text; all its values in one array. The text must outlive it. Never empty.
class Document {
 public:
  static constexpr int max_depth = 16;
  static constexpr std::size_t max_values = 4096;

  /// The whole of `text`. Keys in any order, as the field sends them.
  static Result<Document> decode(std::string_view text);

  const Value& root() const { return values_.front(); }
  operator const Value&() const { return root(); }

 private:
  explicit Document(std::vector<Value> values) : values_(std::move(values)) {}
  std::vector<Value> values_;
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
  Document body;  ///< A dictionary.
};
Result<Message> decode_message(std::string_view frame);

}  // namespace carillon::ng
