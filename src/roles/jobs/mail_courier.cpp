// SPDX-License-Identifier: GPL-3.0-or-later
// Take, send, remove; and wait when there is nothing.
#include "roles/jobs/mail_courier.hpp"

#include "base/log.hpp"
#include "store/connection.hpp"

namespace carillon::roles {

/// What lives on the worker's thread.
class MailCourier::Outbox {
 public:
  explicit Outbox(const Options& options)
      : connection_(options.database_url, options.data_dir, store::Access::write), sealer_(options.sealer), send_(options.send) {}

  Result<std::optional<store::Delivery>> step() {
    CARILLON_TRY(database, connection_.get({}));
    return store::send_one_mail(*database, sealer_, system_wall_time(), send_);
  }

 private:
  store::Connection connection_;
  store::Sealer sealer_;
  std::function<store::Delivery(const store::Mail&)> send_;
};

MailCourier::MailCourier(Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      outbox_(std::make_unique<Outbox>(options_)),
      worker_({.name = "mail", .capacity = 1}),
      scope_(loop, [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {}

MailCourier::~MailCourier() = default;

void MailCourier::start() {
  scope_.spawn(keep());
}

Task<> MailCourier::keep() {
  auto step = [outbox = outbox_.get()] { return outbox->step(); };
  while (true) {
    const auto result = co_await run_on(worker_, loop_, step);
    CARILLON_ENSURE(result.has_value());  // One piece of work at a time: the mailbox has room.
    const auto& delivery = *result;
    if (!delivery) log::error("jobs", "mail.outbox_failed", {{"fault", delivery.error().code}, {"error", delivery.error()}});
    const bool was_due = delivery && *delivery;
    if (was_due && **delivery == store::Delivery::sent) sent_.add();
    if (was_due && **delivery == store::Delivery::refused) refused_.add();
    if (was_due && **delivery == store::Delivery::later) later_.add();
    if (was_due) continue;
    const Duration wait = delivery ? options_.poll_interval : options_.retry_interval;
    co_await sleep(loop_, wait);
  }
}

}  // namespace carillon::roles
