// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/scripted_phone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/malformed_messages.hpp"

namespace carillon::fuzz {

namespace {

constexpr std::size_t memory = 12;
constexpr std::string_view domain = "users.democompany.com";
constexpr std::array<std::string_view, 8> numbers = {"102", "101", "100001", "100002", "999", "alice", "*", ""};
constexpr std::array<std::string_view, 6> abilities = {
    "Supported: timer\r\nAllow: INVITE, ACK, CANCEL, BYE, UPDATE\r\n",
    "Supported: 100rel, timer, replaces\r\nAllow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, REFER, INFO\r\n",
    "",
    "Require: 100rel\r\nAllow: INVITE, ACK, BYE, CANCEL, PRACK\r\n",
    "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\nMin-SE: 90\r\nAllow: UPDATE\r\n",
    "Supported: timer\r\nSession-Expires: 30;refresher=uas\r\nAllow: UPDATE\r\n"};
constexpr std::array<std::string_view, 12> methods = {"BYE",    "INVITE", "UPDATE", "PRACK",   "INFO",      "OPTIONS",
                                                      "NOTIFY", "ACK",    "CANCEL", "MESSAGE", "SUBSCRIBE", "NONSENSE"};
constexpr std::array<int, 18> statuses = {200, 180, 183, 486, 603, 302, 100, 481, 491,
                                          500, 422, 487, 408, 415, 202, 199, 699, 401};

template <class T>
void remember(std::deque<T>& list, T what) {
  list.push_front(std::move(what));
  if (list.size() > memory) list.pop_back();
}

std::string with_tag(std::string_view uri, std::string_view tag) {
  return fmt::format("<{}>{}{}", uri, tag.empty() ? "" : ";tag=", tag);
}

}  // namespace

ScriptedPhone::ScriptedPhone(test::SimulatedWire& wire, const net::Address& host, const net::Address& server, std::string account)
    : network_(wire, {host.with_port(0)}),
      server_(server),
      account_(std::move(account)),
      sip_(*network_.bind_udp(host.with_port(5060), *this)),
      rtp_(*network_.bind_udp(host.with_port(4000), *this)) {}

void ScriptedPhone::act(char verb, unsigned a, unsigned b, const ScriptedPhone& other) {
  switch (verb) {
    case 'g':
      return register_for(a);
    case 'i':
      return invite(a, b);
    case 'r':
      return answer(a, b);
    case 'q':
      return request(a, b);
    case 'a':
      return acknowledge(a, b);
    case 'c':
      return cancel();
    case 't':
      return refer(a, 0, {});
    case 'x':
      return refer(0, a % 3, other.dialog());
    case 'p':
      return invite(a, b, fmt::format("Replaces: {}\r\n", other.dialog()));
    case 'w':
      return subscribe(a, b);
    case 'v':
      return speak(a);
    case 's':
      return send(std::string(said(a)));
    case 'n':
      return connect(a);
    case 'm':
      return spoil(a, b);
    default:
      is_polite_ = a % 2 == 0;
      is_willing_ = a / 2 % 2 == 1;
      is_forgetful_ = a / 4 % 2 == 1;
  }
}

void ScriptedPhone::send(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 65000) return;
  remember(said_, std::string(bytes));
  if (stream_)
    stream_->write(said_.front());
  else
    sip_->send(server_, said_.front());
}

std::string_view ScriptedPhone::said(std::size_t back) const {
  return back < said_.size() ? std::string_view(said_[back]) : std::string_view();
}

std::string ScriptedPhone::dialog() const {
  if (talks_.empty()) return "nothing;to-tag=1;from-tag=2";
  const Talk& talk = talks_.front();
  return fmt::format("{};to-tag={};from-tag={}", talk.call_id, talk.remote_tag, talk.local_tag);
}

// ---- What it hears ----

void ScriptedPhone::on_datagram(net::UdpSocket& socket, const net::Address&, std::string_view bytes) {
  if (&socket == sip_.get()) hear(bytes);
}

bool ScriptedPhone::on_bytes(std::string_view bytes) {
  framer_.feed(bytes);
  for (auto item = framer_.next(); item && *item; item = framer_.next())
    if ((*item)->kind == sip::StreamFramer::Kind::message) hear((*item)->bytes);
  return true;
}

void ScriptedPhone::hear(std::string_view bytes) {
  const auto message = sip::Message::parse(bytes);
  if (!message) return;
  if (message->method() == sip::Method::invite && !message->body().empty()) heard_description_ = message->body();
  if (message->is_response())
    on_response(*message);
  else
    on_request(*message);
}

