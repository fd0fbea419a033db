// SPDX-License-Identifier: GPL-3.0-or-later
// Works off the deliveries of webhooks for as long as the process runs, several webhooks at a time: one whose receiver is slow
// keeps a thread, and no other webhook waits for it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"
#include "outbound/stop_event.hpp"
#include "roles/jobs/webhook_courier.hpp"
#include "store/connection.hpp"

namespace carillon::roles {

class WebhookSender {
 public:
  struct Options {
    std::string database_url;
    std::filesystem::path data_dir;
    WebhookCourier::Options courier = {};
    std::size_t parallel_max = 8;  ///< Webhooks at a time; those that fail get half of it at most.
    std::int64_t batch_max = 16;   ///< Deliveries to one webhook before others have their turn.
    Duration poll_interval = 500ms;
    Duration claim_time = 5min;       ///< After which what was claimed and not told of is sent again: more than a batch takes.
    Duration kept_time = 30 * 24h;    ///< How long deliveries are kept,
    std::int64_t kept_max = 100'000;  ///< and how many of one webhook.
    Duration prune_interval = 10min;
  };

  WebhookSender(Loop& loop, Options options);
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;
  ~WebhookSender();

  void start();
  /// Breaks off what is under way, which is sent again by the next process, then calls `done`.
  void finish(std::function<void()> done);

 private:
  /// A thread and what works on it; made when first needed.
  struct Lane {
    bool is_busy = false;
    bool is_failing = false;
    std::unique_ptr<WebhookCourier> courier;  ///< Touched by the worker alone.
    std::unique_ptr<Worker> worker;           ///< Behind it: it ends first.
  };
  Task<> keep();
  Task<> look();
  Task<> serve(Lane& lane, Id<model::Webhook> webhook);
  Task<> note(Lane& lane, store::Claim claim, WebhookCourier::Round round);
  Task<> prune();
  Task<Result<std::vector<store::DueWebhook>>> due(Id<model::Webhook> after);
  void assign(const store::DueWebhook& due);
  Lane* free_lane(bool is_failing);
  Task<> wake();
  void count(const store::Claim& claim, const WebhookCourier::Round& round);
  void warn(const Error& error);

  Loop& loop_;
  Options options_;
  std::unique_ptr<store::Connection> connection_;  ///< Touched by the database's worker alone.
  std::unique_ptr<outbound::StopEvent> stop_;
  std::function<void()> done_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::set<Id<model::Webhook>> busy_;
  Id<model::Webhook> last_;  ///< Whose turn it was: those behind it come first.
  Monotonic next_prune_;
  log::SourceLimit log_limit_;
  metrics::Counter delivered_{"carillon_webhook_deliveries_total", "Attempts to deliver to webhooks", {{"result", "delivered"}}};
  metrics::Counter failed_{"carillon_webhook_deliveries_total", "Attempts to deliver to webhooks", {{"result", "failed"}}};
  metrics::Counter disabled_{"carillon_webhooks_disabled_total", "Webhooks switched off because they could not be reached"};
  Signal woken_;
  Worker database_;
  Scope scope_;  ///< Last: its tasks use the others.
};

}  // namespace carillon::roles
