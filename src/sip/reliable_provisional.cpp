// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/reliable_provisional.hpp"

#include <algorithm>
#include <charconv>

#include "base/assert.hpp"
#include "base/id.hpp"

namespace carillon::sip {

std::optional<Rack> Rack::parse(std::string_view value) {
  Rack rack;
  const auto take_number = [&value](std::uint32_t& number) {
    const std::size_t start = value.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    value.remove_prefix(start);
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc()) return false;
    value.remove_prefix(static_cast<std::size_t>(end - value.data()));
    return !value.empty() && (value.front() == ' ' || value.front() == '\t');
  };
  if (!take_number(rack.rseq)) return std::nullopt;
  const auto cseq = CSeq::parse(value);  // "314159 INVITE": what is left has the form of a CSeq.
  if (!cseq) return std::nullopt;
  rack.cseq = cseq->number;
  rack.method = cseq->method;
  return rack;
}

ReliableProvisional::ReliableProvisional(Loop& loop, TransactionTable& transactions, Listener& listener)
    : loop_(loop), transactions_(transactions), listener_(listener), timer_(&on_timer, this) {}

std::uint32_t ReliableProvisional::next_rseq() {
  // RFC 3262 §3: the first is below 2^31, and far enough from its end for as many as ever come.
  rseq_ = rseq_ == 0 ? static_cast<std::uint32_t>(1 + random_bits() % 0x3fffffff) : rseq_ + 1;
  return rseq_;
}

void ReliableProvisional::start(TransactionId invite, std::uint32_t invite_cseq, int status, std::string_view bytes) {
  CARILLON_ENSURE(!is_waiting() && rseq_ != 0);
  invite_ = invite;
  cseq_ = invite_cseq;
  status_ = status;
  bytes_ = std::string(bytes);
  interval_ = t1;
  end_at_ = loop_.now() + transaction_timeout;
  transactions_.respond(invite_, status_, bytes_);
  loop_.timers().arm(timer_, loop_.now() + interval_);
}

bool ReliableProvisional::acknowledge(const Rack& rack) {
  if (!is_waiting() || rack.rseq != rseq_ || rack.cseq != cseq_ || rack.method != Method::invite) return false;
  stop();
  return true;
}

void ReliableProvisional::stop() {
  timer_.cancel();
  bytes_ = std::string();
}

void ReliableProvisional::on_timer(void* self) {
  auto& answer = *static_cast<ReliableProvisional*>(self);
  const Monotonic now = answer.loop_.now();
  if (now >= answer.end_at_) {
    answer.stop();
    return answer.listener_.on_no_prack();
  }
  answer.transactions_.respond(answer.invite_, answer.status_, answer.bytes_);
  answer.interval_ *= 2;  // Without T2: RFC 3262 §3.
  answer.loop_.timers().arm(answer.timer_, std::min(now + answer.interval_, answer.end_at_));
}

}  // namespace carillon::sip
