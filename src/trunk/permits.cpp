// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/permits.hpp"

namespace carillon::trunk {

namespace {

/// An answer on its way. Lives as long as anybody may give it.
struct Asked {
  explicit Asked(Loop& loop) : changed(loop) {}
  std::optional<Verdict> answer;
  Signal changed;
};

Task<> next_answer(std::shared_ptr<Asked> asked) {
  co_await asked->changed.wait();
}

Permit make_permit(PermitOffice& office, const PermitKey& key, const CallId& call) {
  return Permit(nullptr, [&office, key, call](const void*) { office.give_back(key, call); });
}

}  // namespace

Verdict PermitCounts::take(const PermitKey& key, const CallId& call, const CallLimit& limit, Monotonic now) {
  const auto its = calls_.find(key);
  const bool is_counted = its != calls_.end() && its->second.contains(call);
  if (limit.at_a_time != 0 && !is_counted && count(key) >= limit.at_a_time) return Verdict::full;
  if (limit.a_minute != 0 && !take_turn(key, limit.a_minute, now)) return Verdict::too_fast;
  if (limit.at_a_time != 0) calls_[key].insert(call);
  return Verdict::taken;
}

bool PermitCounts::take_turn(const PermitKey& key, std::uint32_t most, Monotonic now) {
  if (now >= next_sweep_) {
    std::erase_if(paces_, [now](auto& each) { return each.second.is_idle(now); });
    next_sweep_ = now + Pace::window;
  }
  return paces_[key].take(most, now);
}

void PermitCounts::give_back(const PermitKey& key, const CallId& call) {
  const auto found = calls_.find(key);
  if (found == calls_.end()) return;
  found->second.erase(call);
  if (found->second.empty()) calls_.erase(found);
}

std::size_t PermitCounts::count(const PermitKey& key) const {
  const auto found = calls_.find(key);
  return found == calls_.end() ? 0 : found->second.size();
}

void LocalPermits::take(const PermitKey& key, const CallId& call, const CallLimit& limit, Done done) {
  const Verdict verdict = counts_.take(key, call, limit, loop_.now());
  loop_.later([done = std::move(done), verdict]() mutable { done(verdict); });
}

Permit hold_permit(PermitOffice& office, const PermitKey& key, const CallId& call) {
  Permit permit = make_permit(office, key, call);
  office.take(key, call, {.at_a_time = UINT32_MAX}, [](Verdict) {});
  return permit;
}

Task<std::expected<Permit, Verdict>> take_permit(Loop& loop, PermitOffice& office, PermitKey key, CallId call, CallLimit limit) {
  if (limit.at_a_time == 0 && limit.a_minute == 0) co_return Permit();
  auto asked = std::make_shared<Asked>(loop);
  // From now on it may be counted there, whatever becomes of us.
  Permit permit = limit.at_a_time == 0 ? Permit() : make_permit(office, key, call);
  office.take(key, call, limit, [asked](Verdict answer) {
    asked->answer = answer;
    asked->changed.set();
  });
  co_await with_deadline(loop, permit_patience, next_answer(asked));
  const Verdict verdict = asked->answer.value_or(Verdict::taken);
  if (verdict != Verdict::taken) co_return std::unexpected(verdict);
  co_return permit;
}

}  // namespace carillon::trunk
