// SPDX-License-Identifier: GPL-3.0-or-later
// What a carrier's servers and sources say goes into requests and decides whom calls are believed to be from: nothing passes that
// is not exactly what it should be.
#include <charconv>
#include <set>

#include "api/host_address.hpp"
#include "api/rules.hpp"
#include "base/id.hpp"
#include "base/ip_network.hpp"
#include "base/utf8.hpp"
#include "model/carrier_credential.hpp"
#include "model/carrier_registration.hpp"
#include "model/carrier_server.hpp"
#include "model/carrier_source.hpp"
#include "net/network.hpp"
#include "outbound/address_policy.hpp"
#include "store/credentials.hpp"

namespace carillon::api {

namespace {

using model::CarrierServer;

/// A host name in lower case without a dot behind it; nothing for what looks like an address, too.
std::optional<std::string> name_in(std::string_view text) {
  std::string name = lower_case(text);
  if (name.ends_with('.')) name.pop_back();
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  if (net::Address::parse(name, 0) || model::has_form(last, model::Form::digits)) return std::nullopt;
  if (!model::has_form(name, model::Form::domain)) return std::nullopt;
  return name;
}

/// HOST[:PORT], IPv6 in brackets.
std::optional<std::string> proxy_in(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  const std::string_view host = text.substr(0, has_port ? colon : text.size());
  std::string written;
  if (has_port) {
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error != std::errc() || end != digits.end() || port == 0) return std::nullopt;
    written = fmt::format(":{}", port);
  }
  if (host.contains(':') && !host.starts_with('[')) return std::nullopt;
  if (const auto address = host_address_in(host)) return address->uri_host() + written;
  const auto name = name_in(host);
  if (!name) return std::nullopt;
  return *name + written;
}

/// An empty one when it is new.
template <class T>
T before_of(const Draft& draft) {
  return draft.before == nullptr ? T() : draft.before->as<T>();
}

/// Reliability T-24: a carrier is no way into our own networks. What names lead to is looked at when they are asked.
/// What was there before the operator forbade it does not keep the rest from being changed.
void check_address(Draft& draft, std::string field, const net::Address& address, bool is_new) {
  static const outbound::AddressPolicy public_alone;
  const outbound::AddressPolicy& policy = draft.caller.carriers == nullptr ? public_alone : *draft.caller.carriers;
  if (is_new && !policy.permits(address))
    draft.faults.push_back({std::move(field), "is no public address, and the operator allows no other there"});
}

/// `known`: what it was before, or nothing.
void check_host(Draft& draft, std::string field, std::string& host, const std::string& known) {
  if (const auto address = host_address_in(host)) {
    host = address->host();
    check_address(draft, std::move(field), *address, host != known);
  } else if (auto name = name_in(host)) {
    host = std::move(*name);
  } else if (!host.empty()) {
    draft.faults.push_back({std::move(field), "must be an address or the name of a host"});
  }
}

void check_proxy(Draft& draft, std::string& said, const std::string& known) {
  if (said.empty()) return;
  if (auto proxy = proxy_in(said)) {
    said = std::move(*proxy);
    const std::size_t colon = said.rfind(':');
    const bool has_port = colon != std::string::npos && said.find(']', colon) == std::string::npos;
    if (const auto address = host_address_in(said.substr(0, has_port ? colon : said.size())))
      check_address(draft, "outboundProxy", *address, said != known);
  } else {
    draft.faults.push_back({"outboundProxy", "must be HOST or HOST:PORT, IPv6 addresses in brackets"});
  }
}

/// RFC 3261 §25.1: what may stand both in a token and, unescaped, in a parameter of a URI.
bool is_parameter_text(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("-.!*_+'~").contains(c);
  });
}

