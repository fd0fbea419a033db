// SPDX-License-Identifier: GPL-3.0-or-later
// libcsv reads; writing is a matter of quotes.
#include "api/csv.hpp"

#include <csv.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace carillon::api {

namespace {

constexpr std::string_view wide_signs[] = {"＝", "＋", "－", "＠"};

/// What libcsv's calls build up.
struct Reading {
  std::vector<CsvLine> lines;
  std::vector<std::string> cells;
  std::size_t lines_max = 0;
  std::int64_t line = 1;
  int last_end = 0;  ///< What ended the line before.
  bool is_full = false;
};

void take_cell(void* bytes, std::size_t size, void* reading) {
  static_cast<Reading*>(reading)->cells.emplace_back(static_cast<const char*>(bytes), size);
}

void take_line(int end, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  std::int64_t breaks = 1;
  for (const std::string& cell : reading.cells) breaks += std::ranges::count(cell, '\n');
  const bool is_empty = reading.cells.empty() || (reading.cells.size() == 1 && reading.cells.front().empty());
  const bool is_rest_of_crlf = is_empty && end == '\n' && reading.last_end == '\r';
  reading.last_end = end;
  if (is_rest_of_crlf) return reading.cells.clear();
  reading.is_full = reading.is_full || (!is_empty && reading.lines.size() > reading.lines_max);
  if (!is_empty && !reading.is_full) reading.lines.push_back({reading.line, std::move(reading.cells)});
  reading.cells.clear();
  reading.line += breaks;
}

class Parser {
 public:
  Parser() { csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL); }
  ~Parser() { csv_free(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  csv_parser* get() { return &parser_; }

 private:
  csv_parser parser_{};
};

/// Also the wide forms, which some take for the same.
bool begins_formula(std::string_view text) {
  if (text.empty()) return false;
  return std::string_view("=+-@").contains(text.front()) ||
         std::ranges::any_of(wide_signs, [text](std::string_view sign) { return text.starts_with(sign); });
}

/// Whether a spreadsheet would compute what begins so: also behind blanks and inside a cell of several lines.
bool looks_like_formula(std::string_view cell) {
  const std::size_t first = cell.find_first_not_of(" \n\r\t");
  if (first == std::string_view::npos) return false;
  if (cell.front() == '\t' || cell.front() == '\r') return true;
  for (std::size_t at = first; at < cell.size();) {
    if (begins_formula(cell.substr(at))) return true;
    const std::size_t next = cell.find('\n', at);
    if (next == std::string_view::npos) return false;
    at = cell.find_first_not_of(" \n\r\t", next);
    if (at == std::string_view::npos) return false;
  }
  return false;
}

/// Also what is a formula behind apostrophes: else the first of them would get lost on the way back.
bool needs_guard(std::string_view cell) {
  if (looks_like_formula(cell)) return true;
  const std::size_t behind = cell.find_first_not_of('\'');
  return behind != std::string_view::npos && looks_like_formula(cell.substr(behind));
}

/// Appends the cell, with `change` made to each part of it behind a semicolon, a tab or the end of a line.
template <typename Change>
void append_parts(std::string& out, std::string_view cell, Change change) {
  bool is_first = true;
  while (true) {
    const std::size_t end = cell.find_first_of(";\t\r\n");
    const std::string_view part = cell.substr(0, end);
    if (is_first)
      out += part;
    else
      change(out, part);
    if (end == std::string_view::npos) return;
    out += cell[end];
    cell.remove_prefix(end + 1);
    is_first = false;
  }
}

std::string with_guard(std::string_view cell) {
  std::string inside;
  append_parts(inside, cell, [](std::string& out, std::string_view part) {
    if (needs_guard(part)) out += '\'';
    out += part;
  });
  return needs_guard(inside) ? '\'' + inside : inside;
}

std::string_view without_first_guard(std::string_view cell) {
  return cell.starts_with('\'') && needs_guard(cell.substr(1)) ? cell.substr(1) : cell;
}

}  // namespace

Result<std::vector<CsvLine>> read_csv(std::string_view text, std::size_t lines_max) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) {
      const auto line = 1 + std::ranges::count(text.substr(0, at), '\n');
      return failure(CsvFault::not_utf8, fmt::format("line {} is not UTF-8: save the file as CSV UTF-8", line));
    }
    at += length;
  }
  const std::string_view header = text.substr(0, text.find('\n'));
  const bool has_semicolons = std::ranges::count(header, ';') > std::ranges::count(header, ',');
  Parser parser;
  if (has_semicolons) csv_set_delim(parser.get(), ';');
  Reading reading;
  reading.lines_max = lines_max;
  const std::size_t taken = csv_parse(parser.get(), text.data(), text.size(), take_cell, take_line, &reading);
  const bool is_sound = taken == text.size() && csv_fini(parser.get(), take_cell, take_line, &reading) == 0;
  if (reading.is_full) return failure(CsvFault::too_many_lines, fmt::format("more than {} lines", lines_max));
  if (!is_sound) return failure(CsvFault::not_csv, fmt::format("near line {}", reading.line));
  return std::move(reading.lines);
}

void write_csv(std::string& out, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) out += ',';
    const bool is_quoted = cell.find_first_of(",;\"\r\n\t ") != std::string::npos;
    if (is_quoted) out += '"';
    for (const char c : with_guard(cell)) {
      if (c == '"') out += '"';
      out += c;
    }
    if (is_quoted) out += '"';
  }
  out += "\r\n";
}

std::string without_guards(std::string_view cell) {
  std::string out;
  append_parts(out, without_first_guard(cell), [](std::string& to, std::string_view part) { to += without_first_guard(part); });
  return out;
}

}  // namespace carillon::api
