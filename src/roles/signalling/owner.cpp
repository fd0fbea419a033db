// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/owner.hpp"

#include "sip/transaction.hpp"
#include "sip/transaction_token.hpp"

namespace carillon::roles {

namespace {

constexpr std::size_t begun_max = 65536;

/// The host of a URI without the brackets of IPv6.
std::string_view bare_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

/// What INVITE, CANCEL and the ACK of a refusal have in common (RFC 3261 §9.1, §17.1.1.3).
std::uint64_t transaction_key(const sip::Message& request) {
  const std::uint64_t h = agent::mix(agent::text_key(request.call_id()), agent::text_key(request.via().branch));
  return agent::mix(h, request.cseq_number());
}

}  // namespace

bool is_own_address(std::string_view host, const net::Address& listener) {
  const std::optional<net::Address> address = net::Address::parse(bare_host(host), 0);
  return address && address->same_host(listener);
}

const directory::Customer* find_account(const directory::Snapshot& snapshot, std::string_view domain, std::string_view name) {
  if (const directory::Customer* customer = snapshot.find_domain(domain)) return customer;
  const directory::Brand* brand = snapshot.find_brand_domain(domain);
  return brand == nullptr ? nullptr : brand->accounts->find(name);
}

const directory::Customer* find_owner(const directory::Snapshot& snapshot, const sip::Uri& uri, const net::Address& listener) {
  if (const directory::Customer* customer = find_account(snapshot, uri.host, sip::unescape(uri.user))) return customer;
  return is_own_address(uri.host, listener) ? snapshot.first_customer() : nullptr;
}

dialplan::Source source_of(const net::Flow& flow) {
  return {.address = flow.remote.bytes, .port = flow.remote.port, .is_stream = flow.transport != net::Transport::udp};
}

dialplan::Inbound find_inbound(const directory::Snapshot& snapshot, const sip::Message& request, const net::Flow& flow) {
  return dialplan::find_inbound(snapshot, source_of(flow), sip::unescape(request.request_uri().user),
                                sip::unescape(request.to().uri.user));
}

std::optional<std::uint8_t> slot_of(const sip::Message& message, const net::Flow& flow, const directory::Snapshot& snapshot,
                                    const agent::Sides& sides) {
  if (message.is_response()) return sip::slot_of_branch(message.via().branch);
  if (const auto slot = sip::slot_of_tag(message.to_tag())) return slot;
  const bool is_register = message.method() == sip::Method::register_;
  const sip::NameAddr party = is_register ? message.to() : message.from();
  const directory::Customer* customer =
      sides.is_trunk(flow.local) ? find_inbound(snapshot, message, flow).customer : find_owner(snapshot, party.uri, flow.local);
  if (customer != nullptr) return directory::slot_of(customer->id());
  return static_cast<std::uint8_t>(agent::mix(agent::source_key(flow.remote), flow.remote.port));
}

Owners::Owners(unsigned shards)
    : share_{.count = shards}, snapshot_(std::make_shared<const directory::Snapshot>()), begun_(shards == 1 ? 0 : begun_max) {}

std::optional<unsigned> Owners::find(const sip::Message& message, const net::Flow& flow, Monotonic now) {
  if (share_.count == 1) return 0;
  const sip::Method method = message.method();
  const bool is_invite = method == sip::Method::invite && message.to_tag().empty();
  const bool may_have_begun = message.is_request() && (is_invite || method == sip::Method::cancel || method == sip::Method::ack);
  const std::uint64_t key = may_have_begun ? transaction_key(message) : 0;
  if (may_have_begun) {
    if (const Begun* begun = begun_.find(key); begun != nullptr && now < begun->until) return begun->shard;
  }
  const std::optional<std::uint8_t> slot = slot_of(message, flow, *snapshot_, sides_);
  if (!slot) return std::nullopt;
  const unsigned shard = share_.shard_of(*slot);
  if (message.is_request() && is_invite) begun_.at(key, now) = {.shard = shard, .until = now + sip::ringing_max};
  return shard;
}

unsigned Owners::find_any(const net::Address& source) const {
  return share_.shard_of(static_cast<std::uint8_t>(agent::mix(agent::source_key(source), source.port)));
}

}  // namespace carillon::roles