void ScriptedPhone::on_response(const sip::Message& response) {
  for (Talk& talk : talks_) {
    if (talk.call_id != response.call_id() || response.to_tag().empty() || response.status() >= 300) continue;
    if (talk.remote_tag.empty() || response.is_success()) talk.remote_tag = response.to_tag();
    if (const auto contact = response.contact(); contact && !contact->star) talk.target = contact->address.uri.text;
  }
  const bool is_invite = response.method() == sip::Method::invite;
  if (is_invite && response.is_success()) {
    remember(successes_, sip::OwnedMessage(response));
    if (is_willing_) acknowledge(0, 0);
  }
  if (response.is_provisional() && response.has(sip::HeaderId::rseq)) remember(reliable_, sip::OwnedMessage(response));
  if (!is_polite_ || response.status() < 300) return;
  if (is_invite) acknowledge_failure(response);
  if (response.status() != 401 && response.status() != 407) return;
  for (const Request& request : sent_) {
    if (request.branch != response.via_branch() || request.tries != 0) continue;
    static sip::Hasher hasher;
    const auto challenge = sip::choose_challenge(response);
    if (!challenge) return;
    const Talk* talk = find_talk(request.call_id);
    if (talk == nullptr) return;
    const std::string& uri = talk->target;
    const std::string password = is_forgetful_ ? "forgotten" : account_.starts_with("user") ? "pw-" + account_ : account_;
    const auto value = sip::answer(hasher, *challenge, {.user = account_, .password = password, .ha1 = {}},
                                   {.method = request.method, .uri = uri, .cnonce = "c"});
    if (!value) return;
    Request again = request;
    again.tries = 1;
    again.headers += fmt::format("{}: {}\r\n", response.status() == 401 ? "Authorization" : "Proxy-Authorization", *value);
    return say(std::move(again), response.cseq_number() + 1);
  }
}

void ScriptedPhone::acknowledge_failure(const sip::Message& response) {
  for (const Request& request : sent_) {
    if (request.branch != response.via_branch()) continue;
    std::string_view uri = request.text;
    uri = uri.substr(uri.find(' ') + 1);
    uri = uri.substr(0, uri.find(' '));
    const std::string out = fmt::format(
        "ACK {} SIP/2.0\r\nVia: {}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} ACK\r\nContent-Length: "
        "0\r\n\r\n",
        uri, response.first(sip::HeaderId::via).value_or(""), response.first(sip::HeaderId::from).value_or(""),
        response.first(sip::HeaderId::to).value_or(""), response.call_id(), response.cseq_number());
    return send(out);
  }
}

void ScriptedPhone::on_request(const sip::Message& request) {
  remember(requests_, sip::OwnedMessage(request));
  if (request.method() == sip::Method::invite && request.to_tag().empty()) {
    if (find_talk(request.call_id()) == nullptr) {
      Talk talk;
      talk.call_id = request.call_id();
      talk.local_tag = name("l");
      talk.remote_tag = request.from_tag();
      talk.local_uri = request.to().uri.text;
      talk.remote_uri = request.from().uri.text;
      if (const auto contact = request.contact(); contact && !contact->star) talk.target = contact->address.uri.text;
      remember(talks_, std::move(talk));
    }
  }
  const bool is_open = request.method() == sip::Method::invite || request.method() == sip::Method::update;
  if (is_willing_ && is_open) return respond(request, 200, abilities[0], description(0));
  if (!is_polite_) return;
  switch (request.method()) {
    case sip::Method::bye:
    case sip::Method::notify:
    case sip::Method::prack:
    case sip::Method::info:
    case sip::Method::options:
      return respond(request, 200);
    case sip::Method::cancel: {
      respond(request, 200);
      for (const sip::OwnedMessage& each : requests_)
        if (each->method() == sip::Method::invite && each->via_branch() == request.via_branch()) return respond(*each, 487);
      return;
    }
    case sip::Method::update:
      if (request.body().empty()) respond(request, 200);
      return;
    default:
      return;
  }
}

// ---- What it says ----

ScriptedPhone::Talk& ScriptedPhone::begin(std::string_view number) {
  Talk talk;
  talk.call_id = name("c");
  talk.local_tag = name("f");
  talk.local_uri = fmt::format("sip:{}@{}", account_, domain);
  talk.remote_uri = number.empty() ? fmt::format("sip:{}", domain) : fmt::format("sip:{}@{}", number, domain);
  talk.target = talk.remote_uri;
  remember(talks_, std::move(talk));
  return talks_.front();
}

