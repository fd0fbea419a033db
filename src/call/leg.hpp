// SPDX-License-Identifier: GPL-3.0-or-later
// One side of a call: the dialog with one device and the INVITE that makes it. It answers by itself what the protocol decides
// (CANCEL races, ACK, retransmissions, glare) and tells the call's story what a person would notice. When the story lets go of
// it, it finishes its protocol tail alone, under a hard bound.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "call/description.hpp"
#include "call/leg_event.hpp"
#include "call/leg_owner.hpp"
#include "call/media_keys.hpp"
#include "call/party.hpp"
#include "call/ports.hpp"
#include "journal/records.hpp"
#include "model/terminal.hpp"
#include "sdp/offer_answer.hpp"
#include "sip/dialog.hpp"
#include "sip/dialog_answer.hpp"
#include "sip/reliable_provisional.hpp"
#include "sip/session_id.hpp"
#include "sip/session_timer.hpp"

namespace carillon::call {

/// RFC 3261 §17.2.1: 100 may be left out when something else is said within 200 ms, as it is in most calls.
constexpr Duration trying_after = 100ms;
/// RFC 3261 §13.3.1.1: how often a ringing of minutes is repeated.
constexpr Duration ringing_repeated_after = 60s;
/// How long an established call waits for a device whose connection is gone (ruling 3).
constexpr Duration lost_device_max = 120s;
/// How long a device may take to say that it still has a dialog of before a restart (ruling 3).
constexpr Duration probe_patience = 4s;

enum class LegFault : std::uint8_t { bad_dialog };
constexpr std::string_view name_of(LegFault) {
  return "call.bad_dialog";
}

class Leg final : public agent::DialogUser,
                  sip::ServerTransaction::Listener,
                  sip::ClientTransaction::Listener,
                  sip::AnswerRetransmitter::Listener,
                  sip::ReliableProvisional::Listener,
                  sip::SessionTimer::Listener {
 public:
  enum class Side : std::uint8_t { caller, callee };
  enum class State : std::uint8_t { trying, early, confirmed, draining, over };

  using Owner = LegOwner;
  using Ground = LegGround;

  /// The caller's side, from its INVITE and the offer in it (null: it wants ours, in the 2xx). 100 leaves if nothing else has
  /// after 100 ms. Errors: sip::DialogFault (400), table_full (503).
  static Result<std::unique_ptr<Leg>> from_invite(Ground ground, const agent::Incoming& invite, const sdp::Session* offer);

  /// A called device. `from` is shown to it, `to` is who was dialled.
  static std::unique_ptr<Leg> to_contact(Ground ground, const Contact& contact, const Party& from, const Party& to);

  /// An established leg as dialog_record() kept it, which no process holds any more; it says nothing until probe(). It is not
  /// is_settled() if its descriptions were left out. Errors: call.bad_dialog when that cannot be one, or when it is another leg's
  /// by now.
  static Result<std::unique_ptr<Leg>> take_up(Ground ground, const journal::Dialog& record);

  Leg(const Leg&) = delete;
  Leg& operator=(const Leg&) = delete;
  ~Leg();

  Side side() const { return side_; }
  State state() const { return state_; }
  const std::string& sip_call_id() const;
  /// Of the dialog, or of the early one that is heard.
  const sdp::OfferAnswer& session() const { return heard_ == nullptr ? session_ : heard_->session; }
  const MediaKeys& media_keys() const { return media_keys_; }
  /// Those that the next description of ours will say, of so many streams.
  void make_media_keys(std::size_t streams) { (void)security(streams); }
  bool must_encrypt() const { return ground_.media_encryption == model::MediaEncryption::required; }
  /// Of so many streams, in the next description of ours.
  std::vector<sdp::StreamSecurity> security(std::size_t streams) const {
    return security_towards(session(), ground_.media_encryption, streams, media_keys_);
  }

  // agent::DialogUser: also who speaks on this leg, and from where.
  const net::Flow& flow() const override { return flow_; }
  const std::string& account() const override { return ground_.account; }
  const std::string& realm() const override { return ground_.realm; }
  std::string_view remote_target() const override { return dialog_ ? dialog_->state().remote_target : std::string_view(); }
  std::optional<CallId> call() const override { return ground_.owner->id(); }
  bool is_at(const net::Flow& flow) const override;
  /// Kept until the leg is on its way out.
  void hold(std::shared_ptr<const void> permit) { permits_.push_back(std::move(permit)); }
  /// A called peer has said anything at all.
  bool is_heard_of() const { return is_heard_of_; }
  /// Somebody outside is at its other end.
  bool is_trunk() const { return ground_.trunk != nullptr; }

  /// Another call owns it from now on.
  void move_to(Owner& owner) { ground_.owner = &owner; }
  bool is_dialog(const sip::Replaces& named) const;
  Id<model::Terminal> terminal() const { return ground_.terminal; }
  /// The dialog; while there is none, the early one, or what our INVITE began.
  const sip::DialogState& dialog_state() const;
  /// Who the peer is shown at the other end, as a name-addr.
  const std::string& shown_party() const { return identity_.empty() ? dialog_state().local_address : identity_; }
  /// The same to whoever watches: somebody who hides may be shown at the other end, and nowhere else.
  std::string watched_party() const {
    const Party* hidden = ground_.owner->hidden_from_others(*this);
    return hidden == nullptr ? shown_party() : hidden->address();
  }

  /// Whom the peer talks to from now on: its half of Session-ID is passed on (RFC 7989).
  void meet(const Leg& other) { far_session_id_ = other.session_id_; }

  // The caller's side, before its answer.

  /// `early_media` answers its offer: as a preview, or bindingly where the caller knows PRACK (RFC 3262).
  void ring(int status, const sdp::Draft* early_media);
  /// False while a PRACK is awaited: a 2xx must not leave before it (RFC 3262 §3). LegEvent `ready` tells the end of that.
  bool can_answer() const { return !reliable_.is_waiting(); }
  /// The 200: `draft` answers the caller's offer, is ours if it made none, or corrects what an early answer said.
  void answer(const sdp::Draft& draft);

  // The callee's side, before its answer.

  /// Null: without an offer; then session().offered() is there when it has answered, and acknowledge() has to follow.
  /// `referred_by` as in Referred-By, or empty. A device that can answers by itself if `is_auto`.
  void invite(const sdp::Draft* draft, unsigned max_forwards, std::string_view referred_by, bool is_auto = false);

  // Both, once there is a dialog. What we want of the peer waits its turn: one operation at a time, repeated after 491.

  /// Whether an offer makes sense now or soon: early dialogs take one only by UPDATE and after their first exchange.
  bool can_offer() const;
  /// Leads to LegEvent `offer_answered` or `offer_refused` with the number returned. By UPDATE if `is_update` and the peer knows
  /// it, else by re-INVITE.
  std::uint32_t offer(sdp::Draft draft, bool is_update);
  /// A re-INVITE without offer. Leads to `counter_offer`, then acknowledge() has to follow, or `offer_refused`.
  std::uint32_t ask_offer();
  /// The ACK with our answer to the offer in a 2xx; due while is_ack_owed().
  void acknowledge(const sdp::Draft& draft);
  bool is_ack_owed() const { return is_ack_owed_; }
  /// Established, and both sides have said what they can do.
  bool is_settled() const { return state_ == State::confirmed && !is_ack_owed_ && session_.remote() != nullptr; }
  /// Whether the peer's INVITE, UPDATE or PRACK in the dialog waits for answer_offer() or refuse_offer().
  bool is_asking() const;
  bool is_asking_by_invite() const { return is_asking() && !question_; }
  void answer_offer(const sdp::Draft& draft);
  void refuse_offer(int status);
  /// Who is at the other end, for the peer's display: in what we send from now on, and at once if the dialog is confirmed.
  void show(const Party& party);
  /// The same without saying it at once: for an offer that follows.
  void introduce(const Party& party);
  /// What became of the peer's REFER so far (RFC 3515 §2.4.4); a final status ends the matter.
  void notify_refer(int status, std::string_view reason = {});
  void relay_info(std::string_view content_type, std::string_view body);

  /// The story lets go: refuses with `status` and reason phrase, cancels, or hangs up, whatever the state asks for, and finishes
  /// alone. `cause` is a Reason header value or empty.
  void release(int status, std::string_view reason, std::string_view cause);

  /// Asks the device whether it still has the dialog, or waits for one whose connection is gone (ruling 3). One that has not
  /// hangs up.
  void probe();
  /// It could not be found again: whatever it did since the restart, it did not say.
  bool is_missing() const { return is_missing_; }
  bool is_in_doubt() const { return is_in_doubt_; }

  /// Media heard nothing from the leg's peer for too long.
  void report_silence();

  /// Lets go of everything without another word, for a leg that broke while it was released. The peer finds out by itself.
  void abandon();

  /// For the journal, of a caller that waits for an answer: its INVITE and our tag. Number and place are the call's to say.
  journal::Ringing ringing_record() const;
  /// For the journal; descriptions are left out while an offer is open. Place and media are the call's to say. `answer`: as it
  /// will be once answer() has been called with this.
  journal::Dialog dialog_record(const sdp::Draft* answer = nullptr) const;
  bool is_negotiating() const { return session_.state() != sdp::OfferAnswer::State::stable; }

 private:
  /// One answer of a forked INVITE that is not final yet.
  struct EarlyDialog {
    sip::Dialog dialog;
    sdp::OfferAnswer session;
    std::uint32_t rseq = 0;  ///< Of its last reliable response.
  };
  /// Something that we want of the peer.
  struct Operation {
    enum class Kind : std::uint8_t { offer, ask, refresh, show };
    Kind kind = Kind::refresh;
    bool is_update = false;
    std::uint32_t number = 0;
    unsigned tries = 0;
    std::string tag{};  ///< The peer's, of the dialog that it is out in: a fork has several.
    sdp::Draft draft{};
  };
  /// An UPDATE or PRACK with an offer that the story has to answer.
  struct Question {
    sip::OwnedMessage request;
    sip::TransactionId transaction;
    sdp::Carrier answer_in;
    std::string tag;  ///< The peer's, of the dialog it came in: a fork has several.
  };
  struct Ringing {
    int status = 180;
    std::optional<sdp::Draft> early_media;
  };
  struct Request {
    std::string branch;
    std::string bytes;
  };

  Leg(Ground ground, Side side, const net::Flow& flow);

  /// Every way into a leg but its story's words: messages, timers, the release. What breaks in there ends this call and goes no
  /// further up, to the timer wheel or whoever else called (docs/adr/0013-where-broken-is-caught.md).
  template <class Work>
  void enter(Work work) {
    try {
      work();
    } catch (const Broken& broken) {
      ground_.owner->on_leg_broken(*this, broken);
    }
  }

  void on_request(sip::Dialog& dialog, sip::ServerTransaction& transaction, const sip::Message& request) override;
  void on_ack(sip::Dialog& dialog, const sip::Message& ack) override;
  void on_flow_closed() override;
  void on_moved(const net::Flow& flow, bool is_back) override;
  void on_cancel(sip::ServerTransaction& transaction, const sip::Message& cancel) override;
  void on_failure(sip::ServerTransaction& transaction, sip::TransactionFailure failure) override;
  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) override;
  void on_no_ack() override;
  void on_no_prack() override;
  void on_refresh_due() override;
  void on_session_expired() override;

