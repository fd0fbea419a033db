// SPDX-License-Identifier: GPL-3.0-or-later
// One switch over kinds, one over forms: every rule a declaration can state.
#include "model/validate.hpp"

#include <boost/json/parse.hpp>

#include "base/ip_network.hpp"
#include "base/time_zone.hpp"

namespace carillon::model {
namespace {

constexpr std::int64_t longest_text = 255;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_name(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c) || std::string_view("-_.!~*'()@+").contains(c);
}

constexpr bool is_dialled(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c) || std::string_view("+*#-_.").contains(c);
}

bool all_of(std::string_view text, bool (*is)(char)) {
  return std::ranges::all_of(text, is);
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         !text.contains(' ') && is_printable(text);
}

/// RFC 1123 §2.1: labels of letters, digits and inner hyphens, 63 at most.
bool is_domain(std::string_view text) {
  if (text.empty()) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    const bool is_sound = !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
                          all_of(label, [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
    if (!is_sound) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_language(std::string_view text) {
  const bool has_region = text.size() == 5 && text[2] == '_' && all_of(text.substr(3), is_upper);
  return (text.size() == 2 || has_region) && all_of(text.substr(0, 2), is_lower);
}

bool is_countries(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != ' ' : !is_upper(text[i])) return false;
  return text.size() % 3 == 2;
}

/// Digits, with one space between two numbers.
bool is_numbers(std::string_view text) {
  const auto fits = [](char c) { return is_digit(c) || c == ' '; };
  return !text.empty() && all_of(text, fits) && text.front() != ' ' && text.back() != ' ' && !text.contains("  ");
}

/// ITU-T E.164 §6: 15 digits at most, and no country begins with 0.
bool is_e164(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' && all_of(text.substr(1), is_digit);
}

bool is_time_zone(std::string_view text) {
  const auto fits = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c) || std::string_view("/_+-").contains(c); };
  return all_of(text, fits) && TimeZone::find(text).has_value();
}

std::string text_fault(std::string_view text, const FieldInfo& field) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (text.empty()) return field.required ? "must not be empty" : "";
  if (size < field.min) return fmt::format("needs at least {} characters", field.min);
  const std::int64_t most = field.max > 0 ? field.max : longest_text;
  if (size > most) return fmt::format("has more than {} bytes", most);
  if (!has_form(text, field.form)) return "has not the right form";
  return "";
}

std::string json_fault(const std::string& text) {
  boost::system::error_code error;
  if (!text.empty()) boost::json::parse(text, error);
  return error ? "is not JSON" : "";
}

std::string integer_fault(std::int64_t value, const FieldInfo& field) {
  if (value == 0 && !field.inherits.empty()) return "";
  if (value < field.min) return fmt::format("must be at least {}", field.min);
  if (field.max > 0 && value > field.max) return fmt::format("must be at most {}", field.max);
  return "";
}

std::string money_fault(Money amount, const FieldInfo& field) {
  if (amount.millionths < field.min) return fmt::format("must be at least {}", to_decimal({field.min}));
  if (field.max > 0 && amount.millionths > field.max) return fmt::format("must be at most {}", to_decimal({field.max}));
  return "";
}

std::string missing_fault(bool is_missing, const FieldInfo& field) {
  return is_missing && field.required ? "is required" : "";
}

std::string secret_fault(const Secret& secret, const FieldInfo& field) {
  const auto size = static_cast<std::int64_t>(secret.reveal().size());
  if (size == 0) return missing_fault(true, field);
  if (size < field.min) return fmt::format("needs at least {} characters", field.min);
  if (field.max > 0 && size > field.max) return fmt::format("has more than {} bytes", field.max);
  return is_printable(secret.reveal()) ? "" : "has not the right form";
}

/// What is wrong with one field; empty when nothing is.
std::string fault_of(const FieldInfo& field, const void* object) {
  switch (field.kind) {
    case Kind::id:
      return missing_fault(member<std::int64_t>(object, field) == 0, field);
    case Kind::call:
      return missing_fault(member<CallId>(object, field) == CallId{}, field);
    case Kind::text:
      return text_fault(member<Text>(object, field), field);
    case Kind::secret:
      return secret_fault(member<Secret>(object, field), field);
    case Kind::json:
      return json_fault(member<Json>(object, field).text);
    case Kind::integer:
      return integer_fault(member<Integer>(object, field), field);
    case Kind::boolean:
      return "";
    case Kind::enumeration: {
      const auto choice = member<std::uint8_t>(object, field);
      return choice < field.choices.size() ? missing_fault(field.choices[choice].empty(), field) : "is not one of the choices";
    }
    case Kind::set: {
      const bool fits = field.choices.size() >= 64 || member<std::uint64_t>(object, field) >> field.choices.size() == 0;
      return fits ? "" : "is not made of the choices";
    }
    case Kind::instant:
      return missing_fault(member<Instant>(object, field) == Instant{}, field);
    case Kind::duration:
      return member<Milliseconds>(object, field).count() < 0 ? "must not be negative" : "";
    case Kind::money:
      return money_fault(member<Money>(object, field), field);
  }
  return "has no kind";
}

}  // namespace

bool has_form(std::string_view text, Form form) {
  switch (form) {
    case Form::any:
      return is_printable(text);
    case Form::lines:
      return all_of(text, [](char c) { return c == '\n' || is_printable(std::string_view(&c, 1)); });
    case Form::name:
      return all_of(text, is_name);
    case Form::digits:
      return all_of(text, is_digit);
    case Form::dialled:
      return all_of(text, is_dialled);
    case Form::email:
      return is_email(text);
    case Form::domain:
      return is_domain(text);
    case Form::country:
      return text.size() == 2 && all_of(text, is_upper);
    case Form::countries:
      return is_countries(text);
    case Form::language:
      return is_language(text);
    case Form::currency:
      return text.size() == 3 && all_of(text, is_upper);
    case Form::time_zone:
      return is_time_zone(text);
    case Form::numbers:
      return is_numbers(text);
    case Form::e164:
      return is_e164(text);
    case Form::network:
      return IpNetwork::parse(text).has_value();
  }
  return false;
}

std::vector<FieldFault> validate(const Resource& resource, const void* object) {
  std::vector<FieldFault> faults;
  for (const FieldInfo& field : resource.fields) {
    std::string message = fault_of(field, object);
    if (!message.empty()) faults.push_back({json_name(field), std::move(message)});
  }
  return faults;
}

}  // namespace carillon::model
