// SPDX-License-Identifier: GPL-3.0-or-later
// The table of links, by digest alone, and the mail that carries one.
#include "store/password_resets.hpp"

#include "store/credentials.hpp"
#include "store/notifications.hpp"

namespace carillon::store {
namespace {

/// A fragment is never sent to a server, so no log of one has the token.
Values values_of(const ResetRequest& request, Duration time) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(time).count();
  return {{"link", request.portal_url.empty() ? "" : fmt::format("{}/reset#token={}", request.portal_url, request.token)},
          {"code", request.token},
          {"hours", std::to_string(hours)}};
}

/// Notes the link and puts the mail on its way, in the caller's transaction.
Result<> send_link(Database& database, const Sealer& sealer, const ResetRequest& request, const Login& login,
                   model::NotificationKind kind, Instant now) {
  const Duration time = kind == model::NotificationKind::new_login ? Duration(invitation_time) : Duration(reset_time);
  CARILLON_TRY(
      statement,
      database.prepare("INSERT INTO password_resets (digest, login, created_at, expires_at, email) VALUES (?, ?, ?, ?, ?)"));
  statement->bind(1, token_digest(request.token));
  statement->bind(2, login.id);
  statement->bind_instant(3, now);
  statement->bind_instant(4, now + time);
  statement->bind(5, login.email);
  CARILLON_CHECK(statement->run());
  CARILLON_TRY(mail, write_mail(database, kind, login, values_of(request, time)));
  mail.expires_at = now + time;
  return enqueue_mail(database, sealer, std::move(mail), now);
}

Result<std::int64_t> recent_requests(Database& database, std::int64_t login, Instant now) {
  CARILLON_TRY(old, database.prepare("DELETE FROM password_resets WHERE created_at <= ? AND expires_at <= ?"));
  old->bind_instant(1, now - 1h);
  old->bind_instant(2, now);
  CARILLON_CHECK(old->run());
  CARILLON_TRY(statement, database.prepare("SELECT count(*) FROM password_resets WHERE login = ? AND created_at > ?"));
  statement->bind(1, login);
  statement->bind_instant(2, now - 1h);
  CARILLON_CHECK(statement->step());
  return statement->integer(0);
}

}  // namespace

Result<bool> request_reset(Database& database, const Sealer& sealer, const ResetRequest& request, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(of_portal, brand_of_portal(database, request.portal));
  CARILLON_TRY(login, find_login(database, request.name, request.brand ? request.brand : of_portal));
  if (!login || !login->active || login->email.empty()) return false;
  CARILLON_TRY(recent, recent_requests(database, login->id, now));
  if (recent >= resets_per_hour) return false;
  CARILLON_CHECK(send_link(database, sealer, request, *login, model::NotificationKind::password_reset, now));
  CARILLON_CHECK(transaction.commit());
  return true;
}

Result<bool> invite(Database& database, const Sealer& sealer, const ResetRequest& request, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(login, find_login(database, request.login));
  if (!login || !login->active || login->email.empty() || !login->password_hash.is_empty()) return false;
  CARILLON_TRY(sent, database.prepare("SELECT 1 FROM password_resets WHERE login = ? AND email = ? AND expires_at > ?"));
  sent->bind(1, login->id);
  sent->bind(2, login->email);
  sent->bind_instant(3, now);
  CARILLON_TRY(is_sent, sent->step());
  if (is_sent) return false;  // The request that made it came twice.
  sent->reset();
  CARILLON_CHECK(send_link(database, sealer, request, *login, model::NotificationKind::new_login, now));
  CARILLON_CHECK(transaction.commit());
  return true;
}

Result<std::optional<Login>> find_reset(Database& database, std::string_view token, Instant now) {
  CARILLON_TRY(statement, database.prepare("SELECT login, email FROM password_resets WHERE digest = ? AND expires_at > ?"));
  statement->bind(1, token_digest(token));
  statement->bind_instant(2, now);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  const std::int64_t id = statement->integer(0);
  const std::string address(statement->text(1));
  statement->reset();
  CARILLON_TRY(login, find_login(database, id));
  if (!login || !login->active || (!address.empty() && address != login->email)) return std::nullopt;
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
