// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that one signalling thread owns: the user agent, the registrar, the calls. It decides who a request belongs to
// (ruling 9) and hands it to whoever knows what to do. It reaches the world only through what it is given, so the same shard runs
// on real sockets and, in tests, on a simulated network.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "agent/agent.hpp"
#include "base/metrics.hpp"
#include "call/call.hpp"
#include "call/farewell.hpp"
#include "dialplan/inbound.hpp"
#include "mediaclient/local_client.hpp"
#include "pbx/dialog_info.hpp"
#include "pbx/message_summary.hpp"
#include "registrar/registrar.hpp"
#include "roles/signalling/live_news.hpp"
#include "roles/signalling/owner.hpp"
#include "trunk/registrations.hpp"
#include "trunk/source_names.hpp"
#include "trunk/trunks.hpp"

namespace carillon::roles {

class Shard final : public agent::Agent::User,
                    public agent::Secrets,
                    public call::Call::Owner,
                    call::Switchboard,
                    public mediaclient::Client::Listener,
                    public trunk::Registrations::Observer,
                    public trunk::SourceNames::Observer {
 public:
  struct Settings {
    agent::Agent::Settings agent;
    registrar::Registrar::Settings registrar{};
    call::Call::Limits call{};
    std::string media_socket;
    std::size_t calls_max = 20000;
    Share share{};
    trunk::Trunks::Settings trunks{};
  };

  /// The way to all shards of news about where carriers are.
  class Places {
   public:
    /// Each shard's note_registered_at() is called with it, in a later turn.
    virtual void publish(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) = 0;
    /// Each shard's note_source() likewise, and whoever decides for shards is told too.
    virtual void publish(Id<model::CarrierServer> server, const std::vector<directory::NamedSources::Bytes>& addresses) = 0;

   protected:
    ~Places() = default;
  };

  /// Where a shard stands. All outlive it.
  struct Ground {
    Loop& loop;
    net::Network& network;
    call::JournalSink& journal;
    registrar::Registrar::Log& registrations;
    agent::Agent::Surroundings surroundings{};    ///< Of a shard that is one of several.
    pbx::Notifier::Log* subscriptions = nullptr;  ///< Null: forgotten with the process.
    trace::Sink* trace = nullptr;                 ///< Null: calls leave no trace.
    net::Resolver* resolver = nullptr;            ///< Null: nobody asks the DNS.
    trunk::PermitOffice* permits = nullptr;       ///< Of a shard that is one of several.
    Places* places = nullptr;                     ///< Likewise.
  };

  /// Opens the listeners; answers 503 until the first snapshot. Error: net.address_in_use and the like.
  static Result<std::unique_ptr<Shard>> open(Ground ground, Settings settings);
  ~Shard();

  /// To the telephones of a call that nobody had answered before a restart; its end is in the journal already.
  void say_farewell(const journal::UnfinishedCall& call);
  /// A call that was answered before a restart. It goes on with the first snapshot, or gets its end then; until there are no more
  /// such calls, requests in dialogs that are not known wait. Before the first snapshot; the later call first.
  void take_up(journal::UnfinishedCall call);
  /// A subscription of before a restart, by records of its log, oldest first; before the first snapshot, with which it goes on.
  void take_up(journal::Subscription subscription);
  /// The configuration from now on; calls keep the one they began with.
  void set_snapshot(std::shared_ptr<const directory::Snapshot> snapshot);
  const std::shared_ptr<const directory::Snapshot>& snapshot() const { return snapshot_; }

  /// Whether this customer lives here.
  bool owns(const directory::Carrier& carrier) const { return settings_.share.owns(trunk::PermitKey::of(carrier.id).slot()); }
  bool owns(const directory::Customer& customer) const { return settings_.share.owns(directory::slot_of(customer.id())); }
  registrar::Registrar& registrar() { return *registrar_; }
  agent::Agent& agent() { return *agent_; }
  pbx::Notifier& notifier() { return *notifier_; }
  LiveNews& news() { return news_; }
  bool has_media() const { return media_->is_connected(); }

  std::size_t call_count() const { return calls_.size(); }
  void for_each_call(const std::function<void(call::Call&)>& each);
  call::Call* find_call(CallId id) override;

  /// Begins a call from these devices of a terminal's to a number; `contacts` is not empty. Null when no new calls are taken now.
  call::Call* originate(call::Call::Facts facts, const std::vector<call::Contact>& contacts);
  /// For a call of this customer's that begins here: who it is from, and who is dialled.
  call::Call::Facts facts_of(const directory::Customer& customer, const directory::Terminal& terminal, std::string dialled) const;
  /// Whether its customer may have this call too: it is not locked, and has not as many as it may.
  bool may_call(const call::Call::Facts& facts) const;
  /// Whether its caller, who is outside of the customer's networks, may.
  bool may_call_from_elsewhere(const call::Call::Facts& facts) const;
  /// The customer's running calls for which that holds.
  std::size_t count_calls(Id<model::Customer> customer, const std::function<bool(const call::Call&)>& counts) const;

  /// Of those whose slots are here.
  trunk::PermitCounts& permits() { return permits_.counts(); }

  /// At carriers whose home is here.
  const trunk::Registrations& carrier_registrations() const { return *carrier_registrations_; }
  /// Where any shard's registration is; nothing: nowhere.
  void note_registered_at(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at);
  /// Where a carrier's server is that has a name, whichever shard asked the DNS.
  void note_source(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses) {
    named_sources_.set(server, std::move(addresses));
  }

  /// No new calls; those that run get a BYE, and no carrier has us on its list any more. Call is_idle() until their tails are
  /// over.
  void stop();
  bool is_idle() const { return calls_.empty() && carrier_registrations_->is_idle(); }
  /// Refuses new calls (503), or takes them again; what belongs to calls that run goes on.
  void drain(bool is_draining) { is_draining_ = is_draining; }

 private:
  Shard(Ground ground, Settings settings);

  void on_request(const agent::Incoming& incoming) override;
  bool is_registered(const net::Address& source) const override { return registrar_->is_registered(source); }
  std::string_view instance_at(const net::Flow& flow, std::string_view account) const override {
    return registrar_->instance_at(flow, account);
  }
  bool is_trusted(const net::Flow& flow, std::string_view realm, std::string_view account) const override {
    return is_trusted_source(*snapshot_, flow, realm, account);
  }
  void on_flow_closed(const net::Flow& flow) override {
    registrar_->on_flow_closed(flow);
    carrier_registrations_->on_flow_closed(flow);
  }
  std::optional<Secret> find_secret(std::string_view realm, std::string_view user) const override;
  void on_call_over(CallId call) override;
  void on_registration(const trunk::Registration& registration) override;
  void on_registered_at(Id<model::CarrierRegistration> id, const std::optional<net::Address>& at) override;
  void on_source_addresses(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses) override;
  bool is_registered_at(const model::CarrierRegistration& registration, const net::Address& source) const;
  void on_media_timeout(mediaclient::LegId leg, Duration silent) override;
  void on_media_ended(CallId call, mediaclient::EndReason reason,
                      const std::vector<mediaclient::LegStatistics>& statistics) override;
  void on_media_lost(CallId call) override;

  /// Whom a party of this request belongs to. Nothing, and the request has been answered, when that is another shard's customer
  /// by now; `customer` is null for a host that nobody has.
  struct Owned {
    const directory::Customer* customer = nullptr;
    std::string_view realm;  ///< Of the customer, else the host itself.
  };
  std::optional<Owned> find_owned(const agent::Incoming& incoming, const Origin& origin);
  struct Caller {
    const directory::Customer& customer;
    const directory::Terminal& terminal;
  };
  std::optional<Caller> find_caller(const agent::Incoming& incoming);
  /// Whether it calls for help, which nothing but a wrong password keeps (reliability, section 6.1).
  static bool is_for_help(const agent::Incoming& incoming, const directory::Customer& customer);
  bool may_call_for_help(const directory::Customer& customer, const directory::Terminal& terminal) const;
  void refuse_source(const agent::Incoming& incoming, const directory::Terminal& terminal);
  void receive_register(const agent::Incoming& incoming);
  void receive_invite(const agent::Incoming& incoming);
  void receive_on_net(const agent::Incoming& incoming);
  void receive_from_carrier(const agent::Incoming& incoming);
  void begin_call_from_outside(const agent::Incoming& incoming, call::Call::Facts facts);
  void receive_subscribe(const agent::Incoming& incoming);
  /// Who calls from outside, as it is told: asserted, else in From.
  struct OutsideCaller {
    std::string number;
    std::string display;
    bool is_anonymous = false;
    sip::Redirection redirection{};  ///< Who sent the call on, likewise.
  };
  /// Whether the caller does not want to be known.
  static bool is_withheld(const sip::Message& invite);
  static OutsideCaller told_caller(const sip::Message& invite);
  /// `told` has the number in E.164 with + if it can be read so.
  call::Call::Facts facts_from_outside(const dialplan::Inbound& inbound, const OutsideCaller& told) const;
  /// From where a carrier's requests come within a call, besides whom we talk to.
  std::vector<directory::CarrierSource> sources_of(const directory::Carrier& carrier) const;
  /// Who calls behind this telephone, as it says itself; behind a PBX somebody does whom it alone knows.
  static void tell_behind(call::Call::Facts& facts, const sip::Message& invite);
  /// Who sends the call on, as the PBX that calls says: with a number of its own, or nobody does (reliability T-09).
  static void tell_redirection(call::Call::Facts& facts, const sip::Message& invite);
  void refuse_body(const agent::Incoming& incoming, int status);
  void refuse_brief_session(const agent::Incoming& incoming, std::uint32_t least);
  /// Whether a call may begin with this INVITE, whose offer is read; else it has been answered.
  bool take_invite(const agent::Incoming& incoming, bool is_help, std::optional<sdp::Session>& offer);
  void begin_call(const agent::Incoming& incoming, const directory::Customer& customer, const directory::Terminal& terminal);
  void accept_call(const agent::Incoming& incoming, call::Call::Facts facts, const sdp::Session* offer);
  call::Call* find_call(const sip::Replaces& named) override;
  call::Call* go_on(call::TransferredCall& transferred) override;
  std::size_t count_calls(const directory::Customer& customer, const directory::User& user, const call::Call& but) const override;
  std::size_t count_calls(const directory::Customer& customer, const directory::Terminal& terminal,
                          const call::Call& but) const override;
  std::size_t count_external(const directory::Customer& customer, const call::Call& but) const override;
  call::Call::Services services();
  bool bring_up_to_date(call::Call::Facts& facts) const;
  void start_call(std::unique_ptr<call::Call> call);
  call::Call& keep(std::unique_ptr<call::Call> call);
  void take_up_calls();
  Result<> take_up_call(const journal::UnfinishedCall& past);
  static std::shared_ptr<const call::TrunkSide> called_trunk(const directory::Routing& routing,
                                                             const journal::UnfinishedCall& past);
  static const directory::Carrier* bringer_of(const directory::Routing& routing, const journal::UnfinishedCall& past,
                                              const net::Flow& flow);
  void write_alive();

  Ground ground_;
  Settings settings_;
  std::shared_ptr<const directory::Snapshot> snapshot_;
  log::SourceLimit sources_log_;
  LiveNews news_;
  bool has_snapshot_ = false;  ///< Until then nobody is known, and so nobody is refused.
  std::unique_ptr<agent::Agent> agent_;
  std::unique_ptr<registrar::Registrar> registrar_;
  trunk::LocalPermits permits_;
  std::unique_ptr<trunk::Trunks> trunks_;
  std::unique_ptr<trunk::Registrations> carrier_registrations_;
  std::unique_ptr<trunk::SourceNames> source_names_;
  directory::NamedSources named_sources_;                                 ///< Of all shards' carriers.
  std::map<Id<model::CarrierRegistration>, net::Address> registered_at_;  ///< Of all shards' registrations.
  std::unique_ptr<mediaclient::LocalClient> media_;
  std::unique_ptr<pbx::Notifier> notifier_;
  std::unique_ptr<pbx::DialogInfo> dialog_info_;
  pbx::MessageSummary message_summary_;
  std::unordered_map<CallId, std::unique_ptr<call::Call>> calls_;
  std::unordered_map<Id<model::Customer>, std::vector<const call::Call*>> calls_of_;  ///< Each customer's own of these.
  std::vector<std::unique_ptr<call::Farewell>> farewells_;
  Timer farewells_over_;
  std::vector<journal::UnfinishedCall> unfinished_;                       ///< Until there is a snapshot.
  std::unordered_map<std::string, journal::Subscription> subscriptions_;  ///< By local tag, likewise.
  Timer alive_;
  bool is_stopping_ = false;
  bool is_draining_ = false;
  metrics::Gauge running_{"carillon_calls_running", "Calls that are not over"};
  metrics::Counter started_{"carillon_calls_started_total", "Calls that were accepted"};
  metrics::Counter taken_up_{"carillon_calls_taken_up_total", "Calls that went on after a restart of signalling"};
  metrics::Counter broken_{"carillon_calls_broken_total", "Calls that a fault of the program ended"};
};

}  // namespace carillon::roles
