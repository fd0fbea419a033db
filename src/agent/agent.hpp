// SPDX-License-Identifier: GPL-3.0-or-later
// The SIP user agent of a shard: sockets below, users of SIP above. It decides what of the Internet is worth parsing, matches
// messages with transactions and dialogs, and answers by itself whatever needs no decision. One thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/admission.hpp"
#include "agent/answer_limit.hpp"
#include "agent/authenticator.hpp"
#include "agent/hop.hpp"
#include "agent/recent_table.hpp"
#include "agent/redialler.hpp"
#include "agent/refusals.hpp"
#include "agent/router.hpp"
#include "agent/sides.hpp"
#include "agent/stream_connections.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "sip/dialog_table.hpp"
#include "sip/message.hpp"
#include "sip/transaction_table.hpp"
#include "sip/writer.hpp"
#include "trace/sink.hpp"

namespace carillon::agent {

/// The Allow of dialogs: what a leg understands.
inline constexpr std::string_view allowed_in_dialogs = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER";

/// The Supported of dialogs; 100rel is added where it can be kept.
inline constexpr std::string_view supported_in_dialogs = "timer, replaces";

/// A request and the flow it came by; answers and the dialog's own requests go back that way. Lives as long as the call it is
/// passed to.
struct Incoming {
  const sip::Message& message;
  net::Flow flow;
  std::size_t bytes = 0;  ///< Of what could not be parsed whole; 0: the message's own.
  std::size_t size() const { return bytes != 0 ? bytes : message.raw().size(); }
};

/// Owner of a dialog: gets its requests, found by identifiers and never by where they come from (ruling 4). A request from
/// another flow than the dialog's must first prove to come from the account.
class DialogUser : public sip::DialogTable::Owner {
 public:
  virtual const net::Flow& flow() const = 0;
  virtual const std::string& account() const = 0;
  virtual const std::string& realm() const = 0;
  /// The peer's Contact; empty while there is none.
  virtual std::string_view remote_target() const = 0;
  /// The connection of flow() is gone.
  virtual void on_flow_closed() = 0;
  /// Whether a request from there is the peer's, of one who has no password: its account() is empty.
  virtual bool is_at(const net::Flow&) const { return false; }
  /// The peer proved that it is somewhere else now: flow() is this one from now on. `is_back`: all that is known is that its
  /// device registered again after its connection was lost, and not that it still has the dialog.
  virtual void on_moved(const net::Flow& flow, bool is_back) = 0;
  /// The call that the dialog is a part of.
  virtual std::optional<CallId> call() const { return std::nullopt; }

 protected:
  ~DialogUser() = default;
};

class Agent final : net::UdpSocket::Receiver, StreamConnections::User, Redialler::User, sip::TransactionTable::Sender {
 public:
  struct Settings {
    std::vector<net::Address> addresses;        ///< `sip.users.address` and port; UDP and TCP on each.
    std::vector<net::Address> trunk_addresses;  ///< `sip.trunks.address` and port, likewise, for carriers.
    std::uint16_t tls_port = 0;                 ///< `sip.users.tls_port`, on the same addresses; others listen there.
    std::uint16_t trunk_tls_port = 0;           ///< `sip.trunks.tls_port`, likewise.
    std::string advertised_address;             ///< `sip.advertised_address`, or empty: the local one.
    FloodGuard::Limits flood{};
    AnswerLimit::Limits answers{};  ///< In force while the flood guard is.
    StreamConnections::Limits streams{};
    sip::Limits message{};
    sip::TransactionTable::Limits transactions{};
    DigestOffer digest = DigestOffer::md5;
    std::uint32_t loop_limit = 3;    ///< Of is_looping().
    std::size_t remembered = 65536;  ///< Sources, accounts and nonces: what each guard keeps in mind for a while.
  };

