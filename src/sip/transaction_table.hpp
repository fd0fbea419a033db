// SPDX-License-Identifier: GPL-3.0-or-later
// All transactions of one shard: finds the one that a message belongs to, runs it, sends for it, and never holds more than its
// bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/loop.hpp"
#include "base/result.hpp"
#include "sip/transaction.hpp"
#include "sip/transaction_slab.hpp"

namespace carillon::sip {

enum class TransactionFault : std::uint8_t {
  table_full,  ///< As many transactions as allowed: answer 503, or fail the call.
  not_sent,    ///< The hop took no bytes.
};
constexpr std::string_view name_of(TransactionFault fault) {
  constexpr std::string_view names[] = {"sip.table_full", "sip.not_sent"};
  return names[static_cast<std::size_t>(fault)];
}

class TransactionTable {
 public:
  /// Moves bytes; implemented by `agent`.
  class Sender {
   public:
    /// Sends now or queues within its bound. False when the connection is gone or full. Must not call the table.
    virtual bool send(const Hop& hop, std::string_view bytes) = 0;

   protected:
    ~Sender() = default;
  };

  struct Limits {
    std::uint32_t servers_max = 200'000;
    std::uint32_t clients_max = 200'000;
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
  Result<ServerTransaction*> accept(const Message& request, const Hop& hop, ServerTransaction::Listener* listener = nullptr);
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
  /// Changes who is told; null detaches. A listener detaches in its destructor.
  void set_listener(TransactionId server, ServerTransaction::Listener* listener);
  void set_listener(TransactionId client, ClientTransaction::Listener* listener);
  /// The connection is gone: client transactions that wait for responses over it fail with `transport`.
  void fail_hop(const Hop& hop);

  std::size_t server_count() const { return servers_.size(); }
  std::size_t client_count() const { return clients_.size(); }

 private:
  friend class Transaction;
  using Servers = TransactionSlab<ServerTransaction>;
  using Clients = TransactionSlab<ClientTransaction>;

  Received receive_request(const Message& request, const Hop& hop);
  Received receive_response(const Message& response);
  ServerTransaction* match(const Message& request, Method method);
  ServerTransaction* match_cancelled(const Message& cancel, const Hop& hop);
  void run(ServerTransaction& transaction, ServerTransaction::Event event);
  void run(ClientTransaction& transaction, ClientTransaction::Event event, const Message* response);
  void on_timer(ServerTransaction& transaction);
  void on_timer(ClientTransaction& transaction);
  void fail(TransactionId server, TransactionFailure failure);
  void fail_client(TransactionId client, TransactionFailure failure);
  void send_cancel(ClientTransaction& invite);
  void arm(Transaction& transaction);
  void remove(ServerTransaction& transaction);
  void remove(ClientTransaction& transaction);

  Loop& loop_;
  Sender& sender_;
  TransactionHash hash_;
  Servers servers_;
  Clients clients_;
};

/// A branch for a request of ours (RFC 3261 §8.1.1.7): "z9hG4bK", the virtual slot as two hex digits, 128 random bits.
std::string make_branch(std::uint8_t slot);
/// A tag of ours: slot and 128 random bits.
std::string make_tag(std::uint8_t slot);
/// The virtual slot in a branch or tag that we made (rulings: identifiers carry the slot, not the thread). Null for others'
/// identifiers.
std::optional<std::uint8_t> slot_of_branch(std::string_view branch);
std::optional<std::uint8_t> slot_of_tag(std::string_view tag);

}  // namespace carillon::sip
