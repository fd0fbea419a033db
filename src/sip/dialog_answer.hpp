// SPDX-License-Identifier: GPL-3.0-or-later
// The 2xx of an INVITE must be repeated until its ACK comes, whatever the transport (RFC 3261 §13.3.1.4): the ACK goes end to end
// and no transaction does it for us.
#pragma once

#include <string>

#include "base/loop.hpp"
#include "sip/transaction_table.hpp"

namespace carillon::sip {

/// Sends one 2xx at T1, 2*T1, … up to T2 between them. Lives in the leg that answered; destroying it stops it.
/// ReliableProvisional repeats its 1xx by it too, for which PRACK is the ACK.
class AnswerRetransmitter {
 public:
  class Listener {
   public:
    /// 64*T1 without ACK: end the dialog with a BYE.
    virtual void on_no_ack() = 0;

   protected:
    ~Listener() = default;
  };

  AnswerRetransmitter(Loop& loop, TransactionTable& transactions, Listener& listener);

  /// Sends the 2xx for the first time. False when the INVITE is gone or answered already; then nothing will happen.
  /// `longest` bounds the interval: a 2xx keeps to T2, a reliable 1xx goes on doubling (RFC 3262 §3).
  bool start(TransactionId invite, int status, std::string_view bytes, Duration longest = t2);
  /// The ACK came: its CSeq was checked by Dialog::check_request().
  void stop();
  bool is_waiting() const { return timer_.is_armed(); }

 private:
  static void on_timer(void* self);

  Loop& loop_;
  TransactionTable& transactions_;
  Listener& listener_;
  Timer timer_;
  TransactionId invite_;
  int status_ = 0;
  std::string bytes_;
  Duration interval_{};
  Duration longest_{};
  Monotonic end_at_;
};

}  // namespace carillon::sip
