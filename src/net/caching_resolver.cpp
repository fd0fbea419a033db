// SPDX-License-Identifier: GPL-3.0-or-later
// The cache says what to do; this does it, once for all who ask.
#include "net/caching_resolver.hpp"

#include "base/utf8.hpp"

namespace carillon::net {

CachingResolver::Asked::Asked(CachingResolver& its_owner, DnsQuestion its_question)
    : owner(its_owner),
      question(std::move(its_question)),
      patience(
          [](void* self) {
            auto& asked = *static_cast<Asked*>(self);
            asked.owner.give_stale(asked);
          },
          this) {}

void CachingResolver::ask(DnsQuestion question, Done done) {
  if (!is_dns_name(question.name)) return done({.outcome = DnsOutcome::no_records, .records = {}});
  question.name = lower_case(question.name);
  if (question.name.ends_with('.')) question.name.pop_back();

  const DnsCache::Found found = cache_.find(question, loop_.now());
  // A copy: asking may be answered at once, and then the cache has something else.
  const DnsAnswer known = found.answer != nullptr ? *found.answer : DnsAnswer();
  if (found.use == DnsCache::Use::take) return done(known);
  if (found.use == DnsCache::Use::take_and_ask) {
    if (find(question) == nullptr && asked_.size() < questions_max) begin(std::move(question), {}, false);
    return done(known);
  }
  Asked* asked = find(question);
  const bool has_waited = asked != nullptr && asked->is_late && found.answer != nullptr;
  if (has_waited || waiting_ >= waiting_max || (asked == nullptr && asked_.size() >= questions_max)) return done(known);
  ++waiting_;
  if (asked != nullptr) return asked->waiting.push_back(std::move(done));
  std::vector<Done> waiting;
  waiting.push_back(std::move(done));
  begin(std::move(question), std::move(waiting), found.answer != nullptr);
}

CachingResolver::Asked* CachingResolver::find(const DnsQuestion& question) const {
  const auto place = asked_.find(question);
  return place == asked_.end() ? nullptr : place->second.get();
}

void CachingResolver::begin(DnsQuestion question, std::vector<Done> waiting, bool has_stale) {
  Asked& asked = *asked_.emplace(question, std::make_unique<Asked>(*this, question)).first->second;
  asked.waiting = std::move(waiting);
  if (has_stale) loop_.timers().arm(asked.patience, loop_.now() + patience);
  auto on_answer = [this, alive = std::weak_ptr<int>(alive_), question](DnsAnswer answer) {
    if (!alive.expired()) take(question, std::move(answer));
  };
  upstream_.ask(std::move(question), std::move(on_answer));
}

void CachingResolver::take(const DnsQuestion& question, DnsAnswer answer) {
  const auto place = asked_.find(question);
  if (place == asked_.end()) return;
  std::vector<Done> waiting = std::move(place->second->waiting);
  asked_.erase(place);
  waiting_ -= waiting.size();
  cache_.put(question, answer, loop_.now());
  if (!answer.is_known()) {
    const DnsCache::Found found = cache_.find(question, loop_.now());
    if (found.answer != nullptr) answer = *found.answer;
  }
  for (Done& each : waiting) each(answer);
}

void CachingResolver::give_stale(Asked& asked) {
  asked.is_late = true;
  const DnsCache::Found found = cache_.find(asked.question, loop_.now());
  if (found.answer == nullptr) return;
  std::vector<Done> waiting = std::move(asked.waiting);
  asked.waiting.clear();
  waiting_ -= waiting.size();
  const DnsAnswer answer = *found.answer;
  for (Done& each : waiting) each(answer);
}

}  // namespace carillon::net
