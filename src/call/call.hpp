// SPDX-License-Identifier: GPL-3.0-or-later
// One call from the INVITE to the last acknowledged BYE: it owns the legs, the media session, the record and the task that tells
// its story. One thread, plain objects, no locks; the shard's table of calls owns it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/task.hpp"
#include "call/command.hpp"
#include "call/event_queue.hpp"
#include "call/leg.hpp"
#include "call/ports.hpp"
#include "directory/snapshot.hpp"
#include "mediaclient/client.hpp"
#include "model/call.hpp"
#include "sdp/relay.hpp"
#include "trace/sink.hpp"

namespace carillon::call {

class Call final : Leg::Owner {
 public:
  struct Limits {
    Duration longest = 3h;
    Duration ring_time = 180s;              ///< How long devices ring before the caller is told that nobody answers.
    std::uint32_t session_interval = 1800;  ///< Seconds, of RFC 4028; 0: only where a device wants one.
  };

  /// What the shard lends to each of its calls.
  struct Services {
    Loop& loop;
    agent::Agent& agent;
    mediaclient::Client& media;
    JournalSink& journal;
    Locations& locations;
    Switchboard& switchboard;
    Outgoing& outgoing;
    Limits limits{};
    LegObserver* observer = nullptr;
    trace::Sink* trace = nullptr;  ///< Null: nobody asks later.
  };

  /// Who calls whom, known when the INVITE is accepted. Pointers live in the snapshot, which the call pins.
  struct Facts {
    std::shared_ptr<const directory::Snapshot> snapshot;
    const directory::Customer* customer = nullptr;
    const directory::Terminal* terminal = nullptr;       ///< The caller's; null: somebody outside calls, by a carrier.
    const directory::Ddi* ddi = nullptr;                 ///< The number that is called from outside.
    std::shared_ptr<const TrunkSide> trunk;              ///< Of the carrier that calls.
    const directory::Carrier* carrier = nullptr;         ///< Likewise; null: another customer of the platform calls.
    std::shared_ptr<const TrunkSide> called_trunk = {};  ///< Of a call of before a restart: of the carrier that answered.
    std::string caller;   ///< What the record shows: the caller's extension, else the terminal's name; the number from outside.
    std::string dialled;  ///< The user part of the Request-URI, unescaped.
    std::string claimed;  ///< With which number the caller's device says that it calls; empty: it says none.
    Party presented;      ///< Whom the called side sees, where that is not the caller of the record.
    Party referrer;       ///< Who sent the presented one here; no user: nobody did.
    CallId linked_call;   ///< The call that this one comes from, with link_reason.
    journal::LinkReason link_reason = journal::LinkReason::none;
    bool is_from_elsewhere = false;         ///< The caller is outside of the customer's networks.
    std::optional<sip::Replaces> replaces;  ///< The dialog in whose place the caller wants to be.
    bool is_auto_answer = false;            ///< Of a call that is originated: the caller's device is asked to answer by itself.
    unsigned max_forwards = 70;             ///< For INVITEs on the call's behalf: the caller's less one (RFC 7332).
    bool is_anonymous = false;              ///< The caller does not want to be known outside.
    std::string withheld;  ///< The number of a caller from outside who does not want to be known, as the customer reads numbers.
    /// Who sent the call on, as the PBX that calls (a number of its own, in E.164 with +) or a carrier says; no user: nobody.
    sip::Redirection redirection;

    /// Who calls; null: somebody outside, or a telephone of nobody's.
    const directory::User* user() const { return terminal == nullptr ? nullptr : terminal->user; }
    bool hides_outside() const { return is_anonymous || (user() != nullptr && user()->clir != model::Clir::none); }
    bool hides_inside() const { return user() != nullptr && user()->clir == model::Clir::all; }
  };

  using Side = Leg::Side;
  using Story = Task<> (*)(Call& call);

  class Owner {
   public:
    /// Everything is finished: the call can be destroyed, in this turn, outside of its members.
    virtual void on_call_over(CallId call) = 0;

