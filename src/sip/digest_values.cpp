// SPDX-License-Identifier: GPL-3.0-or-later
// The text side of digest authentication: reading challenges and credentials, writing answers.
#include <algorithm>

#include <fmt/format.h>

#include "sip/digest.hpp"
#include "sip/message.hpp"
#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

Result<Algorithm> algorithm_from(std::string_view name) {
  if (same_ignoring_case(name, "MD5")) return Algorithm::md5;
  if (same_ignoring_case(name, "SHA-256")) return Algorithm::sha256;
  return failure(Fault::bad_challenge, "an algorithm other than MD5 and SHA-256");
}

/// Takes "name = value" and the comma behind it off the front; false when the text is malformed.
bool take_param(std::string_view& text, Param& param) {
  text = trim_front(text);
  param.name = text.substr(0, span_of(text, token_char));
  text = trim_front(text.substr(param.name.size()));
  if (param.name.empty() || text.empty() || text.front() != '=') return false;
  text = trim_front(text.substr(1));
  if (!text.empty() && text.front() == '"') {
    const std::size_t end = end_of_quoted(text, 0);
    if (end == std::string_view::npos) return false;
    param.value = text.substr(1, end - 2);
    text.remove_prefix(end);
  } else {
    param.value = trim_back(text.substr(0, text.find(',')));
    if (param.value.empty() || param.value.find_first_of(" \t\r\n\"\\") != std::string_view::npos) return false;
    text.remove_prefix(param.value.size());
  }
  text = trim_front(text);
  if (text.empty()) return true;
  if (text.front() != ',') return false;
  text = trim_front(text.substr(1));
  return true;
}

bool take_scheme(std::string_view& text) {
  constexpr std::string_view scheme = "Digest";
  text = trim(text);
  const bool ours =
      same_ignoring_case(text.substr(0, scheme.size()), scheme) && text.size() > scheme.size() && is_blank(text[scheme.size()]);
  if (ours) text.remove_prefix(scheme.size() + 1);
  return ours;
}

/// Reads every parameter into the field of its name. A parameter that stands twice is refused: two readers could take different
/// ones.
struct Field {
  std::string_view name;
  std::string_view* value;
};
bool read_fields(std::string_view text, std::initializer_list<Field> fields) {
  while (!text.empty()) {
    Param param;
    if (!take_param(text, param)) return false;
    const auto* field = std::ranges::find_if(fields, [&](const Field& one) { return same_ignoring_case(one.name, param.name); });
    if (field == fields.end()) continue;
    if (field->value->data() != nullptr) return false;
    *field->value = param.value;
  }
  return true;
}

bool fits_in_quotes(std::string_view text) {
  return text.find_first_of("\"\\\r\n") == std::string_view::npos;
}

}  // namespace

bool Credentials::is_digest(std::string_view value) {
  return take_scheme(value);
}

Result<Credentials> Credentials::parse(std::string_view value) {
  Credentials credentials;
  std::string_view qop;
  std::string_view algorithm;
  if (!take_scheme(value)) return failure(Fault::bad_challenge, "a scheme other than Digest");
  const bool readable = read_fields(value, {{"username", &credentials.user},
                                            {"realm", &credentials.realm},
                                            {"nonce", &credentials.nonce},
                                            {"uri", &credentials.uri},
                                            {"response", &credentials.response},
                                            {"cnonce", &credentials.cnonce},
                                            {"nc", &credentials.nc_text},
                                            {"opaque", &credentials.opaque},
                                            {"qop", &qop},
                                            {"algorithm", &algorithm}});
  if (!readable || credentials.user.empty() || credentials.realm.empty() || credentials.nonce.empty() ||
      credentials.uri.empty() || credentials.response.empty()) {
    return failure(Fault::bad_challenge, "malformed or incomplete credentials");
  }
  if (!algorithm.empty()) {
    CARILLON_TRY(known, algorithm_from(algorithm));
    credentials.algorithm = known;
  }
  if (!qop.empty() && !same_ignoring_case(qop, "auth")) return failure(Fault::bad_challenge, "a qop other than auth");
  credentials.has_qop = !qop.empty();
  if (credentials.nc_text.size() > 8) return failure(Fault::bad_challenge, "malformed nonce count");
  for (char c : credentials.nc_text) {
    if (hex_value(c) < 0) return failure(Fault::bad_challenge, "malformed nonce count");
    credentials.nc = credentials.nc << 4U | static_cast<std::uint32_t>(hex_value(c));
  }
  return credentials;
}

