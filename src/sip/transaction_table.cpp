// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the state machines: matching, sending, timers, bounds.
#include "sip/transaction_table.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "sip/transaction_message.hpp"

namespace carillon::sip {

TransactionTable::TransactionTable(Loop& loop, Sender& sender, Limits limits)
    : loop_(loop),
      sender_(sender),
      bytes_max_(limits.bytes_max),
      servers_(limits.servers_max, 1),
      clients_(limits.clients_max, 2) {}

TransactionTable::~TransactionTable() = default;

TransactionTable::Received TransactionTable::receive(const Message& message, const Hop& hop) {
  return message.is_request() ? receive_request(message, hop) : receive_response(message);
}

// Server side.

TransactionTable::Received TransactionTable::receive_request(const Message& request, const Hop& hop) {
  const Method method = request.method();
  const ServerKey key = key_of(request);
  if (method == Method::ack) {
    ServerTransaction* invite = find(key, Method::invite, hop, true);
    // The ACK of a 2xx belongs to the dialog, even from devices that give it the INVITE's branch.
    if (invite == nullptr ||
        (invite->state_ != ServerTransaction::State::completed && invite->state_ != ServerTransaction::State::confirmed)) {
      return {Fate::ack, {}};
    }
    note_received(*invite, request.raw());
    run(*invite, ServerTransaction::Event::ack);
    return {Fate::absorbed, {}};
  }
  if (ServerTransaction* known = find(key, method, hop, false)) {
    note_received(*known, request.raw());
    run(*known, ServerTransaction::Event::request);
    return {Fate::absorbed, {}};
  }
  if (method != Method::cancel) return {Fate::request, {}};
  const ServerTransaction* invite = find(key, Method::invite, hop, true);
  // A CANCEL must come from where the INVITE came from: it cannot be challenged.
  if (invite == nullptr || invite->hop_.host != hop.host) return {Fate::cancel, {}};
  return {Fate::cancel, invite->id_};
}

TransactionTable::ServerKey TransactionTable::key_of(const Message& request) const {
  ServerKey key{};
  key.call_hash = hash_(request.call_id(), request.cseq_number());
  if (is_cookie_branch(request.via_branch())) {
    key.id = request.via_branch();
    key.via_hash = hash_(request.via_sent_by());
  } else {
    // RFC 3261 §17.2.3, the rule for RFC 2543.
    const std::string_view top_via = *request.values(HeaderId::via).begin();
    key.id = request.call_id();
    key.via_hash = hash_(top_via, hash_(request.request_uri_text(), hash_(request.from_tag())));
  }
  key.id_hash = hash_(key.id);
  // The hash covers the rest of a long one, which no honest device sends and nobody shall make us keep.
  constexpr std::size_t kept_max = 128;
  key.id = key.id.substr(0, kept_max);
  return key;
}

/// A follow-up (ACK, CANCEL) is also taken when a device behind a translator learned another address meanwhile and wrote that
/// into sent-by, provided that it comes from the same host.
ServerTransaction* TransactionTable::find(const ServerKey& key, Method method, const Hop& hop, bool is_follow_up) {
  return servers_.find(key.id_hash, [&](const ServerTransaction& candidate) {
    return candidate.method_ == method && candidate.call_hash_ == key.call_hash && candidate.key_ == key.id &&
           (candidate.via_hash_ == key.via_hash || (is_follow_up && candidate.hop_.host == hop.host));
  });
}

Result<ServerTransaction*> TransactionTable::accept(const Message& request, const Hop& hop, ServerTransaction::Listener* listener,
                                                    const CallId& call) {
  CARILLON_ENSURE(request.is_request() && request.method() != Method::ack);
  const ServerKey key = key_of(request);
  ServerTransaction* made = kept_bytes_ < bytes_max_ ? servers_.make(*this, key.id_hash) : nullptr;
  if (made == nullptr) return failure(TransactionFault::table_full, "too many server transactions");
  made->method_ = request.method();
  made->hop_ = hop;
  made->key_ = key.id;
  made->via_hash_ = key.via_hash;
  made->call_hash_ = key.call_hash;
  made->listener_ = listener;
  made->call_ = call;
  made->began_ = loop_.now();
  const bool is_invite = request.method() == Method::invite;
  made->state_ = is_invite ? ServerTransaction::State::proceeding : ServerTransaction::State::trying;
  made->end_at_ = made->began_ + (is_invite ? ringing_max : transaction_timeout);
  arm(*made);
  note_received(*made, request.raw());
  return made;
}

void TransactionTable::report_cancel(TransactionId invite, const Message& cancel) {
  ServerTransaction* transaction = servers_.find(invite);
  if (transaction == nullptr || transaction->is_answered() || transaction->listener_ == nullptr) return;
  transaction->listener_->on_cancel(*transaction, cancel);
}

bool TransactionTable::respond(TransactionId server, int status, std::string_view bytes) {
  CARILLON_ENSURE(status >= 100 && status < 700);
  ServerTransaction* transaction = servers_.find(server);
  if (transaction == nullptr) return false;
  const bool is_success = status >= 200 && status < 300;
  const bool is_invite = transaction->method_ == Method::invite;
  if (transaction->is_answered()) {
    if (transaction->state_ != ServerTransaction::State::accepted || !is_success) return false;
    return send(*transaction, bytes);
  }
  if (status < 200 && !is_invite) {
    // RFC 4320 §4.1: other requests get no 1xx, but a 100 once the client repeats them every T2.
    constexpr Duration until_t2 = 7 * t1;
    if (status != 100 || loop_.now() < transaction->began_ + until_t2) return false;
  }
  const bool is_sent = send(*transaction, bytes);
  keep(*transaction, is_invite && is_success ? std::string_view() : bytes);
  run(*transaction, status < 200 ? ServerTransaction::Event::provisional
                    : is_success ? ServerTransaction::Event::success
                                 : ServerTransaction::Event::failure);
  return is_sent;
}

template <class T, class Work>
void TransactionTable::enter(TransactionSlab<T>& slab, TransactionId id, Work work) {
  try {
    work();
  } catch (const Broken& broken) {  // docs/adr/0013-where-broken-is-caught.md.
    broken_.add();
    log::error("sip", "transaction.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
    if (T* transaction = slab.find(id)) fail(*transaction, TransactionFailure::broken);
  }
}

void TransactionTable::run(ServerTransaction& transaction, ServerTransaction::Event event) {
  enter(servers_, transaction.id_, [&] { take(transaction, event); });
}

void TransactionTable::take(ServerTransaction& transaction, ServerTransaction::Event event) {
  const ServerTransaction::Step step = transaction.step(event, loop_.now());
  transaction.state_ = step.next;
  if (step.resend && !transaction.message_.empty()) send(transaction, transaction.message_);
  if (step.fail && transaction.listener_ != nullptr) transaction.listener_->on_failure(transaction, TransactionFailure::timeout);
  if (step.next == ServerTransaction::State::ended) return remove(transaction);
  arm(transaction);
}

void TransactionTable::fail(ServerTransaction& transaction, TransactionFailure failure) {
  transaction.state_ = ServerTransaction::State::ended;  // Nothing that the listener does now can run it again.
  if (transaction.listener_ != nullptr) transaction.listener_->on_failure(transaction, failure);
  remove(transaction);
}

void TransactionTable::on_timer(ServerTransaction& transaction) {
  const bool is_over = loop_.now() >= transaction.end_at_;
  run(transaction, is_over ? ServerTransaction::Event::end_due : ServerTransaction::Event::resend_due);
}

// Client side.

Result<ClientTransaction*> TransactionTable::request(const Outgoing& outgoing, const Hop& hop,
                                                     ClientTransaction::Listener* listener) {
  CARILLON_ENSURE(outgoing.method != Method::ack && !outgoing.branch.empty());
  ClientTransaction* made = kept_bytes_ < bytes_max_ ? clients_.make(*this, hash_(outgoing.branch)) : nullptr;
  if (made == nullptr) return failure(TransactionFault::table_full, "too many client transactions");
  made->method_ = outgoing.method;
  made->hop_ = hop;
  made->key_ = outgoing.branch;
  keep(*made, outgoing.bytes);
  made->listener_ = listener;
  made->call_ = outgoing.call;
  made->state_ = outgoing.method == Method::invite ? ClientTransaction::State::calling : ClientTransaction::State::trying;
  made->interval_ = t1;
  if (!hop.is_reliable) made->resend_at_ = loop_.now() + t1;
  made->end_at_ = loop_.now() + transaction_timeout;
  if (hop.is_reliable) {
    ClientTransaction*& first = on_hop_[key_of(hop)];
    made->next_on_hop_ = first;
    if (first != nullptr) first->previous_on_hop_ = made;
    first = made;
  }
  if (!send(*made, made->message_)) {
    remove(*made);
    return failure(TransactionFault::not_sent, "the connection took no bytes");
  }
  arm(*made);
  return made;
}

TransactionTable::Received TransactionTable::receive_response(const Message& response) {
  const std::string_view branch = response.via_branch();
  ClientTransaction* transaction = clients_.find(hash_(branch), [&](const ClientTransaction& candidate) {
    return candidate.method_ == response.method() && candidate.key_ == branch;
  });
  if (transaction == nullptr) return {Fate::stray, {}};
  note_received(*transaction, response.raw());
  run(*transaction,
      response.is_provisional() ? ClientTransaction::Event::provisional
      : response.is_success()   ? ClientTransaction::Event::success
                                : ClientTransaction::Event::failure,
      &response);
  return {Fate::absorbed, {}};
}

void TransactionTable::cancel(TransactionId invite, std::string_view reason) {
  ClientTransaction* transaction = clients_.find(invite);
  if (transaction == nullptr || transaction->is_cancelled_ || transaction->is_answered()) return;
  CARILLON_ENSURE(transaction->method_ == Method::invite);
  transaction->is_cancelled_ = true;
  transaction->cancel_reason_ = reason;
  run(*transaction, ClientTransaction::Event::cancel, nullptr);
}

void TransactionTable::run(ClientTransaction& transaction, ClientTransaction::Event event, const Message* response) {
  enter(clients_, transaction.id_, [&] { take(transaction, event, response); });
}

void TransactionTable::take(ClientTransaction& transaction, ClientTransaction::Event event, const Message* response) {
  const ClientTransaction::Step step = transaction.step(event, loop_.now());
  transaction.state_ = step.next;
  if (step.acknowledge) acknowledge(transaction, *response);
  if (step.cancel) send_cancel(transaction);
  if (step.resend) send(transaction, transaction.message_);
  if (step.fail) return fail(transaction, TransactionFailure::timeout);
  // After the final response an INVITE keeps its ACK, if that, and others nothing.
  if (transaction.is_answered() && !(step.next == ClientTransaction::State::completed && transaction.method_ == Method::invite)) {
    keep(transaction, {});
  }
  arm(transaction);
  const TransactionId id = transaction.id_;
  if (step.deliver && transaction.listener_ != nullptr) transaction.listener_->on_response(transaction, *response);
  if (step.next == ClientTransaction::State::ended && clients_.find(id) != nullptr) remove(transaction);
}

void TransactionTable::acknowledge(ClientTransaction& invite, const Message& response) {
  const auto request = Message::parse(invite.message_);
  CARILLON_ENSURE(request.has_value());
  keep(invite, make_failure_ack(*request, response));
  send(invite, invite.message_);
}

void TransactionTable::send_cancel(ClientTransaction& invite) {
  const auto parsed = Message::parse(invite.message_);
  CARILLON_ENSURE(parsed.has_value());
  const std::string bytes = make_cancel(*parsed, invite.cancel_reason_);
  const Hop hop = invite.hop_;
  const CallId call = invite.call_;
  // Without room for its transaction it is sent once: better than not at all.
  if (!request({Method::cancel, invite.key_, bytes, call}, hop, nullptr)) sender_.send(hop, bytes);
}

bool TransactionTable::send(const Transaction& transaction, std::string_view bytes) {
  if (transaction.call_ != CallId{}) sender_.on_passing(transaction.call_, Passing::sent, transaction.hop_, bytes);
  return sender_.send(transaction.hop_, bytes);
}

void TransactionTable::note_received(const Transaction& transaction, std::string_view bytes) {
  if (transaction.call_ != CallId{}) sender_.on_passing(transaction.call_, Passing::received, transaction.hop_, bytes);
}

void TransactionTable::on_timer(ClientTransaction& transaction) {
  const bool is_over = loop_.now() >= transaction.end_at_;
  run(transaction, is_over ? ClientTransaction::Event::end_due : ClientTransaction::Event::resend_due, nullptr);
}

void TransactionTable::fail(ClientTransaction& transaction, TransactionFailure failure) {
  const TransactionId id = transaction.id_;
  transaction.state_ = ClientTransaction::State::ended;
  if (transaction.listener_ != nullptr) transaction.listener_->on_failure(transaction, failure);
  if (clients_.find(id) != nullptr) remove(transaction);
}

void TransactionTable::fail_hop(const Hop& hop) {
  const auto first = on_hop_.find(key_of(hop));
  if (first == on_hop_.end()) return;
  std::vector<TransactionId> waiting;
  for (const ClientTransaction* each = first->second; each != nullptr; each = each->next_on_hop_)
    if (!each->is_answered() && each->hop_ == hop) waiting.push_back(each->id_);
  for (TransactionId id : waiting) {
    if (ClientTransaction* transaction = clients_.find(id)) fail(*transaction, TransactionFailure::transport);
  }
}

// Both.

void TransactionTable::set_listener(TransactionId server, ServerTransaction::Listener* listener) {
  if (ServerTransaction* transaction = servers_.find(server)) transaction->listener_ = listener;
}

void TransactionTable::set_listener(TransactionId client, ClientTransaction::Listener* listener) {
  if (ClientTransaction* transaction = clients_.find(client)) transaction->listener_ = listener;
}

void TransactionTable::arm(Transaction& transaction) {
  const Monotonic due = std::min(transaction.resend_at_, transaction.end_at_);
  loop_.timers().arm(transaction.timer_, due);
}

/// Exactly as large as it must be: the bytes come from a buffer that is reused.
void TransactionTable::keep(Transaction& transaction, std::string_view bytes) {
  kept_bytes_ += bytes.size();
  kept_bytes_ -= transaction.message_.size();
  transaction.message_ = std::string(bytes);
}

void TransactionTable::remove(ServerTransaction& transaction) {
  kept_bytes_ -= transaction.message_.size();
  servers_.remove(transaction);
}

void TransactionTable::remove(ClientTransaction& transaction) {
  kept_bytes_ -= transaction.message_.size();
  if (transaction.next_on_hop_ != nullptr) transaction.next_on_hop_->previous_on_hop_ = transaction.previous_on_hop_;
  if (transaction.previous_on_hop_ != nullptr) {
    transaction.previous_on_hop_->next_on_hop_ = transaction.next_on_hop_;
  } else if (transaction.hop_.is_reliable) {
    const std::uint64_t key = key_of(transaction.hop_);
    if (transaction.next_on_hop_ != nullptr)
      on_hop_[key] = transaction.next_on_hop_;
    else
      on_hop_.erase(key);
  }
  clients_.remove(transaction);
}

std::uint64_t TransactionTable::key_of(const Hop& hop) const {
  return hash_({reinterpret_cast<const char*>(hop.socket.data()), hop.socket.size()});
}

}  // namespace carillon::sip
