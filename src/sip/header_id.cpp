// SPDX-License-Identifier: GPL-3.0-or-later
// Looks header names up by a perfect hash that the compiler finds when the table changes.
#include "sip/header_id.hpp"

#include <array>

#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

struct Entry {
  std::string_view name;
  char compact;
  Repeat repeat;
};

constexpr std::array<Entry, known_headers + 1> entries = {{
#define CARILLON_SIP_ENTRY(id, name, compact, repeat) {name, compact, Repeat::repeat},
    CARILLON_SIP_HEADERS(CARILLON_SIP_ENTRY)
#undef CARILLON_SIP_ENTRY
        {"", 0, Repeat::single},
}};

constexpr std::size_t slots = 1024;

// The length and four letters tell all names apart; which multiplier spreads them without a collision, the compiler searches.
constexpr std::size_t slot_of(std::string_view name, std::uint32_t multiplier) {
  auto letter = [name](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at]) | 0x20U); };
  const std::size_t n = name.size();
  const std::uint32_t letters = letter(0) | letter(n - 1) << 8U | letter(n / 2) << 16U | letter(n / 4) << 24U;
  return ((letters ^ static_cast<std::uint32_t>(n) * 0x9e3779b1U) * multiplier) >> 22U;
}

struct Table {
  std::uint32_t multiplier = 0;
  std::array<std::uint8_t, slots> ids{};
};

constexpr bool fill(Table& table) {
  table.ids.fill(static_cast<std::uint8_t>(known_headers));
  for (std::size_t i = 0; i < known_headers; ++i) {
    auto& id = table.ids[slot_of(entries[i].name, table.multiplier)];
    if (id != known_headers) return false;
    id = static_cast<std::uint8_t>(i);
  }
  return true;
}

constexpr Table make_table() {
  Table table;
  table.multiplier = 0x2545f491U;
  while (!fill(table)) table.multiplier = table.multiplier * 1664525U + 1013904222U;
  return table;
}
constexpr Table by_name = make_table();

constexpr std::array<HeaderId, 26> make_compact_table() {
  std::array<HeaderId, 26> table{};
  table.fill(HeaderId::unknown);
  for (std::size_t i = 0; i < known_headers; ++i) {
    if (entries[i].compact != 0) table[static_cast<std::size_t>(entries[i].compact - 'a')] = static_cast<HeaderId>(i);
  }
  return table;
}
constexpr std::array<HeaderId, 26> by_compact_form = make_compact_table();

}  // namespace

HeaderId header_from(std::string_view name) {
  if (name.size() < 2) {
    const char letter = name.empty() ? '\0' : to_lower(name[0]);
    return letter >= 'a' && letter <= 'z' ? by_compact_form[static_cast<std::size_t>(letter - 'a')] : HeaderId::unknown;
  }
  const std::uint8_t id = by_name.ids[slot_of(name, by_name.multiplier)];
  const std::string_view known = entries[id].name;  // Nearly always written just so.
  return known == name || same_ignoring_case(known, name) ? static_cast<HeaderId>(id) : HeaderId::unknown;
}

std::string_view header_name(HeaderId id) {
  return entries[static_cast<std::size_t>(id)].name;
}

Repeat header_repeat(HeaderId id) {
  return entries[static_cast<std::size_t>(id)].repeat;
}

}  // namespace carillon::sip
