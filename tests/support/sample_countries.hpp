// SPDX-License-Identifier: GPL-3.0-or-later
// Files that say in which country an address is, written as the specification of the MaxMind DB format (version 2.0) has them.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/ip_network.hpp"

namespace carillon::testing {

/// A network and the two letters of its country.
using CountryRange = std::pair<std::string, std::string>;

class CountryFileWriter {
 public:
  static void write(const std::filesystem::path& path, const std::vector<CountryRange>& ranges) {
    CountryFileWriter writer;
    for (const auto& [network, country] : ranges) writer.add(IpNetwork::parse(network).value(), country);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << writer.tree() << std::string(16, '\0') << writer.data_ << "\xab\xcd\xefMaxMind.com" << writer.metadata();
  }

 private:
  static constexpr std::uint32_t empty = 0xffffffff;
  static constexpr std::uint32_t is_data = 0x80000000;

  /// Later ranges win, as long as they are the smaller ones. IPv4 lies where ::a.b.c.d does.
  void add(IpNetwork network, const std::string& country) {
    const bool is_v4 = network.bits >= 96 && network.bytes[10] == 0xff && network.bytes[11] == 0xff;
    if (is_v4) network.bytes[10] = network.bytes[11] = 0;
    std::size_t node = 0;
    for (unsigned i = 0; i < network.bits; ++i) {
      std::uint32_t& record = nodes_[node][network.bytes[i / 8] >> (7 - i % 8) & 1];
      if (i + 1U == network.bits) {
        record = is_data | static_cast<std::uint32_t>(data_.size());
        break;
      }
      if (record == empty || (record & is_data) != 0) {
        const std::uint32_t above = record;
        record = static_cast<std::uint32_t>(nodes_.size());
        node = record;
        nodes_.push_back({above, above});
      } else {
        node = record;
      }
    }
    data_ += map(1) + text("country") + map(1) + text("iso_code") + text(country);
  }

  std::string tree() const {
    std::string bytes;
    for (const auto& node : nodes_)
      for (std::uint32_t record : node) bytes += number_bytes(value_of(record), 3);
    return bytes;
  }
  std::uint32_t value_of(std::uint32_t record) const {
    const auto count = static_cast<std::uint32_t>(nodes_.size());
    if (record == empty) return count;
    return (record & is_data) != 0 ? count + 16 + (record & ~is_data) : record;
  }

  std::string metadata() const {
    return map(9) + text("node_count") + number(6, nodes_.size(), 4) + text("record_size") + number(5, 24, 2) +
           text("ip_version") + number(5, 6, 2) + text("database_type") + text("Country") + text("languages") +
           std::string("\0\4", 2) + text("binary_format_major_version") + number(5, 2, 2) + text("binary_format_minor_version") +
           number(5, 0, 2) + text("build_epoch") + std::string("\4\2", 2) + number_bytes(1'700'000'000, 4) + text("description") +
           map(0);
  }

  static std::string control(unsigned type, std::size_t size) { return {static_cast<char>(type << 5 | size)}; }
  static std::string map(std::size_t size) { return control(7, size); }
  static std::string text(const std::string& value) { return control(2, value.size()) + value; }
  static std::string number(unsigned type, std::size_t value, unsigned size) {
    return control(type, size) + number_bytes(value, size);
  }
  static std::string number_bytes(std::size_t value, unsigned size) {
    std::string bytes;
    for (unsigned i = size; i-- > 0;) bytes.push_back(static_cast<char>(value >> 8 * i & 0xff));
    return bytes;
  }

  std::vector<std::array<std::uint32_t, 2>> nodes_ = {{empty, empty}};
  std::string data_;
};

}  // namespace carillon::testing
