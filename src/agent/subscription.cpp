// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/subscription.hpp"

#include <algorithm>

namespace carillon::agent {

namespace {

/// Between notifications, so that a line that flutters costs its watchers little (RFC 4235 §3.10).
constexpr Duration interval = 1s;
/// After a refusal that may pass.
constexpr Duration patience = 5s;
constexpr Duration patience_max = 60s;
/// RFC 6665 §4.2.2 lets go after the first that fails; then one bad minute of a network would darken a lamp for an hour.
constexpr unsigned failures_max = 3;

constexpr std::string_view timeout = "timeout";

/// RFC 6665 §4.2.2 and RFC 5057 §5.1: the subscriber knows nothing of it, or wants nothing of it.
bool ends_it(int status) {
  return status == 405 || status == 489 || sip::damage_of(status) != sip::Damage::none;
}

}  // namespace

std::optional<std::uint32_t> Subscription::grant(const sip::Message& subscribe, const SubscriptionTimes& times) {
  const std::uint32_t wanted = subscribe.expires().value_or(times.most);
  if (wanted != 0 && wanted < times.least) return std::nullopt;
  return std::min(wanted, times.most);
}

Result<std::unique_ptr<Subscription>> Subscription::accept(Ground ground, const Incoming& incoming, sip::Event event,
                                                           std::uint32_t seconds) {
  Agent& agent = ground.agent;
  const std::string contact = agent.contact_uri(incoming.flow, sip::escape_user(ground.account));
  CARILLON_TRY(dialog, sip::Dialog::from_request(incoming.message, sip::make_tag(ground.slot), contact));
  std::unique_ptr<Subscription> made(new Subscription(std::move(ground), incoming.flow, std::move(dialog), std::move(event)));
  made->dialog_.confirm();
  if (!agent.add_dialog(made->dialog_, *made)) return failure(sip::TransactionFault::table_full, "too many dialogs");
  CARILLON_TRY(transaction, agent.transactions().accept(incoming.message, to_hop(incoming.flow)));
  made->take_time(seconds);
  made->respond(transaction->id(), incoming.message, 200, seconds);
  made->schedule();
  return made;
}

Subscription::Kept Subscription::kept() const {
  return {.dialog = dialog_.state(),
          .flow = flow_,
          .instance = std::string(ground_.agent.instance_at(flow_, ground_.account)),
          .event = event_,
          .left = expires_ - ground_.agent.loop().now(),
          .version = version_};
}

Result<std::unique_ptr<Subscription>> Subscription::take_up(Ground ground, Kept kept, Duration age) {
  constexpr std::uint32_t spare = 32;  // Answers to SUBSCRIBEs, which do not wait for their second.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::clamp<Duration>(age, Duration{}, 24h)).count();
  const std::uint32_t used = static_cast<std::uint32_t>(seconds) + spare;
  Agent& agent = ground.agent;
  kept.dialog.local_cseq += used;
  sip::Dialog dialog = sip::Dialog::restore(std::move(kept.dialog), false);
  std::unique_ptr<Subscription> made(new Subscription(std::move(ground), kept.flow, std::move(dialog), std::move(kept.event)));
  made->version_ = kept.version + used;
  made->expires_ = agent.loop().now() + kept.left;
  if (!agent.add_dialog(made->dialog_, *made)) return failure(sip::TransactionFault::table_full, "too many dialogs");
  if (kept.flow.transport != net::Transport::udp) agent.await_device(*made, std::move(kept.instance));
  made->schedule();
  return made;
}

Subscription::Subscription(Ground ground, const net::Flow& flow, sip::Dialog dialog, sip::Event event)
    : ground_(std::move(ground)),
      flow_(flow),
      dialog_(std::move(dialog)),
      event_(std::move(event)),
      due_([](void* self) { static_cast<Subscription*>(self)->run(); }, this) {}

Subscription::~Subscription() {
  for (const sip::TransactionId id : unanswered_)
    ground_.agent.transactions().set_listener(id, static_cast<sip::ClientTransaction::Listener*>(nullptr));
  ground_.agent.remove_dialog(dialog_, *this);
}

void Subscription::note_change() {
  if (is_changed_ || is_ending() || is_over_) return;
  is_changed_ = true;
  schedule();
}

void Subscription::end(std::string_view reason) {
  if (is_ending() || is_over_) return;
  ending_ = reason;
  is_changed_ = is_urgent_ = true;
  schedule();
}

// ---- Time ----

void Subscription::take_time(std::uint32_t seconds) {
  expires_ = ground_.agent.loop().now() + std::chrono::seconds(seconds);
  is_changed_ = is_urgent_ = true;
  not_before_ = {};
  failures_ = 0;
  if (seconds == 0) ending_ = timeout;
}

/// Room for one more notification: as long as the answers to the older ones stay away, the newest state waits.
bool Subscription::has_room() const {
  return std::ranges::any_of(unanswered_, [](const sip::TransactionId& id) { return !id; });
}

Monotonic Subscription::next_notification() const {
  if (!is_changed_ || !has_room() || !ground_.agent.is_usable(flow_)) return Monotonic::max();
  if (is_urgent_) return ground_.agent.loop().now();
  const Monotonic regular = notified_ == Monotonic::min() ? notified_ : notified_ + interval;
  return std::max(regular, not_before_);
}

Monotonic Subscription::next_turn() const {
  const bool is_mute = is_ending() && is_changed_ && !ground_.agent.is_usable(flow_);
  if (is_over_ || is_mute) return ground_.agent.loop().now();
  return std::min(next_notification(), is_ending() ? Monotonic::max() : expires_);
}

void Subscription::schedule() {
  const Monotonic next = next_turn();
  if (next == Monotonic::max())
    due_.cancel();
  else
    ground_.agent.loop().timers().arm(due_, next);
}

template <class Work>
void Subscription::enter(Work work) {
  try {
    work();
  } catch (const Broken& broken) {
    log::error("agent", "subscription.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
    close();
  }
}

void Subscription::run() {
  if (is_over_) return ground_.owner.on_over(*this);
  enter([this] {
    if (!is_ending() && ground_.agent.loop().now() >= expires_) end(timeout);
    if (is_ending() && is_changed_ && !ground_.agent.is_usable(flow_)) return close();
    if (ground_.agent.loop().now() >= next_notification()) notify();
    schedule();
  });
}

void Subscription::close() {
  is_over_ = true;
  schedule();
}

// ---- What we say ----

void Subscription::notify() {
  const auto slot = std::ranges::find_if(unanswered_, [](const sip::TransactionId& id) { return !id; });
  CARILLON_ENSURE(slot != unanswered_.end());
  Agent& agent = ground_.agent;
  const Monotonic now = agent.loop().now();
  const std::string branch = sip::make_branch(ground_.slot);
  const std::string sent_by = agent.sent_by(flow_);
  std::string bytes;
  bytes.reserve(1500);
  sip::Writer writer(bytes);
  dialog_.begin_request(writer, sip::Method::notify,
                        {.transport = Agent::via_transport(flow_), .sent_by = sent_by, .branch = branch});
  writer.header(sip::HeaderId::event, event_.text());
  const auto left = std::chrono::ceil<std::chrono::seconds>(std::max(expires_ - now, Duration::zero()));
  writer.header(sip::HeaderId::subscription_state,
                is_ending() ? fmt::format("terminated;reason={}", ending_) : fmt::format("active;expires={}", left.count()));
  std::string body;
  ground_.owner.write_state(*this, version_, body);
  writer.body(ground_.type, body);
  auto sent =
      agent.transactions().request({.method = sip::Method::notify, .branch = branch, .bytes = bytes}, to_hop(flow_), this);
  if (!sent) return note_failure(now + patience);
  ++version_;
  *slot = latest_ = (*sent)->id();
  notified_ = now;
  is_changed_ = is_urgent_ = false;
}

/// The last notification did not arrive. What it said is said again, later; but not for ever.
void Subscription::note_failure(Monotonic again) {
  if (is_ending() || ++failures_ >= failures_max) return close();
  not_before_ = again;
  is_changed_ = true;
  is_urgent_ = false;
}

void Subscription::on_response(sip::ClientTransaction& transaction, const sip::Message& response) {
  if (response.is_provisional()) return;
  enter([&] {
    const bool is_latest = transaction.id() == latest_;
    std::ranges::replace(unanswered_, transaction.id(), sip::TransactionId{});
    if (response.is_success()) {
      failures_ = 0;
      if (is_latest && is_ending() && !is_changed_) return close();
    } else if (ends_it(response.status())) {
      return close();
    } else if (is_latest) {  // A late one may be refused because a later one overtook it.
      const auto seconds = sip::parse_seconds(response.first(sip::HeaderId::retry_after).value_or(""));
      const Duration wait = seconds ? std::clamp<Duration>(std::chrono::seconds(*seconds), patience, patience_max) : patience;
      note_failure(ground_.agent.loop().now() + wait);
    }
    schedule();
  });
}

void Subscription::on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) {
  enter([&] {
    CARILLON_ENSURE(failure != sip::TransactionFailure::broken);
    const bool is_latest = transaction.id() == latest_;
    std::ranges::replace(unanswered_, transaction.id(), sip::TransactionId{});
    // A connection that broke says nothing about the subscriber, who may come back on another.
    if (is_latest && failure == sip::TransactionFailure::transport && !is_ending())
      is_changed_ = true;
    else if (is_latest)
      note_failure(ground_.agent.loop().now());
    schedule();
  });
}

// ---- What the subscriber says ----

void Subscription::on_request(sip::Dialog&, sip::ServerTransaction& transaction, const sip::Message& request) {
  enter([&] {
    if (request.method() == sip::Method::subscribe) return refresh(transaction, request);
    respond(transaction.id(), request, 405);
  });
}

void Subscription::refresh(sip::ServerTransaction& transaction, const sip::Message& request) {
  if (is_ending() || is_over_) return respond(transaction.id(), request, 481);
  if (sip::Event::of(request) != event_) return respond(transaction.id(), request, 489);
  const auto seconds = grant(request, ground_.times);
  if (!seconds) return respond(transaction.id(), request, 423);
  dialog_.refresh_target(request);
  take_time(*seconds);
  respond(transaction.id(), request, 200, *seconds);
  schedule();
  ground_.owner.on_changed(*this);
}

void Subscription::on_moved(const net::Flow& flow, bool) {
  flow_ = flow;
  is_changed_ = true;
  schedule();
  ground_.owner.on_changed(*this);
}

void Subscription::respond(sip::TransactionId transaction, const sip::Message& request, int status, std::uint32_t seconds) {
  std::string out;
  sip::Writer writer = Agent::response_head(out, {request, flow_}, status, {}, dialog_.local_tag());
  if (status == 200) {
    writer.copy(request, sip::HeaderId::record_route);  // RFC 3261 §12.1.1.
    writer.header(sip::HeaderId::contact, {"<", dialog_.state().local_contact, ">"});
    writer.header(sip::HeaderId::expires, std::uint64_t{seconds});
  }
  if (status == 405) writer.header(sip::HeaderId::allow, "SUBSCRIBE");
  if (status == 423) writer.header(sip::HeaderId::min_expires, std::uint64_t{ground_.times.least});
  if (status == 489) writer.header(sip::HeaderId::allow_events, event_.package);
  writer.end();
  ground_.agent.transactions().respond(transaction, status, out);
}

}  // namespace carillon::agent