  // The caller's INVITE (leg_caller.cpp).
  void say_trying();
  void ring_reliably(int status, const sdp::Draft* early_media);
  void take_prack(sip::ServerTransaction& transaction, const sip::Message& request);
  void take_cancel(const sip::Message& cancel);
  void take_ack(const sip::Message& ack);
  void give_up_on_ack();
  void give_up_on_prack();

  // Our INVITE to a device (leg_callee.cpp).
  void send_first_invite(std::string_view body);
  bool answer_challenge(const sip::Message& response, sip::Method method, const std::string& uri);
  void forget_challenges();
  void on_invite_response(const sip::Message& response, bool is_cancelled);
  void on_invite_progress(const sip::Message& response);
  void on_invite_success(const sip::Message& response, bool is_cancelled);
  void acknowledge_and_leave(const sip::Message& response);
  EarlyDialog* find_early(std::string_view tag) const;
  EarlyDialog* make_early(const sip::Message& response);
  Result<sip::Dialog> make_dialog(const sip::Message& response) const;
  void send_prack(EarlyDialog& early, const sip::Message& response);
  void forget_early();

  // What the peer wants in the dialog (leg_session.cpp).
  void take_request(sip::Dialog& dialog, sip::ServerTransaction& transaction, const sip::Message& request);
  void take_bye(sip::ServerTransaction& transaction, const sip::Message& request);
  void take_reinvite(sip::ServerTransaction& transaction, const sip::Message& request);
  void take_refer(sip::ServerTransaction& transaction, const sip::Message& request);
  void take_update(sip::ServerTransaction& transaction, const sip::Message& request);
  void ask_story(sip::ServerTransaction& transaction, const sip::Message& request, sdp::Carrier answer_in);
  void answer_question(const Question& question, const sdp::Draft& draft);
  void refuse_question(const Question& question, int status);
  sdp::OfferAnswer* session_with(std::string_view tag);
  sip::Dialog* dialog_with(std::string_view tag);
  void respond_update(sip::TransactionId transaction, const sip::Message& request, std::string_view body);
  void refuse_brief_session(sip::ServerTransaction& transaction, const sip::Message& request, std::uint32_t least);

