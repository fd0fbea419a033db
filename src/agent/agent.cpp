// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/agent.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "agent/fault_phrase.hpp"
#include "agent/reflection_limit.hpp"
#include "base/assert.hpp"
#include "base/id.hpp"
#include "base/service_urn.hpp"
#include "sip/scan.hpp"

namespace carillon::agent {

namespace {

/// What a request may require of us.
constexpr std::array<std::string_view, 5> extensions = {"100rel", "timer", "replaces", "path", "outbound"};

/// Option tags are compared without regard to case (RFC 3261 §7.3.1).
bool is_supported(std::string_view extension) {
  return std::ranges::any_of(extensions,
                             [extension](std::string_view known) { return sip::same_ignoring_case(known, extension); });
}

/// How long another shard's word for a source holds; it is given again with the next message that comes after that.
constexpr Duration trust_time = 60s;

std::uint64_t account_key(std::string_view realm, std::string_view user) {
  return mix(text_key(realm), text_key(user));
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::open(Loop& loop, net::Network& network, Settings settings, User& user,
                                           const Secrets& secrets, const Surroundings& surroundings) {
  std::unique_ptr<Agent> agent(new Agent(loop, network, std::move(settings), user, secrets, surroundings));
  CARILLON_CHECK(agent->listen(network));
  return agent;
}

Agent::Agent(Loop& loop, net::Network& network, Settings settings, User& user, const Secrets& secrets,
             const Surroundings& surroundings)
    : loop_(loop),
      settings_(std::move(settings)),
      user_(user),
      authenticator_(*this, secrets, settings_.digest, settings_.remembered),
      admission_(loop, settings_.flood, bans_, settings_.remembered),
      answer_limit_(settings_.answers, settings_.flood.requests == 0 ? 8 : settings_.remembered),
      router_(surroundings.router),
      trace_(surroundings.trace),
      arrivals_(4096),
      passes_(4096),
      trusted_(router_ == nullptr ? 0 : settings_.remembered),
      own_streams_(surroundings.streams != nullptr
                       ? nullptr
                       : std::make_unique<StreamConnections>(loop, network, settings_.streams,
                                                             static_cast<StreamConnections::User&>(*this))),
      streams_(surroundings.streams == nullptr ? *own_streams_ : *surroundings.streams),
      redialler_(streams_, *this),
      transactions_(loop, *this, settings_.transactions),
      tag_secret_(random_bits()) {
  if (own_streams_ && surroundings.trust != nullptr) own_streams_->believe(*surroundings.trust);
}

Agent::~Agent() = default;

Result<> Agent::listen(net::Network& network) {
  const auto open = [&](const net::Address& address) -> Result<> {
    CARILLON_TRY(socket, network.bind_udp(address, *this, true));
    // With port 0 the kernel chose one; TCP takes the same.
    if (own_streams_) {
      CARILLON_CHECK(own_streams_->listen(address.with_port(socket->local().port), 0));
    }
    sockets_.push_back(std::move(socket));
    return {};
  };
  for (const net::Address& address : settings_.addresses) CARILLON_CHECK(open(address));
  for (const net::Address& address : settings_.trunk_addresses) CARILLON_CHECK(open(address));
  sides_ = Sides(trunk_addresses(), settings_.trunk_tls_port);
  return {};
}

// ---- Arrival ----

void Agent::on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) {
  if (bytes.size() <= 4) return;  // Keep-alives of telephones behind NAT: CRLF, or zeros.
  if (!admit(from)) return;
  receive({.transport = net::Transport::udp, .local = socket.destination(), .remote = from}, bytes);
}

bool Agent::admit(const net::Address& from) {
  if (!admission_.is_on()) return true;
  return admission_.admit(from, user_.is_registered(from) || (router_ != nullptr && is_trusted(from)));
}

std::size_t Agent::lift_bans(std::string_view name) {
  const std::vector<Ban> lifted = bans_.take(name, loop_.wall());
  for (const Ban& ban : lifted) {
    admission_.forgive(ban.source);
    authenticator_.guard().forgive({ban.user, ban.realm, ban.source}, ban.reason);
    log::info("agent", "ban.lifted", {{"name", ban.name()}, {"account", ban.account()}});
  }
  return lifted.size();
}

void Agent::trust(const net::Address& source) {
  trusted_.at(peer_key(source), loop_.now()) = loop_.now() + trust_time;
}

bool Agent::is_trusted(const net::Address& source) {
  const Monotonic* until = trusted_.find(peer_key(source));
  return until != nullptr && loop_.now() < *until;
}

std::vector<net::Address> Agent::local_addresses() const {
  std::vector<net::Address> addresses;
  for (const auto& socket : sockets_ | std::views::take(settings_.addresses.size())) addresses.push_back(socket->local());
  return addresses;
}

std::vector<net::Address> Agent::trunk_addresses() const {
  std::vector<net::Address> addresses;
  for (const auto& socket : sockets_ | std::views::drop(settings_.addresses.size())) addresses.push_back(socket->local());
  return addresses;
}

void Agent::on_stream_message(const net::Flow& flow, std::string_view bytes) {
  if (admit(flow.remote)) receive(flow, bytes);
}

void Agent::on_stream_garbage(const net::Flow& flow, std::string_view bytes, const Error& error) {
  refuse_malformed(flow, bytes, error);
}

void Agent::on_flow_closed(const net::Flow& flow) {
  transactions_.fail_hop(to_hop(flow));
  const std::vector<DialogUser*> users = users_of(flow);
  const bool is_device = !redialler_.knows(flow);
  for (DialogUser* user : users)
    if (is_device) await_device(*user, std::string(user_.instance_at(flow, user->account())));
  for (DialogUser* user : users) user->on_flow_closed();
  if (users_of(flow).empty()) redialler_.forget(flow);
  user_.on_flow_closed(flow);
}

/// Whose dialogs are on this connection: once for each.
std::vector<DialogUser*> Agent::users_of(const net::Flow& flow) const {
  std::vector<DialogUser*> users;
  const auto [first, last] = users_by_connection_.equal_range(flow.generation);
  for (auto each = first; each != last; ++each)
    if (each->second->flow() == flow) users.push_back(each->second);
  return users;
}

void Agent::connect(const Way& way, Streams::Connected done) {
  streams_.connect(way, [this, way, done = std::move(done)](Result<net::Flow> flow) mutable {
    if (flow) redialler_.know(*flow, way);
    done(std::move(flow));
  });
}

void Agent::know_way(const net::Flow& flow, Way way) {
  if (flow.transport == net::Transport::udp) return;
  if (streams_.is_open(flow)) prove_carrier(flow);
  redialler_.know(flow, std::move(way));
}

void Agent::prove_carrier(const net::Flow& flow) {
  prove(flow, {}, flow.remote.host());
}

void Agent::on_redialled(const net::Flow& old, const net::Flow& now) {
  for (DialogUser* user : users_of(old))
    if (user->flow() == old) move(*user, now);
}

void Agent::on_stream_greedy(const net::Address& source, std::string_view what) {
  refusals_.note_greedy(source, what, loop_.now());
}

void Agent::receive(const net::Flow& flow, std::string_view bytes) {
  auto message = sip::Message::parse(bytes, settings_.message);
  if (!message) return refuse_malformed(flow, bytes, message.error());
  if (router_ != nullptr && router_->pass_on(*message, flow)) return;
  receive({*message, flow});
}

void Agent::receive_moved(const net::Flow& flow, std::string_view bytes) {
  auto message = sip::Message::parse(bytes, settings_.message);
  if (!message) return refuse_malformed(flow, bytes, message.error());
  receive({*message, flow});
}

void Agent::receive_on_net(const net::Flow& flow, std::string_view bytes) {
  auto message = sip::Message::parse(bytes, settings_.message);
  if (message) receive({*message, reversed(flow)});
}

bool Agent::send_on_net(const net::Flow& flow, std::string_view bytes) {
  if (router_ != nullptr) return router_->send_on_net(flow, bytes);
  loop_.later([this, flow, text = std::string(bytes)] { receive_on_net(flow, text); });
  return true;
}

void Agent::receive(const Incoming& incoming) {
  received_.add();
  const sip::Message& message = incoming.message;
  const bool is_whole = attempt([&] { handle(incoming); });
  if (is_whole || !message.is_request() || message.method() == sip::Method::ack) return;
  attempt([&] { respond(incoming, 500); });
}

/// Ruling 5: the message dispatcher. What breaks in a leg or a transaction does not come this far up.
template <class Work>
bool Agent::attempt(Work work) {
  try {
    work();
    return true;
  } catch (const Broken& broken) {
    broken_.add();
    log::error("agent", "request.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
    return false;
  }
}

void Agent::handle(const Incoming& incoming) {
  const sip::Message& message = incoming.message;
  // A REGISTER is answered without a transaction, which would cost more than the work: its used-up nonce tells a repetition.
  if (message.is_request() && message.method() == sip::Method::register_ && message.to_tag().empty()) return dispatch(incoming);
  const sip::TransactionTable::Received received = transactions_.receive(incoming.message, to_hop(incoming.flow));
  switch (received.fate) {
    case sip::TransactionTable::Fate::absorbed:
      return;
    case sip::TransactionTable::Fate::request:
      return incoming.message.to_tag().empty() ? dispatch(incoming) : receive_for_dialog(incoming);
    case sip::TransactionTable::Fate::cancel:
      return receive_cancel(incoming, received.invite);
    case sip::TransactionTable::Fate::ack:
      return receive_for_dialog(incoming);
    case sip::TransactionTable::Fate::stray:
      return;  // A 2xx whose transaction is gone after 64*T1: the far side gives up by itself.
  }
}

void Agent::receive_cancel(const Incoming& incoming, sip::TransactionId invite) {
  // RFC 3261 §9.2: 200 when there is something to cancel, whatever its fate will be; with the To tag of what that was told
  // already.
  const sip::ServerTransaction* cancelled = invite ? transactions_.find_server(invite) : nullptr;
  const std::string_view last = cancelled != nullptr ? cancelled->last_response() : std::string_view();
  const auto told = sip::Message::parse(last, settings_.message);
  sip::Writer writer = start_response(incoming, invite ? 200 : 481, {}, told ? told->to_tag() : std::string_view());
  writer.end();
  if (cancelled != nullptr) {
    note(cancelled->call(), trace::Direction::in, incoming.flow, incoming.message.raw());
    note(cancelled->call(), trace::Direction::out, incoming.flow, response_);
  }
  finish_refusal(incoming);
  if (invite) transactions_.report_cancel(invite, incoming.message);
}

bool Agent::is_proven(const Incoming& incoming, const DialogUser& user) {
  if (user.account().empty()) {
    const bool is_its = user.is_at(incoming.flow);
    if (!is_its) respond(incoming, 403);
    if (is_its) prove_carrier(incoming.flow);
    return is_its;
  }
  if (user_.is_trusted(incoming.flow, user.realm(), user.account())) return true;
  return authenticator_.authenticate(incoming, user.realm(), user.account()) == Authenticator::Claim::proven;
}

bool Agent::is_believable_ack(const Incoming& ack, const DialogUser& user) {
  // RFC 3261 §22.1: an ACK cannot be challenged. A telephone behind NAT may have got another port since its INVITE; one that has
  // moved has proven so by its INVITE, and the dialog moved along.
  return ack.flow.remote.same_host(user.flow().remote);
}

void Agent::receive_for_dialog(const Incoming& incoming) {
  const sip::Message& request = incoming.message;
  const bool is_ack = request.method() == sip::Method::ack;
  const sip::DialogTable::Found found = dialogs_.find(request);
  if (!found) {
    if (are_dialogs_expected_) return;
    if (!is_ack) respond(incoming, 481);  // RFC 3261 §12.2.2: we know no such dialog. An ACK is never answered.
    return;
  }
  DialogUser& user = static_cast<DialogUser&>(*found.owner);  // add_dialog() takes no others.
  if (is_ack ? !is_believable_ack(incoming, user) : incoming.flow != user.flow() && !is_proven(incoming, user)) return;
  switch (found.dialog->check_request(request)) {
    case sip::RequestCheck::stray_ack:
      return;
    case sip::RequestCheck::out_of_order:
      return respond(incoming, 500);
    case sip::RequestCheck::ok:
      break;
  }
  const CallId call = user.call().value_or(CallId{});
  if (is_ack) {
    note(call, trace::Direction::in, incoming.flow, request.raw());
    return user.on_ack(*found.dialog, request);
  }
  // Proven above. A carrier has several addresses and connections at once, and what we send goes where it wanted it.
  const bool is_elsewhere = incoming.flow != user.flow();
  const bool is_there = user.flow().transport == net::Transport::udp ? is_usable(user.flow()) : streams_.is_open(user.flow());
  if (is_elsewhere && !(user.account().empty() && (is_there || is_on_net(user.flow())))) move(user, incoming.flow);
  if (refuse_extensions(incoming)) return;
  auto transaction = transactions_.accept(request, to_hop(incoming.flow), nullptr, call);
  if (!transaction) return respond(incoming, 503);
  user.on_request(*found.dialog, **transaction, request);
}

/// Ruling 4: a telephone may change its address in the middle of a call; what we send goes there from now on.
void Agent::move(DialogUser& user, const net::Flow& flow, bool is_back) {
  const auto [first, last] = users_by_connection_.equal_range(user.flow().generation);
  for (auto each = first; each != last;) each = each->second == &user ? users_by_connection_.erase(each) : std::next(each);
  forget_lost(user, lost_.size());
  user.on_moved(flow, is_back);
  if (flow.transport != net::Transport::udp) users_by_connection_.emplace(flow.generation, &user);
}

void Agent::refuse_malformed(const net::Flow& flow, std::string_view bytes, const Error& error) {
  if (auto refusal = refusals_.note(flow, bytes, error, loop_.now()))
    attempt([&] { respond({refusal->request, flow, bytes.size()}, refusal->status, phrase_for(error, refusal->request)); });
}

bool Agent::refuse_extensions(const Incoming& incoming) {
  const auto required = incoming.message.values(sip::HeaderId::require);
  if (!incoming.message.has(sip::HeaderId::require)) return false;
  if (std::ranges::all_of(required, is_supported)) return false;
  sip::Writer writer = start_response(incoming, 420);
  for (std::string_view option : required)
    if (!is_supported(option)) writer.header(sip::HeaderId::unsupported, option);
  writer.end();
  finish_refusal(incoming);
  return true;
}

bool Agent::is_merged(const sip::Message& invite) {
  const Monotonic now = loop_.now();
  const std::uint64_t call = mix(mix(text_key(invite.call_id()), text_key(invite.from_tag())), invite.cseq_number());
  const std::uint64_t branch = mix(text_key(invite.via_branch()), text_key(invite.via_sent_by()));
  Arrival& arrival = arrivals_.at(call, now);
  if (now < arrival.until) return arrival.branch != branch;
  arrival = {branch, now + sip::transaction_timeout};
  return false;
}

/// Whether we wrote it, on whichever of our listeners.
bool Agent::is_own(const sip::Via& via, const net::Flow& flow) const {
  const auto is_at = [&via](const net::Address& local) { return via.host == local.host(); };
  const auto is_from = [&via](const auto& socket) { return via.port == socket->local().port; };
  const auto is_tls = [&via](std::uint16_t port) { return port != 0 && via.port == port; };
  const bool is_our_port =
      std::ranges::any_of(sockets_, is_from) || is_tls(settings_.tls_port) || is_tls(settings_.trunk_tls_port);
  const bool is_our_host =
      is_at(flow.local) || via.host == settings_.advertised_address || std::ranges::any_of(settings_.addresses, is_at);
  return is_our_port && is_our_host;
}

bool Agent::is_looping(const Incoming& invite) {
  const sip::Message& message = invite.message;
  const auto has_passed = [&](std::string_view value) {
    const auto via = sip::Via::parse(value);
    return via && is_own(*via, invite.flow);
  };
  std::size_t passed = 0;
  for (std::string_view value : message.values(sip::HeaderId::via)) passed += has_passed(value) ? 1 : 0;
  if (passed == 0) return false;
  const Monotonic now = loop_.now();
  const std::uint64_t call = mix(text_key(message.call_id()), text_key(message.from_tag()));
  Passes& passes = passes_.at(mix(call, text_key(message.request_uri_text())), now);
  if (now >= passes.until) passes = {.until = now + sip::transaction_timeout};
  return ++passes.count > settings_.loop_limit;
}

/// Whether its Request-URI names somebody here. Telephones may ask for help by its name (RFC 6881).
bool Agent::is_understood(const Incoming& incoming) const {
  const sip::Uri uri = incoming.message.request_uri();
  if (uri.scheme != sip::Scheme::other) return true;
  const bool is_telephone = !is_trunk(incoming.flow.local) && !is_on_net(incoming.flow);
  return is_telephone && incoming.message.method() == sip::Method::invite && asks_for_help(uri.text);
}

void Agent::dispatch(const Incoming& incoming) {
  const sip::Message& request = incoming.message;
  // RFC 3261 §16.3 step 3: what we answer ourselves has arrived, however few hops were left; only calls would go on.
  if (request.max_forwards() == 0 && request.method() == sip::Method::invite) return respond(incoming, 483);
  if (!is_understood(incoming)) return respond(incoming, 416);  // RFC 3261 §8.2.2.1.
  if (refuse_extensions(incoming)) return;
  user_.on_request(incoming);
}

// ---- Answers ----

void Agent::respond(const Incoming& incoming, int status, std::string_view reason) {
  sip::Writer writer = start_response(incoming, status, reason);
  if (status == 405 || status == 200) writer.header(sip::HeaderId::allow, {allowed_in_dialogs, ", REGISTER, SUBSCRIBE"});
  if (status == 503) writer.header(sip::HeaderId::retry_after, 5 + random_bits() % 26);
  writer.end();
  finish_refusal(incoming);
}

sip::Writer Agent::start_response(const Incoming& incoming, int status, std::string_view reason, std::string_view to_tag) {
  response_.clear();
  const std::string own_tag = to_tag.empty() ? stateless_tag(incoming.message) : std::string(to_tag);
  return response_head(response_, incoming, status, reason, own_tag);
}

void Agent::finish_response(const Incoming& incoming) {
  send(incoming.flow, response_);
}

void Agent::finish_refusal(const Incoming& incoming) {
  const bool is_spoofable = incoming.flow.transport == net::Transport::udp;
  if (is_on_net(incoming.flow)) return finish_response(incoming);
  if (is_spoofable && !may_answer(incoming.flow.remote)) return too_many_.add();
  if (is_spoofable && !limit_reflection(response_, incoming.size())) return too_long_.add();
  finish_response(incoming);
}

bool Agent::may_answer(const net::Address& source) {
  if (!admission_.is_on() || user_.is_registered(source) || (router_ != nullptr && is_trusted(source))) return true;
  return answer_limit_.admit(source, loop_.now());
}

void Agent::verify(const net::Address& source) {
  if (!admission_.is_on()) return;
  if (answer_limit_.verify(source, loop_.now()) && router_ != nullptr) router_->verified(source);
}

sip::Writer Agent::response_head(std::string& out, const Incoming& incoming, int status, std::string_view reason,
                                 std::string_view to_tag) {
  sip::Writer writer(out);
  const std::string source = incoming.flow.remote.host();
  sip::write_response_head(
      writer, incoming.message,
      {.status = status, .reason = reason, .to_tag = to_tag, .source_host = source, .source_port = incoming.flow.remote.port});
  return writer;
}

std::string Agent::stateless_tag(const sip::Message& request) const {
  // RFC 3261 §8.2.7: the same request gets the same tag each time.
  const std::uint64_t h = mix(mix(tag_secret_, text_key(request.call_id())), text_key(request.from_tag()));
  return to_hex(mix(h, request.cseq_number()));
}

std::string Agent::sent_by(const net::Flow& flow) const {
  if (settings_.advertised_address.empty()) return flow.local.to_string();
  return settings_.advertised_address + ':' + std::to_string(flow.local.port);
}

std::string Agent::host_of(const net::Flow& flow) const {
  return settings_.advertised_address.empty() ? flow.local.uri_host() : settings_.advertised_address;
}

std::string Agent::contact_uri(const net::Flow& flow, std::string_view user, bool is_secure) const {
  if (is_secure) return fmt::format("sips:{}@{}", user, sent_by(flow));
  const std::string_view transport = flow.transport == net::Transport::udp ? std::string_view() : transport_name(flow.transport);
  return fmt::format("sip:{}@{}{}{}", user, sent_by(flow), transport.empty() ? "" : ";transport=", transport);
}

std::string_view Agent::via_transport(const net::Flow& flow) {
  constexpr std::string_view names[] = {"UDP", "TCP", "TLS", "WS", "WSS"};
  return names[static_cast<std::size_t>(flow.transport)];
}

bool Agent::send(const net::Flow& flow, std::string_view bytes) {
  if (is_on_net(flow)) return send_on_net(flow, bytes);
  if (flow.transport != net::Transport::udp) return streams_.send(flow, bytes) || redialler_.send(flow, bytes);
  net::UdpSocket* socket = find_socket(flow);
  if (socket == nullptr) return false;
  socket->send_from(flow.local, flow.remote, bytes);
  return true;
}

bool Agent::send(const CallId& call, const net::Flow& flow, std::string_view bytes) {
  note(call, trace::Direction::out, flow, bytes);
  return send(flow, bytes);
}

void Agent::on_passing(const CallId& call, sip::TransactionTable::Passing passing, const sip::Hop& hop, std::string_view bytes) {
  if (trace_ == nullptr) return;
  const bool is_sent = passing == sip::TransactionTable::Passing::sent;
  note(call, is_sent ? trace::Direction::out : trace::Direction::in, to_flow(hop), bytes);
}

void Agent::note(const CallId& call, trace::Direction direction, const net::Flow& flow, std::string_view bytes) {
  if (trace_ == nullptr || call == CallId{}) return;
  // What goes between customers of the platform is as little the business of either as what goes to carriers.
  const bool is_brands = is_on_net(flow) || is_trunk(flow.local);
  trace_->message(call, is_brands ? trace::Audience::brand : trace::Audience::customer, direction, flow, bytes);
}

net::UdpSocket* Agent::find_socket(const net::Flow& flow) const {
  for (const auto& socket : sockets_) {
    const net::Address& local = socket->local();
    if (local == flow.local) return socket.get();
    if (local.port == flow.local.port && local.is_unspecified() && local.is_v4() == flow.local.is_v4()) return socket.get();
  }
  return nullptr;
}

void Agent::vouch(const net::Address& source) {
  if (admission_.trust(source) && router_ != nullptr) router_->proven(source);
}

void Agent::prove(const net::Flow& flow, std::string_view realm, std::string_view user) {
  vouch(flow.remote);
  if (flow.transport != net::Transport::udp) streams_.prove(flow, account_key(realm, user));
}

bool Agent::is_usable(const net::Flow& flow) const {
  if (is_on_net(flow)) return true;
  if (flow.transport == net::Transport::udp) return find_socket(flow) != nullptr;
  return streams_.is_open(flow) || redialler_.knows(flow);
}

bool Agent::add_dialog(sip::Dialog& dialog, DialogUser& user) {
  if (!dialogs_.add(dialog, user)) return false;
  if (user.flow().transport != net::Transport::udp) users_by_connection_.emplace(user.flow().generation, &user);
  return true;
}

const DialogUser* Agent::find_dialog(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag) const {
  return static_cast<const DialogUser*>(dialogs_.find(call_id, local_tag, remote_tag).owner);
}

void Agent::remove_dialog(const sip::Dialog& dialog, const DialogUser& user) {
  dialogs_.remove(dialog);
  const auto [first, last] = users_by_connection_.equal_range(user.flow().generation);
  const auto entry = std::find_if(first, last, [&user](const auto& each) { return each.second == &user; });
  if (entry != last) users_by_connection_.erase(entry);
  const bool is_last = redialler_.knows(user.flow()) && !streams_.is_open(user.flow()) && users_of(user.flow()).empty();
  if (is_last) redialler_.forget(user.flow());
  forget_lost(user, 1);
}

void Agent::forget_lost(const DialogUser& user, std::size_t dialogs) {
  if (lost_.empty()) return;
  const auto [first, last] = lost_.equal_range(account_key(user.realm(), user.account()));
  for (auto each = first; each != last && dialogs > 0;) {
    const bool is_its = each->second.user == &user;
    each = is_its ? lost_.erase(each) : std::next(each);
    dialogs -= is_its ? 1 : 0;
  }
}

void Agent::await_device(DialogUser& user, std::string instance) {
  lost_.emplace(account_key(user.realm(), user.account()), Lost{&user, std::move(instance)});
}

void Agent::reattach(const net::Flow& flow, std::string_view realm, std::string_view account, const sip::Contact& contact) {
  if (lost_.empty()) return;
  std::vector<DialogUser*> users;
  const auto [first, last] = lost_.equal_range(account_key(realm, account));
  for (auto each = first; each != last; ++each) {
    DialogUser& user = *each->second.user;
    if (user.realm() != realm || user.account() != account) continue;
    const auto target = sip::Uri::parse(user.remote_target());
    const bool is_known = !contact.instance.empty() && !each->second.instance.empty();
    const bool is_its = is_known ? contact.instance == each->second.instance : target && target->user == contact.address.uri.user;
    if (is_its && std::ranges::find(users, &user) == users.end()) users.push_back(&user);
  }
  for (DialogUser* user : users) move(*user, flow, true);
}

void Agent::follow(const net::Flow& from, const net::Flow& to, std::string_view realm, std::string_view account) {
  if (from.transport == net::Transport::udp || from == to) return;
  std::vector<DialogUser*> users;
  const auto [first, last] = users_by_connection_.equal_range(from.generation);
  for (auto each = first; each != last; ++each) {
    DialogUser* user = each->second;
    const bool is_its = user->flow() == from && user->realm() == realm && user->account() == account;
    if (is_its && std::ranges::find(users, user) == users.end()) users.push_back(user);
  }
  for (DialogUser* user : users) move(*user, to);
}

}  // namespace carillon::agent
