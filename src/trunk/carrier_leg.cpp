// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/carrier_leg.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dialplan/transformation.hpp"
#include "sip/uri.hpp"

namespace carillon::trunk {

namespace {

using model::TransformationDirection;

/// In E.164 with + as the carrier writes it.
std::string written(const directory::Carrier& carrier, TransformationDirection direction, const std::string& number) {
  if (carrier.transformation == nullptr) return number;
  return dialplan::transform(carrier.transformation.get(), direction, dialplan::from_e164(number));
}

/// The called number: digits off and on as the server wants, then the carrier's way of writing it. Help has its number
/// everywhere.
std::string called_number(const directory::CarrierServer& server, const dialplan::External& external) {
  if (external.is_emergency) return external.number;
  const model::CarrierServer& row = server.row;
  if (row.strip == 0 && row.prefix.empty()) return written(*server.carrier, TransformationDirection::callee_out, external.number);
  std::string number = dialplan::from_e164(external.number);
  number.erase(0, std::min(number.size(), static_cast<std::size_t>(row.strip)));
  number.insert(0, row.prefix);
  return dialplan::transform(server.carrier->transformation.get(), TransformationDirection::callee_out, number);
}

std::string request_uri(const model::CarrierServer& row, const std::string& number) {
  std::string uri = fmt::format("{}:{}@{}", model::text_of(row.scheme), sip::escape_user(number), uri_host(row.host));
  if (row.port != 0) uri += fmt::format(":{}", row.port);
  const bool is_plain = row.scheme == model::ServerScheme::sip;  // What sips goes by is said by its name.
  if (row.transport == model::ServerTransport::tcp) uri += ";transport=tcp";
  if (row.transport == model::ServerTransport::tls && is_plain) uri += ";transport=tls";
  if (!row.uri_parameters.empty()) uri += ';' + row.uri_parameters;
  if (row.user_phone && !sip::Params(';' + row.uri_parameters).has("user")) uri += sip::user_phone;
  return uri;
}

/// The caller's own login where it has one, else the server's. One that is for another realm than the server's is not for it.
void set_login(call::TrunkSide& side, const directory::CarrierServer& server, const Subscriber& caller) {
  const model::CarrierServer& row = server.row;
  const model::CarrierCredential* own = server.carrier->find_credential(caller.customer, caller.terminal);
  const bool has_own = own != nullptr && (row.realm.empty() || row.realm == own->realm);
  side.username = has_own ? own->username : row.username;
  side.realm = has_own ? own->realm : row.realm;
  side.ha1_md5 = has_own ? own->ha1_md5.reveal() : row.ha1_md5.reveal();
  side.ha1_sha256 = has_own ? own->ha1_sha256.reveal() : row.ha1_sha256.reveal();
}

/// As the carrier writes numbers.
call::Redirected written(const directory::Carrier& carrier, call::Redirected redirected) {
  for (std::string* number : {&redirected.network, &redirected.user})
    if (!number->empty()) *number = written(carrier, TransformationDirection::caller_out, *number);
  return redirected;
}

}  // namespace

agent::Payer payer_of(const directory::CarrierServer& server) {
  return {.brand = server.row.brand.value, .carrier = server.row.carrier.value};
}

std::string uri_host(const std::string& host) {
  return host.contains(':') && !host.starts_with('[') ? fmt::format("[{}]", host) : host;
}

CarrierLeg make_carrier_leg(const directory::CarrierServer& server, const dialplan::External& external, const Identity& identity,
                            const agent::Way& way, const std::string& own_host) {
  const model::CarrierServer& row = server.row;
  const directory::Carrier& carrier = *server.carrier;
  const std::string caller =
      identity.number.empty() ? "anonymous" : written(carrier, TransformationDirection::caller_out, identity.number);
  const std::string host = row.from_domain.empty() ? own_host : row.from_domain;
  const bool is_hidden = identity.is_anonymous && !external.is_emergency;
  CarrierLeg leg;
  leg.number = called_number(server, external);
  auto side = std::make_shared<call::TrunkSide>();
  set_login(*side, server, identity.subscriber);
  const std::string from_user = row.from_login && !side->username.empty() ? side->username : row.from_user;
  side->user = from_user.empty() ? (is_hidden ? "anonymous" : caller) : from_user;
  const call::Party shown{.user = caller, .domain = host, .display = {}, .is_phone = row.user_phone};
  call::Party known = shown;
  if (!identity.asserted.empty()) known.user = written(carrier, TransformationDirection::caller_out, identity.asserted);
  const std::string asserted = known.address();
  const bool may_know = !identity.number.empty() && (!is_hidden || carrier.is_trusted);
  if (row.send_pai && may_know) side->identity = asserted;
  if (row.send_rpid && may_know)
    leg.contact.headers.emplace_back(sip::HeaderId::remote_party_id,
                                     fmt::format("{};party=calling;screen=yes;privacy={}", asserted, is_hidden ? "full" : "off"));
  side->is_private = is_hidden;
  leg.contact.uri = request_uri(row, leg.number);
  const bool is_redirection_hidden = is_hidden || identity.redirected.how.is_private;
  if (!is_redirection_hidden || carrier.is_trusted)
    call::add_redirected(leg.contact.headers, written(carrier, identity.redirected),
                         {carrier.diversion, carrier.history_info, host, leg.contact.uri});
  side->sources = carrier.sources;
  side->certificate = way.name;
  side->payer = way.payer;
  // RFC 3323 §4.1.1.3: who does not want to be known is nobody of nowhere.
  leg.from = shown;
  if (!from_user.empty()) leg.from.user = from_user;
  if (is_hidden) leg.from = {.user = "anonymous", .domain = "anonymous.invalid", .display = "Anonymous"};
  leg.to = {.user = leg.number, .domain = uri_host(row.host), .display = {}, .is_phone = row.user_phone};
  leg.contact.flow = way.flow;
  leg.contact.trunk = std::move(side);
  return leg;
}

std::shared_ptr<const call::TrunkSide> side_towards(const directory::Carrier& carrier, const Subscriber& caller,
                                                    const net::Address& remote, std::string certificate) {
  auto side = std::make_shared<call::TrunkSide>();
  side->certificate = std::move(certificate);
  side->sources = carrier.sources;
  const auto is_there = [&remote](const directory::CarrierServer& server) {
    const auto address = net::Address::parse(server.row.host, 0);
    return address && address->same_host(remote);
  };
  // The password of a server with a name is given to nobody whose address is not known to be its.
  const auto server = std::ranges::find_if(carrier.servers, is_there);
  if (server != carrier.servers.end()) set_login(*side, *server, caller);
  if (!carrier.servers.empty()) side->payer = payer_of(carrier.servers.front());
  return side;
}

}  // namespace carillon::trunk
