// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a customer's countries admit who is there, refuse who is elsewhere or nowhere known, and forget nobody inside; whatever
// happens to the file, the process lives.
#include "directory/country_database.hpp"

#include <gtest/gtest.h>

#include "support/sample_countries.hpp"
#include "support/sample_customer.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::directory {
namespace {

using carillon::testing::CountryFileWriter;
using carillon::testing::SampleCustomer;
using carillon::testing::snapshot_of;
using carillon::testing::TemporaryDirectory;

std::array<std::uint8_t, 16> bytes_of(std::string_view address) {
  return IpNetwork::parse(address).value().bytes;
}

std::string find(const CountryDatabase& database, std::string_view address) {
  const auto country = database.find(bytes_of(address));
  return country ? std::string(country->letters.begin(), country->letters.end()) : "-";
}

struct World {
  TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "countries.mmdb";

  World() {
    CountryFileWriter::write(
        file, {{"203.0.113.0/24", "ES"}, {"203.0.113.128/25", "FR"}, {"2001:db8::/32", "PT"}, {"10.9.0.0/16", "FR"}});
  }
};

TEST(CountryDatabase, FindsTheCountry) {
  const World world;
  const auto database = CountryDatabase::open(world.file);
  ASSERT_TRUE(database) << database.error().what;
  const std::pair<const char*, const char*> expected[] = {
      {"203.0.113.1", "ES"}, {"203.0.113.127", "ES"}, {"203.0.113.128", "FR"}, {"203.0.114.1", "ZZ"}, {"2001:db8::5", "PT"},
      {"2001:db9::5", "ZZ"}, {"127.0.0.1", "-"},      {"10.1.2.3", "-"},       {"10.9.2.3", "FR"},    {"100.64.0.1", "-"},
      {"192.168.1.1", "-"},  {"172.31.0.1", "-"},     {"172.32.0.1", "ZZ"},    {"::1", "-"},          {"fe80::1", "-"},
      {"169.254.1.1", "-"},  {"fd00::1", "-"},        {"::203.0.113.1", "ES"}, {"0.0.0.0", "ZZ"}};
  for (const auto& [address, country] : expected) EXPECT_EQ(find(**database, address), country) << address;
}

TEST(CountryDatabase, KnowsNothingWithoutFile) {
  const CountryDatabase database;
  EXPECT_EQ(find(database, "203.0.113.1"), "ZZ");
  EXPECT_EQ(find(database, "10.1.2.3"), "-");
}

TEST(CountryDatabase, SaysWhatIsWrongWithAFile) {
  const World world;
  const auto fault = [&](const std::filesystem::path& file) {
    const auto opened = CountryDatabase::open(file);
    return opened ? std::string("none") : std::string(opened.error().code);
  };
  EXPECT_EQ(fault(world.directory.path() / "missing"), "countries.unreadable");
  EXPECT_EQ(fault(world.directory.path()), "countries.unreadable");
  const auto broken = world.directory.path() / "broken.mmdb";
  std::ofstream(broken) << "";
  EXPECT_EQ(fault(broken), "countries.damaged");
  std::ofstream(broken) << std::string(1000, 'x');
  EXPECT_EQ(fault(broken), "countries.damaged");
  // Cut anywhere: refused, or harmless.
  std::string whole(std::filesystem::file_size(world.file), '\0');
  std::ifstream(world.file, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(whole.size()));
  for (std::size_t size = 0; size < whole.size(); size += 13) {
    std::ofstream(broken, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    if (const auto opened = CountryDatabase::open(broken)) find(**opened, "203.0.113.1");
  }
}

/// Whoever updates the file by writing over it must not pull the rug away.
TEST(CountryDatabase, TakesNothingForACountryThatIsNone) {
  const World world;
  CountryFileWriter::write(world.file, {{"203.0.113.0/24", "e\n"}, {"198.51.100.0/24", "\xff\xff"}, {"10.0.0.0/8", "es"}});
  const auto database = CountryDatabase::open(world.file).value();
  for (const char* address : {"203.0.113.1", "198.51.100.1"}) EXPECT_EQ(find(*database, address), "ZZ") << address;
  EXPECT_EQ(find(*database, "10.1.2.3"), "-");
}

TEST(CountryDatabase, OutlivesItsFile) {
  const World world;
  const auto database = CountryDatabase::open(world.file).value();
  std::filesystem::resize_file(world.file, 0);
  EXPECT_EQ(find(*database, "203.0.113.1"), "ES");
}

TEST(CountryDatabase, DecidesWhoIsGranted) {
  const World world;
  SampleCustomer sample(5, "one.example");
  sample.add("alice", "101");
  sample.add("bob", "102");
  sample.rows().users.back().non_granted_ip_calls = 1;
  const auto is_granted = [&](std::string countries, std::string_view address, bool has_file = true,
                              const char* terminal = nullptr) {
    sample.rows().customer.allowed_countries = std::move(countries);
    const auto without = snapshot_of({sample.build()});
    Builder builder(*without);
    if (has_file) builder.set_countries(CountryDatabase::open(world.file).value());
    const auto snapshot = std::move(builder).build(2).value();
    // What is changed later keeps the countries.
    const auto later = Builder(*snapshot).build(3).value();
    const Customer& customer = *later->first_customer();
    if (terminal != nullptr) return later->is_granted(customer, bytes_of(address), *customer.find_terminal(terminal));
    return later->is_granted(customer, bytes_of(address));
  };
  EXPECT_TRUE(is_granted("", "203.0.114.1"));
  EXPECT_TRUE(is_granted("ES PT", "203.0.113.1"));
  EXPECT_TRUE(is_granted("ES PT", "2001:db8::1"));
  EXPECT_FALSE(is_granted("ES PT", "203.0.113.200"));
  EXPECT_FALSE(is_granted("ES PT", "203.0.114.1")) << "nobody knows where that is";
  EXPECT_TRUE(is_granted("ES ZZ", "203.0.114.1"));
  EXPECT_TRUE(is_granted("ES PT", "127.0.0.1"));
  EXPECT_FALSE(is_granted("ES PT", "10.9.0.1")) << "the file names it";
  EXPECT_TRUE(is_granted("ES", "203.0.113.200", false)) << "the hook is off";
  EXPECT_FALSE(is_granted("E", "203.0.113.1")) << "what is no list admits nobody";
  EXPECT_FALSE(is_granted("ES", "203.0.113.200", true, "alice"));
  EXPECT_TRUE(is_granted("ES", "203.0.113.200", true, "bob")) << "a roadwarrior";
  // Both must hold.
  sample.rows().customer.ip_filter = true;
  sample.rows().networks.push_back({.id = {1}, .network = "203.0.113.192/26"});
  EXPECT_FALSE(is_granted("ES", "203.0.113.200"));
  EXPECT_FALSE(is_granted("ES", "203.0.113.1"));
  EXPECT_TRUE(is_granted("FR", "203.0.113.200"));
}

}  // namespace
}  // namespace carillon::directory
