// SPDX-License-Identifier: GPL-3.0-or-later
// What the DNS said and how long that counts. While the DNS is away its last word counts for a day, so that calls go on; what
// failed is not asked again and again.
#pragma once

#include <list>
#include <unordered_map>

#include "net/dns.hpp"

namespace carillon::net {

/// A table without a clock: whoever uses it says what time it is.
class DnsCache {
 public:
  static constexpr std::size_t entries_max = 10'000;      ///< Then those go that were heard longest ago,
  static constexpr std::size_t records_max = 100'000;     ///< as they do for this many records in all.
  static constexpr Duration ttl_min = 30s, ttl_max = 1h;  ///< Whatever the records say.
  static constexpr Duration negative_ttl = 60s;
  static constexpr Duration stale_max = 24h;   ///< How long what has run out still serves (RFC 8767 §4).
  static constexpr Duration retry_after = 5s;  ///< No sooner is a failed question asked again,
  static constexpr Duration failure_max =
      30s;  ///< and so long nobody waits for it: what was known before counts, or the failure.

  enum class Use : std::uint8_t {
    ask,           ///< Nothing is known.
    ask_or_stale,  ///< It has run out: ask, and take this if no answer comes soon.
    take_and_ask,  ///< The DNS is away: take this, and ask for those who come later.
    take
  };
  struct Found {
    Use use = Use::ask;
    const DnsAnswer* answer = nullptr;  ///< None with `ask`; until the next put().
  };

  Found find(const DnsQuestion& question, Monotonic now) const;
  void put(const DnsQuestion& question, DnsAnswer answer, Monotonic now);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    DnsQuestion question;
    DnsAnswer good;  ///< The last that was known; `failed` when there was none.
    Monotonic fresh_until;
    DnsAnswer failure;  ///< Of the last try, until `failure_until`.
    Monotonic failed_at, failure_until;
  };
  void drop_oldest();

  std::list<Entry> entries_;  ///< Those heard longest ago first.
  std::unordered_map<DnsQuestion, std::list<Entry>::iterator> places_;
  std::size_t records_ = 0;
};

}  // namespace carillon::net
