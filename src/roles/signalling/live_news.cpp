// SPDX-License-Identifier: GPL-3.0-or-later
// Calls are compared with what was told of them last, so it does not matter how often and by whom one is pointed at.
#include "roles/signalling/live_news.hpp"

#include "control/message.hpp"
#include "model/json.hpp"
#include "roles/signalling/live_items.hpp"
#include "roles/signalling/shard.hpp"

namespace carillon::roles {

namespace {

constexpr Duration tick_interval = 1s;

template <class T>
model::Json json_of(const T& object) {
  return {model::write_json(control::write_fields(model::resource_of<T>, &object))};
}

/// Two flows of one phone may have one contact (RFC 5626).
std::pair<std::int64_t, std::string> key_of(const journal::Registration& record) {
  return {record.terminal, fmt::format("{}\n{}\n{}", record.contact, record.instance, record.reg_id)};
}

}  // namespace

LiveNews::LiveNews(Loop& loop, Shard& shard, registrar::Registrar::Log& registrations)
    : loop_(loop),
      shard_(shard),
      registrations_(registrations),
      look_([](void* self) { static_cast<LiveNews*>(self)->look(); }, this),
      tick_([](void* self) { static_cast<LiveNews*>(self)->tick(); }, this) {}

void LiveNews::watch(Publish publish) {
  unwatch();
  publish_ = std::move(publish);
  shard_.for_each_call([this](call::Call& call) {
    if (!call.is_over()) known_calls_.emplace(call.id(), describe_live(call));
  });
  shard_.registrar().for_each([this](const journal::Registration& record) {
    if (auto owner = owner_of(record)) {
      Count& count = counts_[owner->customer];
      count.brand = owner->brand;
      count.registrations++;
      known_registrations_.emplace(key_of(record), *std::move(owner));
    }
  });
  count_calls();
  loop_.timers().arm(tick_, loop_.now() + tick_interval);
}

void LiveNews::unwatch() {
  publish_ = {};
  touched_.clear();
  known_calls_.clear();
  known_registrations_.clear();
  counts_.clear();
  batch_ = {};
  look_.cancel();
  tick_.cancel();
}

// ---- Calls

void LiveNews::on_leg_changed(const call::Leg& leg) {
  if (publish_) {
    if (const std::optional<CallId> call = leg.call()) touch(*call);
  }
  if (calls_ != nullptr) calls_->on_leg_changed(leg);
}

void LiveNews::touch(CallId call) {
  if (!publish_) return;
  touched_.insert(call);
  if (!look_.is_armed()) loop_.timers().arm(look_, loop_.now());
}

void LiveNews::look() {
  for (const CallId id : std::exchange(touched_, {})) look_at(id);
  publish();
}

void LiveNews::look_at(CallId id) {
  call::Call* call = shard_.find_call(id);
  const auto known = known_calls_.find(id);
  if (call == nullptr || call->is_over()) {
    if (known == known_calls_.end()) return;
    add("call.ended", known->second);
    known_calls_.erase(known);
    return;
  }
  control::LiveCall live = describe_live(*call);
  const bool is_answered = live.answered_at != Instant{};
  if (known == known_calls_.end()) {
    add(is_answered ? "call.answered" : "call.ringing", live);
    known_calls_.emplace(id, std::move(live));
    return;
  }
  const control::LiveCall& before = known->second;
  const bool was_answered = before.answered_at != Instant{};
  const bool is_other = before.callee != live.callee || before.callee_user != live.callee_user || before.caller != live.caller;
  if (is_answered && !was_answered)
    add("call.answered", live);
  else if (is_other)
    add(is_answered ? "call.transferred" : "call.ringing", live);
  else
    return;
  known->second = std::move(live);
}

// ---- Registrations

std::optional<LiveNews::Owner> LiveNews::owner_of(const journal::Registration& record) const {
  const directory::Customer* customer = shard_.snapshot()->find_customer({record.customer});
  const directory::Terminal* terminal =
      customer == nullptr ? nullptr : customer->find_terminal(Id<model::Terminal>{record.terminal});
  if (terminal == nullptr) return std::nullopt;
  const control::LiveRegistration live = describe_live(*customer, *terminal);
  return Owner{live.brand, live.customer, live.terminal, live.user, live.name};
}

void LiveNews::append(std::uint8_t slot, const journal::Registration& record, std::size_t live) {
  if (publish_) note(record);
  registrations_.append(slot, record, live);
}

void LiveNews::note(const journal::Registration& record) {
  auto key = key_of(record);
  const auto known = known_registrations_.find(key);
  const bool is_known = known != known_registrations_.end();
  if (is_known != record.removed) return;  // A refresh, or the end of what nobody heard of.
  const std::optional<Owner> owner = is_known ? std::optional(known->second) : owner_of(record);
  if (!owner) return;
  control::LiveRegistration live;
  live.brand = owner->brand;
  live.customer = owner->customer;
  live.terminal = owner->terminal;
  live.user = owner->user;
  live.name = owner->name;
  add_record(live, record);
  Count& count = counts_[owner->customer];
  count.brand = owner->brand;
  count.registrations += record.removed ? -1 : 1;
  count.has_changed = true;
  if (is_known)
    known_registrations_.erase(known);
  else
    known_registrations_.emplace(std::move(key), *owner);
  control::LiveEvent event;
  event.type = record.removed ? "registration.removed" : "registration.added";
  event.brand = live.brand;
  event.customer = live.customer;
  event.user = live.user;
  event.object = json_of(live);
  add(std::move(event));
  if (!look_.is_armed()) loop_.timers().arm(look_, loop_.now());
}

void LiveNews::note(const control::LiveCarrierRegistration& registration) {
  using State = control::CarrierRegistrationState;
  const bool is_told = registration.state != State::trying;
  if (!publish_ || !is_told) return;
  control::LiveEvent event;
  event.type = fmt::format("carrier_registration.{}", model::text_of(registration.state));
  event.brand = registration.brand;
  event.object = json_of(registration);
  add(std::move(event));
  if (!look_.is_armed()) loop_.timers().arm(look_, loop_.now());
}

// ---- Counters

void LiveNews::count_calls() {
  std::map<Id<model::Customer>, std::int64_t> calls;
  for (const auto& [id, call] : known_calls_) {
    calls[call.customer]++;
    counts_[call.customer].brand = call.brand;
  }
  for (auto& [customer, count] : counts_) {
    const auto found = calls.find(customer);
    const std::int64_t now = found == calls.end() ? 0 : found->second;
    count.has_changed = count.has_changed || now != count.calls;
    count.calls = now;
  }
}

void LiveNews::tick() {
  // Whatever nobody pointed at is seen here.
  for (const auto& [id, call] : known_calls_) touched_.insert(id);
  for (const CallId id : std::exchange(touched_, {})) look_at(id);
  count_calls();
  for (auto at = counts_.begin(); at != counts_.end();) {
    auto& [customer, count] = *at;
    if (std::exchange(count.has_changed, false)) {
      control::LiveCounters counters;
      counters.brand = count.brand;
      counters.customer = customer;
      counters.calls = count.calls;
      counters.registrations = count.registrations;
      control::LiveEvent event;
      event.type = "counters";
      event.brand = count.brand;
      event.customer = customer;
      event.object = json_of(counters);
      add(std::move(event));
    }
    at = count.calls == 0 && count.registrations == 0 ? counts_.erase(at) : std::next(at);
  }
  publish();
  loop_.timers().arm(tick_, loop_.now() + tick_interval);
}

// ---- Events

void LiveNews::add(std::string_view type, const control::LiveCall& call) {
  control::LiveEvent event;
  event.type = type;
  event.brand = call.brand;
  event.customer = call.customer;
  event.user = call.caller_user;
  event.other = call.callee_user;
  event.object = json_of(call);
  add(std::move(event));
}

void LiveNews::add(control::LiveEvent event) {
  if (untaken_ + batch_.events.size() < untaken_max) return batch_.events.push_back(std::move(event));
  batch_.events.clear();
  batch_.has_gap = true;
}

void LiveNews::publish() {
  const bool is_full = untaken_ >= untaken_max;
  if (is_full || (!batch_.has_gap && batch_.events.empty())) return;
  untaken_ += batch_.events.size();
  publish_(std::exchange(batch_, {}));
}

}  // namespace carillon::roles
