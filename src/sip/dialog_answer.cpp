// SPDX-License-Identifier: GPL-3.0-or-later
// The interval doubles from T1 to T2; 64*T1 without ACK is the end.
#include "sip/dialog_answer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace carillon::sip {

AnswerRetransmitter::AnswerRetransmitter(Loop& loop, TransactionTable& transactions, Listener& listener)
    : loop_(loop), transactions_(transactions), listener_(listener), timer_(&on_timer, this) {}

bool AnswerRetransmitter::start(TransactionId invite, int status, std::string_view bytes, Duration longest) {
  CARILLON_ENSURE(!is_waiting());
  if (!transactions_.respond(invite, status, bytes)) return false;
  invite_ = invite;
  status_ = status;
  bytes_ = std::string(bytes);
  interval_ = t1;
  longest_ = longest;
  end_at_ = loop_.now() + transaction_timeout;
  loop_.timers().arm(timer_, loop_.now() + interval_);
  return true;
}

void AnswerRetransmitter::stop() {
  timer_.cancel();
  bytes_ = std::string();
}

void AnswerRetransmitter::on_timer(void* self) {
  auto& answer = *static_cast<AnswerRetransmitter*>(self);
  const Monotonic now = answer.loop_.now();
  if (now >= answer.end_at_) {
    answer.stop();
    return answer.listener_.on_no_ack();
  }
  answer.transactions_.respond(answer.invite_, answer.status_, answer.bytes_);
  answer.interval_ = std::min(2 * answer.interval_, answer.longest_);
  answer.loop_.timers().arm(answer.timer_, std::min(now + answer.interval_, answer.end_at_));
}

}  // namespace carillon::sip
