// SPDX-License-Identifier: GPL-3.0-or-later
// The DNS as calls ask it: most answers are there at once, many who ask for one name wait for one question, and a DNS that is
// slow or away costs a call half a second, not four.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/loop.hpp"
#include "net/dns_cache.hpp"
#include "net/resolver.hpp"

namespace carillon::net {

/// One per loop. May be destroyed while questions are out; then whoever waits is not told.
class CachingResolver final : public Resolver {
 public:
  static constexpr std::size_t questions_max = 4096;  ///< Out at a time,
  static constexpr std::size_t waiting_max = 16'384;  ///< and who waits for them; beyond, what is known counts, or `failed`.
  static constexpr Duration patience = 500ms;         ///< For something newer than what has run out (RFC 8767 §5).

  /// `upstream` outlives it.
  CachingResolver(Loop& loop, Resolver& upstream) : loop_(loop), upstream_(upstream) {}
  CachingResolver(const CachingResolver&) = delete;
  CachingResolver& operator=(const CachingResolver&) = delete;

  void ask(DnsQuestion question, Done done) override;

  std::size_t waiting() const { return waiting_; }

 private:
  /// What is being asked.
  struct Asked {
    Asked(CachingResolver& its_owner, DnsQuestion its_question);
    CachingResolver& owner;
    DnsQuestion question;
    std::vector<Done> waiting;
    bool is_late = false;  ///< Whoever has something older has been given that.
    Timer patience;
  };

  Asked* find(const DnsQuestion& question) const;
  void begin(DnsQuestion question, std::vector<Done> waiting, bool has_stale);
  void take(const DnsQuestion& question, DnsAnswer answer);
  void give_stale(Asked& asked);

  Loop& loop_;
  Resolver& upstream_;
  DnsCache cache_;
  std::unordered_map<DnsQuestion, std::unique_ptr<Asked>> asked_;
  std::size_t waiting_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< What answers under way look at first.
};

}  // namespace carillon::net
