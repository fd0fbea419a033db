// SPDX-License-Identifier: GPL-3.0-or-later
// The table of links, by digest alone, and the mail that carries one.
#include "store/password_resets.hpp"

#include "store/credentials.hpp"

namespace carillon::store {
namespace {

std::int64_t micros(Instant instant) {
  return instant.time_since_epoch().count();
}

/// A fragment is never sent to a server, so no log of one has the token.
std::string mail_text(const ResetRequest& request) {
  const std::string way =
      request.portal_url.empty()
          ? fmt::format("Enter this code where a new password is asked for:\n\n  {}\n", request.token)
          : fmt::format("Open this page to choose a new one:\n\n  {}/reset#token={}\n", request.portal_url, request.token);
  return fmt::format(
      "Hello,\n\nsomebody asked for a new password for the login {}.\n{}\nIt works once, for 30 minutes. If you did not ask for "
      "it, do nothing: "
      "your password stays as it is.\n",
      request.name, way);
}

Result<std::int64_t> recent_requests(Database& database, std::int64_t login, Instant now) {
  CARILLON_TRY(old, database.prepare("DELETE FROM password_resets WHERE created_at <= ?"));
  old->bind(1, micros(now - 1h));
  CARILLON_CHECK(old->run());
  CARILLON_TRY(statement, database.prepare("SELECT count(*) FROM password_resets WHERE login = ?"));
  statement->bind(1, login);
  CARILLON_CHECK(statement->step());
  return statement->integer(0);
}

}  // namespace

Result<bool> request_reset(Database& database, const Sealer& sealer, const ResetRequest& request, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(login, find_login(database, request.name, request.brand));
  if (!login || !login->active || login->email.empty() || login->password_hash.is_empty()) return false;
  CARILLON_TRY(recent, recent_requests(database, login->id, now));
  if (recent >= resets_per_hour) return false;
  CARILLON_TRY(statement,
               database.prepare("INSERT INTO password_resets (digest, login, created_at, expires_at) VALUES (?, ?, ?, ?)"));
  statement->bind(1, token_digest(request.token));
  statement->bind(2, login->id);
  statement->bind(3, micros(now));
  statement->bind(4, micros(now + reset_time));
  CARILLON_CHECK(statement->run());
  Mail mail{.to = login->email, .subject = "A new password", .text = mail_text(request), .expires_at = now + reset_time};
  CARILLON_CHECK(enqueue_mail(database, sealer, std::move(mail), now));
  CARILLON_CHECK(transaction.commit());
  return true;
}

Result<std::optional<Login>> find_reset(Database& database, std::string_view token, Instant now) {
  CARILLON_TRY(statement, database.prepare("SELECT login FROM password_resets WHERE digest = ? AND expires_at > ?"));
  statement->bind(1, token_digest(token));
  statement->bind(2, micros(now));
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  const std::int64_t id = statement->integer(0);
  statement->reset();
  CARILLON_TRY(login, find_login(database, id));
  if (!login || !login->active) return std::nullopt;
  return std::move(login);
}

Result<bool> use_reset(Database& database, std::string_view token, const Secret& hash, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(login, find_reset(database, token, now));
  if (!login) return false;
  CARILLON_CHECK(set_password(database, login->id, hash, false, 0));
  CARILLON_CHECK(transaction.commit());
  return true;
}

}  // namespace carillon::store
