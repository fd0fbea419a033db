// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/permits.hpp"

namespace carillon::trunk {

namespace {

/// An answer on its way. Lives as long as anybody may give it.
struct Asked {
  explicit Asked(Loop& loop) : changed(loop) {}
  std::optional<bool> answer;
  Signal changed;
};

Task<> next_answer(std::shared_ptr<Asked> asked) {
  co_await asked->changed.wait();
}

Permit make_permit(PermitOffice& office, const PermitKey& key, const CallId& call) {
  return Permit(nullptr, [&office, key, call](const void*) { office.give_back(key, call); });
}

}  // namespace

bool PermitCounts::take(const PermitKey& key, const CallId& call, std::uint32_t most) {
  std::set<CallId>& calls = calls_[key];
  if (calls.contains(call)) return true;
  if (calls.size() >= most) return false;
  calls.insert(call);
  return true;
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

void LocalPermits::take(const PermitKey& key, const CallId& call, std::uint32_t most, Done done) {
  const bool is_taken = counts_.take(key, call, most);
  loop_.later([done = std::move(done), is_taken]() mutable { done(is_taken); });
}

Permit hold_permit(PermitOffice& office, const PermitKey& key, const CallId& call) {
  Permit permit = make_permit(office, key, call);
  office.take(key, call, UINT32_MAX, [](bool) {});
  return permit;
}

Task<std::optional<Permit>> take_permit(Loop& loop, PermitOffice& office, PermitKey key, CallId call, std::uint32_t most) {
  if (most == 0) co_return Permit();
  auto asked = std::make_shared<Asked>(loop);
  // From now on it may be counted there, whatever becomes of us.
  Permit permit = make_permit(office, key, call);
  office.take(key, call, most, [asked](bool answer) {
    asked->answer = answer;
    asked->changed.set();
  });
  co_await with_deadline(loop, permit_patience, next_answer(asked));
  if (asked->answer == false) co_return std::nullopt;
  co_return permit;
}

}  // namespace carillon::trunk
