// SPDX-License-Identifier: GPL-3.0-or-later
// One connection, a table of requests in flight, and the calls that would be lost with the process on the other side.
#include "mediaclient/local_client.hpp"

#include <charconv>

#include "base/kill_point.hpp"
#include "base/log.hpp"

namespace carillon::mediaclient {

namespace {

constexpr Duration reply_limit = 2s;
constexpr Duration first_retry = 50ms;
constexpr Duration longest_retry = 1s;
constexpr std::size_t max_pending = 20'000;

Error fault_of(const ng::Refusal& refusal) {
  if (refusal.code == "media.no_ports") return Error(Fault::no_ports, "All media ports are in use.");
  if (refusal.code == "media.no_such_leg") return Error(Fault::no_such_leg, "The media process does not have this leg.");
  return Error(Fault::refused, refusal.code);
}

}  // namespace

std::string control_path(const std::string& data_dir, std::string_view configured, unsigned worker) {
  constexpr std::string_view prefix = "unix:", ending = ".sock";
  if (configured.starts_with(prefix)) configured.remove_prefix(prefix.size());
  std::string path = configured.empty() ? data_dir + "/run/media-control.sock" : std::string(configured);
  if (worker == 0) return path;
  return path.insert(path.ends_with(ending) ? path.size() - ending.size() : path.size(), "-" + std::to_string(worker));
}

LocalClient::LocalClient(net::Network& network, std::string path, Listener& listener)
    : network_(network),
      path_(std::move(path)),
      listener_(listener),
      owner_(random_bits()),
      retry_after_(first_retry),
      retry_timer_([](void* self) { static_cast<LocalClient*>(self)->open(); }, this),
      expiry_timer_([](void* self) { static_cast<LocalClient*>(self)->expire(); }, this) {
  open();
}

LocalClient::~LocalClient() = default;

void LocalClient::open() {
  stream_ = std::make_unique<net::FramedStream>(network_.connect_local(path_));
  stream_->set_receiver(*this);
  send(++last_cookie_, ng::Hello{owner_});
}

bool LocalClient::send(Cookie cookie, const ng::Order& order) {
  if (!stream_) return false;
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, cookie).ptr;
  outgoing_.clear();
  ng::encode(outgoing_, {digits, static_cast<std::size_t>(end - digits)}, order);
  return stream_->send_frame(outgoing_).has_value();
}

Task<Result<Outcome>> LocalClient::execute(CallId call, std::vector<Command> commands) {
  Cookie cookie = ++last_cookie_;
  ng::Request request{call, std::move(commands)};
  kill_point("mediaclient.commanding");
  if (pending_.size() >= max_pending || !send(cookie, request)) {
    co_return failure(Fault::unavailable, "The media process cannot be reached.");
  }
  OneShot<Result<Outcome>> reply(network_.loop());
  kill_point("mediaclient.commanded");
  pending_.emplace(cookie, Pending{call, reply.promise(), false});
  deadlines_.push_back({network_.loop().now() + reply_limit, cookie});
  arm_expiry();
  co_return co_await reply.wait();
}

void LocalClient::destroy(CallId call) {
  if (stream_) {
    send_destroy(call);
  } else {
    owed_.push_back(call);
  }
}

void LocalClient::send_destroy(CallId call) {
  Cookie cookie = ++last_cookie_;
  // Without a connection it stays in the table until on_closed() moves it to what is owed.
  pending_.emplace(cookie, Pending{call, {}, true});
  ng::Request request{call, {}};
  request.commands.emplace_back(ng::Destroy{});
  send(cookie, request);
}

void LocalClient::on_frame(net::FramedStream&, std::string_view frame) {
  auto message = ng::decode_message(frame);
  auto answer = message ? ng::decode_answer(message->body) : std::unexpected(message.error());
  if (!answer) {
    log::error("mediaclient", "reply.malformed", {{"reason", answer.error()}, {"path", path_}});
    return drop_connection();
  }
  on_answer(message->cookie, *std::move(answer));
}

