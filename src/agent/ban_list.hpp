// SPDX-License-Identifier: GPL-3.0-or-later
// Who is kept out now, and why: for those who look, and those who lift it. The guards decide by counters of their own; this is
// what they say about it. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "net/network.hpp"

namespace carillon::agent {

struct Ban {
  enum class Reason : std::uint8_t {
    flood,     ///< Too many requests: the source gets no answer.
    password,  ///< One source, one account: no answer.
    source,    ///< Wrong passwords for many accounts: the source gets no answer.
    account    ///< Wrong passwords from many sources: the account is refused where it has not proven itself.
  };
  Reason reason{};
  net::Address source{};  ///< Of the last message, also where the account is what is banned.
  std::string user;       ///< With realm: the account; empty for a flood.
  std::string realm;
  Instant since;
  Instant until;

  /// What names it to an operator: the address without port, or the account.
  std::string name() const { return reason == Reason::account ? account() : source.host(); }
  std::string account() const { return user.empty() ? std::string() : user + "@" + realm; }
};

class BanList {
 public:
  /// Older ones are forgotten first; they stay in force.
  static constexpr std::size_t bans_max = 1000;

  void add(Ban ban);
  /// Those in force, oldest first.
  std::vector<Ban> list(Instant now) const;
  /// Takes out those that bear this name, an address in any spelling, and returns them.
  std::vector<Ban> take(std::string_view name, Instant now);

 private:
  std::vector<Ban> bans_;
};

}  // namespace carillon::agent