  // What we want in the dialog (leg_operations.cpp).
  std::uint32_t add_operation(Operation operation);
  void run_operations();
  bool may_start(const Operation& operation);
  void start_operation(Operation& operation);
  bool is_out_in_session() const;
  void end_operation(int status, std::string_view reason);
  void take_operation_response(const sip::Message& response, bool is_update);
  void take_operation_success(const sip::Message& response, bool is_update);
  void take_operation_refusal(const sip::Message& response);

  // After a restart (leg_record.cpp).
  void take_probe_response(const sip::Message& response);

  // Both (leg.cpp).
  void take_response(sip::ClientTransaction& transaction, const sip::Message& response);
  void take_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure);
  void let_go(int status, std::string_view reason, std::string_view cause);
  sip::Dialog* talk() { return heard_ != nullptr ? &heard_->dialog : dialog_ ? &*dialog_ : nullptr; }
  sdp::OfferAnswer& negotiation() { return heard_ == nullptr ? session_ : heard_->session; }
  void note_abilities(const sip::Message& message);
  void note_session_id(const sip::Message& message);
  void note_change();
  void acknowledge(sip::Dialog& dialog, std::string_view body);
  void hang_up();
  void take_bye_response(const sip::Message& response);
  void respond(sip::ServerTransaction& transaction, const sip::Message& request, int status);
  sip::Writer begin_response(std::string& out, const agent::Incoming& request, int status, std::string_view reason = {},
                             std::string_view to_tag = {});
  void write_session_id(sip::Writer& writer) const;
  void write_identity(sip::Writer& writer) const;
  void respond_invite(int status, std::string_view reason, std::string_view body);
  std::string invite_response(int status, std::string_view reason, std::string_view body, std::uint32_t rseq);
  void send_request(sip::Dialog& dialog, sip::Method method, std::string_view content_type, std::string_view body,
                    sip::TransactionId* keep);
  sip::Writer begin_request(sip::Dialog& dialog, sip::Method method, Request& request, unsigned max_forwards = 70);
  sip::TransactionId start(sip::Method method, const Request& request, bool is_followed);
  void forget_client(sip::TransactionId& transaction);
  void forget_server_invite();
  void forget_transactions();
  void tell(LegEvent event);
  void enter_state(State state);
  void lose_peer(std::string_view cause);
  void lose_dialog(int status, std::string_view cause);
  void tell_gone(int status, std::string_view cause);
  void on_bound();
  void on_lost();
  void drain();
  void end();

  Ground ground_;
  Side side_;
  State state_ = State::trying;
  net::Flow flow_;
  sdp::OfferAnswer session_;
  mutable MediaKeys media_keys_;         ///< Made as they are asked for.
  std::optional<sip::Dialog> prepared_;  ///< Writes our first INVITE.
  std::optional<sip::Dialog> dialog_;
  std::vector<std::unique_ptr<EarlyDialog>> early_;
  EarlyDialog* heard_ = nullptr;       ///< Of early_: the latest that sent a description.
  sip::OwnedMessage invite_;           ///< The peer's INVITE that is not acknowledged yet.
  sip::TransactionId server_invite_;   ///< Its transaction.
  sip::TransactionId first_invite_;    ///< Of our INVITE that makes the dialog.
  sip::TransactionId client_invite_;   ///< Of our latest re-INVITE.
  sip::TransactionId earlier_invite_;  ///< Of the one before, whose 2xx may still come again.
  sip::TransactionId update_;          ///< Of our UPDATE that runs.
  sip::TransactionId probe_;
  sip::TransactionId bye_;
  std::optional<Question> question_;
  std::vector<Operation> operations_;  ///< The first may be out.
  std::uint32_t last_operation_ = 0;
  std::optional<Ringing> next_ring_;  ///< Waits for the PRACK of the one before.
  std::string identity_;              ///< Of whom show() named, as in P-Asserted-Identity.
  std::string cause_;                 ///< For our BYE.
  std::vector<std::shared_ptr<const void>> permits_;
  std::string referred_by_;                                  ///< For our first INVITE, which 422 repeats.
  Headers headers_;                                          ///< Likewise, besides.
  std::string authorization_;                                ///< Likewise: our answer to a carrier's challenge of what is out,
  sip::HeaderId authorization_in_{};                         ///< and where it goes.
  std::pair<sip::HeaderId, std::string> ack_authorization_;  ///< Of the last INVITE: its ACK says the same.
  sip::SessionId session_id_;                                ///< The peer's.
  sip::SessionId far_session_id_;                            ///< Of the end that it talks to.
  sip::AnswerRetransmitter retransmitter_;
  sip::ReliableProvisional reliable_;
  sip::SessionTimer session_timer_;
  Timer bound_;  ///< Of the silence before an INVITE's first answer, between ringings, of the tail.
  Timer retry_;  ///< After 491.
  Timer lost_;   ///< Until the device has to be back whose connection is gone.
  unsigned max_forwards_ = 70;
  int ring_status_ = 180;
  bool is_invite_answered_ = false;  ///< server_invite_ has its final response.
  bool is_bye_due_ = false;          ///< RFC 3261 §15: not before the ACK.
  bool is_bye_repeated_ = false;     ///< By another connection.
  bool is_ack_owed_ = false;         ///< The peer's 2xx holds an offer that acknowledge() will answer.
  bool is_heard_of_ = false;         ///< A called device has said anything at all.
  bool is_operation_out_ = false;
  bool is_in_doubt_ = false;  ///< Taken up, and not heard of since.
  bool is_missing_ = false;
  std::uint32_t refer_id_ = 0;                      ///< CSeq of the REFER that is not decided yet; 0: none.
  bool is_refer_followed_ = false;                  ///< The peer wants to hear of it (RFC 4488).
  bool allows_update_ = false;                      ///< The peer's Allow.
  bool knows_prack_ = false, wants_prack_ = false;  ///< The caller's Supported and Require.
  unsigned challenges_ = 0;                         ///< Of what is out, that were answered (reliability T-18).
  bool is_auto_ = false;                            ///< Our first INVITE asks the device to answer by itself.
};

}  // namespace carillon::call
