// SPDX-License-Identifier: GPL-3.0-or-later
// Reads bencode with bounded depth and size, and writes it.
#include "ng/bencode.hpp"

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

class Decoder {
 public:
  explicit Decoder(std::string_view text) : rest_(text) {}

  bool is_done() const { return rest_.empty(); }

  Result<Value> value(int depth) {
    if (depth > Value::max_depth) return failure(Fault::too_deep);
    if (++values_ > Value::max_values) return failure(Fault::too_many);
    if (rest_.empty()) return failure(Fault::malformed);
    switch (rest_.front()) {
      case 'i':
        return integer();
      case 'l':
        return list(depth);
      case 'd':
        return dictionary(depth);
      default:
        CARILLON_TRY(text, string());
        return Value(text);
    }
  }

 private:
  bool take_end() {
    if (rest_.empty() || rest_.front() != 'e') return false;
    rest_.remove_prefix(1);
    return true;
  }

  Result<Value> integer() {
    auto end = rest_.find('e');
    if (end == rest_.npos) return failure(Fault::malformed);
    auto number = parse_integer(rest_.substr(1, end - 1));
    if (!number) return failure(Fault::malformed);
    rest_.remove_prefix(end + 1);
    return Value(*number);
  }

  Result<std::string_view> string() {
    std::size_t length = 0;
    auto [end, fault] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), length);
    if (fault != std::errc() || end == rest_.data() + rest_.size() || *end != ':') return failure(Fault::malformed);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
    if (length > rest_.size()) return failure(Fault::malformed);
    auto text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }

  Result<Value> list(int depth) {
    rest_.remove_prefix(1);
    Value::List items;
    while (!take_end()) {
      CARILLON_TRY(item, value(depth + 1));
      items.push_back(std::move(item));
    }
    return Value(std::move(items));
  }

  Result<Value> dictionary(int depth) {
    rest_.remove_prefix(1);
    Value::Dictionary items;
    while (!take_end()) {
      CARILLON_TRY(key, string());
      CARILLON_TRY(item, value(depth + 1));
      items.emplace_back(key, std::move(item));
    }
    return Value(std::move(items));
  }

  std::string_view rest_;
  std::size_t values_ = 0;
};

}  // namespace

Result<Value> Value::decode(std::string_view text) {
  Decoder decoder(text);
  CARILLON_TRY(value, decoder.value(0));
  if (!decoder.is_done()) return failure(Fault::malformed);
  return std::move(value);
}

std::optional<std::int64_t> Value::as_integer() const {
  if (auto* number = std::get_if<std::int64_t>(&content_)) return *number;
  if (auto* text = std::get_if<std::string_view>(&content_)) return parse_integer(*text);
  return std::nullopt;
}

std::optional<std::string_view> Value::as_string() const {
  if (auto* text = std::get_if<std::string_view>(&content_)) return *text;
  return std::nullopt;
}

const Value::List& Value::as_list() const {
  static const List none;
  auto* items = std::get_if<List>(&content_);
  return items ? *items : none;
}

const Value::Dictionary& Value::as_dictionary() const {
  static const Dictionary none;
  auto* items = std::get_if<Dictionary>(&content_);
  return items ? *items : none;
}

const Value* Value::find(std::string_view key) const {
  for (auto& [name, value] : as_dictionary()) {
    if (name == key) return &value;
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

const Value::List& Value::list_at(std::string_view key) const {
  static const Value none;
  auto* value = find(key);
  return value ? value->as_list() : none.as_list();
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
  CARILLON_TRY(body, Value::decode(frame.substr(space + 1)));
  if (!body.is_dictionary()) return failure(Fault::malformed);
  return Message{frame.substr(0, space), std::move(body)};
}

}  // namespace carillon::ng
