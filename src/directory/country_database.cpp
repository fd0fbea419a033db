// SPDX-License-Identifier: GPL-3.0-or-later
#include "directory/country_database.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ip_network.hpp"

namespace carillon::directory {

namespace {

/// Addresses that are in no country, since every network may use them inside: loopback, link-local, private, and those behind a
/// carrier's NAT.
constexpr std::string_view inner_networks[] = {"127.0.0.0/8",   "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                                               "100.64.0.0/10", "::1",        "fc00::/7",      "fe80::/10"};

bool is_inner(const std::array<std::uint8_t, 16>& address) {
  static const auto networks = [] {
    std::array<IpNetwork, std::size(inner_networks)> parsed;
    std::ranges::transform(inner_networks, parsed.begin(), [](std::string_view text) { return IpNetwork::parse(text).value(); });
    return parsed;
  }();
  return std::ranges::any_of(networks, [&](const IpNetwork& each) { return each.contains(address); });
}

bool is_v4(const std::array<std::uint8_t, 16>& address) {
  static constexpr IpNetwork v4{.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, .bits = 96};
  return v4.contains(address);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

std::unexpected<Error> unreadable(const std::filesystem::path& file, std::string_view why) {
  return failure(CountryFault::unreadable, fmt::format("{}: {}", file.string(), why));
}

bool copy(int from, int to, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t moved = sendfile(to, from, nullptr, bytes);
    if (moved <= 0) return false;
    bytes -= static_cast<std::size_t>(moved);
  }
  return true;
}

}  // namespace

struct CountryDatabase::File {
  ~File() {
    if (is_open) MMDB_close(&database);
  }
  MMDB_s database{};
  bool is_open = false;
};

CountryDatabase::CountryDatabase() = default;
CountryDatabase::~CountryDatabase() = default;

Result<std::shared_ptr<const CountryDatabase>> CountryDatabase::open(const std::filesystem::path& file) {
  const Descriptor source(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!source || fstat(source.number(), &status) != 0) return unreadable(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return unreadable(file, "is no file");
  if (std::cmp_greater(status.st_size, bytes_max)) return unreadable(file, "is too large");
  // The library maps what it opens: a file that is cut short meanwhile would end the process.
  const Descriptor copied(memfd_create("countries", MFD_CLOEXEC));
  if (!copied || !copy(source.number(), copied.number(), static_cast<std::size_t>(status.st_size)))
    return unreadable(file, "cannot be copied into memory");
  auto made = std::make_shared<CountryDatabase>();
  made->file_ = std::make_unique<File>();
  const std::string path = "/proc/self/fd/" + std::to_string(copied.number());
  if (const int error = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &made->file_->database); error != MMDB_SUCCESS)
    return failure(CountryFault::damaged, fmt::format("{}: {}", file.string(), MMDB_strerror(error)));
  made->file_->is_open = true;
  return made;
}

std::optional<Country> CountryDatabase::find(const std::array<std::uint8_t, 16>& address) const {
  const std::optional<Country> none = is_inner(address) ? std::nullopt : std::optional(unknown_country);
  if (!file_) return none;
  sockaddr_storage storage{};
  if (is_v4(address)) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, address.data() + 12, 4);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.data(), 16);
  }
  int error = MMDB_SUCCESS;
  MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&file_->database, reinterpret_cast<const sockaddr*>(&storage), &error);
  if (error != MMDB_SUCCESS || !found.found_entry) return none;
  MMDB_entry_data_s code{};
  const char* const way[] = {"country", "iso_code", nullptr};
  if (MMDB_aget_value(&found.entry, &code, way) != MMDB_SUCCESS || !code.has_data) return none;
  if (code.type != MMDB_DATA_TYPE_UTF8_STRING || code.data_size != 2) return none;
  const auto is_capital = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  if (!is_capital(code.utf8_string[0]) || !is_capital(code.utf8_string[1])) return none;
  return Country{{code.utf8_string[0], code.utf8_string[1]}};
}

}  // namespace carillon::directory