/// `name` or `name=value`, with ; between two, no name twice, and none that says where or how the request goes.
bool are_uri_parameters(std::string_view text) {
  constexpr std::string_view kept_back[] = {"lr", "maddr", "method", "transport", "ttl"};
  std::set<std::string> names;
  while (true) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view one = text.substr(0, end);
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string name = lower_case(one.substr(0, equals));
    const bool has_value = equals < one.size();
    if (!is_parameter_text(name) || (has_value && !is_parameter_text(one.substr(equals + 1)))) return false;
    const bool is_kept_back = std::ranges::find(kept_back, name) != std::end(kept_back);
    if (is_kept_back || !names.insert(name).second) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

void check_requests(Draft& draft, const CarrierServer& server) {
  using model::ServerTransport;
  const bool is_secure = server.transport == ServerTransport::any || server.transport == ServerTransport::tls;
  if (server.scheme == model::ServerScheme::sips && !is_secure)
    draft.faults.push_back({"transport", "must be tls or any for sips"});
  if (!server.uri_parameters.empty() && !are_uri_parameters(server.uri_parameters))
    draft.faults.push_back({"uriParameters", "must be NAME or NAME=VALUE, with ; between two, and nothing that says the way"});
  if (server.from_user.contains('@')) draft.faults.push_back({"fromUser", "cannot have an @"});
}

template <class Login>
auto user_of(const Login& login) {
  if constexpr (requires { login.login(); })
    return login.login();
  else
    return login.username;
}

/// Of a login with user and realm: from the password, or else as they were for the same two.
template <class Login>
void keep_or_make_keys(Draft& draft, Login& login) {
  const auto* before = draft.before == nullptr ? nullptr : &draft.before->as<Login>();
  if (login.password.is_empty()) {
    if (before == nullptr || user_of(*before) != user_of(login) || before->realm != login.realm)
      draft.faults.push_back({"password", "is needed too: what the platform proves itself with holds username and realm"});
    return;
  }
  store::Ha1 ha1 = store::digest_ha1(user_of(login), login.realm, login.password.reveal());
  login.ha1_md5 = std::move(ha1.md5);
  login.ha1_sha256 = std::move(ha1.sha256);
}

/// Digest keys are over name and realm, so whoever changes those gives the password too.
void set_keys(Draft& draft, CarrierServer& server) {
  const bool has_password = !server.password.is_empty();
  if (server.username.empty()) {
    server.ha1_md5 = server.ha1_sha256 = {};
    if (has_password || !server.realm.empty()) draft.faults.push_back({"username", "is required with a realm or password"});
    return;
  }
  if (server.realm.empty()) {
    draft.faults.push_back({"realm", "is required with a username: no other is answered"});
    return;
  }
  keep_or_make_keys(draft, server);
}

/// Without realm and password no challenge is answered, for registrars that know us by where we come from.
void set_keys(Draft& draft, model::CarrierRegistration& registration) {
  const bool has_password = !registration.password.is_empty();
  if (registration.realm.empty()) {
    registration.ha1_md5 = registration.ha1_sha256 = {};
    if (has_password) draft.faults.push_back({"realm", "is required with a password: no other is answered"});
    return;
  }
  keep_or_make_keys(draft, registration);
}

/// Unguessable, so that nobody who is not the carrier knows what to call.
std::string make_contact_user() {
  return "r" + to_hex(random_bits());
}

}  // namespace

namespace {

/// Calls to a Contact that is a number are of whom has the number: nobody takes another's by the name of its Contact.
Result<> check_contact_number(Draft& draft, const model::CarrierRegistration& registration) {
  constexpr std::size_t shortest_number = 5;
  const std::string_view user = registration.contact_user;
  const std::string_view digits = user.starts_with('+') ? user.substr(1) : user;
  if (digits.size() < shortest_number || !model::has_form(digits, model::Form::digits)) return {};
  CARILLON_TRY(statement, draft.edit.database().prepare("SELECT 1 FROM ddis WHERE brand = ? AND number LIKE ?"));
  statement->bind_id(1, registration.brand.value);
  statement->bind(2, fmt::format("%{}", digits));
  CARILLON_TRY(is_own, statement->step());
  if (!is_own) draft.faults.push_back({"contactUser", "is a number, and none of the brand's own DDIs"});
  return {};
}

}  // namespace

