// SPDX-License-Identifier: GPL-3.0-or-later
// Wiring of the jobs process.
#include "roles/jobs/jobs_role.hpp"

#include "base/log.hpp"
#include "roles/jobs/record_keeper.hpp"
#include "roles/jobs/webhook_sender.hpp"
#include "roles/journal_name.hpp"
#include "roles/role_process.hpp"

namespace carillon::roles {

namespace {

/// Mail that is configured wrongly is told at start, and nobody is sent any.
void set_mail(const Configuration& configuration, WebhookCourier::Options& courier) {
  const std::string& url = configuration.text("smtp.url");
  const std::string& from = configuration.text("smtp.from");
  if (url.empty() || from.empty()) return;
  auto options = outbound::mail_options(url, configuration.text("smtp.password_file"));
  auto sender = outbound::Mailbox::parse(from);
  for (const Error* error : {options ? nullptr : &options.error(), sender ? nullptr : &sender.error()}) {
    if (error != nullptr) log::error("jobs", "mail.off", {{"fault", error->code}, {"error", *error}});
  }
  if (!options || !sender) return;
  courier.mail = *std::move(options);
  courier.mail_from = *std::move(sender);
}

WebhookSender::Options webhook_options(const RoleProcess& process) {
  const Configuration& configuration = process.configuration();
  WebhookSender::Options options;
  options.database_url = configuration.text("database.url");
  options.data_dir = process.data().root;
  options.courier.fetcher.policy = outbound::AddressPolicy(configuration.addresses("outbound.allowed_networks"));
  set_mail(configuration, options.courier);
  return options;
}

}  // namespace

int run_jobs(const Configuration& configuration) {
  auto started = RoleProcess::start("jobs", configuration);
  if (!started) {
    log::error("jobs", "start.failed", {{"fault", started.error().code}, {"what", started.error()}});
    return 1;
  }
  RoleProcess& process = **started;
  const auto name = journal_name(process.data());
  if (!name) {
    log::error("jobs", "start.failed", {{"fault", name.error().code}, {"what", name.error()}});
    return 1;
  }
  RecordKeeper::Options options;
  options.database_url = configuration.text("database.url");
  options.data_dir = process.data().root;
  options.journal = process.data().journal();
  options.journal_name = *name;
  options.on_state = [&process](std::string reason) { process.set_not_ready(std::move(reason)); };
  RecordKeeper records(process.loop(), std::move(options));
  WebhookSender webhooks(process.loop(), webhook_options(process));
  records.start();
  webhooks.start();
  process.on_stop([&] { webhooks.finish([&] { records.finish([&] { process.finish(); }); }); });
  process.run();
  return 0;
}

}  // namespace carillon::roles