  class User {
   public:
    /// A request outside any dialog. It has been admitted and parsed, not authenticated.
    virtual void on_request(const Incoming& incoming) = 0;
    /// Whether a valid registration stands behind this address and port: its requests count for no flood.
    virtual bool is_registered(const net::Address& source) const = 0;
    /// The instance (RFC 5626) that this account registered by a connection; empty: none. Valid until the next registration.
    virtual std::string_view instance_at(const net::Flow& flow, std::string_view account) const = 0;
    /// Whether that account has nothing to prove there.
    virtual bool is_trusted(const net::Flow&, std::string_view /*realm*/, std::string_view /*account*/) const { return false; }
    /// A connection is gone; bindings that came by it lead nowhere.
    virtual void on_flow_closed(const net::Flow& flow) = 0;

   protected:
    ~User() = default;
  };

  /// What an agent that is one of several in its process has around it; both outlive it. Null: every message is ours, and the
  /// connections live here, and nobody looks on.
  struct Surroundings {
    Router* router = nullptr;
    Streams* streams = nullptr;
    trace::Sink* trace = nullptr;
    const net::TlsTrust* trust = nullptr;  ///< Of connections that live here; null: none of ours is by TLS.
  };

  /// Opens the listeners. `net.address_in_use` names the address.
  static Result<std::unique_ptr<Agent>> open(Loop& loop, net::Network& network, Settings settings, User& user,
                                             const Secrets& secrets, const Surroundings& surroundings);
  ~Agent();

  Loop& loop() { return loop_; }
  Authenticator& authenticator() { return authenticator_; }
  sip::TransactionTable& transactions() { return transactions_; }
  /// Of the users' listeners, in the order of the settings.
  std::vector<net::Address> local_addresses() const;
  /// Of the carriers', likewise.
  std::vector<net::Address> trunk_addresses() const;
  /// Their port for TLS; 0: none.
  std::uint16_t trunk_tls_port() const { return settings_.trunk_tls_port; }
  const Sides& sides() const { return sides_; }
  /// Whether what arrived there arrived at a listener for carriers.
  bool is_trunk(const net::Address& local) const { return sides_.is_trunk(local); }

  BanList& bans() { return bans_; }
  /// Lets in again whoever bears this name in bans(), or has this address; what those had counted is forgotten. How many bans.
  std::size_t lift_bans(std::string_view name);

  // ---- Among several shards ----

  /// A message that arrived on another thread, was admitted there and found to be ours.
  void receive_moved(const net::Flow& flow, std::string_view bytes);
  /// What another customer of the platform sends; `flow` is as the sender has it.
  void receive_on_net(const net::Flow& flow, std::string_view bytes);
  /// A connection is gone: ours, or one that lives on another thread.
  void on_flow_closed(const net::Flow& flow);
  /// Another shard knows a registration from this address and port: for a minute its requests count for no flood here.
  void trust(const net::Address& source);
  bool is_trusted(const net::Address& source);
  /// Somebody at this source, or another's of its network, has answered a challenge of another shard's.
  void note_verified(const net::Address& source) { answer_limit_.verify(source, loop_.now()); }
  /// An account of another shard's has proved itself from there: the flood guard knows.
  void note_proven(const net::Address& source) { admission_.trust(source); }

  /// Whether an INVITE that has proven its account came before, by another way: a proxy forked it to us twice (RFC 3261
  /// §8.2.2.2). To be asked once for each; remembers it for 32 s.
  bool is_merged(const sip::Message& invite);
  /// Whether an INVITE that has proven its account went through us before, by its Via, more often than `loop_limit` within 32 s
  /// (ruling 28). To be asked once for each.
  bool is_looping(const Incoming& invite);

  // ---- Answers without a transaction: nothing is kept, nothing repeated (reliability T-11) ----

  /// A whole answer without body.
  void respond(const Incoming& incoming, int status, std::string_view reason = {});
  /// Status line and mandatory headers are written; the caller adds its own, then body() or end(), then finish_response().
  sip::Writer start_response(const Incoming& incoming, int status, std::string_view reason = {}, std::string_view to_tag = {});
  void finish_response(const Incoming& incoming);
  /// The same for whoever has proved nothing: by UDP never longer than limit_reflection() allows, nor more than AnswerLimit does.
  void finish_refusal(const Incoming& incoming);

  // ---- For transactions and dialogs ----

