// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/authenticator.hpp"

#include "agent/agent.hpp"

namespace carillon::agent {

namespace {

bool is_register(const Incoming& incoming) {
  return incoming.message.method() == sip::Method::register_;
}

/// The credentials for our realm; those for others' realms are not our business (RFC 3261 §22.3).
Result<std::optional<sip::Credentials>> find_credentials(const Incoming& incoming, std::string_view realm) {
  const sip::HeaderId id = is_register(incoming) ? sip::HeaderId::authorization : sip::HeaderId::proxy_authorization;
  for (std::string_view value : incoming.message.values(id)) {
    if (!sip::Credentials::is_digest(value)) continue;  // RFC 4475 §3.3.7: another scheme proves nothing here.
    CARILLON_TRY(credentials, sip::Credentials::parse(value));
    if (credentials.realm == realm) return credentials;
  }
  return std::nullopt;
}

/// Whether a digest's URI names this server as a whole: "sip:192.0.2.1:5060" or "sip:users.example". Some clients (SIPp among
/// them) sign that instead of the Request-URI; the method is signed all the same, and the nonce is bound to its source.
bool names_this_server(std::string_view text, std::string_view realm, const net::Flow& flow) {
  const auto uri = sip::Uri::parse(text);
  if (!uri || !uri->is_sip() || uri->has_user) return false;
  const std::optional<net::Address> address = net::Address::parse(uri->host, flow.local.port);
  return uri->host == realm || (address && address->same_host(flow.local));
}

}  // namespace

Authenticator::Claim Authenticator::authenticate(const Incoming& incoming, std::string_view realm, std::string_view user) {
  auto credentials = find_credentials(incoming, realm);
  if (!credentials) {
    agent_.respond(incoming, 400, is_register(incoming) ? "Bad Authorization" : "Bad Proxy-Authorization");
    return Claim::refused;
  }
  if (!*credentials) {
    challenge(incoming, realm, false);
    return Claim::refused;
  }
  return judge(incoming, **credentials, realm, user);
}

Authenticator::Claim Authenticator::judge(const Incoming& incoming, const sip::Credentials& credentials, std::string_view realm,
                                          std::string_view user) {
  const Monotonic now = agent_.loop().now();
  const PasswordGuard::Attempt attempt(credentials.user, realm, incoming.flow.remote);
  const PasswordGuard::Verdict allowed = guard_.check(attempt, now);
  if (allowed == PasswordGuard::Verdict::drop) return Claim::refused;

  const std::optional<Secrets::Secret> secret = secrets_.find_secret(realm, credentials.user);
  const bool is_known = secret.has_value() && credentials.user == user && allowed == PasswordGuard::Verdict::allow;
  const bool is_md5 = credentials.algorithm == sip::Algorithm::md5;
  const sip::HexHash own = is_known ? sip::to_hex(is_md5 ? secret->md5 : secret->sha256) : sip::HexHash{};
  const sip::Ha1 ha1 = !is_known ? nonces_.dummy() : is_md5 ? sip::Ha1{.md5 = own.view()} : sip::Ha1{.sha256 = own.view()};
  const std::string source = incoming.flow.remote.host();
  const std::string_view request_uri = incoming.message.request_uri_text();
  const bool is_for_server = credentials.uri != request_uri && names_this_server(credentials.uri, realm, incoming.flow);
  const std::string_view signed_uri = is_for_server ? credentials.uri : request_uri;
  const sip::Nonces::Request request{.method = incoming.message.method_name(), .uri = signed_uri, .source = source, .now = now};
  const sip::Verdict verdict = nonces_.verify(credentials, ha1, realm, request);
  if (verdict == sip::Verdict::ok || verdict == sip::Verdict::wrong) agent_.verify(incoming.flow.remote);
  switch (verdict) {
    case sip::Verdict::ok:
      guard_.succeeded(attempt, now);
      agent_.prove(incoming.flow, realm, user);
      return Claim::proven;
    case sip::Verdict::replay:
      if (is_register(incoming)) return Claim::repeated;
      [[fallthrough]];
    case sip::Verdict::stale:
      challenge(incoming, realm, true);
      return Claim::refused;
    case sip::Verdict::malformed:
      agent_.respond(incoming, 400, is_register(incoming) ? "Bad Authorization" : "Bad Proxy-Authorization");
      return Claim::refused;
    case sip::Verdict::wrong:
      break;
  }
  const std::optional<Ban::Reason> ban = guard_.failed(attempt, now);
  const Instant wall = agent_.loop().wall();
  if (ban)
    agent_.bans().add(
        {*ban, incoming.flow.remote, std::string(credentials.user), std::string(realm), wall, wall + PasswordGuard::ban_time});
  const auto left_out = failure_log_.admit(source, now);
  if (ban || left_out) {
    log::warning("agent", ban ? "password.banned" : "password.wrong",
                 {{"account", fmt::format("{}@{}", credentials.user, realm)},
                  {"source", incoming.flow.remote.to_string()},
                  {"method", incoming.message.method_name()},
                  {"left_out", left_out.value_or(0)}});
  }
  agent_.respond(incoming, 403, ban ? "Try again later" : "");
  return Claim::refused;
}

void Authenticator::challenge(const Incoming& incoming, std::string_view realm, bool is_stale) {
  const bool is_registration = is_register(incoming);
  sip::Writer writer = agent_.start_response(incoming, is_registration ? 401 : 407);
  const std::string source = incoming.flow.remote.host();
  nonces_.challenge(writer, {.header = is_registration ? sip::HeaderId::www_authenticate : sip::HeaderId::proxy_authenticate,
                             .realm = realm,
                             .source = source,
                             .now = agent_.loop().now(),
                             .stale = is_stale,
                             .sha256 = offer_ != DigestOffer::md5,
                             .md5 = offer_ != DigestOffer::sha256});
  writer.end();
  agent_.finish_refusal(incoming);
}

}  // namespace carillon::agent
