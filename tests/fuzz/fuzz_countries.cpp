// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as the operator's file of countries: it opens or not, and whatever is asked of it afterwards comes back with an
// answer.
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "directory/country_database.hpp"
#include "net/network.hpp"
#include "support/temporary_directory.hpp"

#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

namespace carillon {
namespace {

/// The library (1.7.1) loses what it had read of metadata that turn out to be damaged: once for each file that does not open.
auto open(const std::filesystem::path& file) {
#if __has_feature(address_sanitizer)
  const __lsan::ScopedDisabler library;
#endif
  return directory::CountryDatabase::open(file);
}

void check(std::string_view bytes) {
  static const testing::TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "countries.mmdb";
  testing::write_file(file, bytes);
  const auto database = open(file);
  if (!database) return;
  for (const char* host : {"198.51.100.1", "8.8.8.8", "255.255.255.255", "2001:db8::1", "2a00::1", "::", "10.0.0.1"}) {
    const auto country = (*database)->find(net::Address::parse(host, 0)->bytes);
    if (!country) continue;
    for (const char letter : country->letters) CARILLON_ASSERT(letter >= 'A' && letter <= 'Z');
  }
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
