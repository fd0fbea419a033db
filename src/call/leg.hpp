// SPDX-License-Identifier: GPL-3.0-or-later
// One side of a call: the dialog with one device and the INVITE that makes it. It answers by itself what the protocol decides
// (CANCEL races, ACK, retransmissions, glare) and tells the call's story what a person would notice. When the story lets go of
// it, it finishes its protocol tail alone, under a hard bound.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/agent.hpp"
#include "call/leg_event.hpp"
#include "journal/records.hpp"
#include "sdp/offer_answer.hpp"
#include "sip/dialog.hpp"
#include "sip/dialog_answer.hpp"

namespace carillon::call {

/// Who stands behind a leg, for the header fields that name people.
struct Party {
  std::string user;     ///< User part: extension or number.
  std::string domain;   ///< The customer's SIP domain.
  std::string display;  ///< Display name, may be empty.

  std::string address() const;  ///< As in From or To: `"Alice Alison" <sip:101@users.example>`.
};

/// The offer of an INVITE, if it is one that can be relayed. Error: why not; offer_status() says what to answer.
Result<sdp::Session> read_offer(const sip::Message& invite);
int offer_status(const Error& error);

class Leg final : public agent::DialogUser,
                  sip::ServerTransaction::Listener,
                  sip::ClientTransaction::Listener,
                  sip::AnswerRetransmitter::Listener {
 public:
  enum class Side : std::uint8_t { caller, callee };
  enum class State : std::uint8_t { trying, early, confirmed, draining, over };

  /// The call that owns the leg. May be told from within a member that the call itself called, so it must not destroy the leg
  /// then.
  class Owner {
   public:
    virtual void on_leg_event(LegEvent event) = 0;
    /// The caller gave up before the answer (487), or its established dialog ended (0).
    virtual void on_caller_gone(int status) = 0;
    virtual void on_leg_over(Leg& leg) = 0;
    /// The leg's state is broken: end the call. Must not throw.
    virtual void on_leg_broken(Leg& leg, const Broken& broken) = 0;

   protected:
    ~Owner() = default;
  };

  /// What every leg of a call stands on.
  struct Ground {
    agent::Agent& agent;
    Owner& owner;
    std::uint8_t slot;    ///< The customer's virtual slot, carried in every identifier.
    std::string account;  ///< The terminal: who may send requests of this dialog from elsewhere (ruling 4).
    std::string realm;
  };

  /// The caller's side, from its INVITE and the offer in it. 100 leaves if nothing else has after 100 ms. Errors:
  /// sip::DialogFault (400), table_full (503).
  static Result<std::unique_ptr<Leg>> from_invite(Ground ground, const agent::Incoming& invite, const sdp::Session& offer);

  /// A called device. `from` is shown to it, `to` is who was dialled.
  static std::unique_ptr<Leg> to_contact(Ground ground, std::string contact_uri, net::Flow flow, const Party& from,
                                         const Party& to);

  Leg(const Leg&) = delete;
  Leg& operator=(const Leg&) = delete;
  ~Leg();

  Side side() const { return side_; }
  State state() const { return state_; }
  const std::string& sip_call_id() const;
  const sdp::OfferAnswer& session() const { return session_; }

  // agent::DialogUser: also who speaks on this leg, and from where.
  const net::Flow& flow() const override { return flow_; }
  const std::string& account() const override { return ground_.account; }
  const std::string& realm() const override { return ground_.realm; }

  // The caller's side, before its answer.
  void ring(int status, const sdp::Draft* early_media);
  void answer(const sdp::Draft& draft);

  // The callee's side, before its answer.
  void invite(const sdp::Draft& draft, unsigned max_forwards);

  // Both, once confirmed.
  bool can_offer() const { return state_ == State::confirmed && session_.may_invite(); }
  void offer(const sdp::Draft& draft);
  void answer_offer(const sdp::Draft& draft);
  void refuse_offer(int status);
  void relay_info(std::string_view content_type, std::string_view body);

  /// The story lets go: refuses with `status`, cancels, or hangs up, whatever the state asks for, and finishes alone. `reason` is
  /// the reason phrase for the caller, a Reason header value for a callee that still rings.
  void release(int status, std::string_view reason);

  /// Media heard nothing from the leg's peer for too long.
  void report_silence();

  /// Lets go of everything without another word, for a leg that broke while it was released. The peer finds out by itself.
  void abandon();

  /// For the journal; descriptions are left out while an offer is open.
  journal::Dialog dialog_record() const;

 private:
  Leg(Ground ground, Side side, const net::Flow& flow);

  /// Every way into a leg but its story's words: messages, timers, the release. What breaks in there ends this call and goes no
  /// further up, to the timer wheel or whoever else called (docs/adr/0013-where-broken-is-caught.md).
  template <class Work>
  void enter(Work work) {
    try {
      work();
    } catch (const Broken& broken) {
      ground_.owner.on_leg_broken(*this, broken);
    }
  }

  void on_request(sip::Dialog& dialog, sip::ServerTransaction& transaction, const sip::Message& request) override;
  void on_ack(sip::Dialog& dialog, const sip::Message& ack) override;
  void on_flow_closed() override;
  void on_cancel(sip::ServerTransaction& transaction, const sip::Message& cancel) override;
  void on_failure(sip::ServerTransaction& transaction, sip::TransactionFailure failure) override;
  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) override;
  void on_no_ack() override;

