// SPDX-License-Identifier: GPL-3.0-or-later
// How a telephone asks for a password, and whether what it is told is the right one; what it says of itself, and who else is
// behind it.
#include "flows/phone.hpp"

namespace carillon::flows {

void Phone::claim(std::string name, std::string value) {
  claims_.emplace_back(std::move(name), std::move(value));
}

/// Of another phone behind this one.
std::string Phone::fork_response(int status, int number) {
  std::string out;
  sip::Writer writer(out);
  const std::string tag = number == 0 ? "another-phone" : fmt::format("another-phone-{}", number);
  sip::write_response_head(writer, *invite_, {.status = status, .to_tag = tag});
  writer.header(sip::HeaderId::contact, "<sip:another@198.51.100.99>");
  std::string body = description("sendrecv");
  body.replace(body.find("m=audio "), 12, "m=audio 4990");
  writer.body("application/sdp", body);
  return out;
}

void Phone::ring_as_fork(int number) {
  transactions_.respond(invited_, 183, fork_response(183, number));
}

void Phone::answer_as_fork(int number) {
  send(hop_, fork_response(200, number));
}

/// "102" at its own domain; what has a scheme is a URI already.
std::string Phone::uri_of(const std::string& number) const {
  return number.contains(':') ? number : fmt::format("sip:{}@{}", number, account_.domain);
}

/// Whether the request got a challenge. Credentials are compared with what ours would be.
bool Phone::take_credentials(const sip::Message& incoming) {
  const auto all_of = [&incoming] {
    std::string all;
    for (const auto header : {sip::HeaderId::authorization, sip::HeaderId::proxy_authorization})
      all += incoming.first(header).value_or("");
    return all;
  };
  // RFC 3261 §22.1: it says what its INVITE said, which was looked at.
  if (incoming.method() == sip::Method::ack) {
    ack_credentials = all_of();
    return false;
  }
  if (incoming.method() == sip::Method::invite) invite_credentials = all_of();
  for (const auto [header, offered] : {std::pair{sip::HeaderId::authorization, sip::HeaderId::www_authenticate},
                                       std::pair{sip::HeaderId::proxy_authorization, sip::HeaderId::proxy_authenticate}}) {
    const std::string said(incoming.first(header).value_or(""));
    if (said.empty()) continue;
    const auto part = [&said](std::string_view name) {
      const std::size_t at = said.find(name);
      return at == std::string::npos ? std::string()
                                     : said.substr(at + name.size(), said.find('"', at + name.size()) - at - name.size());
    };
    const sip::Challenge asked{.realm = challenges_.realm, .nonce = last_nonce_, .opaque = {}, .qop_auth = true};
    const std::string cnonce = part("cnonce=\""), uri = part(" uri=\"");
    const auto wanted = sip::answer(hasher_, asked, {.user = account_.user, .password = account_.password, .ha1 = {}},
                                    {.method = sip::method_name(incoming.method()), .uri = uri, .cnonce = cnonce});
    const bool is_right =
        wanted && *wanted == said && uri == incoming.request_uri_text() &&
        offered == (challenges_.status == 401 ? sip::HeaderId::www_authenticate : sip::HeaderId::proxy_authenticate);
    ++(is_right ? right_answers : wrong_answers);
  }
  if (challenges_.method != incoming.method() || challenges_.made >= challenges_.count) return false;
  auto transaction = transactions_.accept(incoming, hop_);
  if (!transaction) return true;
  std::string out;
  sip::Writer writer(out);
  sip::write_response_head(writer, incoming, {.status = challenges_.status, .to_tag = sip::make_tag(0)});
  last_nonce_ = sip::make_tag(0);
  const bool is_stale = challenges_.is_stale && challenges_.made > 0;
  ++challenges_.made;
  writer.header(challenges_.status == 401 ? sip::HeaderId::www_authenticate : sip::HeaderId::proxy_authenticate,
                fmt::format("Digest realm=\"{}\", nonce=\"{}\", algorithm=MD5, qop=\"auth\"{}", challenges_.realm, last_nonce_,
                            is_stale ? ", stale=true" : ""));
  writer.end();
  transactions_.respond((*transaction)->id(), challenges_.status, out);
  return true;
}

}  // namespace carillon::flows
