// SPDX-License-Identifier: GPL-3.0-or-later
// Wiring of the jobs process.
#include "roles/jobs/jobs_role.hpp"

#include "api/job_runner.hpp"
#include "base/log.hpp"
#include "outbound/mail_sender.hpp"
#include "roles/jobs/mail_courier.hpp"
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

/// Sends what is in the outbox; without a server it waits there until it is of no use any more.
std::function<store::Delivery(const store::Mail&)> outbox_sender(const WebhookCourier::Options& courier) {
  if (!courier.mail) return {};
  auto made = outbound::MailSender::make(*courier.mail);
  if (!made) {
    log::error("jobs", "mail.off", {{"fault", made.error().code}, {"error", made.error()}});
    return {};
  }
  return [sender = std::shared_ptr<outbound::MailSender>(std::move(*made)), from = courier.mail_from](const store::Mail& mail) {
    const outbound::Mailbox own{.name = mail.sender_name, .address = mail.sender};
    const outbound::Mail message{.from = mail.sender.empty() ? from : own,
                                 .to = {.name = {}, .address = mail.to},
                                 .subject = mail.subject,
                                 .text = mail.text};
    const auto sent = sender->send(message, system_wall_time());
    if (sent) return store::Delivery::sent;
    log::warning("jobs", "mail.failed", {{"mail", to_base32(mail.id)}, {"fault", sent.error().code}, {"error", sent.error()}});
    const bool is_hopeless = sent.error().is(outbound::Fault::rejected) || sent.error().is(outbound::Fault::bad_mail);
    return is_hopeless ? store::Delivery::refused : store::Delivery::later;
  };
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
  auto sealer = store::Sealer::load(process.data().master_key());
  if (!sealer) {
    log::error("jobs", "start.failed", {{"fault", sealer.error().code}, {"what", sealer.error()}});
    return 1;
  }
  RecordKeeper::Options options;
  options.database_url = configuration.text("database.url");
  options.data_dir = process.data().root;
  options.journal = process.data().journal();
  options.journal_name = *name;
  options.on_state = [&process](std::string reason) { process.set_not_ready(std::move(reason)); };
  WebhookSender::Options webhook = webhook_options(process);
  auto send_mail = outbox_sender(webhook.courier);
  if (send_mail) options.sealer = *sealer;
  RecordKeeper records(process.loop(), std::move(options));
  WebhookSender webhooks(process.loop(), std::move(webhook));
  api::JobRunner jobs(process.loop(),
                      {.database_url = configuration.text("database.url"),
                       .data_dir = process.data().root,
                       .sealer = *sealer,
                       .carriers = outbound::AddressPolicy(configuration.addresses("sip.trunks.allowed_networks"))});
  std::optional<MailCourier> mails;
  if (send_mail) {
    mails.emplace(process.loop(), MailCourier::Options{.database_url = configuration.text("database.url"),
                                                       .data_dir = process.data().root,
                                                       .sealer = *std::move(sealer),
                                                       .send = std::move(send_mail)});
    mails->start();
  }
  records.start();
  webhooks.start();
  jobs.start();
  process.on_stop([&] { webhooks.finish([&] { records.finish([&] { process.finish(); }); }); });
  process.run();
  return 0;
}

}  // namespace carillon::roles
