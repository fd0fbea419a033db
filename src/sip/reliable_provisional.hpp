// SPDX-License-Identifier: GPL-3.0-or-later
// A provisional response that must arrive (RFC 3262 §3): repeated until its PRACK comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/dialog_answer.hpp"

namespace carillon::sip {

/// The value of RAck: which response a PRACK acknowledges.
struct Rack {
  std::uint32_t rseq = 0;
  std::uint32_t cseq = 0;
  Method method = Method::unknown;

  /// Nothing when it is malformed.
  static std::optional<Rack> parse(std::string_view value);
};

/// One reliable 1xx at a time, at T1, 2*T1, 4*T1, … Lives in the leg that rings; destroying it stops it.
class ReliableProvisional final : AnswerRetransmitter::Listener {
 public:
  class Listener {
   public:
    /// 64*T1 without PRACK: refuse the INVITE with a 5xx.
    virtual void on_no_prack() = 0;

   protected:
    ~Listener() = default;
  };

  ReliableProvisional(Loop& loop, TransactionTable& transactions, Listener& listener);

  /// The RSeq of the next response, which start() sends: begins at random, grows by one.
  std::uint32_t next_rseq();
  /// Sends it for the first time; `bytes` carry the last next_rseq(). Only while none is waiting.
  void start(TransactionId invite, std::uint32_t invite_cseq, int status, std::string_view bytes);
  /// True when the PRACK is for the response that waits, which then waits no more.
  bool acknowledge(const Rack& rack);
  void stop() { retransmitter_.stop(); }
  bool is_waiting() const { return retransmitter_.is_waiting(); }

 private:
  void on_no_ack() override { listener_.on_no_prack(); }

  Listener& listener_;
  AnswerRetransmitter retransmitter_;
  std::uint32_t cseq_ = 0;
  std::uint32_t rseq_ = 0;  ///< 0: none was sent yet.
};

}  // namespace carillon::sip