Result<> rule_carrier_registration(Draft& draft) {
  constexpr Room room{.field = "carrier",
                      .count = "SELECT count(*) FROM carrier_registrations WHERE carrier = ? AND id <> ?",
                      .what = "registrations",
                      .most = 32};
  auto& registration = draft.object.as<model::CarrierRegistration>();
  const model::CarrierRegistration known = before_of<model::CarrierRegistration>(draft);
  const bool is_asked = registration.host.empty();  // Else it is but a name.
  check_host(draft, "domain", registration.domain, is_asked ? known.domain : registration.domain);
  check_host(draft, "host", registration.host, known.host);
  check_proxy(draft, registration.outbound_proxy, known.outbound_proxy);
  if (registration.contact_user.empty()) registration.contact_user = make_contact_user();
  if (registration.contact_user.contains('@')) draft.faults.push_back({"contactUser", "cannot have an @"});
  CARILLON_CHECK(check_contact_number(draft, registration));
  set_keys(draft, registration);
  return check_room(draft, room, registration.carrier.value);
}

Result<> rule_carrier_credential(Draft& draft) {
  auto& credential = draft.object.as<model::CarrierCredential>();
  // Else its declaration asks for them.
  if (!credential.username.empty() && !credential.realm.empty()) keep_or_make_keys(draft, credential);
  CARILLON_TRY(statement,
               draft.edit.database().prepare("SELECT 1 FROM carrier_credentials WHERE carrier = ? AND customer = ? AND "
                                             "coalesce(terminal, 0) = ? AND id <> ?"));
  statement->bind(1, credential.carrier.value);
  statement->bind(2, credential.customer.value);
  statement->bind(3, credential.terminal.value);
  statement->bind(4, credential.id.value);
  CARILLON_TRY(is_taken, statement->step());
  if (is_taken)
    draft.faults.push_back({credential.terminal ? "terminal" : "customer", "has credentials at this carrier already"});
  return {};
}

namespace {

/// Where too many called from before there was a limit, the rest of a server can be changed all the same, and it can be put out.
bool calls_from_elsewhere(const Draft& draft, const CarrierServer& server, const CarrierServer& known) {
  const bool is_begun = !known.source || (server.active && !known.active);
  const bool is_moved = server.host != known.host || server.port != known.port || server.carrier != known.carrier;
  return draft.before == nullptr || is_begun || is_moved;
}

}  // namespace

Result<> rule_carrier_server(Draft& draft) {
  constexpr Room room{.field = "carrier",
                      .count = "SELECT count(*) FROM carrier_servers WHERE carrier = ? AND id <> ?",
                      .what = "servers",
                      .most = 32};
  auto& server = draft.object.as<CarrierServer>();
  const CarrierServer known = before_of<CarrierServer>(draft);
  check_host(draft, "host", server.host, known.host);
  check_proxy(draft, server.outbound_proxy, known.outbound_proxy);
  check_requests(draft, server);
  set_keys(draft, server);
  if (server.source && calls_from_elsewhere(draft, server, known))
    CARILLON_CHECK(check_shared(draft, {"host", server.host, server.id.value, server.carrier.value, server.brand.value}));
  return check_room(draft, room, server.carrier.value);
}

Result<> rule_carrier_source(Draft& draft) {
  constexpr Room room{.field = "carrier",
                      .count = "SELECT count(*) FROM carrier_sources WHERE carrier = ? AND id <> ?",
                      .what = "sources",
                      .most = 64};
  constexpr IpNetwork v4{.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, .bits = 96};
  constexpr int least_v4 = 96 + 8;
  constexpr int least_v6 = 16;
  const auto& source = draft.object.as<model::CarrierSource>();
  const model::CarrierSource known = before_of<model::CarrierSource>(draft);
  if (const auto network = IpNetwork::parse(source.network)) {
    const bool has_v4 = network->contains(v4.bytes) || (network->bits >= v4.bits && v4.contains(network->bytes));
    // Whatever comes from there is the carrier's call: a slip of the pen must not be the whole world.
    if (network->bits < (has_v4 ? least_v4 : least_v6))
      draft.faults.push_back({"network", "is too wide: /8, or /16 of IPv6, at most"});
  }
  const bool is_moved = source.network != known.network || source.port != known.port || source.carrier != known.carrier;
  if (draft.before == nullptr || is_moved)
    CARILLON_CHECK(check_shared(draft, {"network", source.network, source.id.value, source.carrier.value, source.brand.value}));
  return check_room(draft, room, source.carrier.value);
}

}  // namespace carillon::api
