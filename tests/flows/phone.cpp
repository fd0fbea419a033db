// SPDX-License-Identifier: GPL-3.0-or-later
#include "flows/phone.hpp"

#include <charconv>
#include <cstring>

namespace carillon::flows {

namespace {

constexpr std::string_view sdp_type = "application/sdp";
constexpr std::size_t rtp_header = 12;

}  // namespace

Phone::Phone(Loop& loop, test::SimulatedWire& wire, const net::Address& host, const net::Address& server, Account account,
             bool is_tcp)
    : network_(wire, {host.with_port(0)}),
      host_(host.with_port(0)),
      server_(server),
      account_(std::move(account)),
      is_tcp_(is_tcp),
      hop_{.host = server.bytes, .port = server.port, .is_reliable = is_tcp, .socket = {}},
      transactions_(loop, *this),
      retransmitter_(loop, transactions_, *this) {
  sip_ = *network_.bind_udp(host.with_port(5060), *this);
  rtp_ = *network_.bind_udp(host.with_port(4000), *this);
  if (is_tcp_) connect();
}

Phone::~Phone() = default;

// ---- What a person does ----

sip::DialogState Phone::first_state(const std::string& target_user) {
  sip::DialogState state;
  state.call_id = sip::make_tag(0);
  state.local_tag = sip::make_tag(0);
  const std::string& shown = shown_.empty() ? account_.user : shown_;
  state.local_address = fmt::format("{}<sip:{}@{}>", display_, shown, account_.domain);
  state.remote_address = fmt::format("<{}>", uri_of(target_user));
  state.local_contact = contact();
  state.remote_target = target_.empty() ? uri_of(target_user) : target_;
  return state;
}

void Phone::register_for(unsigned seconds) {
  if (!registration_) {
    sip::DialogState state = first_state(account_.user);
    state.remote_target = fmt::format("sip:{}", account_.domain);
    registration_.emplace(sip::Dialog::prepare(std::move(state)));
  }
  expires_ = seconds;
  tries_ = 0;
  register_status = 0;
  send_register({});
}

void Phone::send_register(std::string_view authorization) {
  const std::string branch = sip::make_branch(0);
  std::string out;
  sip::Writer writer(out);
  const std::string sent_by = sip_->local().to_string();
  registration_->begin_request(writer, sip::Method::register_,
                               {.transport = via_transport(), .sent_by = sent_by, .branch = branch});
  if (out.find("\r\nContact:") == std::string::npos)
    writer.header(sip::HeaderId::contact,
                  {"<", registration_->state().local_contact, ">", preference_.empty() ? "" : ";q=", preference_});
  writer.header(sip::HeaderId::expires, expires_);
  if (!authorization.empty()) writer.header(sip::HeaderId::authorization, authorization);
  writer.end();
  (void)transactions_.request({.method = sip::Method::register_, .branch = branch, .bytes = out}, hop_, this);
}

void Phone::be_able(const std::string& ability) {
  abilities_.insert(ability);
}

void Phone::write_abilities(sip::Writer& writer) const {
  std::string allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";
  for (const std::string& ability : abilities_) {
    if (ability == "UPDATE")
      allowed += ", UPDATE";
    else
      writer.header(sip::HeaderId::supported, ability);
  }
  if (abilities_.contains("100rel")) allowed += ", PRACK";
  writer.header(sip::HeaderId::allow, allowed);
}

void Phone::call(const std::string& number, bool has_offer) {
  prepared_.emplace(sip::Dialog::prepare(first_state(number)));
  dialog_.reset();
  early_.reset();
  last_heard_.clear();
  has_offer_ = has_offer;
  call_status = 0;
  tries_ = 0;
  is_answered = is_hung_up = has_forgotten_ = false;
  send_invite({});
}

void Phone::send_invite(std::string_view authorization) {
  early_.reset();
  inviting_ =
      request(sip::Method::invite, sdp_type, has_offer_ ? description(own_direction_) : std::string(), [&](sip::Writer& writer) {
        write_abilities(writer);
        if (is_withheld_) writer.header(sip::HeaderId::privacy, "id");
        for (const auto& [name, value] : claims_) writer.header(name, value);
        if (!replaces_.empty()) writer.header(sip::HeaderId::replaces, replaces_);
        if (!authorization.empty()) writer.header(sip::HeaderId::proxy_authorization, authorization);
      });
}

void Phone::pick_up(const std::string& number, std::string replaces, bool has_offer) {
  replaces_ = std::move(replaces);
  call(number, has_offer);
}

void Phone::take_over(const std::string& number, const Phone& other) {
  const sip::Dialog& dialog = *other.dialog_;
  pick_up(number, fmt::format("{};to-tag={};from-tag={}", dialog.call_id(), dialog.remote_tag(), dialog.local_tag()));
}

void Phone::cancel() {
  transactions_.cancel(inviting_, said_);
}

void Phone::ring() {
  respond(*invite_, invited_, 180);
}

void Phone::ring_with_media(bool is_reliable, bool has_media) {
  std::string out;
  sip::Writer writer(out);
  sip::write_response_head(writer, *invite_, {.status = 183, .to_tag = dialog_->local_tag()});
  writer.header(sip::HeaderId::contact, {"<", dialog_->state().local_contact, ">"});
  write_abilities(writer);
  if (is_reliable) {
    writer.header(sip::HeaderId::require, "100rel");
    writer.header(sip::HeaderId::rseq, std::uint64_t{++rseq_});
    is_progress_acknowledged = false;
  }
  if (has_media)
    writer.body(sdp_type, description(own_direction_));
  else
    writer.end();
  transactions_.respond(invited_, 183, out);
}

void Phone::refresh(unsigned seconds) {
  call_status = 0;
  request(sip::Method::update, {}, {}, [&](sip::Writer& writer) {
    write_abilities(writer);
    writer.header(sip::HeaderId::session_expires, fmt::format("{};refresher=uac", seconds));
  });
}

void Phone::answer() {
  is_invited = false;
  respond(*invite_, invited_, 200, description(own_direction_));
  dialog_->confirm();
}

void Phone::answer_nonsense() {
  is_invited = false;
  respond(*invite_, invited_, 200, "v=0\r\nm=audio nonsense\r\n");
  dialog_->confirm();
}

void Phone::reject(int status) {
  is_invited = false;
  respond(*invite_, invited_, status);
}

void Phone::redirect(std::string_view uri) {
  redirection_ = uri;
  reject(302);
}

void Phone::answer_without_media() {
  is_invited = false;
  respond(*invite_, invited_, 200);
  dialog_->confirm();
}

void Phone::reject_for(unsigned seconds) {
  retry_after_ = seconds;
  reject(503);
  retry_after_ = 0;
}

void Phone::have_login(std::string user, std::string password) {
  account_.user = std::move(user);
  account_.password = std::move(password);
}

void Phone::change(std::string_view direction) {
  own_direction_ = direction;
  call_status = 0;
  has_offer_ = true;
  ++sdp_version_;
  send_invite({});
}

void Phone::update(std::string_view direction) {
  own_direction_ = direction;
  call_status = 0;
  ++sdp_version_;
  request(sip::Method::update, sdp_type, description(own_direction_), [this](sip::Writer& writer) { write_abilities(writer); });
}

void Phone::ask_offer() {
  own_direction_ = "sendrecv";
  call_status = 0;
  has_offer_ = false;
  send_invite({});
}

void Phone::accept_change(int status) {
  is_change_wanted = false;
  if (status != 200) {
    last_heard_.clear();  // Nothing was agreed: the same offer again is no refresh.
    return respond(*change_, changed_, status);
  }
  if (is_offer_wanted) {
    is_offer_wanted = false;
    ++sdp_version_;
    return respond(*change_, changed_, 200, description(own_direction_));
  }
  const bool hears = wanted_direction == "sendrecv" || wanted_direction == "sendonly";
  const bool speaks = wanted_direction == "sendrecv" || wanted_direction == "recvonly";
  ++sdp_version_;
  own_direction_ = hears ? (speaks ? "sendrecv" : "recvonly") : (speaks ? "sendonly" : "inactive");
  agreed_direction = wanted_direction;
  respond(*change_, changed_, 200, description(own_direction_));
  own_direction_ = "sendrecv";
}

void Phone::transfer(const std::string& number, const Phone* other, bool wants_news) {
  transfer_status = 0;
  std::string target = "<" + uri_of(number);
  if (other != nullptr) {
    const sip::Dialog& dialog = *(other->dialog_ ? &*other->dialog_ : &*other->early_);
    target +=
        fmt::format("?Replaces={}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", dialog.call_id(), dialog.remote_tag(), dialog.local_tag());
  }
  request(sip::Method::refer, {}, {}, [&](sip::Writer& writer) {
    writer.header(sip::HeaderId::refer_to, target + ">");
    if (!wants_news) writer.header(sip::HeaderId::refer_sub, "false");
    writer.header(sip::HeaderId::referred_by, "<sip:900@boss.example>");  // Its own word, which nobody should hear.
  });
}

void Phone::press(char key) {
  if (key == 0) {
    request(sip::Method::info, {}, {});
    return;
  }
  request(sip::Method::info, "application/dtmf-relay", fmt::format("Signal={}\r\nDuration=160\r\n", key));
}

void Phone::hang_up() {
  hang_up_status = 0;
  request(sip::Method::bye, {}, {}, [this](sip::Writer& writer) {
    if (!said_.empty()) writer.header(sip::HeaderId::reason, said_);
  });
}

void Phone::speak(std::string_view word) {
  if (remote_rtp_.port == 0) return;
  std::string frame(rtp_header, '\0');
  frame[0] = static_cast<char>(0x80);
  frame[1] = 8;  // PCMA
  ++sequence_;
  frame[2] = static_cast<char>(sequence_ >> 8);
  frame[3] = static_cast<char>(sequence_ & 0xff);
  const std::uint32_t timestamp = sequence_ * 160U;
  for (std::size_t i = 0; i < 4; ++i) frame[4 + i] = static_cast<char>(timestamp >> (24 - 8 * i));
  std::memcpy(frame.data() + 8, "SSRC", 4);
  rtp_->send(remote_rtp_, frame.append(word));
}

// ---- Messages ----

void Phone::on_datagram(net::UdpSocket& socket, const net::Address&, std::string_view bytes) {
  if (&socket == rtp_.get()) return receive_rtp(bytes);
  if (bytes.size() > 4) receive(bytes);
}

void Phone::receive_rtp(std::string_view bytes) {
  if (bytes.size() > rtp_header) ++heard[std::string(bytes.substr(rtp_header))];
}

void Phone::receive(std::string_view bytes) {
  const auto message = sip::Message::parse(bytes);
  if (!message) return;
  const auto received = transactions_.receive(*message, hop_);
  using Fate = sip::TransactionTable::Fate;
  if (received.fate == Fate::request || received.fate == Fate::ack) return receive_request(*message, received.fate == Fate::ack);
  if (received.fate != Fate::cancel) return;
  auto transaction = transactions_.accept(*message, hop_);
  if (transaction) respond(*message, (*transaction)->id(), received.invite ? 200 : 481);
  if (received.invite) transactions_.report_cancel(received.invite, *message);
}

void Phone::receive_request(const sip::Message& incoming, bool is_ack) {
  ++requests_received;
  if (is_ack) {
    retransmitter_.stop();
    is_answered = true;
    take_credentials(incoming);
    if (!incoming.body().empty()) take_description(incoming.body());
    return;
  }
  if (incoming.method() == sip::Method::register_) return receive_register(incoming);
  if (take_credentials(incoming)) return;
  if (incoming.method() == sip::Method::invite) return receive_invite(incoming);
  auto transaction = transactions_.accept(incoming, hop_);
  if (!transaction) return;
  const bool is_known = (dialog_ && dialog_->matches(incoming)) || (early_ && early_->matches(incoming));
  const bool is_strict = is_engaged_.has_value() && !incoming.to_tag().empty();
  if (has_forgotten_ || (is_strict && !is_known)) return respond(incoming, (*transaction)->id(), 481);
  if (dialog_) dialog_->check_request(incoming);
  if (incoming.method() == sip::Method::update) return receive_update(incoming, (*transaction)->id());
  if (incoming.method() == sip::Method::prack) is_progress_acknowledged = true;
  if (incoming.method() == sip::Method::bye) {
    is_hung_up = true;
    hang_up_reason = incoming.first(sip::HeaderId::reason).value_or("");
  }
  if (incoming.method() == sip::Method::notify && incoming.body().starts_with("SIP/2.0 "))
    (void)std::from_chars(incoming.body().data() + 8, incoming.body().data() + incoming.body().size(), transfer_status);
  if (incoming.method() == sip::Method::info) {
    const std::size_t at = incoming.body().find("Signal=");
    if (at != std::string_view::npos) digit = incoming.body()[at + 7];
  }
  respond(incoming, (*transaction)->id(), 200);
}

std::string Phone::header(std::string_view name) const {
  std::string text;
  if (!invite_) return text;
  for (std::string_view value : invite_->values(sip::header_from(name))) text += (text.empty() ? "" : ", ") + std::string(value);
  return text;
}

void Phone::note_connected(const sip::Message& message) {
  const std::string_view said = message.first(sip::HeaderId::p_asserted_identity).value_or("");
  if (said.empty()) return;
  connected = said;
  if (message.is_request()) told_by = message.method();
}

void Phone::receive_update(const sip::Message& incoming, sip::TransactionId transaction) {
  note_connected(incoming);
  if (incoming.body().empty()) {
    ++refreshes;
    return respond(incoming, transaction, 200);
  }
  receive_change(incoming, transaction);
}

void Phone::receive_change(const sip::Message& incoming, sip::TransactionId transaction) {
  changed_ = transaction;
  change_ = sip::OwnedMessage(incoming);
  note_connected(incoming);
  if (!incoming.body().empty() && incoming.body() == last_heard_) {
    ++refreshes;
    const std::string body = refresh_status_ == 200 ? description(own_direction_) : std::string();
    return respond(incoming, changed_, refresh_status_, body);
  }
  is_offer_wanted = incoming.body().empty();
  is_change_wanted = true;
  take_description(incoming.body());
  wanted_direction = is_offer_wanted ? "" : agreed_direction;
}

void Phone::receive_invite(const sip::Message& incoming) {
  auto transaction = transactions_.accept(incoming, hop_, this);
  if (!transaction) return;
  const bool is_change = dialog_ && !has_forgotten_ && dialog_->matches(incoming);
  if (is_change) {
    dialog_->check_request(incoming);
    return receive_change(incoming, (*transaction)->id());
  }
  if (!incoming.to_tag().empty()) return refuse(incoming, (*transaction)->id(), 481);
  if (is_engaged_ && (*is_engaged_ || is_invited)) return refuse(incoming, (*transaction)->id(), 486);
  invited_ = (*transaction)->id();
  invite_ = sip::OwnedMessage(incoming);
  last_heard_.clear();
  take_description(incoming.body());
  rseq_ = 0;
  auto dialog = sip::Dialog::from_request(incoming, sip::make_tag(0), contact());
  if (!dialog) return;
  dialog_.emplace(std::move(*dialog));
  called = incoming.request_uri().user;
  caller = incoming.from().uri.user;
  caller_name = incoming.from().display_text();
  call_info = incoming.first(sip::HeaderId::call_info).value_or("");
  referred_by = incoming.first(sip::HeaderId::referred_by).value_or("");
  is_invited = true;
  has_forgotten_ = false;
  is_cancelled = is_answered = is_hung_up = false;
}

void Phone::on_cancel(sip::ServerTransaction& transaction, const sip::Message& cancelling) {
  is_cancelled = true;
  is_invited = false;
  cancel_reason = cancelling.first(sip::HeaderId::reason).value_or("");
  respond(transaction.id() == changed_ ? *change_ : *invite_, transaction.id(), 487);
}

void Phone::on_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  const bool is_challenge = response.status() == 401 || response.status() == 407;
  if (transaction.method() == sip::Method::register_) {
    if (response.is_provisional()) return;
    if (is_challenge && ++tries_ == 1)
      return send_register(authorize(response, "REGISTER", registration_->state().remote_target));
    register_status = response.status();
    contacts = 0;
    for (std::string_view contact : response.values(sip::HeaderId::contact)) contacts += contact.empty() ? 0 : 1;
    return;
  }
  if (transaction.method() == sip::Method::bye) hang_up_status = response.status();
  if (transaction.method() == sip::Method::refer && response.status() >= 300) transfer_status = response.status();
  if (transaction.method() == sip::Method::update) {
    call_status = response.status();
    call_phrase = response.reason();
    if (!response.body().empty()) take_description(response.body());
    return;
  }
  if (transaction.method() != sip::Method::invite) return;
  if (is_challenge && ++tries_ == 1) {
    const sip::Dialog& dialog = dialog_ ? *dialog_ : *prepared_;
    return send_invite(authorize(response, "INVITE", dialog.state().remote_target));
  }
  call_status = response.status();
  call_phrase = response.reason();
  if (response.status() == 180) ++rings;
  if (response.status() == 181) ++forwards;
  note_connected(response);
  if (response.status() >= 300) hang_up_reason = response.first(sip::HeaderId::reason).value_or("");
  if (!response.body().empty()) take_description(response.body());
  if (response.is_provisional()) receive_progress(response);
  if (response.is_success()) acknowledge(response);
}

