// SPDX-License-Identifier: GPL-3.0-or-later
// Tries counted by key, forgotten in the order in which they were last seen.
#include "api/login_guard.hpp"

#include <algorithm>

namespace carillon::api {

namespace {

std::string source_key(std::string_view source) {
  return std::string(source);
}
std::string account_key(std::string_view account, std::string_view source) {
  return fmt::format("{}\n{}", source, account);
}

}  // namespace

std::string source_of(const net::Address& address) {
  if (address.is_v4()) return address.host();
  net::Address network = address;
  std::fill(network.bytes.begin() + network.bytes.size() / 2, network.bytes.end(), std::uint8_t{0});
  return network.host() + "/64";
}

Duration LoginGuard::begin(std::string_view account, std::string_view source, Monotonic now) {
  const std::string of_account = account_key(account, source);
  const std::string of_source = source_key(source);
  Monotonic until = now;
  for (const std::string* key : {&of_account, &of_source}) {
    if (const Entry* entry = find(*key, now)) until = std::max(until, entry->until);
  }
  if (until > now) return until - now;
  count(of_account, free_tries, now);
  count(of_source, free_tries_source, now);
  return Duration::zero();
}

void LoginGuard::succeeded(std::string_view account, std::string_view source) {
  forget(account_key(account, source));
  const auto found = by_key_.find(source_key(source));
  if (found == by_key_.end()) return;
  Entry& entry = *found->second;
  entry.tries = std::max(entry.tries - 1, 0);
  entry.until = {};
}

void LoginGuard::undecided(std::string_view account, std::string_view source) {
  take_back(account_key(account, source), free_tries);
  take_back(source_key(source), free_tries_source);
}

void LoginGuard::take_back(const std::string& key, int free) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  Entry& entry = *found->second;
  entry.tries = std::max(entry.tries - 1, 0);
  if (entry.tries < free) entry.until = {};
}

LoginGuard::Entry* LoginGuard::find(const std::string& key, Monotonic now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (now - found->second->last < memory) return &*found->second;
  forget(key);
  return nullptr;
}

void LoginGuard::count(const std::string& key, int free, Monotonic now) {
  Entry* entry = find(key, now);
  if (entry == nullptr) {
    if (entries_.size() >= entries_max) forget(entries_.back().key);
    entries_.push_front({.key = key, .last = now, .until = {}});
    entry = &entries_.front();
    by_key_[entry->key] = entries_.begin();
  } else {
    entries_.splice(entries_.begin(), entries_, by_key_.at(key));
  }
  ++entry->tries;
  entry->last = now;
  Duration wait = first_wait;
  for (int n = free; n < entry->tries && wait < longest_wait; ++n) wait *= 2;
  if (entry->tries >= free) entry->until = now + std::min(wait, longest_wait);
}

void LoginGuard::forget(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const Entries::iterator entry = found->second;
  by_key_.erase(found);
  entries_.erase(entry);
}

}  // namespace carillon::api
