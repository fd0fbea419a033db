// SPDX-License-Identifier: GPL-3.0-or-later
// All transactions of one shard: finds the one that a message belongs to, runs it, sends for it, and never holds more than its
// bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "sip/transaction.hpp"
#include "sip/transaction_hash.hpp"
#include "sip/transaction_slab.hpp"
#include "sip/transaction_token.hpp"

namespace carillon::sip {

enum class TransactionFault : std::uint8_t {
  table_full,  ///< As many transactions or kept bytes as allowed: answer 503, or fail the call.
  not_sent,    ///< The hop took no bytes.
};
constexpr std::string_view name_of(TransactionFault fault) {
  constexpr std::string_view names[] = {"sip.table_full", "sip.not_sent"};
  return names[static_cast<std::size_t>(fault)];
}

class TransactionTable {
 public:
  enum class Passing : std::uint8_t { received, sent };

  /// Moves bytes; implemented by `agent`.
  class Sender {
   public:
    /// Sends now or queues within its bound. False when the connection is gone or full. Must not call the table.
    virtual bool send(const Hop& hop, std::string_view bytes) = 0;
    /// A message of this call passes: before send() gets it, or before anything is done about it. For who looks on.
    virtual void on_passing(const CallId&, Passing, const Hop&, std::string_view) {}

   protected:
    ~Sender() = default;
  };

  struct Limits {
    std::uint32_t servers_max = 200'000;
    std::uint32_t clients_max = 200'000;
    std::size_t bytes_max = 256U << 20U;  ///< Of all messages kept for retransmission.
  };

  TransactionTable(Loop& loop, Sender& sender) : TransactionTable(loop, sender, Limits()) {}
  TransactionTable(Loop& loop, Sender& sender, Limits limits);
  TransactionTable(const TransactionTable&) = delete;
  TransactionTable& operator=(const TransactionTable&) = delete;
  ~TransactionTable();

  /// What became of a received message.
  enum class Fate : std::uint8_t {
    absorbed,  ///< A retransmission, a non-2xx ACK, or a response that its listener has got. Nothing left to do.
    request,   ///< A new request: accept() it, or answer it without a transaction.
    cancel,    ///< A new CANCEL: accept() and answer it, 200 when `invite` is set, else 481; then report_cancel().
    ack,       ///< An ACK for the dialog layer (of a 2xx), or one that belongs to nothing.
    stray,     ///< A response without transaction. Of use only as a 2xx of an INVITE for a dialog that still lives: ACK it again.
  };
  struct Received {
    Fate fate = Fate::absorbed;
    TransactionId invite;  ///< With `cancel`: the INVITE it means.
  };
  /// Takes a valid message. `message` must have passed Message's own check of the mandatory headers (top Via, Call-ID, CSeq,
  /// From, To).
  Received receive(const Message& message, const Hop& hop);

  // Server side.

  /// Makes the transaction of a `request` or `cancel` that receive() has just returned. Responses go to `hop` (RFC 3581: back
  /// where the request came from), which may differ from where it came from only if RFC 3261 §18.2.2 says so.
  /// `call`: what the request and all that follows on it are a part of; none if that is of no interest.
  Result<ServerTransaction*> accept(const Message& request, const Hop& hop, ServerTransaction::Listener* listener = nullptr,
                                    const CallId& call = {});
  /// Tells the listener of the INVITE that it was cancelled, unless it is answered or gone.
  void report_cancel(TransactionId invite, const Message& cancel);
  /// Sends a response and keeps it as long as it may be asked for again. What may not be sent any more is dropped: a second final
  /// response, a provisional after the final, a provisional to other requests than INVITE (RFC 4320: but 100 once T2 has passed).
  /// But a 2xx of an INVITE goes out each time, since its retransmissions are the user's (RFC 6026; see dialog_answer.hpp). False
  /// when nothing was sent.
  bool respond(TransactionId server, int status, std::string_view bytes);

  // Client side.

