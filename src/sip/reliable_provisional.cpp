// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/reliable_provisional.hpp"

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
    : listener_(listener), retransmitter_(loop, transactions, *this) {}

std::uint32_t ReliableProvisional::next_rseq() {
  // RFC 3262 §3: the first is below 2^31, and far enough from its end for as many as ever come.
  rseq_ = rseq_ == 0 ? static_cast<std::uint32_t>(1 + random_bits() % 0x3fffffff) : rseq_ + 1;
  return rseq_;
}

void ReliableProvisional::start(TransactionId invite, std::uint32_t invite_cseq, int status, std::string_view bytes) {
  CARILLON_ENSURE(rseq_ != 0);
  cseq_ = invite_cseq;
  retransmitter_.start(invite, status, bytes, transaction_timeout);
}

bool ReliableProvisional::acknowledge(const Rack& rack) {
  if (!is_waiting() || rack.rseq != rseq_ || rack.cseq != cseq_ || rack.method != Method::invite) return false;
  stop();
  return true;
}

}  // namespace carillon::sip
