// SPDX-License-Identifier: GPL-3.0-or-later
// Offer/answer (RFC 3264, RFC 6337) for one dialog: which message may carry what, who has to wait for whom, when the version in
// our o= line grows. No I/O and no timers: the leg feeds it with each INVITE, UPDATE, PRACK, ACK and response that it sends or
// receives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sdp/session.hpp"

namespace carillon::sdp {

/// The message that carries (or could have carried) a description. `success` is the 2xx of the INVITE, `provisional` its
/// unreliable 1xx, `reliable` a 1xx that a PRACK acknowledges (RFC 3262).
enum class Carrier : std::uint8_t { invite, provisional, reliable, success, ack, prack, prack_success, update, update_success };

/// A description of ours without v= and o= line: what make_relayed_offer() and make_relayed_answer() write. OfferAnswer gives it
/// its origin when it is sent.
struct Draft {
  std::string connection;  ///< "IN IP4 192.0.2.1", for the o= line.
  std::string lines;       ///< From "s=" to the end.
};

/// Our o= line: the session id never changes, the version grows by one when the rest of the description changed (RFC 3264 §5,
/// §8).
class LocalDescription {
 public:
  /// `session_id` is random; some devices read no more than 31 bits.
  explicit LocalDescription(std::uint64_t session_id) : session_id_(session_id), version_(session_id) {}
  /// Goes on after `text`, which was published before a restart.
  static Result<LocalDescription> restore(std::string_view text);

  /// The full text for `draft`; the same text again when nothing changed.
  std::string_view publish(const Draft& draft);

  std::string_view text() const { return text_; }  ///< What was sent last; empty before.
  bool says(const Draft& draft) const { return !text_.empty() && std::string_view(text_).substr(lines_at_) == draft.lines; }
  std::uint64_t session_id() const { return session_id_; }
  std::uint64_t version() const { return version_; }

 private:
  std::uint64_t session_id_;
  std::uint64_t version_;
  std::size_t lines_at_ = 0;  ///< Where the s= line begins in text_.
  std::string text_;
};

/// The state of the negotiation in one dialog. A value: the early dialogs of a forked INVITE each get a copy, made before any
/// response.
///
///     state          an offer of ours         an offer of the peer's           left by
///     stable         may be made, unless the exchange of an INVITE is open either way or an ACK is due
///     local_offer    no                       491 (RFC 3261 §14.2, RFC 3311 §5.2)   answer, or failure of what carried it
///     remote_offer   no                       500 (likewise)                        our answer, or our refusal
///
///     carrier        carries an offer when                   carries an answer to      RFC 6337 §2.2
///     INVITE         it wants to                             -                         patterns 1, 2, 3
///     1xx            never                                   INVITE, as a preview      pattern 1
///     reliable 1xx   the INVITE was empty                    INVITE                    patterns 3, 4
///     2xx            likewise, and no reliable 1xx did       INVITE                    patterns 1, 2
///     ACK            never                                   2xx                       pattern 2
///     PRACK          stable, and its INVITE's is agreed      reliable 1xx              patterns 4, 5
///     UPDATE         likewise                                -                         pattern 6
///     their 2xx      never                                   PRACK, UPDATE             patterns 5, 6
class OfferAnswer {
 public:
  enum class State : std::uint8_t { stable, local_offer, remote_offer };

  /// What a received message means for the negotiation.
  enum class Meaning : std::uint8_t {
    nothing,   ///< No description, and none was due.
    offer,     ///< Answer it, or refuse what carried it (an offer in a 2xx: answer it in the ACK, then BYE).
    wanted,    ///< An INVITE without offer: our 2xx carries one.
    preview,   ///< An answer in a 1xx: use it; the 2xx will confirm or replace it.
    answer,    ///< The negotiation is complete.
    repeated,  ///< The answer is the one that we have already, or comes too late to count: nothing changes.
    refused,   ///< A request to be answered with `status`; nothing changed here.
    missing,   ///< A 2xx, ACK or PRACK without the description that was due: end the session.
  };
  struct Verdict {
    Meaning meaning = Meaning::nothing;
    std::uint16_t status = 0;  ///< With `refused`: 491, 488, or 500 (with Retry-After, 0 to 10 s).
  };

