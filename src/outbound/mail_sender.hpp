// SPDX-License-Identifier: GPL-3.0-or-later
// Hands mail to the operator's server by SMTP.
#pragma once

#include <memory>
#include <string>

#include "base/secret.hpp"
#include "outbound/mail.hpp"
#include "outbound/stop_event.hpp"

namespace carillon::outbound {

/// For one thread, which waits. TLS is used when the server offers it (STARTTLS), and is a condition before a password leaves for
/// another machine; smtps: has it from the start.
class MailSender {
 public:
  struct Options {
    Secret url;                          ///< smtp://[USER[:PASSWORD]@]HOST[:PORT], smtps://…
    Secret password = {};                ///< In place of the URL's.
    std::string certificates_file = {};  ///< Whom to trust (PEM) in place of the system's list.
    Duration connect_limit = 10s;
    Duration whole_limit = 60s;
    const StopEvent* stop = nullptr;  ///< Ends sending early: `stopped`. It must outlive the sender.
  };
  /// `bad_url` for a URL that is none; it is not told.
  static Result<std::unique_ptr<MailSender>> make(Options options);
  MailSender(const MailSender&) = delete;
  MailSender& operator=(const MailSender&) = delete;
  ~MailSender();

  /// `rejected`: it makes no sense to try this mail again. `deferred`, `unreachable`, `too_slow` and others: it does. `now` is
  /// what the mail says.
  Result<> send(const Mail& mail, Instant now);

 private:
  struct Server;
  explicit MailSender(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

/// Whether a password stands in the URL of a mail server.
bool has_password(std::string_view url);

/// What the configuration says of mail: the URL, and the first line of the password file. `bad_url` for a file that cannot be
/// read.
Result<MailSender::Options> mail_options(const std::string& url, const std::string& password_file);

}  // namespace carillon::outbound
