// SPDX-License-Identifier: GPL-3.0-or-later
#include "flows/watcher.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::flows {

namespace {

/// What stands between two texts; empty when they do not stand there.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

std::string lamp_of(std::string_view document) {
  if (document.find("<state>confirmed</state>") != std::string_view::npos) return "talking";
  if (document.find("<state>early</state>") != std::string_view::npos) return "ringing";
  if (document.find("<state>trying</state>") != std::string_view::npos) return "calling";
  return document.find("<dialog id=") != std::string_view::npos ? "idle" : "nothing";
}

}  // namespace

Watcher::Watcher(Loop& loop, test::SimulatedWire& wire, const net::Address& host, const net::Address& server,
                 Phone::Account account)
    : network_(wire, {host.with_port(0)}),
      server_(server),
      account_(std::move(account)),
      hop_{.host = server.bytes, .port = server.port, .is_reliable = false, .socket = {}},
      transactions_(loop, *this) {
  socket_ = *network_.bind_udp(host.with_port(5060), *this);
}

Watcher::~Watcher() = default;

const Watcher::Lamp* Watcher::find(const std::string& number) const {
  const auto found = watched_.find(number);
  return found == watched_.end() ? nullptr : &found->second.lamp;
}

std::string Watcher::dialog_of(const std::string& number, bool is_other_side) const {
  const std::string dialog = between(find(number)->body, "<dialog ", ">");
  const auto value = [&dialog](std::string_view name) { return between(dialog, fmt::format("{}=\"", name), "\""); };
  const std::string local = value(" local-tag");
  const std::string remote = value(" remote-tag");
  return fmt::format("{};to-tag={};from-tag={}", value("call-id"), is_other_side ? remote : local,
                     is_other_side ? local : remote);
}

void Watcher::watch(const std::string& package, const std::string& number, unsigned seconds) {
  Watched& watched = watched_[number];
  watched.package = package;
  watched.number = number;
  watched.seconds = seconds;
  watched.tries = 0;
  watched.lamp.status = 0;
  if (!watched.dialog) {
    sip::DialogState state;
    state.call_id = sip::make_tag(0);
    state.local_tag = sip::make_tag(0);
    state.local_address = fmt::format("<sip:{}@{}>", account_.user, account_.domain);
    state.remote_address = fmt::format("<sip:{}@{}>", number, account_.domain);
    state.local_contact = fmt::format("sip:{}@{}", account_.user, socket_->local().to_string());
    state.remote_target = fmt::format("sip:{}@{}", number, account_.domain);
    watched.dialog = std::make_unique<sip::Dialog>(sip::Dialog::prepare(std::move(state)));
  }
  subscribe(watched, {});
}

void Watcher::subscribe(Watched& watched, std::string_view authorization) {
  const std::string branch = sip::make_branch(0);
  std::string out;
  sip::Writer writer(out);
  const std::string sent_by = socket_->local().to_string();
  watched.dialog->begin_request(writer, sip::Method::subscribe, {.transport = "UDP", .sent_by = sent_by, .branch = branch});
  writer.header(sip::HeaderId::event, watched.package);
  writer.header(sip::HeaderId::expires, std::uint64_t{watched.seconds});
  if (!authorization.empty()) writer.header(sip::HeaderId::proxy_authorization, authorization);
  writer.end();
  auto sent = transactions_.request({.method = sip::Method::subscribe, .branch = branch, .bytes = out}, hop_, this);
  if (sent) watched.subscribing = (*sent)->id();
}

bool Watcher::send(const sip::Hop&, std::string_view bytes) {
  socket_->send(server_, bytes);
  return true;
}

void Watcher::on_datagram(net::UdpSocket&, const net::Address&, std::string_view bytes) {
  if (bytes.size() <= 4) return;
  const auto message = sip::Message::parse(bytes);
  if (!message || transactions_.receive(*message, hop_).fate != sip::TransactionTable::Fate::request) return;
  auto transaction = transactions_.accept(*message, hop_);
  if (!transaction) return;
  const int status = message->method() == sip::Method::notify ? take(*message) : 405;
  std::string out;
  sip::Writer writer(out);
  sip::write_response_head(writer, *message, {.status = status});
  writer.end();
  transactions_.respond((*transaction)->id(), status, out);
}

/// What a NOTIFY is answered.
int Watcher::take(const sip::Message& notify) {
  const auto found = std::ranges::find_if(watched_, [&](const auto& each) {
    const sip::Dialog& dialog = *each.second.dialog;
    return dialog.call_id() == notify.call_id() && dialog.local_tag() == notify.to_tag();
  });
  if (found == watched_.end()) return 481;
  Watched& watched = found->second;
  if (watched.dialog->check_request(notify) != sip::RequestCheck::ok) return 500;
  Lamp& lamp = watched.lamp;
  ++lamp.notifications;
  lamp.body = notify.body();
  const std::string_view state = notify.first(sip::HeaderId::subscription_state).value_or("");
  if (state.starts_with("terminated")) lamp.ended = state.substr(state.find('=') + 1);
  if (watched.package == "message-summary") {
    lamp.state = between(lamp.body, "Messages-Waiting: ", "\r\n");
    return 200;
  }
  const std::string version = between(between(lamp.body, "<dialog-info", ">"), " version=\"", "\"");
  int number = -1;
  (void)std::from_chars(version.data(), version.data() + version.size(), number);
  if (number <= lamp.version) return 200;  // RFC 4235 §4.3: an old document says nothing.
  lamp.version = number;
  lamp.state = lamp_of(lamp.body);
  lamp.other = between(between(lamp.body, "<remote>", "</remote>"), ">sip:", "@");
  return 200;
}

void Watcher::on_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  const auto found =
      std::ranges::find_if(watched_, [&](const auto& each) { return each.second.subscribing == transaction.id(); });
  if (found == watched_.end() || response.is_provisional()) return;
  Watched& watched = found->second;
  if (response.status() == 407 && ++watched.tries == 1) {
    auto chosen = sip::choose_challenge(response);
    const std::string uri = watched.dialog->state().remote_target;
    auto value = sip::answer(hasher_, *chosen, {.user = account_.user, .password = account_.password, .ha1 = {}},
                             {.method = "SUBSCRIBE", .uri = uri, .cnonce = sip::make_tag(0)});
    return subscribe(watched, value ? *value : std::string());
  }
  watched.lamp.status = response.status();
  if (!response.is_success() || watched.dialog->is_confirmed()) return;
  sip::DialogState state = watched.dialog->state();
  state.remote_tag = response.to_tag();
  const auto contact = response.contact();
  if (contact) state.remote_target = contact->address.uri.text;
  state.is_confirmed = true;
  watched.dialog = std::make_unique<sip::Dialog>(sip::Dialog::restore(std::move(state), true));
}

}  // namespace carillon::flows