void Phone::receive_progress(const sip::Message& response) {
  if (response.to_tag().empty() || dialog_) return;
  if (!early_) {
    auto early = prepared_->from_response(response);
    if (!early) return;
    early_.emplace(std::move(*early));
  }
  if (!response.lists(sip::HeaderId::require, "100rel")) return;
  ++progress;
  request(sip::Method::prack, {}, {}, [&](sip::Writer& writer) {
    const std::string_view rseq = response.first(sip::HeaderId::rseq).value_or("0");
    writer.header(sip::HeaderId::rack, fmt::format("{} {} INVITE", rseq, response.cseq_number()));
  });
}

void Phone::on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure) {
  if (transaction.method() == sip::Method::register_) register_status = 408;
  if (transaction.method() == sip::Method::invite) call_status = 408;
}

void Phone::acknowledge(const sip::Message& response) {
  if (!dialog_) {
    auto dialog = early_ ? Result<sip::Dialog>(*early_) : prepared_->from_response(response);
    if (!dialog) return;
    dialog_.emplace(std::move(*dialog));
    early_.reset();
    (void)dialog_->confirm(response);
  }
  is_answered = true;
  std::string out;
  sip::Writer writer(out);
  const std::string branch = sip::make_branch(0);
  const std::string sent_by = sip_->local().to_string();
  dialog_->begin_request(writer, sip::Method::ack, {.transport = via_transport(), .sent_by = sent_by, .branch = branch});
  if (has_offer_)
    writer.end();
  else
    writer.body(sdp_type, description(own_direction_));
  if (!withholds_acks_) send(hop_, out);
}

