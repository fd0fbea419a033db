// SPDX-License-Identifier: GPL-3.0-or-later
// Session timers (RFC 4028) of one dialog: who refreshes, how often, and when a session that nobody refreshed is over. It writes
// and reads the header fields; the leg sends the refreshes.
#pragma once

#include <cstdint>
#include <optional>

#include "base/loop.hpp"
#include "sip/message.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {

/// Below this no interval may go (RFC 4028 §5).
inline constexpr std::uint32_t session_interval_min = 90;

/// The Min-SE to refuse a request with by 422: its Session-Expires is smaller than `session_interval_min`. Nothing when it is
/// fine.
std::optional<std::uint32_t> too_brief_session(const Message& request);

class SessionTimer {
 public:
  class Listener {
   public:
    /// Half of the interval is over: send an UPDATE or re-INVITE, and give its 2xx to take_answer().
    virtual void on_refresh_due() = 0;
    /// The peer did not refresh in time: end the session with a BYE.
    virtual void on_session_expired() = 0;

   protected:
    ~Listener() = default;
  };

  /// What both sides hold to.
  struct Agreement {
    std::uint32_t interval = 0;  ///< Seconds; 0: no timer runs.
    bool is_ours = false;        ///< We refresh.
    bool is_only_ours = false;   ///< The peer knows no timers.
  };

  /// `interval` in seconds is what we ask for; 0 asks for nothing, but follows a peer that asks.
  SessionTimer(Loop& loop, Listener& listener, std::uint32_t interval);

  /// Session-Expires and Min-SE for an INVITE or UPDATE of ours; "timer" in Supported is the caller's.
  void write_request(Writer& writer) const;
  /// What our 2xx to this INVITE or UPDATE will agree to; no interval: nothing, and what runs stays.
  Agreement agree(const Message& request) const;
  /// For our 2xx to the peer's INVITE or UPDATE: decides the interval and who refreshes, and counts from now.
  void write_answer(Writer& writer, const Message& request);
  /// The 2xx to our INVITE or UPDATE decides.
  void take_answer(const Message& success);
  /// The peer refused our INVITE or UPDATE with another status than 408 and 481. Where only we keep a timer that is the sign of
  /// life which a refresh asks for, and counts from now; where the peer agreed to one, the session has not been refreshed (RFC
  /// 4028 §10).
  void take_refusal();
  /// A 422: true when asking again with its Min-SE makes sense, which is once.
  bool raise(const Message& refusal);
  /// Goes on as agreed before a restart: in whole from now, which neither side can mind.
  void resume(const Agreement& agreement) {
    if (agreement.interval != 0) start(agreement);
  }
  void stop() { timer_.cancel(); }

  bool is_refresh_out() const { return is_refresh_out_; }  ///< Asked for, and nothing has come of it yet.
  const Agreement& agreement() const { return agreement_; }

 private:
  static void on_timer(void* self);
  void start(const Agreement& agreement);

  Loop& loop_;
  Listener& listener_;
  Timer timer_;
  std::uint32_t wanted_;
  std::uint32_t least_ = session_interval_min;
  Agreement agreement_;
  bool is_raised_ = false;
  bool is_refresh_out_ = false;  ///< The timer now runs towards the end of the session.
};

}  // namespace carillon::sip
