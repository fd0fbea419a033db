// SPDX-License-Identifier: GPL-3.0-or-later
// The table of mails. A mail that somebody took and did not remove becomes due again by itself.
#include "store/outbox.hpp"

#include "base/id.hpp"
#include "model/validate.hpp"

namespace carillon::store {
namespace {

SealedPlace place_of(std::int64_t mail) {
  return {"mails", mail, "body"};
}

Result<> drop_useless(Database& database, Instant now) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM mails WHERE expires_at <= ? OR (tries >= ? AND due_at <= ?)"));
  statement->bind_instant(1, now);
  statement->bind(2, std::int64_t{mail_tries_max});
  statement->bind_instant(3, now);
  return statement->run();
}

/// Makes it nobody else's for a while; false when somebody was faster.
Result<bool> claim(Database& database, std::int64_t id, std::int64_t tries, Instant now) {
  CARILLON_TRY(statement, database.prepare("UPDATE mails SET due_at = ?, tries = tries + 1 WHERE id = ? AND tries = ?"));
  statement->bind_instant(1, now + mail_patience * (1 << std::min<std::int64_t>(tries, mail_tries_max)));
  statement->bind(2, id);
  statement->bind(3, tries);
  CARILLON_CHECK(statement->run());
  return database.changed_rows() == 1;
}

}  // namespace

Result<> enqueue_mail(Database& database, const Sealer& sealer, Mail mail, Instant now) {
  const bool is_sound = model::has_form(mail.to, model::Form::email) && model::has_form(mail.subject, model::Form::any) &&
                        mail.text.size() <= mail_bytes_max;
  if (!is_sound) return failure(Fault::invalid, "A mail needs an address, a subject of one line and at most 64 KiB of text.");
  CARILLON_CHECK(drop_useless(database, now));
  CARILLON_TRY(waiting, database.prepare("SELECT count(*) FROM mails"));
  CARILLON_CHECK(waiting->step());
  if (waiting->integer(0) >= mails_max) return failure(Fault::busy, "Too many mails are waiting: is smtp.url right?");
  waiting->reset();
  mail.id = make_entity_id(now);
  CARILLON_TRY(statement,
               database.prepare("INSERT INTO mails (id, recipient, subject, body, created_at, due_at, expires_at, tries, "
                                "sender_name, sender) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"));
  statement->bind(1, mail.id);
  statement->bind(2, mail.to);
  statement->bind(3, mail.subject);
  statement->bind(4, sealer.seal(mail.text, place_of(mail.id)));
  statement->bind_instant(5, now);
  statement->bind_instant(6, now);
  statement->bind(7, mail.expires_at.time_since_epoch().count());
  statement->bind(8, mail.sender_name);
  statement->bind(9, mail.sender);
  return statement->run();
}

Result<std::optional<Mail>> take_mail(Database& database, const Sealer& sealer, Instant now) {
  CARILLON_CHECK(drop_useless(database, now));
  CARILLON_TRY(statement, database.prepare("SELECT id, recipient, subject, body, expires_at, tries, sender_name, sender "
                                           "FROM mails WHERE due_at <= ? ORDER BY due_at, id LIMIT 1"));
  statement->bind_instant(1, now);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  Mail mail{.id = statement->integer(0),
            .to = std::string(statement->text(1)),
            .subject = std::string(statement->text(2)),
            .text = {},
            .sender_name = std::string(statement->text(6)),
            .sender = std::string(statement->text(7)),
            .expires_at = Instant(Duration(statement->integer(4)))};
  const std::string sealed(statement->text(3));
  const std::int64_t tries = statement->integer(5);
  statement->reset();
  CARILLON_TRY(is_ours, claim(database, mail.id, tries, now));
  if (!is_ours) return std::nullopt;
  CARILLON_TRY(text, sealer.open(sealed, place_of(mail.id)));
  mail.text = text.reveal();
  return mail;
}

Result<> remove_mail(Database& database, std::int64_t id) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM mails WHERE id = ?"));
  statement->bind(1, id);
  return statement->run();
}

Result<std::optional<Delivery>> send_one_mail(Database& database, const Sealer& sealer, Instant now,
                                              const std::function<Delivery(const Mail&)>& send) {
  CARILLON_TRY(mail, take_mail(database, sealer, now));
  if (!mail) return std::nullopt;
  const Delivery delivery = send(*mail);
  if (delivery != Delivery::later) CARILLON_CHECK(remove_mail(database, mail->id));
  return delivery;
}

}  // namespace carillon::store
