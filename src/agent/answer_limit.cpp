// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer_limit.hpp"

#include <algorithm>

namespace carillon::agent {

namespace {

/// The /24 of IPv4, the /48 of IPv6: what one victim's uplink serves.
std::uint64_t network_key(const net::Address& source) {
  const std::size_t kept = source.is_v4() ? 15 : 6;
  std::uint64_t parts[2] = {};
  std::memcpy(parts, source.bytes.data(), kept);
  return mix(mix(parts[0], parts[1]), kept);
}

}  // namespace

AnswerLimit::AnswerLimit(const Limits& limits, std::size_t capacity)
    : limits_(limits),
      share_(std::clamp<std::uint32_t>(limits.answers / std::max(limits.shards, 1U), 1, most)),
      window_(limits.answers >= limits.shards ? Duration(1s) : Duration(1s) * limits.shards / std::max(limits.answers, 1U)),
      networks_(capacity) {}

bool AnswerLimit::admit(const net::Address& source, Monotonic now) {
  if (limits_.answers == 0) return true;
  Network& network = networks_.at(network_key(source), now);
  if (now < network.verified_until) {
    if (now - network.second >= 1s) {
      network.second = now;
      network.count = 0;
    }
    return ++network.count <= std::uint64_t{limits_.answers} * limits_.factor;
  }
  Monotonic& oldest = network.sent[network.next];
  if (oldest != Monotonic() && now - oldest < window_) return false;
  oldest = now;
  network.next = (network.next + 1) % share_;
  return true;
}

bool AnswerLimit::verify(const net::Address& source, Monotonic now) {
  Network& network = networks_.at(network_key(source), now);
  const bool is_news = network.verified_until - now < limits_.verified_for / 2;
  network.verified_until = std::max(network.verified_until, now + limits_.verified_for);
  return is_news;
}

}  // namespace carillon::agent