   protected:
    ~Owner() = default;
  };

  /// Accepts an INVITE with this offer, or none. Errors as of Leg::from_invite(): then there is no call and nothing was answered.
  static Result<std::unique_ptr<Call>> accept(Services services, Owner& owner, Facts facts, const agent::Incoming& invite,
                                              const sdp::Session* offer);
  /// A call whose caller side stands already: the leg was lent by the call that is linked, and is given back to it if nobody
  /// answers.
  static std::unique_ptr<Call> go_on(Services services, Owner& owner, Facts facts, std::unique_ptr<Leg> caller);
  /// A call that somebody wants for the terminal of the facts: legs towards these devices of its are there, which say nothing
  /// yet, and no caller until take_as_caller(). `contacts` is not empty; those beyond four are left out.
  static std::unique_ptr<Call> originate(Services services, Owner& owner, Facts facts, const std::vector<Contact>& contacts);
  /// A call that was answered before a restart, as the journal kept it; it says nothing until go_on_with(). Errors as of
  /// Leg::take_up(): then the dialogs are left alone.
  static Result<std::unique_ptr<Call>> take_up(Services services, Owner& owner, Facts facts, const journal::UnfinishedCall& past);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Writes the `setup` record and starts the story in the next turn.
  void start(Story story);

  /// Starts the story of a call whose `setup` is written already.
  void go_on_with(Story story) { story_.spawn(tell(story)); }

  CallId id() const override { return id_; }
  Services& services() { return services_; }
  const Facts& facts() const { return facts_; }
  Leg& caller() {
    CARILLON_ENSURE(caller_ != nullptr);
    return *caller_;
  }
  /// Of the leg that the call began with, which may be elsewhere by now.
  const std::string& sip_call_id() const { return sip_call_id_; }
  Instant started_at() const { return started_at_; }
  bool is_answered() const { return answered_ != Monotonic{}; }
  Instant answered_at() const { return answered_at_; }
  /// No answered call goes on after this: its customer's longest time, else the platform's; that one too when it is for help.
  Monotonic latest_end() const {
    const bool is_help = is_for_help_ || facts_.customer->is_emergency(callee_);
    const Duration longest = is_help ? Duration{} : facts_.customer->longest_call();
    return answered_ + (longest == Duration{} ? services_.limits.longest : longest);
  }
  const std::string& callee() const { return callee_; }
  int sip_code() const { return sip_code_; }  ///< What the caller would be told if the story ended now.
  Id<model::User> callee_user() const { return callee_user_; }
  /// Whether it makes this call, or rings or talks in it.
  bool has_terminal(Id<model::Terminal> terminal) const {
    return callee_terminal_ == terminal || (facts_.terminal != nullptr && facts_.terminal->id == terminal);
  }
  /// What is left of it is its farewell.
  bool is_over() const { return is_finished_; }
  /// Answered, and as far as can be known both sides still talk: not while a side that was taken up has not been heard of.
  bool is_known_up() const {
    const auto is_in_doubt = [](const Leg* leg) { return leg != nullptr && leg->is_in_doubt(); };
    return is_answered() && !is_over() && !is_in_doubt(caller_.get()) && !is_in_doubt(answered_leg_);
  }
  /// A fault of ours ended it.
  bool is_broken() const { return is_broken_; }

  // ---- What a story says and hears ----

  /// The next thing that a called leg, or the established caller, did. Nothing at the deadline.
  EventQueue::Next next_event(Monotonic deadline = Monotonic::max()) { return events_.next(deadline); }

