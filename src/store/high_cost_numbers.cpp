// SPDX-License-Identifier: GPL-3.0-or-later
// The ranges, and the rows made of them. Sources: country codes and what they are for, the list of ITU-T E.164 assigned country
// codes (complement to Recommendation E.164) and for +979 Recommendation E.169.2; area codes of the Caribbean and +1 900, the
// North American Numbering Plan Administration; national premium-rate ranges, the numbering plans that the countries'
// administrations notify to the ITU (E.129). Countries and islands stand here when calls to them cost much and advertised
// revenue-share numbers have been in their ranges for years (Cuba, Latvia, Lithuania, Somalia and small islands).
#include "store/high_cost_numbers.hpp"

#include "base/assert.hpp"
#include "model/match_entry.hpp"
#include "store/ready_made.hpp"
#include "store/settings.hpp"

namespace carillon::store {
namespace {

constexpr HighCostRange ranges[] = {
    {"870", "Satellites: Inmarsat", "Satélites: Inmarsat"},
    {"881", "Satellites: Iridium, Globalstar", "Satélites: Iridium, Globalstar"},
    {"882 883", "International networks", "Redes internacionales"},
    {"878", "Universal personal telecommunications", "Telecomunicaciones personales universales"},
    {"979", "International premium-rate service", "Servicio internacional de tarificación adicional"},
    {"808", "International shared-cost service", "Servicio internacional de coste compartido"},
    {"888 991", "Codes that nobody has, or for trials", "Códigos sin asignar o de ensayo"},
    {"1900", "Premium-rate numbers of North America", "Tarificación adicional de Norteamérica"},
    {"1242 1246 1264 1268 1284 1345 1441 1473 1649 1658 1664 1721 1758 1767 1784 1809 1829 1849 1868 1869 1876",
     "Caribbean, dialled as North America", "Caribe, se marca como Norteamérica"},
    {"246 247 290", "Diego Garcia, Ascension, Saint Helena", "Diego García, Ascensión, Santa Elena"},
    {"500", "Falkland Islands", "Islas Malvinas"},
    {"672 674 675 676 677 678 681 682 683 685 686 688 690 691 692", "Islands of the Pacific", "Islas del Pacífico"},
    {"239 252 269", "São Tomé and Príncipe, Somalia, Comoros", "Santo Tomé y Príncipe, Somalia, Comoras"},
    {"53", "Cuba", "Cuba"},
    {"370 371", "Lithuania, Latvia", "Lituania, Letonia"},
    {"34803 34806 34807 34905 34907", "Premium-rate numbers of Spain", "Tarificación adicional de España"},
    {"449 4470", "Premium-rate and personal numbers of the United Kingdom",
     "Tarificación adicional y números personales del Reino Unido"},
    {"3389", "Premium-rate numbers of France", "Tarificación adicional de Francia"},
    {"3989", "Premium-rate numbers of Italy", "Tarificación adicional de Italia"},
    {"49900", "Premium-rate numbers of Germany", "Tarificación adicional de Alemania"},
    {"35160 351646 351760", "Premium-rate numbers of Portugal", "Tarificación adicional de Portugal"},
    {"380900", "Premium-rate numbers of Ukraine", "Tarificación adicional de Ucrania"},
};

constexpr auto time_for_ids = 2s;  ///< Before what else is made with the brand.

/// "^\+(882|883)".
std::string pattern_of(std::string_view prefixes) {
  std::string pattern = "^\\+(";
  for (const char c : prefixes) pattern += c == ' ' ? '|' : c;
  return pattern + ')';
}

Result<bool> is_spanish(Database& database, Id<model::Brand> id) {
  CARILLON_TRY(brand, find(database, {}, id));
  if (!brand.language.empty()) return brand.language.starts_with("es");
  CARILLON_TRY(settings, load_settings(database));
  return settings.language.starts_with("es");
}

}  // namespace

std::span<const HighCostRange> high_cost_ranges() {
  return ranges;
}

Result<Id<model::MatchList>> make_high_cost_numbers(Database& database, Id<model::Brand> brand, Instant now) {
  CARILLON_TRY(spanish, is_spanish(database, brand));
  CARILLON_TRY(lists, Inserter::prepare(database, model::resource_of<model::MatchList>, true));
  CARILLON_TRY(entries, Inserter::prepare(database, model::resource_of<model::MatchEntry>, true));
  Instant next = now - time_for_ids;
  model::MatchList list{.brand = brand, .name = spanish ? "Números de alto coste" : "High-cost numbers"};
  CARILLON_TRY(is_new, insert_ready_made(database, lists, list, next));
  if (!is_new) list.id = {};
  for (const HighCostRange& range : ranges) {
    if (!is_new) break;
    model::MatchEntry entry{.brand = brand,
                            .match_list = list.id,
                            .kind = model::MatchKind::regex,
                            .value = pattern_of(range.prefixes),
                            .description = std::string(spanish ? range.spanish : range.english)};
    CARILLON_TRY(done, insert_ready_made(database, entries, entry, next));
    CARILLON_ASSERT(done);
  }
  CARILLON_TRY(statement, database.prepare("UPDATE brands SET ranges_made = 1, denied_numbers = ? WHERE id = ?"));
  statement->bind_id(1, list.id.value);
  statement->bind(2, brand.value);
  CARILLON_CHECK(statement->run());
  return list.id;
}

Result<int> make_missing_high_cost_numbers(Database& database, Instant now) {
  return make_missing(database, "SELECT id FROM brands WHERE ranges_made = 0 ORDER BY id",
                      [&](Id<model::Brand> brand) -> Result<> {
                        CARILLON_CHECK(make_high_cost_numbers(database, brand, now));
                        return {};
                      });
}

}  // namespace carillon::store