  explicit OfferAnswer(std::uint64_t session_id) : local_(session_id) {}
  explicit OfferAnswer(LocalDescription local) : local_(std::move(local)) {}

  /// Judges a received message. `description` is null when it has no body of type application/sdp. A 2xx or ACK that comes again
  /// is harmless.
  Verdict receive(Carrier carrier, const Session* description);

  /// True when an INVITE of ours may start in this dialog (RFC 3261 §14.1); else wait for the one that runs.
  bool may_invite() const { return state_ == State::stable && !local_invite_ && !remote_invite_ && !ack_due_; }

  /// True when an UPDATE of ours may carry an offer (RFC 3311 §5.1): nothing is open, and the INVITE that runs, if any, has had
  /// its exchange.
  bool may_update() const { return state_ == State::stable && !is_invite_open() && !ack_due_; }

  /// What a message that we are about to send must carry. (An unreliable 1xx may preview the answer.)
  enum class Due : std::uint8_t { nothing, offer, answer };
  Due due_in(Carrier carrier) const;

  /// Each records what we send and returns the body, valid until the next call. Sending what the table forbids is a bug (ENSURE).
  std::string_view send_offer(Carrier carrier, const Draft& draft);
  std::string_view send_answer(Carrier carrier, const Draft& draft);
  /// Offers once more, in an INVITE, what we said last.
  std::string_view repeat_offer();
  void send_empty_invite();
  /// A 2xx without description, after a reliable 1xx has had the exchange.
  void send_bare_success();

  /// Our INVITE failed (any final response but a 2xx, or none), or we refused the peer's: what it offered is void.
  void local_invite_failed();
  void remote_invite_refused();
  /// The same of an UPDATE or PRACK, the INVITE aside.
  void local_offer_failed();
  void remote_offer_refused();

  State state() const { return state_; }
  /// What the peer wants now: its last answer (a preview too) or the last offer of its that we answered. Null before the first.
  const Session* remote() const;
  /// The peer's offer that waits for our answer; null in other states.
  const Session* offered() const { return state_ == State::remote_offer ? &*pending_ : nullptr; }
  /// What we said last, agreed or not.
  const LocalDescription& local() const { return local_; }

  /// Back from the journal, which keeps local().text() and remote()->text() (empty: none). A negotiation that was open has
  /// failed.
  static Result<OfferAnswer> restore(std::string_view local, std::string_view remote);

 private:
  Verdict receive_invite(const Session* description);
  Verdict receive_provisional(const Session* description);
  Verdict receive_reliable(const Session* description);
  Verdict receive_success(const Session* description);
  Verdict receive_ack(const Session* description);
  Verdict receive_prack(const Session* description);
  Verdict receive_new_offer(Carrier carrier, const Session* description);
  Verdict receive_answer(Carrier offer_in, const Session* description);
  bool is_invite_open() const { return (local_invite_ || remote_invite_) && !agreed_; }

  State state_ = State::stable;
  Carrier offer_in_ = Carrier::invite;  ///< What carried the open offer.
  bool local_invite_ = false;           ///< An INVITE of ours has no final response yet.
  bool remote_invite_ = false;          ///< An INVITE of the peer's has no final response yet.
  bool agreed_ = false;                 ///< The INVITE that runs has had its exchange, by a reliable 1xx.
  bool ack_due_ = false;                ///< The ACK of our 2xx has not come yet.
  LocalDescription local_;
  std::optional<Session> remote_;   ///< Agreed.
  std::optional<Session> pending_;  ///< The peer's open offer (remote_offer) or its preview of an answer (local_offer).
};

/// The answer's direction where the offer says `offered` and the answerer would like `wanted` (RFC 3264 §6.1).
constexpr Direction answer_direction(Direction offered, Direction wanted) {
  return make_direction(sends(wanted) && receives(offered), receives(wanted) && sends(offered));
}

/// The status of the response to a request whose description could not be used.
std::uint16_t status_of(Fault fault);

}  // namespace carillon::sdp
