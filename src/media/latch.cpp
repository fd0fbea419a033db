// SPDX-License-Identifier: GPL-3.0-or-later
// The ranking of media sources, their probation, and when a latched one may be replaced.
#include "media/latch.hpp"

#include "media/address_policy.hpp"

namespace carillon::media {

namespace {

/// A candidate that was heard so recently is not pushed aside by another one.
constexpr Duration candidate_memory = 100ms;
/// Packets lost during a probation do not end it.
constexpr std::uint16_t max_gap = 10;

}  // namespace

void Latch::signal(const net::Address& described, const net::Address& source, Monotonic now) {
  bool is_same = described == described_;
  described_ = described;
  source_ = source;
  bool may_keep = is_same || is_hidden();
  if (is_latched_ && !(may_keep && rank_of(latched_) != Rank::none)) is_latched_ = false;
  is_heard_since_signal_ = false;
  learn_until_ = now + learning_window;
  candidate_ = Candidate();
}

bool Latch::is_hidden() const {
  return is_described() && !source_.is_unspecified() && is_private(described_) && !is_private(source_);
}

Latch::Rank Latch::rank_of(const net::Address& from) const {
  if (is_hidden()) return from.same_host(source_) ? Rank::near : Rank::none;
  if (is_described() && from == described_) return Rank::exact;
  if (is_described() && from.same_host(described_)) return Rank::near;
  bool may_be_behind_nat = !is_described() || is_private(described_);
  if (may_be_behind_nat && !source_.is_unspecified() && from.same_host(source_)) return Rank::near;
  return Rank::none;
}

std::optional<net::Address> Latch::destination() const {
  if (is_latched_) return latched_;
  if (!is_described() || is_hidden()) return std::nullopt;
  return described_;
}

Latch::Verdict Latch::judge_other(const net::Address& from, const rtp::Header& header, Monotonic now) {
  Rank rank = rank_of(from);
  bool is_silent = is_latched_ && now - last_heard_ > silence_limit;
  bool is_learning = !is_latched_ || now < learn_until_;
  if (is_learning && rank == Rank::exact) return latch(from, header, now);
  if (!is_latched_ || (is_learning && !is_heard_since_signal_)) {
    return rank == Rank::near ? probe(from, header, now) : Verdict::stranger;
  }
  bool is_credible = rank != Rank::none || from.same_host(latched_) || header.ssrc == ssrc_;
  return is_silent && is_credible ? probe(from, header, now) : Verdict::stranger;
}

Latch::Verdict Latch::probe(const net::Address& from, const rtp::Header& header, Monotonic now) {
  Candidate& c = candidate_;
  bool is_same = c.packets > 0 && c.address == from && c.ssrc == header.ssrc;
  if (!is_same && c.packets > 0 && c.address != from && now - c.last < candidate_memory) return Verdict::stranger;
  auto ahead = static_cast<std::uint16_t>(header.sequence - c.sequence);
  if (is_same && ahead > 0 && ahead <= max_gap) {
    ++c.packets;
  } else {
    c = {from, header.ssrc, header.sequence, 1, now, now};
  }
  c.sequence = header.sequence;
  c.last = now;
  if (c.packets >= probation_packets && now - c.first >= probation_time) return latch(from, header, now);
  return Verdict::probation;
}

Latch::Verdict Latch::latch(const net::Address& from, const rtp::Header& header, Monotonic now) {
  latched_ = from;
  ssrc_ = header.ssrc;
  is_latched_ = true;
  is_heard_since_signal_ = true;
  last_heard_ = now;
  candidate_ = Candidate();
  return Verdict::latched;
}

}  // namespace carillon::media