std::optional<Credentials> find_credentials(const Message& request, HeaderId header, std::string_view realm) {
  for (std::string_view value : request.values(header)) {
    if (auto credentials = Credentials::parse(value); credentials && credentials->realm == realm) return *credentials;
  }
  return std::nullopt;
}

Result<Challenge> Challenge::parse(std::string_view value) {
  Challenge challenge;
  std::string_view qop;
  std::string_view algorithm;
  std::string_view stale;
  if (!take_scheme(value)) return failure(Fault::bad_challenge, "a scheme other than Digest");
  const bool readable = read_fields(value, {{"realm", &challenge.realm},
                                            {"nonce", &challenge.nonce},
                                            {"opaque", &challenge.opaque},
                                            {"qop", &qop},
                                            {"algorithm", &algorithm},
                                            {"stale", &stale}});
  if (!readable || challenge.realm.empty() || challenge.nonce.empty())
    return failure(Fault::bad_challenge, "malformed challenge");
  if (!algorithm.empty()) {
    CARILLON_TRY(known, algorithm_from(algorithm));
    challenge.algorithm = known;
  }
  const CommaList offered(qop);
  challenge.qop_auth = std::ranges::any_of(offered, [](std::string_view one) { return same_ignoring_case(one, "auth"); });
  if (!challenge.qop_auth && !qop.empty()) return failure(Fault::bad_challenge, "a qop other than auth");
  challenge.stale = same_ignoring_case(stale, "true");
  return challenge;
}

Result<Challenge> choose_challenge(const Message& response, std::string_view realm) {
  const HeaderId header = response.status() == 407 ? HeaderId::proxy_authenticate : HeaderId::www_authenticate;
  for (std::string_view value : response.values(header)) {
    auto challenge = Challenge::parse(value);
    if (challenge && (realm.empty() || challenge->realm == realm)) return challenge;
  }
  return failure(Fault::bad_challenge, "no challenge that we can answer");
}

Result<std::string> answer(Hasher& hasher, const Challenge& challenge, const Login& login, const AnswerFor& request) {
  const bool is_md5 = challenge.algorithm == Algorithm::md5;
  const HexHash made = make_ha1(hasher, challenge.algorithm, login.user, challenge.realm, login.password);
  const std::string_view known = is_md5 ? login.ha1.md5 : login.ha1.sha256;
  const std::string_view ha1 = login.password.empty() ? known : made.view();
  if (ha1.empty()) return failure(Fault::bad_challenge, "no password for the challenge's algorithm");
  if (!fits_in_quotes(login.user) || !fits_in_quotes(request.uri) || request.cnonce.empty() || !fits_in_quotes(request.cnonce)) {
    return failure(Fault::bad_challenge, "a user or URI that no answer can hold");
  }
  const std::string nc = fmt::format("{:08x}", request.nc);
  const HexHash ha2 = hasher(challenge.algorithm, {request.method, request.uri});
  const HexHash response = challenge.qop_auth
                               ? hasher(challenge.algorithm, {ha1, challenge.nonce, nc, request.cnonce, "auth", ha2.view()})
                               : hasher(challenge.algorithm, {ha1, challenge.nonce, ha2.view()});
  std::string value =
      fmt::format(R"(Digest username="{}", realm="{}", nonce="{}", uri="{}", response="{}", algorithm={})", login.user,
                  challenge.realm, challenge.nonce, request.uri, response.view(), is_md5 ? "MD5" : "SHA-256");
  if (challenge.qop_auth) value += fmt::format(R"(, cnonce="{}", qop=auth, nc={})", request.cnonce, nc);
  if (!challenge.opaque.empty()) value += fmt::format(R"(, opaque="{}")", challenge.opaque);
  return value;
}

}  // namespace carillon::sip
