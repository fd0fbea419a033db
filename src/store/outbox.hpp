// SPDX-License-Identifier: GPL-3.0-or-later
// Mails that are on their way: put here in the transaction that has a reason for them, and sent by whoever can, however often
// that fails at first.
#pragma once

#include <functional>

#include "store/database.hpp"
#include "store/seal.hpp"

namespace carillon::store {

struct Mail {
  std::int64_t id = 0;
  std::string to;
  std::string subject;
  std::string text;              ///< Plain, lines ended by \n. It may hold a secret, so it lies sealed.
  std::string sender_name = {};  ///< In whose name it leaves;
  std::string sender = {};       ///< empty: as `smtp.from` says.
  Instant expires_at;            ///< Of no use afterwards: it is dropped.
};

constexpr std::int64_t mails_max = 10'000;
constexpr std::size_t mail_bytes_max = 64 * 1024;
constexpr int mail_tries_max = 10;
constexpr Duration mail_patience = 5min;  ///< How long whoever took a mail has for sending it; doubled after each try.

/// In the caller's transaction. `invalid`: a recipient or subject that would be more than that; `busy`: too many are waiting.
Result<> enqueue_mail(Database& database, const Sealer& sealer, Mail mail, Instant now);

/// The next mail that is due, which is nobody else's for `mail_patience`; none when nothing is due. Drops what has expired or was
/// tried too often.
Result<std::optional<Mail>> take_mail(Database& database, const Sealer& sealer, Instant now);
/// It has left.
Result<> remove_mail(Database& database, std::int64_t id);

/// What became of a mail.
enum class Delivery {
  sent,
  refused,  ///< For good: it is dropped.
  later     ///< It is tried again.
};

/// Takes one mail and lets `send` deliver it: none when nothing was due.
Result<std::optional<Delivery>> send_one_mail(Database& database, const Sealer& sealer, Instant now,
                                              const std::function<Delivery(const Mail&)>& send);

}  // namespace carillon::store
