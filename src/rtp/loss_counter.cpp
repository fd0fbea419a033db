// SPDX-License-Identifier: GPL-3.0-or-later
// The rare cases of loss counting: a late or doubled packet, and a source that begins anew.
#include "rtp/loss_counter.hpp"

namespace carillon::rtp {

void LossCounter::on_unusual(const Header& header, std::uint16_t ahead) {
  bool is_late = is_started_ && header.ssrc == ssrc_ && static_cast<std::uint16_t>(-ahead) <= max_misorder;
  if (is_late) {
    if (missing() > 0) ++received_;
    return;
  }
  lost_before_ += missing();
  expected_ = received_ = 1;
  ssrc_ = header.ssrc;
  last_ = header.sequence;
  is_started_ = true;
}

}  // namespace carillon::rtp