  /// A line of the explanation that is kept with the record, at most 4 kB in all.
  void explain(std::string_view line, trace::Audience audience = trace::Audience::customer);
  /// The same of what carriers have to do with it: the customer does not read it.
  void explain_to_brand(std::string_view line) { explain(line, trace::Audience::brand); }
  void set_callee(std::string number) { callee_ = std::move(number); }
  /// The call goes to the world, by this carrier: on disk before the INVITE leaves (ruling 2). False when it did not become so in
  /// time, or the caller has gone.
  Task<bool> commit_outbound(Id<model::Carrier> carrier);
  model::Direction direction() const {
    if (is_outbound_) return model::Direction::outbound;
    return facts_.trunk ? model::Direction::inbound : model::Direction::internal;
  }
  /// Whether somebody outside takes part, or is called.
  bool is_external() const {
    const auto is_outside = [](const Leg* leg) { return leg != nullptr && leg->is_trunk(); };
    return direction() != model::Direction::internal || is_outside(caller_.get()) || is_outside(answered_leg_);
  }
  /// It is for help: that it cannot be written down keeps it from nobody (reliability, section 6.1).
  void mark_for_help() { is_for_help_ = true; }
  bool is_for_help() const { return is_for_help_; }
  /// A limit of calls begun in a minute keeps it from being made: its record says so, and somebody is told.
  void note_limit(journal::Limit whose) { limit_ = whose; }
  journal::Limit limit() const { return limit_; }
  /// It went no further, and was to.
  void mark_outbound() { is_outbound_ = true; }
  void set_callee_user(Id<model::User> user) { callee_user_ = user; }
  void set_callee_terminal(Id<model::Terminal> terminal) { callee_terminal_ = terminal; }

  /// What the caller is told when the story ends without an answer, and what the record says.
  void set_ending(journal::Status status, int sip_code, std::string_view reason = {});

  /// Who is who, for the other side's display. Shown to a caller that waits for an answer.
  void introduce(Party caller, Party callee);
  const Party& party_behind(const Leg& leg) const { return &leg == caller_.get() ? caller_party_ : callee_party_; }
  /// How the calling of a leg progresses: to the caller that waits, or to who transferred it. `early_media` as of Leg::ring().
  void report_progress(const Leg& called, int status, const sdp::Draft* early_media);

  /// Why the call ends, as a Reason header value (RFC 3326), for whoever has not hung up by itself.
  void set_cause(std::string_view cause) { cause_ = cause; }

  /// Allocates ports for both sides, for the streams of the offer that waits on `offering`; the other side is reached by `other`.
  /// False when media has none to give (the ending is set). Suspends for one round trip.
  Task<bool> open_media(Leg& offering, net::Flow other);
  /// The called side's ports are others from now on, where `other` is reached: of its family. Before it is offered any.
  Task<bool> turn_media(net::Flow other);
  /// Where our side of a leg's media is, for the description sent to its peer. Valid until the next call.
  /// Whether the leg's device may speak without encryption, as all may in a call for help.
  bool may_be_plain(const Leg& leg) const { return is_for_help_ || !leg.must_encrypt(); }
  sdp::RelayPorts ports_towards(const Leg& leg) const;
  /// Media of a call that was taken up: it belongs to us from now on, and its ports are known again. False when there is none.
  Task<bool> take_up_media();
  /// Tells media what the leg's peer said last, and joins both sides. Suspends for one round trip.
  Task<bool> update_media(Leg& leg, mediaclient::Phase phase);

  /// Makes a leg towards a device; it says nothing until Leg::invite(). Null beyond ten legs (reliability T-18).
  Leg* add_leg(const Contact& contact, const std::string& target, const Party& from, const Party& to);
  /// Those that it has been given, in order.
  std::vector<Leg*> called_legs() const;
  /// The called leg that answered is the caller from now on.
  void take_as_caller(Leg& leg);
  bool has_caller() const { return caller_ != nullptr; }
  /// Lets a called leg finish by itself; its later events are not told. `cause` is a Reason header value.
  void drop_leg(Leg& leg, std::string_view cause);
  void note_attempt_over(const Leg& leg, int sip_code);