ScriptedPhone::Talk* ScriptedPhone::find_talk(std::string_view call_id) {
  const auto found = std::ranges::find(talks_, call_id, &Talk::call_id);
  return found == talks_.end() ? nullptr : &*found;
}

void ScriptedPhone::say(Request request, unsigned cseq) {
  Talk* const found = find_talk(request.call_id);
  if (found == nullptr) return;
  Talk& talk = *found;
  if (request.method != "ACK" && request.method != "CANCEL") talk.cseq = std::max(talk.cseq, cseq);
  if (request.method == "INVITE") talk.invite_cseq = cseq;
  request.branch = name("z9hG4bK");
  const std::string host = sip_->local().to_string();
  const std::string content = request.body.empty() ? std::string() : fmt::format("Content-Type: {}\r\n", request.type);
  request.text = fmt::format(
      "{} {} SIP/2.0\r\nVia: SIP/2.0/{} {};rport;branch={}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} "
      "{}\r\nContact: <sip:{}@{}{}>\r\n{}{}Content-Length: {}\r\n\r\n{}",
      request.method, talk.target, stream_ ? "TCP" : "UDP", host, request.branch, with_tag(talk.local_uri, talk.local_tag),
      with_tag(talk.remote_uri, talk.remote_tag), talk.call_id, cseq, request.method, account_, host,
      stream_ ? ";transport=tcp" : "", request.headers, content, request.body.size(), request.body);
  send(request.text);
  remember(sent_, std::move(request));
}

void ScriptedPhone::register_for(unsigned a) {
  constexpr std::array<std::string_view, 4> expiries = {"600", "60", "0", "4294967295"};
  Talk& talk = begin("");
  talk.remote_uri = talk.local_uri;
  say({.method = "REGISTER", .call_id = talk.call_id, .headers = fmt::format("Expires: {}\r\n", expiries[a % expiries.size()])},
      1);
}

void ScriptedPhone::invite(unsigned a, unsigned b, std::string headers) {
  const Talk& talk = begin(numbers[a % numbers.size()]);
  headers += abilities[b / 6 % abilities.size()];
  say({.method = "INVITE", .call_id = talk.call_id, .headers = std::move(headers), .body = description(b % 6)}, 1);
}

/// `a` chooses the status, `b` the body and, by sixes, the request that is answered.
void ScriptedPhone::answer(unsigned a, unsigned b) {
  std::size_t skip = b / 12;
  for (const sip::OwnedMessage& each : requests_) {
    const bool is_open = each->method() == sip::Method::invite || each->method() == sip::Method::update;
    if (!is_open && skip == 0) continue;
    if (skip != 0) {
      --skip;
      continue;
    }
    std::string headers{abilities[b % 2]};
    const bool is_reliable = b % 12 >= 6;
    if (is_reliable) headers += fmt::format("Require: 100rel\r\nRSeq: {}\r\n", ++rseq_);
    return respond(*each, statuses[a % statuses.size()], headers, description(b % 6));
  }
}

void ScriptedPhone::respond(const sip::Message& request, int status, std::string_view headers, std::string_view body) {
  std::string_view tag = "none";
  for (const Talk& talk : talks_)
    if (talk.call_id == request.call_id()) tag = talk.local_tag;
  std::string out;
  sip::Writer writer(out);
  sip::write_response_head(writer, request, {.status = status, .to_tag = status == 100 ? std::string_view() : tag});
  out += fmt::format("Contact: <sip:{}@{}>\r\n{}", account_, sip_->local().to_string(), headers);
  if (body.empty())
    writer.end();
  else
    writer.body("application/sdp", body);
  send(out);
}

/// `a` chooses the method, by twelves another dialog than the latest; `b` the body, by sixes what is wrong with it.
void ScriptedPhone::request(unsigned a, unsigned b) {
  const std::size_t index = a / methods.size();
  if (index >= talks_.size()) return;
  Talk& talk = talks_[index];
  Request request{.method = std::string(methods[a % methods.size()]), .call_id = talk.call_id};
  const bool has_body = request.method == "INVITE" || request.method == "UPDATE" || request.method == "ACK" || b % 6 > 3;
  if (has_body) request.body = description(b % 6);
  if (request.method == "INFO") {
    request.type = "application/dtmf-relay";
    request.body = fmt::format("Signal={}\r\nDuration=160\r\n", b % 12);
  }
  if (request.method == "INVITE" || request.method == "UPDATE") request.headers = abilities[b / 6 % 2 == 0 ? 0 : 4];
  if (request.method == "SUBSCRIBE") request.headers = fmt::format("Event: dialog\r\nExpires: {}\r\n", b % 2 * 60);
  if (request.method == "PRACK" && !reliable_.empty()) {
    const sip::Message& response = *reliable_.front();
    request.headers =
        fmt::format("RAck: {} {} INVITE\r\n", response.first(sip::HeaderId::rseq).value_or("1"), response.cseq_number());
  }
  unsigned cseq = talk.cseq + 1;
  switch (b / 6) {
    case 2:
      cseq = talk.cseq;
      break;
    case 3:
      cseq = 2147483647;
      break;
    case 4:
      std::swap(talk.local_tag, talk.remote_tag);
      break;
    case 5:
      talk.remote_tag.clear();
      break;
    default:
      break;
  }
  say(std::move(request), cseq);
}

