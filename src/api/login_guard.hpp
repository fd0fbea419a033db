// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever guesses passwords waits longer and longer: per account and source, so that an attacker elsewhere cannot lock anybody
// out, and per source, so that trying one password on many accounts does not pay either.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"
#include "net/network.hpp"

namespace carillon::api {

/// Whom a guard takes an address for: it itself, of IPv6 the /64, which is one subscriber's.
std::string source_of(const net::Address& address);

class LoginGuard {
 public:
  static constexpr int free_tries = 5;          ///< Of one account from one source.
  static constexpr int free_tries_source = 30;  ///< From one source.
  static constexpr Duration first_wait = 1s;    ///< After those; doubled with each further try.
  static constexpr Duration longest_wait = 15min;
  static constexpr Duration memory = 1h;  ///< Without a further try everything is forgotten.
  static constexpr std::size_t entries_max = 20'000;

  /// How long this account and source must wait, known or not; zero: counted as a try, go on.
  Duration begin(std::string_view account, std::string_view source, Monotonic now);
  /// The password was right: the account is forgiven from that source, and so is this try of the source.
  void succeeded(std::string_view account, std::string_view source);
  /// Nobody could say whether it was: the try does not count. Waits that were earned before stay.
  void undecided(std::string_view account, std::string_view source);

 private:
  struct Entry {
    std::string key;
    int tries = 0;
    Monotonic last;
    Monotonic until;
  };
  using Entries = std::list<Entry>;

  Entry* find(const std::string& key, Monotonic now);
  void count(const std::string& key, int free, Monotonic now);
  void take_back(const std::string& key, int free);
  void forget(const std::string& key);

  Entries entries_;  ///< The one tried last is first; the last one makes room.
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

}  // namespace carillon::api
