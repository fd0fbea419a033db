// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the catalogues hold what their declarations ask for, objects name nothing that they have not, and what was so before them
// stays.
#include "store/catalogues.hpp"

#include <gtest/gtest.h>

#include <set>

#include "model/country.hpp"
#include "model/currency.hpp"
#include "model/language.hpp"
#include "store/edit.hpp"
#include "support/sample_database.hpp"

namespace carillon::store {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

class CataloguesTest : public OnEachDatabase {
 protected:
  model::Customer customer() { return list_all<model::Customer>(*database_, {}).value().front(); }
  /// The fields at fault when the customer's administrator stores it so.
  std::set<std::string> faults(const model::Customer& customer) {
    auto edit = Edit::begin(*database_, {customer.brand, customer.id}, test_start);
    std::set<std::string> fields;
    if (edit->update(customer)) return fields;
    for (const model::FieldFault& fault : edit->faults()) fields.insert(fault.field);
    return fields;
  }
  template <class T>
  std::map<std::string, T> all_sound() {
    std::map<std::string, T> by_code;
    for (const T& row : list_all<T>(*database_, {}).value()) {
      EXPECT_TRUE(model::validate(row).empty()) << row.code << model::validate(row).front().field;
      by_code.emplace(row.code, row);
    }
    return by_code;
  }
  SampleDatabase database_{DemoOptions()};
};
CARILLON_ON_EACH_DATABASE(CataloguesTest);

TEST_P(CataloguesTest, HoldWhatIsDeclared) {
  const auto countries = all_sound<model::Country>();
  EXPECT_EQ(countries.size(), 252U);
  EXPECT_EQ(countries.at("ES").calling_code, "34");
  EXPECT_EQ(countries.at("ES").emergency_numbers, "061 062 080 085 088 091 092 112");
  EXPECT_EQ(countries.at("DE").name_es, "Alemania");
  const auto currencies = all_sound<model::Currency>();
  EXPECT_EQ(currencies.size(), 153U);
  EXPECT_EQ(currencies.at("EUR").decimals, 2);
  EXPECT_EQ(currencies.at("JPY").decimals, 0);
  EXPECT_EQ(currencies.at("KWD").decimals, 3);
  EXPECT_FALSE(currencies.contains("HRK"));
  const auto languages = all_sound<model::Language>();
  EXPECT_EQ(languages.size(), 182U);
  EXPECT_EQ(languages.at("es").name_en, "Spanish");
}

TEST_P(CataloguesTest, HaveWhatObjectsName) {
  const auto with = [&](auto change) {
    model::Customer changed = customer();
    change(changed);
    return faults(changed);
  };
  using Faults = std::set<std::string>;
  EXPECT_EQ(with([](auto& c) { c.country = "PT"; }), Faults());
  EXPECT_EQ(with([](auto& c) { c.country = "QQ"; }), Faults{"country"});
  EXPECT_EQ(with([](auto& c) { c.country = "ZZ"; }), Faults{"country"});
  EXPECT_EQ(with([](auto& c) { c.invoice_country = "QQ"; }), Faults{"invoiceCountry"});
  EXPECT_EQ(with([](auto& c) { c.allowed_countries = "ES ZZ PT"; }), Faults());
  EXPECT_EQ(with([](auto& c) { c.allowed_countries = "ES QQ"; }), Faults{"allowedCountries"});
  EXPECT_EQ(with([](auto& c) { c.currency = "USD"; }), Faults());
  EXPECT_EQ(with([](auto& c) { c.currency = "XAU"; }), Faults{"currency"});
  EXPECT_EQ(with([](auto& c) { c.language = "ca"; }), Faults());
  EXPECT_EQ(with([](auto& c) { c.language = "es_MX"; }), Faults());
  EXPECT_EQ(with([](auto& c) { c.language = "es_QQ"; }), Faults{"language"});
  EXPECT_EQ(with([](auto& c) { c.language = "qq"; }), Faults{"language"});
  EXPECT_EQ(with([](auto& c) { c.country = "QQ", c.currency = "XAU"; }), (Faults{"country", "currency"}));
}

TEST_P(CataloguesTest, LeaveBeWhatWasThereBefore) {
  ASSERT_TRUE(database_->execute("UPDATE customers SET country = 'QQ', currency = 'XAU'"));
  model::Customer old = customer();
  old.tax_id = "B1";
  EXPECT_EQ(faults(old), std::set<std::string>());
  old.country = "QX";
  EXPECT_EQ(faults(old), std::set<std::string>{"country"});
}

TEST_P(CataloguesTest, KnowHowACountryIsDialled) {
  EXPECT_EQ(calling_code_of(*database_, "PT").value(), "351");
  EXPECT_EQ(calling_code_of(*database_, "QQ").value(), std::nullopt);
  EXPECT_EQ(calling_code_of(*database_, "' OR 1=1--").value(), std::nullopt);
}

TEST_P(CataloguesTest, AreReadByTenantsAndNotWritten) {
  const auto tenant = database_.open(Access::write);
  const Scope scope{customer().brand, customer().id};
  ASSERT_TRUE(tenant->confine(scope));
  auto countries = list_all<model::Country>(*tenant, scope).value();
  EXPECT_EQ(countries.size(), 252U);
  EXPECT_EQ(calling_code_of(*tenant, "ES").value(), "34");
  auto edit = Edit::begin(*tenant, scope, test_start);
  countries.front().name_en = "Mine";
  EXPECT_TRUE(edit->update(countries.front()).error().is(Fault::not_found));
  EXPECT_TRUE(edit->remove(countries.front().id).error().is(Fault::not_found));
  if (GetParam() == DatabaseKind::sqlite) return;  // Has no second wall.
  EXPECT_TRUE(tenant->execute("UPDATE countries SET name_en = 'Mine'; DELETE FROM languages"));
  EXPECT_FALSE(tenant->execute("INSERT INTO languages (id, code, name_en, name_es) VALUES (1, 'qq', 'q', 'q')"));
}

}  // namespace
}  // namespace carillon::store
