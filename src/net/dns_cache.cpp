// SPDX-License-Identifier: GPL-3.0-or-later
// An entry has the last good answer and the last failure; the instants decide which of them counts.
#include "net/dns_cache.hpp"

#include <algorithm>

namespace carillon::net {

DnsCache::Found DnsCache::find(const DnsQuestion& question, Monotonic now) const {
  const auto place = places_.find(question);
  if (place == places_.end()) return {};
  const Entry& entry = *place->second;
  const bool is_usable = entry.good.is_known() && now < entry.fresh_until + stale_max;
  if (is_usable && now < entry.fresh_until) return {Use::take, &entry.good};
  if (now < entry.failure_until) {
    const Use use = now < entry.failed_at + retry_after ? Use::take : Use::take_and_ask;
    return {use, is_usable ? &entry.good : &entry.failure};
  }
  if (is_usable) return {Use::ask_or_stale, &entry.good};
  return {};
}

void DnsCache::put(const DnsQuestion& question, DnsAnswer answer, Monotonic now) {
  const auto known = places_.find(question);
  if (known != places_.end()) {
    entries_.splice(entries_.end(), entries_, known->second);
  } else {
    entries_.push_back(
        {.question = question, .good = {}, .fresh_until = {}, .failure = {}, .failed_at = {}, .failure_until = {}});
    places_[question] = std::prev(entries_.end());
  }
  Entry& entry = entries_.back();
  if (answer.is_known()) {
    const Duration ttl = answer.outcome == DnsOutcome::records ? std::clamp(answer.ttl, ttl_min, ttl_max) : negative_ttl;
    records_ += answer.records.size();
    records_ -= entry.good.records.size();
    entry.good = std::move(answer);
    entry.fresh_until = now + ttl;
    entry.failure_until = {};
  } else {
    entry.failure = std::move(answer);
    entry.failed_at = now;
    entry.failure_until = now + failure_max;
  }
  while (entries_.size() > 1 && (entries_.size() > entries_max || records_ > records_max)) drop_oldest();
}

void DnsCache::drop_oldest() {
  records_ -= entries_.front().good.records.size();
  places_.erase(entries_.front().question);
  entries_.pop_front();
}

}  // namespace carillon::net
