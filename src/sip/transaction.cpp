// SPDX-License-Identifier: GPL-3.0-or-later
// The two state machines; transaction.hpp has their tables. A step sets the timer's times and says what is to be done; the table
// does it.
#include "sip/transaction.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "sip/transaction_table.hpp"

namespace carillon::sip {

// Server side.

ServerTransaction::ServerTransaction(TransactionTable& table, TransactionId id) : Transaction(table, id, &on_timer) {}

void ServerTransaction::on_timer(void* self) {
  auto& transaction = *static_cast<ServerTransaction*>(static_cast<Transaction*>(self));
  transaction.table_.on_timer(transaction);
}

ServerTransaction::Step ServerTransaction::step(Event event, Monotonic now) {
  const bool is_invite = method_ == Method::invite;
  switch (state_) {
    case State::trying:
      return in_trying(event, now);
    case State::proceeding:
      return is_invite ? in_invite_proceeding(event, now) : in_proceeding(event, now);
    case State::accepted:
      return in_accepted(event);
    case State::completed:
      return is_invite ? in_invite_completed(event, now) : in_completed(event);
    case State::confirmed:
      return in_confirmed(event);
    case State::ended:
      break;
  }
  CARILLON_ENSURE(state_ != State::ended);
  return {State::ended};
}

ServerTransaction::Step ServerTransaction::in_invite_proceeding(Event event, Monotonic now) {
  switch (event) {
    case Event::request:
      return {State::proceeding, true};
    case Event::success:
      // RFC 6026 §7.1: the 2xx is not kept; copies of the INVITE are absorbed for as long as they may come (timer L).
      end_at_ = now + transaction_timeout;
      return {State::accepted};
    case Event::failure:
      // RFC 3261 §17.2.1: timer G repeats the response over unreliable transports, timer H gives up on the ACK.
      interval_ = t1;
      if (!hop_.is_reliable) resend_at_ = now + interval_;
      end_at_ = now + transaction_timeout;
      return {State::completed};
    case Event::end_due:
      return {State::ended, false, true};
    default:
      return {State::proceeding};
  }
}

ServerTransaction::Step ServerTransaction::in_accepted(Event event) const {
  return {event == Event::end_due ? State::ended : State::accepted};
}

ServerTransaction::Step ServerTransaction::in_invite_completed(Event event, Monotonic now) {
  switch (event) {
    case Event::request:
      return {State::completed, true};
    case Event::resend_due:
      interval_ = std::min(2 * interval_, t2);
      resend_at_ = now + interval_;
      return {State::completed, true};
    case Event::ack:
      if (hop_.is_reliable) return {State::ended};
      // Timer I: further ACKs are absorbed.
      resend_at_ = Monotonic::max();
      end_at_ = now + t4;
      return {State::confirmed};
    case Event::end_due:
      return {State::ended, false, true};
    default:
      return {State::completed};
  }
}

ServerTransaction::Step ServerTransaction::in_confirmed(Event event) const {
  return {event == Event::end_due ? State::ended : State::confirmed};
}

ServerTransaction::Step ServerTransaction::in_trying(Event event, Monotonic now) {
  if (event == Event::request) return {State::trying};
  Step step = in_proceeding(event, now);
  if (step.next == State::proceeding && event != Event::provisional) step.next = State::trying;
  return step;
}

ServerTransaction::Step ServerTransaction::in_proceeding(Event event, Monotonic now) {
  switch (event) {
    case Event::request:
      return {State::proceeding, true};
    case Event::success:
    case Event::failure:
      if (hop_.is_reliable) return {State::ended};
      // RFC 3261 §17.2.2: timer J.
      end_at_ = now + transaction_timeout;
      return {State::completed};
    // RFC 4320 §4.2: the client has given up by now, a late final response would only do harm.
    case Event::end_due:
      return {State::ended, false, true};
    default:
      return {State::proceeding};
  }
}

ServerTransaction::Step ServerTransaction::in_completed(Event event) const {
  return {event == Event::end_due ? State::ended : State::completed, event == Event::request};
}

// Client side.

ClientTransaction::ClientTransaction(TransactionTable& table, TransactionId id) : Transaction(table, id, &on_timer) {}

void ClientTransaction::on_timer(void* self) {
  auto& transaction = *static_cast<ClientTransaction*>(static_cast<Transaction*>(self));
  transaction.table_.on_timer(transaction);
}

ClientTransaction::Step ClientTransaction::step(Event event, Monotonic now) {
  const bool is_invite = method_ == Method::invite;
  switch (state_) {
    case State::calling:
    case State::held:
      return in_calling(event, now);
    case State::trying:
      return in_trying(event, now);
    case State::proceeding:
      return is_invite ? in_invite_proceeding(event, now) : in_trying(event, now);
    case State::cancelling:
      return in_invite_proceeding(event, now);
    case State::accepted:
      return in_accepted(event);
    case State::completed:
      return is_invite ? in_invite_completed(event) : in_completed(event);
    case State::ended:
      break;
  }
  CARILLON_ENSURE(state_ != State::ended);
  return {State::ended};
}

/// calling and held: no response yet.
ClientTransaction::Step ClientTransaction::in_calling(Event event, Monotonic now) {
  switch (event) {
    case Event::provisional:
      resend_at_ = Monotonic::max();
      // RFC 3261 §9.1: the CANCEL that was held may go now, and the INVITE ends within 64*T1 of it.
      end_at_ = now + (state_ == State::held ? transaction_timeout : ringing_max);
      if (state_ == State::held) return {.next = State::cancelling, .deliver = true, .cancel = true};
      return {.next = State::proceeding, .deliver = true};
    case Event::cancel:
      return {State::held};
    case Event::resend_due:
      // RFC 3261 §17.1.1.2: timer A doubles without limit, timer B ends it.
      interval_ *= 2;
      resend_at_ = now + interval_;
      return {.next = state_, .resend = true};
    case Event::end_due:
      return {.next = State::ended, .fail = true};
    default:
      return answer_invite(event, now);
  }
}

/// proceeding and cancelling: it rings.
ClientTransaction::Step ClientTransaction::in_invite_proceeding(Event event, Monotonic now) {
  switch (event) {
    case Event::provisional:
      return {.next = state_, .deliver = true};
    case Event::cancel:
      if (state_ == State::cancelling) return {state_};
      end_at_ = now + transaction_timeout;
      return {.next = State::cancelling, .cancel = true};
    case Event::end_due:
      return {.next = State::ended, .fail = true};
    default:
      return answer_invite(event, now);
  }
}

/// The first final response to an INVITE, cancelled or not.
ClientTransaction::Step ClientTransaction::answer_invite(Event event, Monotonic now) {
  if (event != Event::success && event != Event::failure) return {state_};
  resend_at_ = Monotonic::max();
  end_at_ = now + transaction_timeout;
  // RFC 6026 §7.2: timer M; more 2xx may come, from this branch and from others.
  if (event == Event::success) return {.next = State::accepted, .deliver = true};
  // Timer D: 32 s, and nothing to wait for on reliable transports.
  return {.next = hop_.is_reliable ? State::ended : State::completed, .deliver = true, .acknowledge = true};
}

ClientTransaction::Step ClientTransaction::in_accepted(Event event) const {
  return {.next = event == Event::end_due ? State::ended : State::accepted, .deliver = event == Event::success};
}

ClientTransaction::Step ClientTransaction::in_invite_completed(Event event) const {
  return {.next = event == Event::end_due ? State::ended : State::completed, .resend = event == Event::failure};
}

/// trying and proceeding of other requests than INVITE.
ClientTransaction::Step ClientTransaction::in_trying(Event event, Monotonic now) {
  switch (event) {
    case Event::provisional:
      return {.next = State::proceeding, .deliver = true};
    case Event::success:
    case Event::failure:
      // Timer K.
      resend_at_ = Monotonic::max();
      end_at_ = now + t4;
      return {.next = hop_.is_reliable ? State::ended : State::completed, .deliver = true};
    case Event::resend_due:
      // RFC 3261 §17.1.2.2: timer E doubles up to T2, and is T2 once a 1xx came.
      interval_ = state_ == State::proceeding ? t2 : std::min(2 * interval_, t2);
      resend_at_ = now + interval_;
      return {.next = state_, .resend = true};
    case Event::end_due:
      return {.next = State::ended, .fail = true};
    default:
      return {state_};
  }
}

ClientTransaction::Step ClientTransaction::in_completed(Event event) const {
  return {event == Event::end_due ? State::ended : State::completed};
}

}  // namespace carillon::sip
