// SPDX-License-Identifier: GPL-3.0-or-later
// Reads bencode with bounded depth and size, and writes it.
#include "ng/bencode.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::ng {

namespace {

/// Reads digits with an optional minus; no plus, no spaces, nothing after.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

/// Appends the values of a text to an array, each container before what it contains.
class Decoder {
 public:
  Decoder(std::string_view text, std::vector<Value>& values) : rest_(text), values_(values) {}

  bool is_done() const { return rest_.empty(); }

  Result<> value(int depth) {
    if (depth > Document::max_depth) return failure(Fault::too_deep);
    if (values_.size() >= Document::max_values) return failure(Fault::too_many);
    if (rest_.empty()) return failure(Fault::malformed);
    switch (rest_.front()) {
      case 'i':
        return integer();
      case 'l':
        return container(Value::Kind::list, depth);
      case 'd':
        return container(Value::Kind::dictionary, depth);
      default:
        return string();
    }
  }

 private:
  Result<> integer() {
    auto end = rest_.find('e');
    if (end == rest_.npos) return failure(Fault::malformed);
    auto number = parse_integer(rest_.substr(1, end - 1));
    if (!number) return failure(Fault::malformed);
    rest_.remove_prefix(end + 1);
    Value value;
    value.number_ = *number;
    values_.push_back(value);
    return {};
  }

  Result<> string() {
    std::size_t length = 0;
    auto [end, fault] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), length);
    if (fault != std::errc() || end == rest_.data() + rest_.size() || *end != ':') return failure(Fault::malformed);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
    if (length > rest_.size()) return failure(Fault::malformed);
    Value value;
    value.kind_ = Value::Kind::string;
    value.text_ = rest_.substr(0, length);
    values_.push_back(value);
    rest_.remove_prefix(length);
    return {};
  }

  Result<> container(Value::Kind kind, int depth) {
    rest_.remove_prefix(1);
    const std::size_t index = values_.size();
    values_.push_back(Value());
    std::uint32_t size = 0;
    for (; rest_.empty() || rest_.front() != 'e'; ++size) {
      bool is_key = kind == Value::Kind::dictionary && size % 2 == 0;
      if (is_key && values_.size() >= Document::max_values) return failure(Fault::too_many);
      CARILLON_CHECK(is_key ? string() : value(depth + 1));
    }
    if (kind == Value::Kind::dictionary && size % 2 != 0) return failure(Fault::malformed);
    rest_.remove_prefix(1);
    Value& container = values_[index];
    container.kind_ = kind;
    container.size_ = size;
    container.span_ = static_cast<std::uint32_t>(values_.size() - index);
    return {};
  }

  std::string_view rest_;
  std::vector<Value>& values_;
};

Result<Document> Document::decode(std::string_view text) {
  std::vector<Value> values;
  values.reserve(std::min(max_values, text.size() / 4 + 1));
  Decoder decoder(text, values);
  CARILLON_CHECK(decoder.value(0));
  if (!decoder.is_done()) return failure(Fault::malformed);
  return Document(std::move(values));
}

std::optional<std::int64_t> Value::as_integer() const {
  if (kind_ == Kind::integer) return number_;
  return kind_ == Kind::string ? parse_integer(text_) : std::nullopt;
}

std::optional<std::string_view> Value::as_string() const {
  return kind_ == Kind::string ? std::optional(text_) : std::nullopt;
}

Value::List Value::as_list() const {
  return kind_ == Kind::list ? List(this + 1, this + span_, size_) : List();
}

const Value* Value::find(std::string_view key) const {
  if (kind_ != Kind::dictionary) return nullptr;
  for (const Value* name = this + 1; name != this + span_;) {
    const Value* value = name + 1;
    if (name->text_ == key) return value;
    name = value + value->span_;
  }
  return nullptr;
}

std::optional<std::int64_t> Value::integer_at(std::string_view key) const {
  auto* value = find(key);
  return value ? value->as_integer() : std::nullopt;
}

std::string_view Value::string_at(std::string_view key) const {
  auto* value = find(key);
  return value ? value->as_string().value_or(std::string_view()) : std::string_view();
}

Value::List Value::list_at(std::string_view key) const {
  auto* value = find(key);
  return value ? value->as_list() : List();
}

Writer& Writer::string(std::string_view text) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, text.size()).ptr;
  out_.append(digits, end).push_back(':');
  out_.append(text);
  return *this;
}

Writer& Writer::integer(std::int64_t number) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out_.push_back('i');
  out_.append(digits, end).push_back('e');
  return *this;
}

Result<Message> decode_message(std::string_view frame) {
  auto space = frame.find(' ');
  if (space == frame.npos || space == 0) return failure(Fault::malformed);
  CARILLON_TRY(body, Document::decode(frame.substr(space + 1)));
  if (!body.root().is_dictionary()) return failure(Fault::malformed);
  return Message{frame.substr(0, space), std::move(body)};
}

}  // namespace carillon::ng
