// SPDX-License-Identifier: GPL-3.0-or-later
// Carries what one webhook is to be told to where it lives, and tells people by mail when it was given up.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outbound/fetcher.hpp"
#include "outbound/mail_sender.hpp"
#include "store/delivery_queue.hpp"

namespace carillon::roles {

/// For one thread, which waits for other people's servers.
class WebhookCourier {
 public:
  struct Options {
    outbound::Fetcher::Options fetcher = {};
    std::optional<outbound::MailSender::Options> mail = {};  ///< None: nobody is told by mail.
    outbound::Mailbox mail_from = {};
    Instant (*wall)() = system_wall_time;
  };
  explicit WebhookCourier(Options options);

  struct Round {
    std::vector<store::Tried> tried;
    store::Standing standing;
  };
  /// Sends deliveries in their order, until one fails: the rest was not tried.
  Round deliver(const store::Claim& claim);

  /// Tells the webhook's `notify_email`, if it has one and mail is configured. A failure is logged.
  void tell_disabled(const model::Webhook& webhook, const std::string& reason);

 private:
  struct Signed {
    std::string timestamp;
    std::string signatures;
  };
  std::optional<Signed> sign(const model::Webhook& webhook, const model::WebhookDelivery& delivery, Instant now) const;

  Options options_;
  outbound::Fetcher fetcher_;
  std::unique_ptr<outbound::MailSender> mail_;
};

}  // namespace carillon::roles