sip::TransactionId Phone::request(sip::Method method, std::string_view type, std::string_view body,
                                  const std::function<void(sip::Writer&)>& headers) {
  const std::string branch = sip::make_branch(0);
  std::string out;
  sip::Writer writer(out);
  const std::string sent_by = sip_->local().to_string();
  talk().begin_request(writer, method, {.transport = via_transport(), .sent_by = sent_by, .branch = branch});
  if (headers) headers(writer);
  if (body.empty())
    writer.end();
  else
    writer.body(type, body);
  auto sent = transactions_.request({.method = method, .branch = branch, .bytes = out}, hop_, this);
  return sent ? (*sent)->id() : sip::TransactionId{};
}

/// An INVITE that changes nothing here.
void Phone::refuse(const sip::Message& incoming, sip::TransactionId transaction, int status) {
  std::string out;
  sip::Writer writer(out);
  sip::write_response_head(writer, incoming, {.status = status, .to_tag = sip::make_tag(0)});
  writer.end();
  transactions_.respond(transaction, status, out);
}

void Phone::respond(const sip::Message& incoming, sip::TransactionId transaction, int status, std::string_view body) {
  std::string out;
  sip::Writer writer(out);
  const bool is_invite = incoming.method() == sip::Method::invite && dialog_;
  sip::write_response_head(writer, incoming, {.status = status, .to_tag = is_invite ? dialog_->local_tag() : std::string_view()});
  if (is_invite && status < 300) write_abilities(writer);
  if (is_invite && status < 300) writer.header(sip::HeaderId::contact, {"<", dialog_->state().local_contact, ">"});
  if (retry_after_ != 0) writer.header(sip::HeaderId::retry_after, std::uint64_t{retry_after_});
  if (is_invite && status == 302) writer.header(sip::HeaderId::contact, {"<", redirection_, ">"});
  if (body.empty())
    writer.end();
  else
    writer.body(sdp_type, body);
  if (!is_invite || status != 200) {
    transactions_.respond(transaction, status, out);
    return;
  }
  retransmitter_.stop();  // Of an earlier INVITE, whose ACK has been overtaken.
  retransmitter_.start(transaction, status, out);
}