void LocalClient::on_answer(std::string_view cookie_text, ng::Answer answer) {
  Cookie cookie = 0;
  std::from_chars(cookie_text.data(), cookie_text.data() + cookie_text.size(), cookie);
  if (auto* welcome = std::get_if<ng::Welcome>(&answer)) return on_welcome(welcome->process);
  if (auto* event = std::get_if<ng::Event>(&answer)) return on_event(std::move(*event));
  if (auto* refusal = std::get_if<ng::Refusal>(&answer)) return on_reply(cookie, std::unexpected(fault_of(*refusal)));
  on_reply(cookie, std::get<Outcome>(std::move(answer)));
}

void LocalClient::on_welcome(std::uint64_t process) {
  is_welcome_ = true;
  retry_after_ = first_retry;
  std::unordered_set<CallId> lost;
  if (process_ != 0 && process_ != process) lost.swap(live_);
  process_ = process;
  auto owed = std::exchange(owed_, {});
  for (CallId call : owed) {
    lost.erase(call);
    send_destroy(call);
  }
  log::info("mediaclient", "connected", {{"path", path_}, {"calls_lost", lost.size()}});
  for (CallId call : lost) listener_.on_media_lost(call);
}

void LocalClient::on_event(ng::Event event) {
  if (auto* timeout = std::get_if<ng::MediaTimeout>(&event)) {
    // Nobody here knows the call any more: its destruction was lost, or its reply came too late.
    if (!live_.contains(timeout->leg.call)) return send_destroy(timeout->leg.call);
    return listener_.on_media_timeout(timeout->leg, std::chrono::milliseconds(timeout->silent_ms));
  }
  auto& ended = std::get<ng::Ended>(event);
  if (live_.erase(ended.call) > 0) listener_.on_media_ended(ended.call, ended.reason, ended.statistics);
}

void LocalClient::on_reply(Cookie cookie, Result<Outcome> outcome) {
  auto found = pending_.find(cookie);
  if (found == pending_.end()) return;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending.is_destroying) {
    live_.erase(pending.call);
    static const std::vector<LegStatistics> none;
    return listener_.on_media_ended(pending.call, EndReason::destroyed, outcome ? outcome->statistics : none);
  }
  kill_point("mediaclient.outcome_heard");
  if (outcome) live_.insert(pending.call);  // Also one that another process of ours had made.
  pending.promise.fulfil(std::move(outcome));
}

void LocalClient::drop_connection() {
  stream_->close();
}

void LocalClient::on_closed(net::FramedStream&) {
  if (is_welcome_) log::warning("mediaclient", "disconnected", {{"path", path_}, {"calls", live_.size()}});
  is_welcome_ = false;
  stream_.reset();
  auto pending = std::exchange(pending_, {});
  deadlines_.clear();
  expiry_timer_.cancel();
  for (auto& [cookie, entry] : pending) {
    if (entry.is_destroying) {
      owed_.push_back(entry.call);
    } else {
      entry.promise.fulfil(failure(Fault::unavailable, "The connection to the media process broke."));
    }
  }
  network_.loop().timers().arm(retry_timer_, network_.loop().now() + retry_after_);
  retry_after_ = std::min(retry_after_ * 2, longest_retry);
}

void LocalClient::arm_expiry() {
  if (!expiry_timer_.is_armed() && !deadlines_.empty()) network_.loop().timers().arm(expiry_timer_, deadlines_.front().due);
}

void LocalClient::expire() {
  Monotonic now = network_.loop().now();
  while (!deadlines_.empty() && deadlines_.front().due <= now) {
    auto found = pending_.find(deadlines_.front().cookie);
    deadlines_.pop_front();
    if (found == pending_.end()) continue;
    Pending pending = std::move(found->second);
    pending_.erase(found);
    pending.promise.fulfil(failure(Fault::timeout, "The media process does not answer."));
  }
  arm_expiry();
}

}  // namespace carillon::mediaclient