  /// Writes the `answered` record and both `dialog` records; false when they did not become durable in time, or
  /// the caller has gone. `answer` is what the caller's 200 will say, null if it has had one.
  Task<bool> commit_answer(Leg& callee, const sdp::Draft* answer);
  /// The 200 leaves now: the conversation with that leg begins to count.
  void mark_answered(Leg& callee);
  /// The same for a caller that is answered to go on in another call.
  Task<bool> commit_hand_over();
  void mark_handed_over();

  // ---- Legs that move between calls; none but an established one does ----

  /// The leg at the other end of the conversation; null while it is lent, or nobody has answered.
  Leg* peer_of(const Leg& leg) const;
  Leg* find_leg(const sip::Replaces& named) const;
  /// The leg goes to another call. LegEvent `transferred` or `not_transferred` follows, unless this call is over before.
  std::unique_ptr<Leg> lend(Leg& leg);
  /// What became of it: how the other call progresses, that it was answered, or the leg itself (null: it is gone) with the
  /// reason.
  void on_loan_progress(int status);
  void on_loan_kept();
  void on_loan_returned(std::unique_ptr<Leg> leg, int status, std::string_view reason);
  /// False when the call is over, or the leg is on its way out, or the other side is elsewhere.
  bool can_replace(const Leg& leg) const;
  /// Puts a leg, and who is behind it, in the place of another one, which is released. LegEvent `replaced` follows.
  void replace(Leg& old, std::unique_ptr<Leg> fresh, Party party);

  /// Whether a called leg rings, and somebody else may answer in its place.
  bool can_pick_up(const Leg& leg) const;
  /// An established leg answers instead of those that ring; party and user go into the record. LegEvent `picked_up` follows.
  void pick_up(std::unique_ptr<Leg> fresh, Party party, Id<model::User> user);

  // ---- What others do to it ----

  /// Does something with the call and answers the command; at once when that cannot be now.
  void obey(std::unique_ptr<Command> command);
  /// What it is at; null when nothing is wanted.
  Command* command() const { return command_.get(); }
  void end_command(Command::Verdict verdict);
  /// The caller's leg, or the one that answered; null while it is lent or not there.
  Leg* leg_on(Side side) const { return side == Side::caller ? caller_.get() : answered_leg_; }
  /// Whether that side is on hold by us, whatever its device thinks of itself.
  bool is_held(Side side) const { return side == Side::caller ? is_caller_held_ : is_callee_held_; }
  void set_held(Side side, bool is_held);

  /// Ends the call from outside: the operator, a media timeout, the end of the platform.
  void end(journal::Status status, std::string_view reason);
  /// That side has been silent for so long by now.
  void on_media_silent(mediaclient::LegId leg, Duration silence);
  /// The conversation was over when the silent side was last heard, and is charged until then.
  void end_with_silence() { over_since_ = silent_since_; }
  /// Of a call that was taken up: nobody knows that the caller has heard of the answer, so that nothing is charged.
  void end_unheard() {
    is_lost_ = true;
    alive_at_ = answered_at_;
  }

 private:
  static constexpr std::uint16_t caller_leg = 1;  ///< Numbers of the legs in media and journal.
  static constexpr std::uint16_t callee_leg = 2;
  struct Branch {
    std::unique_ptr<Leg> leg;
    journal::Attempt attempt;
    bool is_attempt_over = false;
  };

