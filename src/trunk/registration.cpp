// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/registration.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.hpp"
#include "sip/challenge_answer.hpp"
#include "sip/uri.hpp"
#include "trunk/carrier_leg.hpp"
#include "trunk/connection.hpp"

namespace carillon::trunk {

namespace {

/// A 423 that wants more is no registrar that we know.
constexpr std::uint32_t seconds_max = 86400;
constexpr std::size_t targets_max = 8;

std::string registrar_uri(const model::CarrierRegistration& row) {
  std::string uri = "sip:" + uri_host(row.registrar());
  if (row.port != 0) uri += fmt::format(":{}", row.port);
  if (row.transport == model::ServerTransport::tcp) uri += ";transport=tcp";
  if (row.transport == model::ServerTransport::tls) uri += ";transport=tls";
  return uri;
}

Wanted registrar_of(const model::CarrierRegistration& row) {
  return wanted_of({.host = row.registrar(), .port = row.port, .transport = row.transport, .outbound_proxy = row.outbound_proxy});
}

std::string describe(const Target& target) {
  return fmt::format("{} {}", agent::transport_name(target.transport), target.address.to_string());
}

bool is_same_place(const Target& a, const Target& b) {
  return a.transport == b.transport && a.address == b.address;
}

bool is_same_login(const model::CarrierRegistration& a, const model::CarrierRegistration& b) {
  return a.login() == b.login() && a.realm == b.realm && a.ha1_md5.reveal() == b.ha1_md5.reveal() &&
         a.ha1_sha256.reveal() == b.ha1_sha256.reveal();
}

/// Whether the registrar's next place may do better: nobody is there, or what is there does not work.
bool is_outage(int status) {
  return status == 0 || status == 408 || status >= 500;
}

Duration within(Duration most) {
  return Duration(static_cast<Duration::rep>(random_bits() % static_cast<std::uint64_t>(most.count())));
}

Duration seconds_in(const sip::Message& response, sip::HeaderId header) {
  return std::chrono::seconds(sip::parse_seconds(response.first(header).value_or("")).value_or(0));
}

}  // namespace

bool is_same_binding(const model::CarrierRegistration& a, const model::CarrierRegistration& b) {
  return a.username == b.username && a.domain == b.domain && a.registrar() == b.registrar() && a.port == b.port &&
         a.transport == b.transport && a.outbound_proxy == b.outbound_proxy && a.contact_user == b.contact_user;
}

Duration refresh_after(Duration granted, std::uint64_t random) {
  constexpr Duration least = 5s, for_lost_answers = 20s;
  const Duration drawn = granted * static_cast<std::int64_t>(75 + random % 16) / 100;
  return std::max({least, granted / 2, std::min(drawn, granted - for_lost_answers)});
}

Duration pause_after(unsigned failures, Duration least, Duration most, std::uint64_t random) {
  const unsigned doublings = std::min(failures - std::min(failures, 1U), 16U);
  const Duration pause = std::min<Duration>(least * (std::int64_t{1} << doublings), most);
  return pause * static_cast<std::int64_t>(75 + random % 51) / 100;
}

Registration::Registration(const Ground& ground, Row row)
    : ground_(ground), row_(std::move(row)), answered_(loop()), changed_(loop()), scope_(loop(), [this](const Broken& broken) {
        log::error("trunk", "registration.broken",
                   {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
        begin_again();
      }) {
  set_state(RegistrationPhase::trying, 0);
  scope_.spawn(run(within(spread)));
}

/// A fault of the program, which may be one of every try: not on and on.
void Registration::begin_again() {
  forget();
  is_enrolling_ = is_cut_off_ = false;
  if (!is_wanted_) return ground_.owner.on_over(*this);
  ++breaks_;
  set_state(RegistrationPhase::failed, 0);
  scope_.spawn(run(pause_after(breaks_, refused_min, refused_max, random_bits())));
}

Registration::~Registration() {
  forget();
}

void Registration::want(std::optional<Row> row) {
  if (!row) {
    if (!is_wanted_) return;
    is_wanted_ = false;
  } else {
    const bool is_same = is_wanted_ && is_same_binding(*row, row_) && is_same_login(*row, row_) && row->expires == row_.expires;
    is_wanted_ = true;
    row_ = std::move(*row);
    if (is_same) return;
  }
  has_changed_ = true;
  changed_.set();
}

void Registration::set_state(RegistrationPhase phase, int code) {
  const bool is_other = phase != state_.phase || code != state_.last_code || state_.since == Instant{};
  state_.phase = phase;
  state_.last_code = code;
  if (!is_other) return;
  state_.since = loop().wall();
  ground_.owner.on_state(*this);
}

void Registration::lose_place() {
  state_.expires_at = {};
  if (!std::exchange(has_place_, false)) return;
  ground_.owner.on_place(*this, std::nullopt);
}

// ---- The story

Task<> Registration::wait_for_change() {
  while (!has_changed_) co_await changed_.wait();
}

Task<> Registration::wait_for_news() {
  while (!has_changed_ && !is_cut_off_) co_await changed_.wait();
}

Task<> Registration::run(Duration pause) {
  while (true) {
    co_await with_deadline(loop(), pause, wait_for_news());
    if (std::exchange(is_cut_off_, false)) {
      pause = pause_after_cut();
      co_await with_deadline(loop(), pause, wait_for_change());
    }
    pause = {};
    if (bound_ && (!is_wanted_ || !is_same_binding(bound_->row, row_))) {
      // Bounded, and not broken off by changes: who is on the list twice gets calls twice.
      co_await with_deadline(loop(), leave_within, leave());
      forget();
      bound_.reset();
      dialog_.reset();
      lose_place();
      if (is_wanted_) set_state(RegistrationPhase::trying, 0);
    }
    if (std::exchange(has_changed_, false)) {
      failures_ = 0;
      least_seconds_ = 0;
    }
    if (!is_wanted_) break;
    // A change breaks off what is under way: it is about what was.
    is_enrolling_ = true;
    auto first = co_await race(enrol(), wait_for_change());
    is_enrolling_ = false;
    forget();
    if (first.index() == 0) pause = std::get<0>(first);
  }
  set_state(RegistrationPhase::off, 0);
  ground_.owner.on_over(*this);
}

Task<std::vector<Target>> Registration::locate() {
  Wanted wanted = registrar_of(row_);
  auto found = co_await ground_.trunks.locator().locate(std::move(wanted));
  std::vector<Target> targets;
  if (!found) {
    log::debug("trunk", "registrar.not_found", {{"registration", to_base32(row_.id.value)}, {"fault", found.error()}});
    co_return targets;
  }
  targets = std::move(*found);
  std::erase_if(targets, [this](const Target& each) {
    if (ground_.trunks.may_reach(each)) return false;
    log::warning("trunk", "registrar.not_allowed", {{"registration", to_base32(row_.id.value)}, {"target", describe(each)}});
    return true;
  });
  for (Target& each : targets) each.server = row_.id.value;
  ground_.health.order(targets, loop().now());
  // Who has us on its list knows us: as long as it is well, none of its fellows is asked.
  const auto known =
      std::ranges::find_if(targets, [&](const Target& each) { return bound_ && is_same_place(each, bound_->target); });
  if (known != targets.end() && ground_.health.is_healthy(*known, loop().now()))
    std::ranges::rotate(targets.begin(), known, std::next(known));
  if (targets.size() > targets_max) targets.resize(targets_max);
  co_return targets;
}

Task<Duration> Registration::enrol() {
  const std::vector<Target> targets = co_await locate();
  Answer answer;
  for (const Target& target : targets) {
    const std::optional<net::Flow> flow = ground_.trunks.way_to(target);
    if (!flow) continue;
    answer = {};
    state_.target = describe(target);
    const auto connected = co_await connect(*flow, registrar_of(row_).host);
    if (!connected) {
      // That we have no room for one more is no fault of the registrar's.
      if (!connected.error().is(net::Fault::queue_full)) ground_.health.note_failure(target, loop().now(), {});
      continue;
    }
    const Monotonic ends = bound_ ? bound_->ends : loop().now();
    if (!bound_ || bound_->flow != *connected) connected_at_ = loop().now();
    bound_ = Bound{.row = row_, .target = target, .flow = *connected, .ends = ends};
    is_cut_off_ = false;
    answer = co_await ask(std::max(static_cast<std::uint32_t>(row_.expires), least_seconds_));
    if (answer.granted > Duration::zero()) co_return take(answer);
    if (answer.status == 0 || answer.status == 408 || answer.status == 503)
      ground_.health.note_failure(target, loop().now(), answer.retry_after);
    else
      ground_.health.note_success(target, loop().now());
    if (!is_outage(answer.status)) break;
  }
  co_return fail(answer.status, answer.retry_after);
}

Duration Registration::take(const Answer& answer) {
  failures_ = breaks_ = 0;
  bound_->ends = loop().now() + answer.granted;
  state_.expires_at = loop().wall() + answer.granted;
  ground_.health.note_success(bound_->target, loop().now());
  ground_.agent.vouch(bound_->flow.remote);
  has_place_ = true;
  ground_.owner.on_place(*this, bound_->flow.remote);
  if (state_.phase != RegistrationPhase::registered)
    log::info(
        "trunk", "registration.registered",
        {{"registration", to_base32(row_.id.value)}, {"carrier", to_base32(row_.carrier.value)}, {"target", state_.target}});
  set_state(RegistrationPhase::registered, answer.status);
  const Duration refresh = refresh_after(answer.granted, random_bits());
  return bound_->flow.transport == net::Transport::udp ? refresh : std::min(refresh, kept_up);
}

/// RFC 5626 §4.5: soon, but not all that shared the connection at once, and with growing pauses when it does not last.
Duration Registration::pause_after_cut() {
  if (loop().now() - connected_at_ >= steady_after) cuts_ = 0;
  ++cuts_;
  return cuts_ == 1 ? within(spread) : pause_after(cuts_ - 1, pause_min, pause_max, random_bits());
}

void Registration::on_flow_closed(const net::Flow& flow) {
  const bool is_its = bound_ && bound_->flow == flow;
  if (!is_its || (!is_enrolling_ && state_.phase != RegistrationPhase::registered)) return;
  is_cut_off_ = true;
  changed_.set();
}

Duration Registration::fail(int code, Duration retry_after) {
  ++failures_;
  const bool is_news = state_.phase != RegistrationPhase::failed || state_.last_code != code;
  if (is_news)
    log::warning("trunk", "registration.failed",
                 {{"registration", to_base32(row_.id.value)},
                  {"carrier", to_base32(row_.carrier.value)},
                  {"target", state_.target},
                  {"code", code}});
  const Monotonic now = loop().now();
  if (!bound_ || now >= bound_->ends) lose_place();
  if (!has_place_ && !is_outage(code)) bound_.reset();  // There is nothing to be taken off.
  is_cut_off_ = false;                                  // Whoever says no may hang up as well.
  set_state(RegistrationPhase::failed, code);
  Duration pause = is_outage(code) ? pause_after(failures_, pause_min, pause_max, random_bits())
                                   : pause_after(failures_, refused_min, refused_max, random_bits());
  pause = std::max(pause, std::clamp(retry_after, Duration::zero(), TargetHealth::retry_after_max));
  // What the registrar still believes of us ends at its time, whatever we are waiting for.
  return has_place_ ? std::min(pause, std::max<Duration>(bound_->ends - now, pause_min)) : pause;
}

// ---- One exchange with one place

Task<Registration::Answer> Registration::ask(std::uint32_t seconds) {
  constexpr int too_brief = 423;
  bool was_brief = false;
  challenges_ = 0;
  authorization_.clear();
  while (true) {
    co_await exchange(seconds);
    if (!answer_) co_return Answer{};
    if (answer_challenge(*answer_)) continue;
    if (answer_->status() == too_brief && !was_brief && seconds != 0) {
      const std::uint32_t least = sip::parse_seconds(answer_->first(sip::HeaderId::min_expires).value_or("")).value_or(0);
      if (least > seconds && least <= seconds_max) {
        was_brief = true;
        seconds = least_seconds_ = least;
        challenges_ = 0;
        authorization_.clear();
        continue;
      }
    }
    co_return read(*answer_, seconds);
  }
}

Registration::Answer Registration::read(const sip::Message& response, std::uint32_t asked) const {
  Answer answer{.status = response.status(), .retry_after = seconds_in(response, sip::HeaderId::retry_after)};
  if (!response.is_success()) return answer;
  std::uint32_t granted = std::min(response.expires().value_or(asked), asked);
  // RFC 3261 §10.2.4: the list has others' Contacts too.
  if (const auto contacts = response.contacts()) {
    for (const sip::Contact& each : *contacts)
      if (!each.star && sip::unescape(each.address.uri.user) == bound_->row.contact_user)
        granted = std::min(each.expires.value_or(granted), asked);
  }
  answer.granted = std::chrono::seconds(granted);
  return answer;
}

bool Registration::answer_challenge(const sip::Message& response) {
  const Row& row = bound_->row;
  const sip::PinnedLogin login{
      .user = row.login(), .realm = row.realm, .ha1_md5 = row.ha1_md5.reveal(), .ha1_sha256 = row.ha1_sha256.reveal()};
  auto answer = sip::answer_challenge(response, login, sip::Method::register_, registrar_uri(row), challenges_);
  if (!answer) return false;
  authorization_ = std::move(answer->value);
  authorization_in_ = answer->header;
  return true;
}

Task<> Registration::answered() {
  while (asked_) co_await answered_.wait();
}

Task<> Registration::exchange(std::uint32_t seconds) {
  send(seconds);
  co_await with_deadline(loop(), answer_within, answered());
  forget();
}

void Registration::forget() {
  if (asked_) ground_.agent.transactions().set_listener(asked_, static_cast<sip::ClientTransaction::Listener*>(nullptr));
  asked_ = {};
}

void Registration::send(std::uint32_t seconds) {
  agent::Agent& agent = ground_.agent;
  const Row& row = bound_->row;
  const net::Flow& flow = bound_->flow;
  answer_ = {};
  if (!dialog_) {
    sip::DialogState state;
    state.call_id = sip::make_tag(slot());
    state.local_tag = sip::make_tag(slot());
    state.local_address = fmt::format("<sip:{}@{}>", sip::escape_user(row.username), uri_host(row.domain));
    state.remote_address = state.local_address;
    state.remote_target = registrar_uri(row);
    dialog_.emplace(sip::Dialog::prepare(std::move(state)));
  }
  const std::string branch = sip::make_branch(slot());
  const std::string sent_by = agent.sent_by(flow);
  std::string out;
  sip::Writer writer(out);
  dialog_->begin_request(writer, sip::Method::register_,
                         {.transport = agent::Agent::via_transport(flow), .sent_by = sent_by, .branch = branch});
  writer.header(sip::HeaderId::contact, {"<", agent.contact_uri(flow, row.contact_user), ">"});
  writer.header(sip::HeaderId::expires, std::uint64_t{seconds});
  if (!authorization_.empty()) writer.header(authorization_in_, authorization_);
  writer.end();
  auto sent =
      agent.transactions().request({.method = sip::Method::register_, .branch = branch, .bytes = out}, agent::to_hop(flow), this);
  if (sent) asked_ = (*sent)->id();
}

void Registration::on_response(sip::ClientTransaction&, const sip::Message& response) {
  if (response.is_provisional()) return;
  forget();
  answer_ = sip::OwnedMessage(response);
  answered_.set();
}

void Registration::on_failure(sip::ClientTransaction&, sip::TransactionFailure) {
  asked_ = {};
  answered_.set();
}

Task<Result<net::Flow>> Registration::connect(net::Flow way, std::string name) {
  if (way.transport == net::Transport::udp) co_return way;
  way.slot = way.generation = 0;
  agent::Way wanted{way, std::move(name), {row_.brand.value, row_.carrier.value}};
  co_return co_await open_connection(ground_.agent, std::move(wanted));
}

Task<> Registration::leave() {
  constexpr int most_tries = 2;  // A connection that just breaks is found out by using it.
  Answer answer;
  for (int tries = 0; tries < most_tries && answer.status == 0; ++tries) {
    const auto connected = co_await connect(bound_->flow, registrar_of(bound_->row).host);
    if (!connected) co_return;
    bound_->flow = *connected;
    answer = co_await ask(0);
    if (connected->transport == net::Transport::udp) co_return;
  }
}

}  // namespace carillon::trunk
