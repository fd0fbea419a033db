// SPDX-License-Identifier: GPL-3.0-or-later
// One request for each delivery, over one connection where the receiver keeps it.
#include "roles/jobs/webhook_courier.hpp"

#include "base/log.hpp"
#include "outbound/webhook_signature.hpp"
#include "roles/jobs/webhook_verdict.hpp"

namespace carillon::roles {

WebhookCourier::WebhookCourier(Options options) : options_(std::move(options)), fetcher_(options_.fetcher) {}

/// Standard Webhooks 1.0, "Signature scheme": during a rotation both secrets sign.
std::optional<WebhookCourier::Signed> WebhookCourier::sign(const model::Webhook& webhook, const model::WebhookDelivery& delivery,
                                                           Instant now) const {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto current = outbound::sign_webhook(webhook.secret, delivery.event, seconds, delivery.body.text);
  if (!current) return std::nullopt;
  Signed made{.timestamp = std::to_string(seconds), .signatures = *current};
  if (now >= webhook.previous_secret_until) return made;
  const auto previous = outbound::sign_webhook(webhook.previous_secret, delivery.event, seconds, delivery.body.text);
  if (previous) made.signatures += ' ' + *previous;
  return made;
}

WebhookCourier::Round WebhookCourier::deliver(const store::Claim& claim) {
  Round round;
  bool has_stopped = false;
  for (const model::WebhookDelivery& delivery : claim.deliveries) {
    if (has_stopped) {
      round.tried.push_back({.delivery = delivery.id, .was_tried = false, .next_try_at = delivery.next_try_at, .error = {}});
      continue;
    }
    WebhookOutcome outcome;
    if (const auto signed_by = sign(claim.webhook, delivery, options_.wall())) {
      const auto answer = fetcher_.fetch({.url = claim.webhook.url,
                                          .method = "POST",
                                          .headers = {{"Content-Type", "application/json"},
                                                      {"webhook-id", delivery.event},
                                                      {"webhook-timestamp", signed_by->timestamp},
                                                      {"webhook-signature", signed_by->signatures}},
                                          .body = delivery.body.text});
      if (answer)
        outcome = {.status = answer->status, .retry_after = answer->retry_after, .error = {}};
      else if (answer.error().is(outbound::Fault::stopped))
        has_stopped = true;
      else
        outcome.error = fmt::format("{}: {}", answer.error().code, answer.error().what);
    } else {
      outcome.error = "the webhook's secret is none: give it another";
    }
    if (has_stopped) {
      round.tried.push_back({.delivery = delivery.id, .was_tried = false, .next_try_at = delivery.next_try_at, .error = {}});
      continue;
    }
    round.tried.push_back(judge_attempt(claim.webhook, delivery, outcome, options_.wall(), random_bits(), round.standing));
    has_stopped = round.standing.has_failed;
  }
  return round;
}

void WebhookCourier::tell_disabled(const model::Webhook& webhook, const std::string& reason) {
  if (!options_.mail || webhook.notify_email.empty()) return;
  const auto warn = [&](const Error& error) {
    log::warning("jobs", "webhook.mail_failed", {{"webhook", webhook.id}, {"fault", error.code}, {"error", error}});
  };
  if (!mail_) {
    auto sender = outbound::MailSender::make(*options_.mail);
    if (!sender) return warn(sender.error());
    mail_ = std::move(*sender);
  }
  const outbound::Mail mail{
      .from = options_.mail_from,
      .to = {.name = {}, .address = webhook.notify_email},
      .subject = "A webhook was switched off",
      .text = fmt::format("The webhook {} ({}) was switched off:\n{}\n\nEvents from now on are not kept for it. Make it active "
                          "again when its receiver works;\nwhat was not delivered is in its delivery log.\n",
                          to_base32(webhook.id.value), webhook.description, reason)};
  if (const auto sent = mail_->send(mail, options_.wall()); !sent) warn(sent.error());
}

}  // namespace carillon::roles
