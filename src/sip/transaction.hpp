// SPDX-License-Identifier: GPL-3.0-or-later
// SIP transactions (RFC 3261 §17, RFC 6026, RFC 4320): a request and its responses over a network that loses, repeats and
// reorders. Each is a plain state machine with one timer; the table in transaction_table.hpp finds them, runs them and does their
// sending.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/timer_wheel.hpp"
#include "sip/message.hpp"

namespace carillon::sip {

inline constexpr Duration t1 = 500ms;  ///< RFC 3261 §17.1.1.1: an estimate of the round trip.
inline constexpr Duration t2 = 4s;  ///< The longest interval between retransmissions of non-INVITE requests and INVITE responses.
inline constexpr Duration t4 = 5s;  ///< How long a message may stay in the network.
inline constexpr Duration transaction_timeout = 64 * t1;
/// Nothing rings longer than this; the bound of the two states to which RFC 3261 gives none. Calls end sooner, by CANCEL.
inline constexpr Duration ringing_max = 10min;

/// Where a message came from or goes to. Transactions copy and compare it; only `agent` knows how it packs its net::Flow in here.
struct Hop {
  std::array<std::uint8_t, 16> host{};  ///< The peer's address; IPv4 as mapped IPv6.
  std::uint16_t port = 0;
  bool is_reliable = false;               ///< TCP, TLS, WebSocket: nothing is retransmitted.
  std::array<std::uint8_t, 33> socket{};  ///< Which socket or connection of ours.
  bool operator==(const Hop&) const = default;
};

/// Names a transaction for as long as it lives, and nothing afterwards. Keep this, never a pointer.
struct TransactionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< 0: none.
  explicit operator bool() const { return generation != 0; }
  bool operator==(const TransactionId&) const = default;
};

enum class TransactionFailure : std::uint8_t {
  timeout,  ///< Client: no final response in time, treat as 408. INVITE server: no ACK, or rung too long. Others: never answered.
  transport,  ///< The hop could not be reached; treat as 503.
  broken,     ///< A fault of ours, logged already: whoever waits is broken too.
};

class TransactionTable;
template <class T>
class TransactionSlab;

/// What both kinds share: the place in the table, the timer, the hop.
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  TransactionId id() const { return id_; }
  Method method() const { return method_; }
  const Hop& hop() const { return hop_; }
  const CallId& call() const { return call_; }  ///< What it is a part of; none if nobody said.

 protected:
  Transaction(TransactionTable& table, TransactionId id, Timer::Fire fire) : table_(table), id_(id), timer_(fire, this) {}
  ~Transaction() = default;

  friend class TransactionTable;
  template <class T>
  friend class TransactionSlab;
  TransactionTable& table_;
  TransactionId id_;
  Method method_ = Method::unknown;
  bool is_reliable() const { return hop_.is_reliable; }

  Hop hop_;
  CallId call_;
  std::uint64_t hash_ = 0;  ///< Of key_.
  std::uint32_t next_in_bucket_ = 0;
  std::string key_;      ///< The branch (of RFC 2543 requests the Call-ID).
  std::string message_;  ///< The last bytes sent that may have to be sent again.
  Timer timer_;          ///< Fires at the earlier of the two times below.
  Monotonic resend_at_ = Monotonic::max();
  Monotonic end_at_ = Monotonic::max();
  Duration interval_{};  ///< Until the next retransmission.
};

/// A request that we received.
///
///     INVITE (RFC 6026 figure 5, in place of RFC 3261 figure 7)
///     state       request again   1xx        2xx        3xx-6xx     ACK         timer
///     proceeding  last 1xx        send       accepted   completed   -           10 min: timeout
///     accepted    -               -          send       -           to the TU   L: end
///     completed   last response   -          -          -           confirmed   G: last response; H: timeout
///     confirmed   -               -          -          -           -           I: end
///
///     others (RFC 3261 figure 8, RFC 4320)
///     trying      -               proceeding (100 only)  completed   completed   -   64*T1: end, no final any more
///     proceeding  last 1xx        send                   completed   completed   -   64*T1: end, no final any more
///     completed   last response   -                      -           -           -   J: end
class ServerTransaction final : public Transaction {
 public:
  enum class State : std::uint8_t { trying, proceeding, accepted, completed, confirmed, ended };

  /// Whoever answers the request. May be destroyed before the transaction: see TransactionTable::set_listener().
  class Listener {
   public:
    /// The INVITE was cancelled and has no final response yet: answer it with 487. (The CANCEL itself is answered by `agent`.)
    virtual void on_cancel(ServerTransaction& transaction, const Message& cancel) = 0;
    /// The transaction ends without what it waited for. After an INVITE's non-2xx this means that its ACK never came: no harm.
    virtual void on_failure(ServerTransaction& transaction, TransactionFailure failure) = 0;

