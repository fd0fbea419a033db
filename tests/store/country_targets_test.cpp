// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: every country of the catalogue is in one continent under prefixes of its own, and every brand begins with them, once.
#include "store/country_targets.hpp"

#include <gtest/gtest.h>

#include <map>
#include <ranges>
#include <set>

#include "model/brand.hpp"
#include "model/country.hpp"
#include "model/target_group.hpp"
#include "model/target_group_member.hpp"
#include "model/validate.hpp"
#include "store/edit.hpp"
#include "store/migrations.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::EmptyDatabase;
using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (const auto part : text | std::views::split(separator)) parts.emplace_back(std::string_view(part));
  return parts;
}

class CountryTargetsTest : public OnEachDatabase {
 protected:
  /// Names of the patterns that a continent has, by prefix.
  static std::map<std::string, std::string> members_of(Database& database, const std::string& continent) {
    std::map<std::string, std::string> patterns;
    const auto groups = list<model::TargetGroup>(database, {}, {.filters = {{"name", continent}}}).value();
    if (groups.size() != 1) return patterns;
    for (const auto& member : list_all<model::TargetGroupMember>(database, {}).value()) {
      if (member.target_group != groups.front().id) continue;
      const auto pattern = find(database, {}, member.target_pattern).value();
      patterns[pattern.pattern] = pattern.name;
    }
    return patterns;
  }
};
CARILLON_ON_EACH_DATABASE(CountryTargetsTest);

TEST_P(CountryTargetsTest, AreOfEveryCountryOnce) {
  SampleDatabase database;
  std::map<std::string, std::string> calling_codes;
  for (const auto& country : list_all<model::Country>(*database, {}).value()) calling_codes[country.code] = country.calling_code;
  std::set<std::string> prefixes;
  for (const Continent& continent : continents()) {
    for (const std::string& entry : split(continent.countries, ' ')) {
      SCOPED_TRACE(entry);
      const auto parts = split(entry, ':');
      ASSERT_EQ(parts.size(), 2U);
      for (const std::string& code : split(parts[0], '+')) {
        ASSERT_TRUE(calling_codes.contains(code));
        for (const std::string& prefix : split(parts[1], ',')) EXPECT_TRUE(prefix.starts_with(calling_codes[code]));
        calling_codes.erase(code);
      }
      for (const std::string& prefix : split(parts[1], ',')) EXPECT_TRUE(prefixes.insert(prefix).second);
    }
  }
  EXPECT_TRUE(calling_codes.empty()) << calling_codes.begin()->first;
}

TEST_P(CountryTargetsTest, AreOfADemoBrandToo) {
  SampleDatabase database{DemoOptions()};
  std::set<std::string> countries;
  for (const auto& pattern : list_all<model::TargetPattern>(*database, {}).value()) {
    EXPECT_TRUE(model::validate(pattern).empty()) << pattern.name;
    countries.insert(pattern.name.substr(0, pattern.name.rfind(" (+")));
  }
  EXPECT_GE(countries.size(), 244U);
  EXPECT_EQ(list_all<model::TargetGroup>(*database, {})->size(), 7U);
  EXPECT_EQ(database.integer("SELECT count(*) FROM target_patterns"),
            database.integer("SELECT count(*) FROM target_group_members"));
  const auto america = members_of(*database, "North America");
  EXPECT_EQ(america.at("+1"), "United States, Canada, U.S. Outlying Islands");
  EXPECT_EQ(america.at("+1242"), "Bahamas");
  EXPECT_EQ(america.at("+1809"), "Dominican Republic");
  EXPECT_EQ(america.at("+1829"), "Dominican Republic (+1829)");
  EXPECT_EQ(members_of(*database, "Asia").at("+77"), "Kazakhstan");
  EXPECT_EQ(members_of(*database, "Europe").at("+3906698"), "Vatican City");
  EXPECT_EQ(members_of(*database, "Antarctica").size(), 2U);
}

TEST_P(CountryTargetsTest, ComeToBrandsThatWereThereBeforeThem) {
  constexpr std::size_t before = 19;
  const EmptyDatabase place;
  const auto database = place.open(Access::create);
  ASSERT_TRUE(migrate(*database, migrations().first(before)));
  ASSERT_TRUE(database->confine({}));
  ASSERT_TRUE(
      database->execute("INSERT INTO brands (id, name, language, time_zone, currency) VALUES (1, 'A', 'en', 'UTC', 'EUR');"
                        "INSERT INTO brands (id, name, language, time_zone, currency) VALUES (2, 'B', 'en', 'UTC', 'EUR')"));
  ASSERT_TRUE(migrate(*database));
  ASSERT_TRUE(database->confine({}));
  const std::int64_t change = last_change(*database).value();
  EXPECT_EQ(make_missing_country_targets(*database, test_start).value(), 2);
  EXPECT_EQ(list_all<model::TargetGroup>(*database, {Id<model::Brand>{2}, {}})->size(), 7U);
  const auto changes = changes_after(*database, change).value();
  ASSERT_EQ(changes.size(), 2U);  // And not one for each row.
  EXPECT_EQ(changes[0].n, change + 1);
  EXPECT_EQ(changes[1].n, change + 1);
  EXPECT_EQ(changes[1].entity, "brands");
  // Deleted, they stay away.
  ASSERT_TRUE(database->execute("DELETE FROM target_group_members; DELETE FROM target_patterns"));
  EXPECT_EQ(make_missing_country_targets(*database, test_start + 1h).value(), 0);
  EXPECT_TRUE(list_all<model::TargetPattern>(*database, {})->empty());
  EXPECT_EQ(last_change(*database).value(), change + 1);
}

TEST_P(CountryTargetsTest, KeepWhatABrandHasAlready) {
  SampleDatabase database{DemoOptions()};
  ASSERT_TRUE(
      database->execute("UPDATE brands SET patterns_made = 0; UPDATE target_patterns SET name = 'Ours' WHERE pattern = '+34'; "
                        "DELETE FROM target_group_members WHERE target_pattern IN (SELECT id FROM target_patterns WHERE "
                        "pattern = '+33'); DELETE FROM target_patterns WHERE pattern = '+33'"));
  EXPECT_EQ(make_missing_country_targets(*database, test_start + 1h).value(), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM target_patterns WHERE name = 'Ours'"), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM target_patterns WHERE pattern = '+33'"), 1);
}

TEST_P(CountryTargetsTest, GoWithTheirBrand) {
  SampleDatabase database;
  auto edit = Edit::begin(*database, {}, test_start).value();
  model::Brand brand{.name = "Short-lived", .language = "en", .time_zone = "Europe/Madrid", .currency = "EUR"};
  ASSERT_TRUE(edit.insert(brand));
  ASSERT_TRUE(make_country_targets(*database, brand.id, test_start));
  ASSERT_TRUE(edit.commit());
  auto end = Edit::begin(*database, {}, test_start + 1h).value();
  const auto removed = end.remove(brand.id);
  ASSERT_TRUE(removed) << removed.error().what;
  ASSERT_TRUE(end.commit());
  EXPECT_EQ(database.integer("SELECT count(*) FROM target_patterns"), 0);
}

}  // namespace
}  // namespace carillon::store
