// SPDX-License-Identifier: GPL-3.0-or-later
// Codes looked for in the catalogues: countries, currencies and languages that objects name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/validate.hpp"
#include "store/database.hpp"

namespace carillon::store {

/// The fields that name what no catalogue has. What an object said before (null: it is new) is let be: it may be older than the
/// catalogues.
Result<std::vector<model::FieldFault>> check_catalogues(Database& database, const model::Resource& resource, const void* object,
                                                        const void* before);

/// How a country is dialled, without +; nothing when there is no such country.
Result<std::optional<std::string>> calling_code_of(Database& database, std::string_view country);

/// Where help answers in a country, with a space between two; empty when there is no such country.
Result<std::string> emergency_numbers_of(Database& database, std::string_view country);
/// In which country a number in E.164 is: of several with that calling code `likely`, else the one that it is known for. Empty
/// when no catalogue has the code.
Result<std::string> country_of_number(Database& database, std::string_view number, std::string_view likely);

}  // namespace carillon::store