   protected:
    ~Listener() = default;
  };

  ServerTransaction(TransactionTable& table, TransactionId id);
  State state() const { return state_; }
  bool is_answered() const { return state_ != State::trying && state_ != State::proceeding; }
  std::string_view last_response() const { return message_; }  ///< Empty before the first one.

 private:
  friend class TransactionTable;
  enum class Event : std::uint8_t { request, provisional, success, failure, ack, resend_due, end_due };
  struct Step {
    State next;
    bool resend = false;  ///< The kept message goes out again.
    bool fail = false;    ///< The listener hears of a timeout.
  };
  Step step(Event event, Monotonic now);
  Step in_trying(Event event, Monotonic now);
  Step in_invite_proceeding(Event event, Monotonic now);
  Step in_proceeding(Event event, Monotonic now);
  Step in_accepted(Event event) const;
  Step in_invite_completed(Event event, Monotonic now);
  Step in_completed(Event event) const;
  Step in_confirmed(Event event) const;
  static void on_timer(void* self);

  State state_ = State::trying;
  Monotonic began_;
  std::uint64_t via_hash_ = 0;
  std::uint64_t call_hash_ = 0;
  Listener* listener_ = nullptr;
};

/// A request that we sent.
///
///     INVITE (RFC 6026 figure 3, in place of RFC 3261 figure 5; the cancel column is RFC 3261 §9.1)
///     state        1xx                      2xx        3xx-6xx          cancel        timer
///     calling      proceeding               accepted   completed, ACK   held          A: resend; B: timeout
///     held         cancelling, send CANCEL  accepted   completed, ACK   -             A: resend; B: timeout
///     proceeding   -                        accepted   completed, ACK   cancelling    10 min: timeout
///     cancelling   -                        accepted   completed, ACK   -             64*T1: timeout
///     accepted     -                        to the TU  -                -             M: end
///     completed    -                        -          ACK again        -             D: end
///
///     others (RFC 3261 figure 6)
///     trying       proceeding               completed  completed        -             E: resend; F: timeout
///     proceeding   -                        completed  completed        -             E: resend; F: timeout
///     completed    -                        -          -                -             K: end
///
/// Every 1xx, the first final response and each 2xx of an INVITE go up to the listener.
class ClientTransaction final : public Transaction {
 public:
  enum class State : std::uint8_t { calling, held, trying, proceeding, cancelling, accepted, completed, ended };

  /// Whoever sent the request. May be destroyed before the transaction: see TransactionTable::set_listener().
  class Listener {
   public:
    /// `message` lives until the call returns. A 2xx of an INVITE comes again with each retransmission, and with another To tag
    /// from another branch of a fork: send the ACK again, or ACK and BYE. With `transaction.is_cancelled()` a 2xx lost the race:
    /// ACK, then BYE.
    virtual void on_response(ClientTransaction& transaction, const Message& message) = 0;
    /// No final response will come. The transaction is gone after this call.
    virtual void on_failure(ClientTransaction& transaction, TransactionFailure failure) = 0;

   protected:
    ~Listener() = default;
  };

  ClientTransaction(TransactionTable& table, TransactionId id);
  State state() const { return state_; }
  bool is_answered() const { return state_ == State::accepted || state_ == State::completed || state_ == State::ended; }
  bool is_cancelled() const { return is_cancelled_; }

 private:
  friend class TransactionTable;
  enum class Event : std::uint8_t { provisional, success, failure, cancel, resend_due, end_due };
  struct Step {
    State next;
    bool deliver = false;      ///< The response goes up.
    bool resend = false;       ///< The kept message goes out again.
    bool acknowledge = false;  ///< An ACK is made and kept.
    bool cancel = false;       ///< A CANCEL is sent.
    bool fail = false;         ///< The listener hears of a timeout.
  };
  Step step(Event event, Monotonic now);
  Step in_calling(Event event, Monotonic now);
  Step in_invite_proceeding(Event event, Monotonic now);
  Step answer_invite(Event event, Monotonic now);
  Step in_accepted(Event event) const;
  Step in_invite_completed(Event event) const;
  Step in_trying(Event event, Monotonic now);
  Step in_completed(Event event) const;
  static void on_timer(void* self);

  State state_ = State::trying;
  ClientTransaction* next_on_hop_ = nullptr;  ///< Of those that one connection carries.
  ClientTransaction* previous_on_hop_ = nullptr;
  bool is_cancelled_ = false;
  std::string cancel_reason_;  ///< For the CANCEL that waits for the first 1xx.
  Listener* listener_ = nullptr;
};

}  // namespace carillon::sip
