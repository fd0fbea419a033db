// SPDX-License-Identifier: GPL-3.0-or-later
// A field's form says in which catalogue its codes stand.
#include "store/catalogues.hpp"

namespace carillon::store {
namespace {

using model::Form;

constexpr std::string_view find_country = "SELECT 1 FROM countries WHERE code = ?";
constexpr std::string_view find_currency = "SELECT 1 FROM currencies WHERE code = ?";
constexpr std::string_view find_language = "SELECT 1 FROM languages WHERE code = ?";
/// Of what a place is in when nobody knows where it is; ISO 3166 leaves it to its users.
constexpr std::string_view no_country = "ZZ";

constexpr std::size_t longest_calling_code = 4;
/// Of each calling code that several countries share: the largest of them.
constexpr std::string_view main_countries[] = {"US", "RU", "IT", "GB", "NO", "AU", "NZ", "MA",
                                               "RE", "SH", "FI", "FK", "GP", "CW", "NF"};

Result<std::vector<std::string>> countries_with(Database& database, std::string_view calling_code) {
  CARILLON_TRY(statement, database.prepare("SELECT code FROM countries WHERE calling_code = ? ORDER BY code"));
  statement->bind(1, calling_code);
  std::vector<std::string> codes;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return codes;
    codes.emplace_back(statement->text(0));
  }
}

Result<bool> has(Database& database, std::string_view sql, std::string_view code) {
  CARILLON_TRY(statement, database.prepare(sql));
  statement->bind(1, code);
  return statement->step();
}

/// Codes with a space between two.
Result<bool> has_countries(Database& database, std::string_view codes) {
  while (!codes.empty()) {
    const std::size_t end = std::min(codes.find(' '), codes.size());
    const std::string_view code = codes.substr(0, end);
    codes.remove_prefix(std::min(end + 1, codes.size()));
    if (code == no_country) continue;
    CARILLON_TRY(is_there, has(database, find_country, code));
    if (!is_there) return false;
  }
  return true;
}

/// "es", or "es_MX": both parts have to be there.
Result<bool> has_language(Database& database, std::string_view code) {
  CARILLON_TRY(is_there, has(database, find_language, code.substr(0, code.find('_'))));
  if (!is_there || !code.contains('_')) return is_there;
  return has(database, find_country, code.substr(code.find('_') + 1));
}

/// Whether the catalogue of a form has what a text of that form names; forms without one have all.
Result<bool> is_known(Database& database, Form form, std::string_view text) {
  if (form == Form::country) return has(database, find_country, text);
  if (form == Form::countries) return has_countries(database, text);
  if (form == Form::currency) return has(database, find_currency, text);
  if (form == Form::language) return has_language(database, text);
  return true;
}

}  // namespace

Result<std::vector<model::FieldFault>> check_catalogues(Database& database, const model::Resource& resource, const void* object,
                                                        const void* before) {
  std::vector<model::FieldFault> faults;
  for (const model::FieldInfo& field : resource.fields) {
    if (field.kind != model::Kind::text || resource.access.is_catalogue) continue;
    const auto& text = model::member<model::Text>(object, field);
    const bool is_old = before != nullptr && model::member<model::Text>(before, field) == text;
    if (text.empty() || is_old) continue;
    CARILLON_TRY(known, is_known(database, field.form, text));
    if (!known) faults.push_back({json_name(field), "is in no catalogue"});
  }
  return faults;
}

Result<std::optional<std::string>> calling_code_of(Database& database, std::string_view country) {
  CARILLON_TRY(statement, database.prepare("SELECT calling_code FROM countries WHERE code = ?"));
  statement->bind(1, country);
  CARILLON_TRY(is_there, statement->step());
  if (!is_there) return std::nullopt;
  return std::string(statement->text(0));
}

Result<std::string> emergency_numbers_of(Database& database, std::string_view country) {
  CARILLON_TRY(statement, database.prepare("SELECT emergency_numbers FROM countries WHERE code = ?"));
  statement->bind(1, country);
  CARILLON_TRY(is_there, statement->step());
  return is_there ? std::string(statement->text(0)) : std::string();
}

Result<std::string> country_of_number(Database& database, std::string_view number, std::string_view likely) {
  if (number.starts_with('+')) number.remove_prefix(1);
  for (std::size_t digits = std::min(longest_calling_code, number.size()); digits > 0; --digits) {
    CARILLON_TRY(codes, countries_with(database, number.substr(0, digits)));
    if (codes.empty()) continue;
    if (std::ranges::find(codes, likely) != codes.end()) return std::string(likely);
    const auto main = std::ranges::find_first_of(codes, main_countries);
    return main == codes.end() ? codes.front() : *main;
  }
  return std::string();
}

}  // namespace carillon::store
