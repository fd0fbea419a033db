// SPDX-License-Identifier: GPL-3.0-or-later
// Decides whose packets are the peer's. Phones behind NAT send from elsewhere than their SDP says, and attackers send from
// anywhere: the source is learned only from candidates that signalling makes credible, and is then held on to.
#pragma once

#include <optional>

#include "net/network.hpp"
#include "rtp/packet.hpp"

namespace carillon::media {

class Latch {
 public:
  enum class Verdict {
    accepted,   ///< From the latched source.
    latched,    ///< Accepted, and the source is new: the destination may have changed.
    probation,  ///< A credible candidate; not to be relayed yet.
    stranger,   ///< Not the peer.
  };

  static constexpr Duration learning_window = 3s;  ///< After an offer or answer, a better source may replace the latched one.
  static constexpr Duration silence_limit = 2s;  ///< A source silent for longer may be replaced: it roamed or its NAT forgot it.
  static constexpr int probation_packets = 4;
  static constexpr Duration probation_time = 25ms;

  /// An offer or answer: `described` is the address in its SDP (port 0: none), `source` where the peer's signalling comes from
  /// (all zero: unknown). A repeated address keeps the latched source but opens the learning window again.
  void signal(const net::Address& described, const net::Address& source, Monotonic now);

  /// One valid RTP packet. RTCP and everything else is never shown to the latch.
  Verdict judge(const net::Address& from, const rtp::Header& header, Monotonic now) {
    if (is_latched_ && from == latched_) {
      last_heard_ = now;
      ssrc_ = header.ssrc;
      is_heard_since_signal_ = true;
      return Verdict::accepted;
    }
    return judge_other(from, header, now);
  }

  bool is_latched() const { return is_latched_; }
  const net::Address& latched() const { return latched_; }

  /// Where to send: the latched source, else what the SDP says. Nothing while only a probation could tell (private address in the
  /// SDP of a peer whose signalling comes from a public one).
  std::optional<net::Address> destination() const;

 private:
  enum class Rank { none, near, exact };
  Rank rank_of(const net::Address& from) const;
  bool is_described() const { return described_.port != 0 && !described_.is_unspecified(); }
  bool is_hidden() const;
  Verdict judge_other(const net::Address& from, const rtp::Header& header, Monotonic now);
  Verdict probe(const net::Address& from, const rtp::Header& header, Monotonic now);
  Verdict latch(const net::Address& from, const rtp::Header& header, Monotonic now);

  struct Candidate {
    net::Address address;
    std::uint32_t ssrc = 0;
    std::uint16_t sequence = 0;
    int packets = 0;
    Monotonic first{};
    Monotonic last{};
  };

  net::Address latched_;
  std::uint32_t ssrc_ = 0;
  bool is_latched_ = false;
  bool is_heard_since_signal_ = false;
  Monotonic last_heard_{};
  net::Address described_;
  net::Address source_;
  Monotonic learn_until_{};
  Candidate candidate_;
};

}  // namespace carillon::media
