// SPDX-License-Identifier: GPL-3.0-or-later
// Claim, send, note; one coroutine for each webhook that is being served.
#include "roles/jobs/webhook_sender.hpp"

#include <algorithm>

namespace carillon::roles {

namespace {

constexpr std::int64_t candidates_max = 64;

}  // namespace

WebhookSender::WebhookSender(Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      connection_(std::make_unique<store::Connection>(options_.database_url, options_.data_dir, store::Access::write)),
      stop_(std::make_unique<outbound::StopEvent>()),
      next_prune_(loop.now() + options_.prune_interval),
      woken_(loop),
      database_({.name = "webhook-store", .capacity = options_.parallel_max + 2}),
      scope_(loop, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {
  options_.courier.fetcher.stop = stop_.get();
  if (options_.courier.mail) options_.courier.mail->stop = stop_.get();
}

WebhookSender::~WebhookSender() {
  stop_->set();
}

void WebhookSender::start() {
  scope_.spawn(keep());
}

void WebhookSender::finish(std::function<void()> done) {
  done_ = std::move(done);
  stop_->set();
  woken_.set();
}

Task<> WebhookSender::wake() {
  co_await woken_.wait();
}

Task<> WebhookSender::keep() {
  while (!done_) {
    co_await look();
    if (loop_.now() >= next_prune_) co_await prune();
    if (!done_) (void)co_await with_deadline(loop_, options_.poll_interval, wake());
  }
  while (!busy_.empty()) co_await woken_.wait();  // Ended by stop_, and by the limits of each request.
  done_();
}

/// Gives work to every lane that is free.
Task<> WebhookSender::look() {
  auto behind = co_await due(last_);
  if (!behind) {
    warn(behind.error());
    co_return;
  }
  for (const store::DueWebhook& one : *behind) assign(one);
  const Id<model::Webhook> first;
  if (!last_ || std::ssize(*behind) == candidates_max) co_return;
  auto all = co_await due(first);
  if (!all) co_return;
  for (const store::DueWebhook& one : *all) assign(one);
}

Task<Result<std::vector<store::DueWebhook>>> WebhookSender::due(Id<model::Webhook> after) {
  auto ask = [connection = connection_.get(), after, now = loop_.wall()]() -> Result<std::vector<store::DueWebhook>> {
    CARILLON_TRY(database, connection->get({}));
    return store::due_webhooks(*database, after, now, candidates_max);
  };
  auto found = co_await run_on(database_, loop_, std::move(ask));
  CARILLON_ENSURE(found.has_value());  // There is room for each lane and for this.
  co_return *std::move(found);
}

void WebhookSender::assign(const store::DueWebhook& due) {
  if (done_ || busy_.contains(due.id)) return;
  Lane* lane = free_lane(due.is_failing);
  if (lane == nullptr) return;
  lane->is_busy = true;
  lane->is_failing = due.is_failing;
  busy_.insert(due.id);
  last_ = due.id;
  scope_.spawn(serve(*lane, due.id));
}

WebhookSender::Lane* WebhookSender::free_lane(bool is_failing) {
  const auto failing = std::ranges::count_if(lanes_, [](const auto& lane) { return lane->is_busy && lane->is_failing; });
  const auto failing_max = static_cast<std::ptrdiff_t>(std::max<std::size_t>(options_.parallel_max / 2, 1));
  if (is_failing && failing >= failing_max) return nullptr;
  const auto found = std::ranges::find_if(lanes_, [](const auto& lane) { return !lane->is_busy; });
  if (found != lanes_.end()) return found->get();
  if (lanes_.size() >= options_.parallel_max) return nullptr;
  auto lane = std::make_unique<Lane>();
  lane->courier = std::make_unique<WebhookCourier>(options_.courier);
  lane->worker = std::make_unique<Worker>(Worker::Options{.name = fmt::format("webhook-{}", lanes_.size()), .capacity = 1});
  lanes_.push_back(std::move(lane));
  return lanes_.back().get();
}

Task<> WebhookSender::serve(Lane& lane, Id<model::Webhook> webhook) {
  const Instant now = loop_.wall();
  auto claim_some = [connection = connection_.get(), webhook, now, until = now + options_.claim_time,
                     most = options_.batch_max]() -> Result<store::Claim> {
    CARILLON_TRY(database, connection->get({}));
    return store::claim_deliveries(*database, webhook, now, until, most);
  };
  auto claimed = co_await run_on(database_, loop_, std::move(claim_some));
  CARILLON_ENSURE(claimed.has_value());
  Result<store::Claim>& claim = *claimed;
  // Somebody may have deleted it.
  const bool has_trouble = !claim && !claim.error().is(store::Fault::not_found);
  if (has_trouble) {
    warn(claim.error());
    co_await sleep(loop_, 1s);
  }
  if (claim && !claim->deliveries.empty()) {
    auto deliver = [courier = lane.courier.get(), copy = *claim] { return courier->deliver(copy); };
    auto round = co_await run_on(*lane.worker, loop_, std::move(deliver));
    CARILLON_ENSURE(round.has_value());
    count(*claim, *round);
    co_await note(lane, *std::move(claim), *std::move(round));
  }
  lane.is_busy = false;
  busy_.erase(webhook);
  woken_.set();
}

/// Until the database takes it; what it never took is sent again when the claim has run out.
Task<> WebhookSender::note(Lane& lane, store::Claim claim, WebhookCourier::Round round) {
  constexpr int tries_max = 10;
  auto write = [connection = connection_.get(), webhook = claim.webhook, tried = round, now = loop_.wall()]() -> Result<bool> {
    CARILLON_TRY(database, connection->get({}));
    return store::note_attempts(*database, webhook, tried.tried, tried.standing, now);
  };
  bool is_disabled = false;
  for (int tries = 0; tries < tries_max; ++tries) {
    auto noted = co_await run_on(database_, loop_, write);
    CARILLON_ENSURE(noted.has_value());
    if (*noted) {
      is_disabled = **noted;
      break;
    }
    warn(noted->error());
    if (done_) co_return;
    co_await sleep(loop_, 1s);
  }
  if (!is_disabled) co_return;
  disabled_.add();
  const std::string reason = round.standing.disable_for.value_or("");
  log::warning("jobs", "webhook.disabled", {{"webhook", claim.webhook.id}, {"reason", reason}});
  auto tell = [courier = lane.courier.get(), webhook = claim.webhook, reason] {
    courier->tell_disabled(webhook, reason);
    return true;
  };
  (void)co_await run_on(*lane.worker, loop_, std::move(tell));
}

Task<> WebhookSender::prune() {
  constexpr int rounds_max = 100;
  auto prune_some = [connection = connection_.get(), oldest = loop_.wall() - options_.kept_time,
                     most = options_.kept_max]() -> Result<bool> {
    CARILLON_TRY(database, connection->get({}));
    return store::prune_deliveries(*database, oldest, most);
  };
  bool has_more = true;
  for (int round = 0; round < rounds_max && has_more && !done_; ++round) {
    const auto pruned = co_await run_on(database_, loop_, prune_some);
    CARILLON_ENSURE(pruned.has_value());
    if (!*pruned) warn(pruned->error());
    has_more = pruned->value_or(false);
  }
  next_prune_ = loop_.now() + options_.prune_interval;
}

void WebhookSender::count(const store::Claim& claim, const WebhookCourier::Round& round) {
  for (const store::Tried& tried : round.tried) {
    if (!tried.was_tried) continue;
    if (tried.status == model::DeliveryStatus::delivered) {
      delivered_.add();
      continue;
    }
    failed_.add();
    const auto left_out = log_limit_.admit(to_base32(claim.webhook.id.value), loop_.now());
    if (!left_out) continue;
    log::warning("jobs", "webhook.failed",
                 {{"webhook", claim.webhook.id}, {"status", tried.http_status}, {"error", tried.error}, {"left_out", *left_out}});
  }
}

void WebhookSender::warn(const Error& error) {
  const auto left_out = log_limit_.admit("database", loop_.now());
  if (!left_out) return;
  log::error("jobs", "webhooks.stopped", {{"fault", error.code}, {"error", error}, {"left_out", *left_out}});
}

}  // namespace carillon::roles