std::string Phone::authorize(const sip::Message& challenge, std::string_view method, std::string_view uri) {
  auto chosen = sip::choose_challenge(challenge);
  if (!chosen) return {};
  auto value = sip::answer(hasher_, *chosen, {.user = account_.user, .password = account_.password, .ha1 = {}},
                           {.method = method, .uri = uri, .cnonce = sip::make_tag(0)});
  return value ? *value : std::string();
}

// ---- The session ----

std::string Phone::description(std::string_view direction) {
  const std::string host = rtp_->local().host();
  const std::string_view family = rtp_->local().is_v4() ? "IP4" : "IP6";
  return fmt::format(
      "v=0\r\no=- 1 {} IN {} {}\r\ns=-\r\nc=IN {} {}\r\nt=0 0\r\nm=audio {} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
      "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na={}\r\n{}",
      sdp_version_, family, host, family, host, rtp_->local().port, direction, more_);
}

void Phone::take_description(std::string_view body) {
  last_heard_ = body;
  const auto session = sdp::Session::parse(body);
  if (!session || session->media.empty()) return;
  const sdp::Media& audio = session->media.front();
  agreed_direction = sdp::to_string(session->direction_of(audio));
  if (const sdp::Connection* connection = session->connection_of(audio))
    remote_rtp_ = net::Address::parse(connection->address, audio.port).value_or(net::Address{});
}

}  // namespace carillon::flows