  void take_request(sip::ServerTransaction& transaction, const sip::Message& request);
  void take_ack();
  void take_cancel();
  void take_response(sip::ClientTransaction& transaction, const sip::Message& response);
  void take_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure);
  void give_up_on_ack();
  void let_go(int status, std::string_view reason);
  void on_reinvite(sip::ServerTransaction& transaction, const sip::Message& request);
  void on_invite_response(const sip::Message& response, bool is_cancelled);
  void on_invite_success(const sip::Message& response, bool is_cancelled);
  void on_offer_response(const sip::Message& response);
  void acknowledge(sip::Dialog& dialog);
  void acknowledge_and_leave(const sip::Message& response);
  void hang_up();
  void respond(sip::ServerTransaction& transaction, const sip::Message& request, int status);
  void respond_invite(int status, std::string_view reason, std::string_view body);
  void send_request(sip::Dialog& dialog, sip::Method method, std::string_view content_type, std::string_view body,
                    sip::TransactionId* keep);
  struct Request {
    std::string branch;
    std::string bytes;
  };
  sip::Writer begin_request(sip::Dialog& dialog, sip::Method method, Request& request, unsigned max_forwards = 70);
  sip::TransactionId start(sip::Method method, const Request& request, bool is_followed);
  void tell(LegEvent::Kind kind, int status = 0, std::string_view reason = {}, bool has_session = false);
  void lose_peer();
  void say_trying();
  void on_bound();
  void drain();
  void end();

  Ground ground_;
  Side side_;
  State state_ = State::trying;
  net::Flow flow_;
  sdp::OfferAnswer session_;
  std::optional<sip::Dialog> prepared_;  ///< Writes our first INVITE.
  std::optional<sip::Dialog> dialog_;
  sip::OwnedMessage invite_;          ///< The peer's INVITE that is not acknowledged yet.
  sip::TransactionId server_invite_;  ///< Its transaction.
  sip::TransactionId client_invite_;  ///< Of our INVITE without final response.
  sip::TransactionId bye_;
  sip::AnswerRetransmitter retransmitter_;
  Timer bound_;                      ///< Of the silence before the first answer, later of the tail.
  bool is_invite_answered_ = false;  ///< server_invite_ has its final response.
  bool is_bye_due_ = false;          ///< RFC 3261 §15: not before the ACK.
};

}  // namespace carillon::call
