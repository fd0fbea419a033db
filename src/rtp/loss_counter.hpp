// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the packets that a stream lost on its way to us, by the gaps in its sequence numbers (RFC 3550 appendix A.3).
#pragma once

#include <cstdint>

#include "rtp/packet.hpp"

namespace carillon::rtp {

class LossCounter {
 public:
  void on_packet(const Header& header) {
    auto ahead = static_cast<std::uint16_t>(header.sequence - last_);
    if (is_started_ && header.ssrc == ssrc_ && ahead != 0 && ahead < max_dropout) {
      expected_ += ahead;
      last_ = header.sequence;
      ++received_;
    } else {
      on_unusual(header, ahead);
    }
  }

  /// Late packets that did arrive are not lost; duplicates do not hide a loss of before.
  std::uint64_t lost() const { return lost_before_ + missing(); }

 private:
  /// RFC 3550 appendix A.1: a larger gap means that the source began anew.
  static constexpr std::uint16_t max_dropout = 3000;
  static constexpr std::uint16_t max_misorder = 100;

  std::uint64_t missing() const { return expected_ > received_ ? expected_ - received_ : 0; }
  void on_unusual(const Header& header, std::uint16_t ahead);

  std::uint64_t lost_before_ = 0;  ///< Of earlier sources on this stream.
  std::uint64_t expected_ = 0;
  std::uint64_t received_ = 0;
  std::uint32_t ssrc_ = 0;
  std::uint16_t last_ = 0;
  bool is_started_ = false;
};

}  // namespace carillon::rtp
