// SPDX-License-Identifier: GPL-3.0-or-later
// Tables as comma-separated values (RFC 4180), for spreadsheets and from them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace carillon::api {

/// One record of a file. Cells are as they were written, without their quotes.
struct CsvLine {
  std::int64_t line = 0;  ///< Where it begins in the file, the header being line 1.
  std::vector<std::string> cells;
};

enum class CsvFault {
  not_csv,         ///< Quotes that do not close, or stand where none may.
  too_many_lines,  ///< More than were allowed.
  not_utf8         ///< Bytes of another encoding.
};
constexpr std::string_view name_of(CsvFault fault) {
  constexpr std::string_view names[] = {"csv.not_csv", "csv.too_many_lines", "csv.not_utf8"};
  return names[static_cast<std::size_t>(fault)];
}

/// All records of a file, the header first; empty lines are passed over. The separator is a comma, or a semicolon when the first
/// line has more of those. A byte order mark is passed over.
Result<std::vector<CsvLine>> read_csv(std::string_view text, std::size_t lines_max);

/// Appends one record. A cell that a spreadsheet would take for a formula gets an apostrophe in front; so does what follows a
/// semicolon or a tab inside a cell, where a spreadsheet of other habits begins the next one.
void write_csv(std::string& out, const std::vector<std::string>& cells);

/// The cell without the apostrophes that write_csv() put into it.
std::string without_guards(std::string_view cell);

}  // namespace carillon::api