  struct Outgoing {
    Method method = Method::unknown;
    std::string_view branch;  ///< Of the top Via in `bytes`; from make_branch().
    std::string_view bytes;   ///< The whole message; copied.
    CallId call = {};         ///< What it is a part of, as in accept().
  };
  /// Sends a request (never an ACK) and keeps it for retransmission.
  Result<ClientTransaction*> request(const Outgoing& outgoing, const Hop& hop, ClientTransaction::Listener* listener);
  /// Cancels an INVITE of ours: at once, or as soon as its first 1xx comes; not at all once it has its final response. `reason`
  /// is the value of a Reason header for the CANCEL, such as `SIP;cause=200;text="Call completed elsewhere"`; empty for none.
  void cancel(TransactionId invite, std::string_view reason = {});

  // Both.

  /// Null when it is gone.
  ServerTransaction* find_server(TransactionId id) { return servers_.find(id); }
  ClientTransaction* find_client(TransactionId id) { return clients_.find(id); }
  /// Changes who is told. A listener detaches in its destructor.
  void set_listener(TransactionId server, ServerTransaction::Listener* listener);
  void set_listener(TransactionId client, ClientTransaction::Listener* listener);
  /// The connection is gone: client transactions that wait for responses over it fail with `transport`.
  void fail_hop(const Hop& hop);

  std::size_t server_count() const { return servers_.size(); }
  std::size_t client_count() const { return clients_.size(); }
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  friend class ServerTransaction;
  friend class ClientTransaction;
  /// What a request is recognised by (RFC 3261 §17.2.3).
  struct ServerKey {
    std::string_view id;      ///< The branch; for RFC 2543, whose branches are not unique, the Call-ID.
    std::uint64_t via_hash;   ///< Of sent-by; for RFC 2543 of the whole Via, the Request-URI and the From tag.
    std::uint64_t call_hash;  ///< Of Call-ID and CSeq number: some devices use one branch for all requests.
    std::uint64_t id_hash;
  };

  Received receive_request(const Message& request, const Hop& hop);
  Received receive_response(const Message& response);
  ServerKey key_of(const Message& request) const;
  ServerTransaction* find(const ServerKey& key, Method method, const Hop& hop, bool is_follow_up);
  void run(ServerTransaction& transaction, ServerTransaction::Event event);
  void run(ClientTransaction& transaction, ClientTransaction::Event event, const Message* response);
  void take(ServerTransaction& transaction, ServerTransaction::Event event);
  void take(ClientTransaction& transaction, ClientTransaction::Event event, const Message* response);
  /// What breaks in a transaction ends that one, whether a message or its timer ran it.
  template <class T, class Work>
  void enter(TransactionSlab<T>& slab, TransactionId id, Work work);
  void on_timer(ServerTransaction& transaction);
  void on_timer(ClientTransaction& transaction);
  void acknowledge(ClientTransaction& invite, const Message& response);
  void send_cancel(ClientTransaction& invite);
  void fail(ServerTransaction& transaction, TransactionFailure failure);
  void fail(ClientTransaction& transaction, TransactionFailure failure);
  void arm(Transaction& transaction);
  void keep(Transaction& transaction, std::string_view bytes);
  bool send(const Transaction& transaction, std::string_view bytes);
  void note_received(const Transaction& transaction, std::string_view bytes);
  void remove(ServerTransaction& transaction);
  void remove(ClientTransaction& transaction);
  std::uint64_t key_of(const Hop& hop) const;

  Loop& loop_;
  Sender& sender_;
  std::size_t bytes_max_;
  std::size_t kept_bytes_ = 0;
  TransactionHash hash_;
  TransactionSlab<ServerTransaction> servers_;
  TransactionSlab<ClientTransaction> clients_;
  std::unordered_map<std::uint64_t, ClientTransaction*> on_hop_;  ///< First of each connection's, by the hash of its hop.
  metrics::Counter broken_{"carillon_sip_transactions_broken_total", "Transactions that a fault of the program ended"};
};

}  // namespace carillon::sip