  Call(Services services, Owner& owner, Facts facts);
  Leg::Ground ground_of(const directory::Terminal* terminal, std::string account);
  std::unique_ptr<Leg>& place_of(const Leg& leg);
  bool is_lent() const { return loan_place_ != nullptr; }
  void settle_loan();
  void give_up_hold();
  void close_plain(const Leg& leg, mediaclient::LegSpec& spec) const;
  mediaclient::LegSpec spec_of(const Leg& leg, const sdp::Session& session) const;
  static Side opposite(Side side) { return side == Side::caller ? Side::callee : Side::caller; }
  void acknowledge_caller();
  Side side_of(const Leg& leg) const { return &leg == caller_.get() ? Side::caller : Side::callee; }
  void begin_trace();
  Task<> tell(Story story);
  Task<bool> commit_answered();
  void break_off(const Broken& broken);
  void finish();
  void leave_if_over();
  const Party* hidden_from_others(const Leg& leg) const override {
    const Party& other = &leg == caller_.get() ? callee_party_ : caller_party_;
    return other.is_anonymous() ? &other : nullptr;
  }
  void on_leg_event(LegEvent event) override;
  bool has_room(const Leg& leg, LegEvent::Kind kind) const override { return events_.has_room(leg, kind); }
  void on_caller_gone(int status, std::string_view cause) override;
  void on_leg_silent(const Leg& leg) override {
    services_.locations.note_silent(leg.terminal(), leg.dialog_state().remote_target);
  }
  void on_leg_over(Leg&) override { leave_later(); }
  void on_invited(const Leg& leg, std::string_view invite) override;
  void on_dialog_changed(const Leg& leg) override;
  void leave_later();
  /// The time for the record. The clock on the wall may be set during a call; then its times still fit each other.
  Instant wall() const { return known_at_ + (services_.loop.now() - known_since_); }
  void write_dialogs();
  void on_leg_broken(Leg& leg, const Broken& broken) override;
  journal::Dialog dialog_record(const Leg& leg, journal::Side side, std::uint32_t number,
                                const sdp::Draft* answer = nullptr) const;

  Services services_;
  Owner& owner_;
  Facts facts_;
  CallId id_;
  std::string sip_call_id_;
  Instant known_at_;       ///< What the clock on the wall showed when the call was made or taken up,
  Monotonic known_since_;  ///< and when that was.
  Instant started_at_;
  Instant answered_at_;
  Monotonic answered_{};
  std::string callee_;
  Id<model::User> callee_user_;
  Id<model::Terminal> callee_terminal_;
  std::string answered_by_;  ///< Where that is not who was called.
  std::string decisions_;
  journal::Status status_ = journal::Status::failed;
  int sip_code_ = 500;
  std::string reason_;
  std::string cause_;
  bool is_broken_ = false;
  bool is_finished_ = false;
  bool has_media_ = false;
  journal::Limit limit_{};
  bool is_outbound_ = false;
  bool is_for_help_ = false;
  bool is_told_of_redirection_ = false;  ///< The caller, by 181.
  bool is_caller_held_ = false;
  bool is_callee_held_ = false;
  std::unique_ptr<Command> command_;
  mediaclient::LegPorts caller_ports_;
  mediaclient::LegPorts callee_ports_;
  mutable std::vector<std::uint16_t> port_list_;
  mutable std::vector<sdp::StreamSecurity> port_security_;
  mutable std::string port_address_;

  EventQueue events_;
  std::unique_ptr<Leg> caller_;
  std::vector<Branch> branches_;
  std::vector<std::unique_ptr<Leg>> replaced_;  ///< They finish their tails.
  Leg* answered_leg_ = nullptr;                 ///< Of branches_; null while it is lent.
  std::unique_ptr<Leg>* loan_place_ = nullptr;  ///< Where the leg that is lent belongs.
  Party caller_party_;
  Party callee_party_;
  Monotonic silent_since_{};             ///< As media said last.
  std::optional<Monotonic> over_since_;  ///< Before it was noticed.
  bool is_lost_ = false;                 ///< Of a call that was taken up: nothing was there any more to go on with.
  Instant alive_at_;                     ///< Of a call that was taken up: when it was last known to be up.
  Timer leave_;
  Timer write_;  ///< Of what has changed.
  Monotonic writing_since_{};
  unsigned written_ = 0;  ///< Times, since then.
  Scope story_;           // Last, so that its frames go first.
};

/// What Switchboard::go_on() makes a call of.
struct TransferredCall {
  Call::Facts facts;
  std::unique_ptr<Leg> caller;
};

}  // namespace carillon::call