  /// The head of a response of ours, written into `out`.
  static sip::Writer response_head(std::string& out, const Incoming& incoming, int status, std::string_view reason,
                                   std::string_view to_tag);
  /// "192.0.2.1:5060" as others shall see the listener of this flow: for Via and Contact.
  std::string sent_by(const net::Flow& flow) const;
  /// The same without the port: for the domain of addresses that are ours.
  std::string host_of(const net::Flow& flow) const;
  /// A Contact of ours on this flow: "sip:TAG@192.0.2.1:5060;transport=tcp".
  /// `is_secure`: it answers to a sips URI, so it is one.
  std::string contact_uri(const net::Flow& flow, std::string_view user, bool is_secure = false) const;
  static std::string_view via_transport(const net::Flow& flow);
  /// What needs no transaction: the ACK of a 2xx, a keep-alive. False when the flow is gone.
  bool send(const net::Flow& flow, std::string_view bytes);
  /// The same as a part of this call.
  bool send(const CallId& call, const net::Flow& flow, std::string_view bytes);
  /// Somebody there has received our challenge: the address is not forged, whatever the password is.
  void verify(const net::Address& source);
  /// Somebody there is no stranger, by configuration: the flood guard gives a trusted source's share.
  void vouch(const net::Address& source);
  /// The flow belongs to somebody who proved this account.
  void prove(const net::Flow& flow, std::string_view realm, std::string_view user);
  /// As long as it is, or another connection can be made in its place.
  bool is_usable(const net::Flow& flow) const;
  /// A connection to a carrier, as Streams has it. When it breaks, what is sent by its flow goes by a new one.
  void connect(const Way& way, Streams::Connected done);
  /// A carrier's connection: it may stay idle, and when it is gone the peer is found by that way.
  void know_way(const net::Flow& flow, Way way);
  void forget_way(const net::Flow& flow) { redialler_.forget(flow); }
  /// A device of this account has registered from this flow. Its dialogs whose connection is gone go on there: those of the same
  /// instance, or if one is not known those whose peer's Contact has the same user part (ruling 3).
  void reattach(const net::Flow& flow, std::string_view realm, std::string_view account, const sip::Contact& contact);
  /// An established dialog of before a restart waits for its device, whose connection is gone, as if it had broken now.
  void await_device(DialogUser& user, std::string instance);
  /// As User says.
  std::string_view instance_at(const net::Flow& flow, std::string_view account) const { return user_.instance_at(flow, account); }
  /// While dialogs of before a restart are still being taken up, requests in dialogs that are not known are left to be repeated.
  void expect_dialogs(bool are_expected) { are_dialogs_expected_ = are_expected; }
  /// A device of this account that was at `from` is at `to` now, and its dialogs are too, whether or not the old connection
  /// knows.
  void follow(const net::Flow& from, const net::Flow& to, std::string_view realm, std::string_view account);

  /// Requests of this dialog go to `user` from now on. False when there are too many dialogs.
  bool add_dialog(sip::Dialog& dialog, DialogUser& user);
  void remove_dialog(const sip::Dialog& dialog, const DialogUser& user);
  /// By identifiers, as Replaces names them: our tag, then the peer's. Null: none.
  const DialogUser* find_dialog(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag) const;
  std::size_t dialog_count() const { return dialogs_.size(); }

 private:
  Agent(Loop& loop, net::Network& network, Settings settings, User& user, const Secrets& secrets,
        const Surroundings& surroundings);
  Result<> listen(net::Network& network);
  void on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) override;
  void on_stream_message(const net::Flow& flow, std::string_view bytes) override;
  void on_stream_garbage(const net::Flow& flow, std::string_view bytes, const Error& error) override;
  void on_stream_closed(const net::Flow& flow) override { on_flow_closed(flow); }
  void on_stream_greedy(const net::Address& source, std::string_view what) override;