void ScriptedPhone::acknowledge(unsigned a, unsigned b) {
  if (a >= successes_.size()) return;
  Request ack{.method = "ACK", .call_id = std::string(successes_[a]->call_id())};
  if (b % 6 != 0) ack.body = description(b % 6 - 1);
  say(std::move(ack), successes_[a]->cseq_number() + b / 6 % 2);
}

/// The CANCEL has the branch of the INVITE (RFC 3261 §9.1), so it is made from its text.
void ScriptedPhone::cancel() {
  for (const Request& request : sent_) {
    if (request.method != "INVITE") continue;
    std::string text = request.text.substr(0, request.text.find("Contact:")) + "Content-Length: 0\r\n\r\n";
    text.replace(0, 6, "CANCEL");
    text.replace(text.rfind(" INVITE\r\n"), 7, " CANCEL");
    return send(text);
  }
}

/// To a number, or into another dialog: "CALL-ID;to-tag=…;from-tag=…" (RFC 3891 §6.1: escaped within the URI).
void ScriptedPhone::refer(unsigned a, std::size_t talk, const std::string& replaces) {
  if (talk >= talks_.size()) return;
  std::string target = fmt::format("sip:{}@{}", numbers[a % numbers.size()], domain);
  if (!replaces.empty()) target += "?Replaces=";
  for (char c : replaces) target += c == ';' ? "%3B" : c == '=' ? "%3D" : std::string(1, c);
  Request refer{.method = "REFER", .call_id = talks_[talk].call_id, .headers = fmt::format("Refer-To: <{}>\r\n", target)};
  if (a >= 18) refer.headers += "Refer-Sub: false\r\n";
  say(std::move(refer), talks_[talk].cseq + 1);
}

void ScriptedPhone::subscribe(unsigned a, unsigned b) {
  constexpr std::array<std::string_view, 4> packages = {"dialog", "message-summary", "refer", "dialog;id=7"};
  const Talk& talk = begin(numbers[a % numbers.size()]);
  say({.method = "SUBSCRIBE",
       .call_id = talk.call_id,
       .headers = fmt::format("Event: {}\r\nExpires: {}\r\n", packages[b % 4], b / 4 * 60)},
      1);
}

void ScriptedPhone::speak(unsigned a) {
  std::string packet("\x80\x08\0\1\0\0\0\1\0\0\0\1", 12);
  packet.resize(12 + 160, 'x');
  if (a >= 18) packet[1] = '\xc8';
  rtp_->send(server_.with_port(static_cast<std::uint16_t>(13000 + a % 18)), packet);
}

void ScriptedPhone::connect(unsigned a) {
  stream_.reset();
  framer_ = sip::StreamFramer();
  if (a % 3 == 2) sip_ = *network_.bind_udp(sip_->local().with_port(static_cast<std::uint16_t>(sip_->local().port + 1)), *this);
  if (a % 3 != 0) return;
  stream_ = network_.connect_tcp(server_);
  stream_->set_receiver(*this);
}

void ScriptedPhone::spoil(unsigned a, unsigned b) {
  if (!said(a % memory).empty()) send(test::MalformedMessages(a * 36 + b).next_of(said(a % memory)));
}

std::string ScriptedPhone::description(unsigned kind) const {
  const std::string host = rtp_->local().host();
  const auto sdp = [&](std::string_view address, std::string_view direction) {
    return fmt::format(
        "v=0\r\no=- 1 {} IN IP4 {}\r\ns=-\r\nc=IN IP4 {}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na={}\r\n",
        names_, host, address, direction);
  };
  switch (kind) {
    case 0:
      return sdp(host, "sendrecv");
    case 1:
      return {};
    case 2:
      return sdp("0.0.0.0", "sendonly");
    case 3:
      return sdp(host, "inactive") + "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=image 0 udptl t38\r\n";
    case 4:
      return heard_description_;
    default:
      return "v=0\r\nm=audio nonsense\r\n";
  }
}

}  // namespace carillon::fuzz
