// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/owner.hpp"

#include "sip/digest.hpp"
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

namespace {

const directory::Customer* find_owner(const directory::Snapshot& snapshot, std::string_view host, std::string_view account,
                                      const net::Address& listener) {
  if (const directory::Customer* customer = find_account(snapshot, host, account)) return customer;
  return is_own_address(host, listener) ? snapshot.first_customer() : nullptr;
}

}  // namespace

const directory::Customer* find_owner(const directory::Snapshot& snapshot, const sip::Uri& uri, const net::Address& listener) {
  return find_owner(snapshot, uri.host, sip::unescape(uri.user), listener);
}

dialplan::Source source_of(const net::Flow& flow) {
  return {.address = flow.remote.bytes, .port = flow.remote.port, .is_stream = flow.transport != net::Transport::udp};
}

dialplan::Source source_of(const net::Flow& flow, const directory::NamedSources& named) {
  dialplan::Source source = source_of(flow);
  source.servers = named.find(source.address);
  return source;
}

namespace {

/// Whether requests may be from somebody of that host.
bool is_known(const directory::Snapshot& snapshot, std::string_view host, const net::Address& listener) {
  return snapshot.find_domain(host) != nullptr || snapshot.find_brand_domain(host) != nullptr || is_own_address(host, listener);
}

model::SourceTransport transport_of(const net::Flow& flow) {
  switch (flow.transport) {
    case net::Transport::udp:
      return model::SourceTransport::udp;
    case net::Transport::tcp:
      return model::SourceTransport::tcp;
    default:
      return model::SourceTransport::tls;
  }
}

/// The account whose password the request has, where From may hold something else: of a PBX, and of any retail account.
void take_credentials(Origin& origin, const sip::Message& request, const net::Flow& flow, const directory::Snapshot& snapshot) {
  for (const std::string_view value : request.values(sip::HeaderId::proxy_authorization)) {
    const auto credentials = sip::Credentials::parse(value);
    if (!credentials) continue;
    const directory::Customer* customer = find_owner(snapshot, origin.host, credentials->user, flow.local);
    const directory::Terminal* terminal = customer == nullptr ? nullptr : customer->find_terminal(credentials->user);
    if (terminal == nullptr) continue;
    if (!terminal->is_pbx() && customer->kind() != model::CustomerKind::retail) continue;
    origin.customer = customer;
    origin.account = credentials->user;
    return;
  }
}

}  // namespace

Origin origin_of(const sip::Message& request, const net::Flow& flow, const directory::Snapshot& snapshot) {
  const bool is_register = request.method() == sip::Method::register_;
  const sip::Uri party = is_register ? request.to().uri : request.from().uri;
  const std::string user = sip::unescape(party.user);
  Origin origin{.host = party.host, .account = user};
  const std::string_view asked = request.request_uri().host;
  if (!is_register && !is_known(snapshot, party.host, flow.local) && is_known(snapshot, asked, flow.local)) {
    origin.host = asked;
    origin.account = fmt::format("{}@{}", user, party.host);  // Of another host, and so nobody's here.
  }
  origin.customer = find_owner(snapshot, origin.host, origin.account, flow.local);
  if (is_register) return origin;
  const auto may_be = [&](const directory::Customer& customer) {
    if (const directory::Customer* named = snapshot.find_domain(origin.host)) return named == &customer;
    const directory::Brand* brand = snapshot.find_brand_domain(origin.host);
    return brand == nullptr ? origin.customer == &customer : brand->id == customer.brand();
  };
  const directory::Terminal* named = origin.customer == nullptr ? nullptr : origin.customer->find_terminal(origin.account);
  // A telephone beside a PBX, behind the same address, is itself.
  if (named != nullptr && !named->is_pbx()) return origin;
  const auto known = snapshot.find_trusted(source_of(flow), transport_of(flow), user, may_be);
  if (known.customer != nullptr && (named == nullptr || named == known.terminal))
    return {
        .host = origin.host, .account = std::string(known.terminal->name), .customer = known.customer, .trusted = known.terminal};
  if (named == nullptr) take_credentials(origin, request, flow, snapshot);
  return origin;
}

bool is_trusted_source(const directory::Snapshot& snapshot, const net::Flow& flow, std::string_view realm,
                       std::string_view account) {
  const directory::Customer* customer = find_account(snapshot, realm, account);
  const directory::Terminal* terminal = customer == nullptr ? nullptr : customer->find_terminal(account);
  if (terminal == nullptr || terminal->line == nullptr) return false;
  return std::ranges::any_of(terminal->line->sources, [&](const directory::TerminalSource& each) {
    return each.is_way(transport_of(flow)) && each.address == flow.remote.bytes;
  });
}

dialplan::Inbound find_inbound(const directory::Snapshot& snapshot, const sip::Message& request, const net::Flow& flow,
                               const directory::NamedSources& named) {
  return dialplan::find_inbound(snapshot, source_of(flow, named), sip::unescape(request.request_uri().user),
                                sip::unescape(request.to().uri.user));
}

std::optional<std::uint8_t> slot_of(const sip::Message& message, const net::Flow& flow, const directory::Snapshot& snapshot,
                                    const agent::Sides& sides, const directory::NamedSources& named) {
  if (message.is_response()) return sip::slot_of_branch(message.via().branch);
  if (const auto slot = sip::slot_of_tag(message.to_tag())) return slot;
  const directory::Customer* customer = sides.is_trunk(flow.local) ? find_inbound(snapshot, message, flow, named).customer
                                                                   : origin_of(message, flow, snapshot).customer;
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
  const std::optional<std::uint8_t> slot = slot_of(message, flow, *snapshot_, sides_, named_);
  if (!slot) return std::nullopt;
  const unsigned shard = share_.shard_of(*slot);
  if (message.is_request() && is_invite) begun_.at(key, now) = {.shard = shard, .until = now + sip::ringing_max};
  return shard;
}

unsigned Owners::find_any(const net::Address& source) const {
  return share_.shard_of(static_cast<std::uint8_t>(agent::mix(agent::source_key(source), source.port)));
}

}  // namespace carillon::roles
