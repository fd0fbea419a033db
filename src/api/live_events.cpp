// SPDX-License-Identifier: GPL-3.0-or-later
// One watch of signalling, many clients, and the last events for those who come back.
#include "api/live_events.hpp"

#include <algorithm>
#include <charconv>

#include "base/log.hpp"
#include "model/json.hpp"

namespace carillon::api {

namespace {

constexpr Duration tick_interval = 1s;
constexpr Duration retry_interval = 1s;
constexpr std::size_t text_overhead = 128;  ///< Of a kept event beside its text.

}  // namespace

LiveEvents::LiveEvents(Loop& loop, Live& live)
    : loop_(loop),
      live_(live),
      tick_([](void* self) { static_cast<LiveEvents*>(self)->tick(); }, this),
      scope_(loop, [](const Broken& broken) {
        log::error("api", "events.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
      }) {
  scope_.spawn(check_sessions());
}

LiveEvents::~LiveEvents() {
  if (is_watching_) live_.stop_events();
}

bool LiveEvents::has_room(const Caller& caller) const {
  const auto is_of = [&](const Client& client) { return client.viewer.caller.actor.login == caller.actor.login; };
  return std::ranges::count_if(clients_, is_of) < streams_per_login_max;
}

void LiveEvents::join(Viewer viewer, net::HttpStream stream) {
  if (!stream.is_open()) return;
  Client& client = clients_.emplace_back();
  client.number = ++last_client_;
  client.viewer = std::move(viewer);
  client.stream = std::move(stream);
  client.checked_at = loop_.now();
  open_.set(static_cast<std::int64_t>(clients_.size()));
  client.stream.on_gone([this, number = client.number] {
    std::erase_if(clients_, [number](const Client& each) { return each.number == number; });
    open_.set(static_cast<std::int64_t>(clients_.size()));
  });
  // Headers reach the client at once, and whoever waits for a first line knows that it is heard.
  send(client, "retry: 2000\n\n");
  if (!epoch_.empty()) resume(client);
  if (!tick_.is_armed()) {
    keep_alive_at_ = loop_.now() + keep_alive_interval;
    tick();
  }
}

// ---- From signalling

void LiveEvents::on_events(bool has_gap, std::vector<control::LiveEvent> events) {
  if (has_gap && !epoch_.empty()) begin_epoch();
  for (const control::LiveEvent& event : events) take(event);
  drop_gone();
}

void LiveEvents::on_events_over() {
  is_watching_ = false;
  retry_at_ = loop_.now() + retry_interval;
  // Nobody is told yet: until signalling is back there are no lists to read.
  epoch_.clear();
  kept_.clear();
  kept_bytes_ = 0;
}

void LiveEvents::begin_epoch() {
  epoch_ = fmt::format("{:016x}", random_bits());
  sequence_ = 0;
  kept_.clear();
  kept_bytes_ = 0;
  resyncs_.add();
  for (Client& client : clients_) send(client, resync());
}

void LiveEvents::take(const control::LiveEvent& event) {
  if (event.type == "watching") {
    if (epoch_.empty()) begin_epoch();
    return;
  }
  const std::optional<Topic> topic = topic_of(event.type);
  const bool is_sound = event.object.text.starts_with('{') && event.object.text.size() > 2;
  if (epoch_.empty() || !topic || !is_sound) return;
  Kept kept{.sequence = ++sequence_,
            .topic = *topic,
            .brand = event.brand,
            .customer = event.customer,
            .user = event.user,
            .other = event.other,
            .text = {}};
  kept.text = fmt::format("id: {}\nevent: {}\ndata: {{\"type\":\"{}\",{}\n\n", last_id(), event.type, event.type,
                          std::string_view(event.object.text).substr(1));
  for (Client& client : clients_)
    if (may_see(client.viewer, kept)) send(client, kept.text);
  kept_bytes_ += kept.text.size() + text_overhead;
  kept_.push_back(std::move(kept));
  while (kept_.size() > kept_max || kept_bytes_ > kept_bytes_max) {
    kept_bytes_ -= kept_.front().text.size() + text_overhead;
    kept_.pop_front();
  }
}

std::optional<LiveEvents::Topic> LiveEvents::topic_of(std::string_view type) {
  if (type.starts_with("call.")) return Topic::call;
  if (type.starts_with("registration.")) return Topic::registration;
  if (type.starts_with("carrier_registration.")) return Topic::carrier_registration;
  if (type == "counters") return Topic::counters;
  return std::nullopt;
}

/// The same borders as those of the lists. An event that names no tenant is for those alone who see all of them.
bool LiveEvents::may_see(const Viewer& viewer, const Kept& event) {
  const Caller& caller = viewer.caller;
  const bool wishes[] = {viewer.wish.calls, viewer.wish.registrations, viewer.wish.counters, viewer.wish.carrier_registrations};
  if (!wishes[static_cast<std::size_t>(event.topic)]) return false;
  if (caller.scope.brand && caller.scope.brand != event.brand) return false;
  if (caller.scope.customer && caller.scope.customer != event.customer) return false;
  if (caller.role != store::Role::user) return true;
  if (!caller.scope.user || event.topic == Topic::counters) return false;
  return event.user == caller.scope.user || (event.topic == Topic::call && event.other == caller.scope.user);
}

// ---- To clients

std::string LiveEvents::last_id() const {
  return fmt::format("{}-{}", epoch_, sequence_);
}

std::string LiveEvents::resync() const {
  return fmt::format("id: {}\nevent: resync\ndata: {{\"type\":\"resync\"}}\n\n", last_id());
}

/// What came after the last event that the client has heard; `resync` when that is not known any more, or never was.
void LiveEvents::resume(Client& client) {
  const std::string_view last = client.viewer.last_event_id;
  std::uint64_t sequence = 0;
  const std::size_t dash = last.find('-');
  const bool is_ours = dash != std::string_view::npos && last.substr(0, dash) == epoch_;
  const char* const end = last.data() + last.size();
  const auto read = std::from_chars(last.data() + (is_ours ? dash + 1 : 0), end, sequence);
  const std::uint64_t oldest = kept_.empty() ? sequence_ + 1 : kept_.front().sequence;
  const bool is_known = is_ours && read.ec == std::errc() && read.ptr == end && sequence <= sequence_ && sequence + 1 >= oldest;
  if (!is_known) return send(client, resync());
  std::string missed;
  for (auto each = kept_.begin() + static_cast<std::ptrdiff_t>(sequence + 1 - oldest); each != kept_.end(); ++each)
    if (may_see(client.viewer, *each)) missed += each->text;
  send(client, missed.size() > replay_bytes_max ? resync() : missed);
}

/// Clients that cannot take it are cut off by their connection, which tells on_gone().
void LiveEvents::send(Client& client, std::string_view text) {
  if (!client.is_over && !client.stream.write(text)) client.is_over = true;
}

void LiveEvents::drop_gone() {
  std::erase_if(clients_, [](const Client& client) { return client.is_over && !client.stream.is_open(); });
  open_.set(static_cast<std::int64_t>(clients_.size()));
}

void LiveEvents::tick() {
  const Monotonic now = loop_.now();
  drop_gone();
  if (!clients_.empty()) needed_at_ = now;
  if (now - needed_at_ >= linger) {
    if (std::exchange(is_watching_, false)) live_.stop_events();
    on_events_over();
    return;  // Until somebody comes.
  }
  if (!is_watching_ && now >= retry_at_) {
    is_watching_ = true;
    live_.watch_events(*this);
  }
  if (now >= keep_alive_at_) {
    // The id moves on with what others were told, so that a client of a quiet company can come back after long.
    const std::string id = epoch_.empty() ? std::string() : fmt::format("id: {}\n", last_id());
    for (Client& client : clients_) send(client, fmt::format(": keep-alive\n{}\n", id));
    keep_alive_at_ = now + keep_alive_interval;
  }
  loop_.timers().arm(tick_, now + tick_interval);
}

// ---- Sessions

Task<> LiveEvents::check_sessions() {
  constexpr Duration pause = 1s;
  while (true) {
    co_await sleep(loop_, pause);
    std::vector<std::uint64_t> due;
    for (const Client& client : clients_)
      if (loop_.now() - client.checked_at >= check_interval) due.push_back(client.number);
    for (const std::uint64_t number : due) co_await check_session(number);
  }
}

/// Ends the stream of a client whose login is out, over or not active any more, or is another than it was.
Task<> LiveEvents::check_session(std::uint64_t number) {
  const auto find = [this, number] { return std::ranges::find(clients_, number, &Client::number); };
  auto client = find();
  if (client == clients_.end()) co_return;
  const auto asked = co_await client->viewer.ask_again();
  client = find();
  if (client == clients_.end()) co_return;
  const Monotonic now = loop_.now();
  const bool is_unknown = !asked && (asked.error().fault == Fault::busy || asked.error().fault == Fault::internal);
  bool stands = now - client->checked_at < unchecked_max;
  if (!is_unknown) {
    const Caller& seen = client->viewer.caller;
    stands = asked && asked->role == seen.role && asked->scope.user == seen.scope.user &&
             (!asked->scope.brand || asked->scope.brand == seen.scope.brand) &&
             (!asked->scope.customer || asked->scope.customer == seen.scope.customer);
    client->checked_at = now;
  }
  if (stands) co_return;
  clients_.erase(client);
  open_.set(static_cast<std::int64_t>(clients_.size()));
}

}  // namespace carillon::api