  /// The socket that a UDP flow uses: bound to its local address, or to all of that family.
  net::UdpSocket* find_socket(const net::Flow& flow) const;
  bool send(const sip::Hop& hop, std::string_view bytes) override { return send(to_flow(hop), bytes); }
  void on_passing(const CallId& call, sip::TransactionTable::Passing passing, const sip::Hop& hop,
                  std::string_view bytes) override;
  void on_redialled(const net::Flow& old, const net::Flow& now) override;
  void on_not_redialled(const net::Flow& old) override { transactions_.fail_hop(to_hop(old)); }
  std::vector<DialogUser*> users_of(const net::Flow& flow) const;
  void prove_carrier(const net::Flow& flow);
  void note(const CallId& call, trace::Direction direction, const net::Flow& flow, std::string_view bytes);

  bool send_on_net(const net::Flow& flow, std::string_view bytes);
  bool admit(const net::Address& from);
  bool may_answer(const net::Address& source);
  void receive(const net::Flow& flow, std::string_view bytes);
  /// False when it met a broken state, which is logged and counted.
  template <class Work>
  bool attempt(Work work);
  void receive(const Incoming& incoming);
  void handle(const Incoming& incoming);
  void receive_cancel(const Incoming& incoming, sip::TransactionId invite);
  bool is_proven(const Incoming& incoming, const DialogUser& user);
  bool is_believable_ack(const Incoming& ack, const DialogUser& user);
  void receive_for_dialog(const Incoming& incoming);
  void move(DialogUser& user, const net::Flow& flow, bool is_back = false);
  void forget_lost(const DialogUser& user, std::size_t dialogs);
  void refuse_malformed(const net::Flow& flow, std::string_view bytes, const Error& error);
  /// True when it was answered 420 because it requires what we do not have (RFC 3261 §8.2.2.3).
  bool refuse_extensions(const Incoming& incoming);
  bool is_understood(const Incoming& incoming) const;
  void dispatch(const Incoming& incoming);
  std::string stateless_tag(const sip::Message& request) const;
  bool is_own(const sip::Via& via, const net::Flow& flow) const;

  Loop& loop_;
  Settings settings_;
  User& user_;
  BanList bans_;
  Authenticator authenticator_;
  Admission admission_;
  AnswerLimit answer_limit_;
  Router* router_;
  trace::Sink* trace_;
  /// One of the ways by which an INVITE came, and until when others are its copies.
  struct Arrival {
    std::uint64_t branch = 0;
    Monotonic until{};
  };
  /// A dialog whose connection is gone.
  struct Lost {
    DialogUser* user = nullptr;
    std::string instance;  ///< That was registered by the connection.
  };
  /// How often a call came back.
  struct Passes {
    std::uint32_t count = 0;
    Monotonic until{};
  };
  RecentTable<Arrival> arrivals_;
  RecentTable<Passes> passes_;
  RecentTable<Monotonic> trusted_;                  ///< Until when, by address and port.
  std::unique_ptr<StreamConnections> own_streams_;  ///< Null when they live on another thread.
  Streams& streams_;
  Redialler redialler_;
  std::vector<std::unique_ptr<net::UdpSocket>> sockets_;  ///< Users' first, then carriers'.
  Sides sides_;
  sip::TransactionTable transactions_;
  sip::DialogTable dialogs_;
  std::unordered_multimap<std::uint32_t, DialogUser*> users_by_connection_;  ///< By the generation of their stream's flow.
  std::unordered_multimap<std::uint64_t, Lost> lost_;                        ///< By account; once a dialog.
  std::string response_;                                                     ///< Of the request at hand; capacity is kept.
  bool are_dialogs_expected_ = false;
  std::uint64_t tag_secret_;
  Refusals refusals_;

  metrics::Counter received_{"carillon_sip_messages_received_total", "SIP messages that were parsed"};
  metrics::Counter too_long_{
      "carillon_sip_answers_withheld_total", "Answers to strangers that were not sent", {{"reason", "length"}}};
  metrics::Counter too_many_{
      "carillon_sip_answers_withheld_total", "Answers to strangers that were not sent", {{"reason", "number"}}};
  metrics::Counter broken_{"carillon_sip_broken_total", "Requests whose handling met a broken state"};
};

}  // namespace carillon::agent
