// SPDX-License-Identifier: GPL-3.0-or-later
// A provisional response that must arrive (RFC 3262 §3): repeated until its PRACK comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/loop.hpp"
#include "sip/transaction_table.hpp"

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
class ReliableProvisional {
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
  void stop();
  bool is_waiting() const { return timer_.is_armed(); }

 private:
  static void on_timer(void* self);

  Loop& loop_;
  TransactionTable& transactions_;
  Listener& listener_;
  Timer timer_;
  TransactionId invite_;
  std::uint32_t cseq_ = 0;
  std::uint32_t rseq_ = 0;  ///< 0: none was sent yet.
  int status_ = 0;
  std::string bytes_;
  Duration interval_{};
  Monotonic end_at_;
};

}  // namespace carillon::sip
