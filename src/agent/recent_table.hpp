// SPDX-License-Identifier: GPL-3.0-or-later
// Counting strangers must not become the way to exhaust memory: a table of fixed size that remembers the most recent sources and
// forgets the least recent ones of the same set. Keys are hashed with a secret, so nobody can choose whom to push out.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"
#include "net/network.hpp"

namespace carillon::agent {

/// A 64-bit key for the tables below, made from whatever identifies a stranger; mixed with the table's secret on use.
inline std::uint64_t mix(std::uint64_t h, std::uint64_t value) {
  h ^= value + 0x9e3779b97f4a7c15U + (h << 6) + (h >> 2);
  h *= 0xff51afd7ed558ccdU;
  return h ^ (h >> 32);
}

/// The part of an address that one stranger can be held to: all of IPv4, the /64 of IPv6.
inline std::uint64_t source_key(const net::Address& source) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, source.bytes.data(), sizeof high);
  std::memcpy(&low, source.bytes.data() + sizeof high, sizeof low);
  return source.is_v4() ? mix(high, low) : mix(high, 0x64);
}

/// The address with its port.
inline std::uint64_t peer_key(const net::Address& source) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, source.bytes.data(), sizeof high);
  std::memcpy(&low, source.bytes.data() + sizeof high, sizeof low);
  return mix(mix(high, low), source.port);
}

inline std::uint64_t text_key(std::string_view text) {
  return std::hash<std::string_view>()(text);
}

/// Value must be default-constructible and small; a fresh one is what an unknown key gets.
template <class Value>
class RecentTable {
 public:
  /// `capacity` is rounded up to a power of two, at least one set of eight.
  explicit RecentTable(std::size_t capacity) : secret_(random_bits()) {
    while (sets_ * ways < capacity) sets_ *= 2;
    entries_ = std::make_unique<Entry[]>(sets_ * ways);
  }

  /// The value of a key, or nullptr; does not count as a use.
  Value* find(std::uint64_t key) {
    Entry* set = set_of(key);
    for (std::size_t i = 0; i < ways; ++i)
      if (set[i].used && set[i].key == key) return &set[i].value;
    return nullptr;
  }

  /// The value of a key, made if need be in place of the least recently used one of its set.
  Value& at(std::uint64_t key, Monotonic now) {
    Entry* set = set_of(key);
    Entry* oldest = set;
    for (std::size_t i = 0; i < ways; ++i) {
      if (set[i].used && set[i].key == key) {
        set[i].seen = now;
        return set[i].value;
      }
      if (!set[i].used) {
        oldest = &set[i];
        break;
      }
      if (set[i].seen < oldest->seen) oldest = &set[i];
    }
    *oldest = Entry{.key = key, .seen = now, .used = true, .value = Value{}};
    return oldest->value;
  }

  void erase(std::uint64_t key) {
    Entry* set = set_of(key);
    for (std::size_t i = 0; i < ways; ++i)
      if (set[i].used && set[i].key == key) set[i].used = false;
  }

  std::size_t capacity() const { return sets_ * ways; }

 private:
  static constexpr std::size_t ways = 8;
  struct Entry {
    std::uint64_t key = 0;
    Monotonic seen{};
    bool used = false;
    Value value{};
  };
  Entry* set_of(std::uint64_t key) { return &entries_[(mix(secret_, key) & (sets_ - 1)) * ways]; }

  std::size_t sets_ = 1;
  std::uint64_t secret_;
  std::unique_ptr<Entry[]> entries_;
};

}  // namespace carillon::agent
