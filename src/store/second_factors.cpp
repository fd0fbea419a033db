// SPDX-License-Identifier: GPL-3.0-or-later
// The tables second_factors and recovery_codes.
#include "store/second_factors.hpp"

#include "base/id.hpp"
#include "store/credentials.hpp"
#include "store/totp.hpp"

namespace carillon::store {
namespace {

SealedPlace place_of(std::int64_t login) {
  return {"second_factors", login, "secret"};
}

struct Factor {
  Secret key;
  std::int64_t used_step = 0;
};

Result<std::optional<Factor>> find_factor(Database& database, const Sealer& sealer, std::int64_t login, bool is_on) {
  CARILLON_TRY(statement, database.prepare("SELECT secret, used_step FROM second_factors WHERE login = ? AND is_on = ?"));
  statement->bind(1, login);
  statement->bind(2, std::int64_t{is_on});
  CARILLON_TRY(is_there, statement->step());
  if (!is_there) return std::nullopt;
  CARILLON_TRY(key, sealer.open(statement->text(0), place_of(login)));
  return Factor{std::move(key), statement->integer(1)};
}

/// "abcd-efgh-jkmn-pqrs": 79 bits. Read without the hyphens.
std::string make_recovery_code() {
  const std::string letters = generate_password().substr(0, 16);
  return fmt::format("{}-{}-{}-{}", letters.substr(0, 4), letters.substr(4, 4), letters.substr(8, 4), letters.substr(12));
}

std::string recovery_digest(std::string_view code) {
  std::string plain;
  for (const char c : code) {
    if (c != '-' && c != ' ') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return token_digest(plain);
}

Result<> forget_recovery_codes(Database& database, std::int64_t login) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM recovery_codes WHERE login = ?"));
  statement->bind(1, login);
  return statement->run();
}

Result<std::vector<std::string>> make_recovery_codes(Database& database, std::int64_t login) {
  CARILLON_CHECK(forget_recovery_codes(database, login));
  CARILLON_TRY(statement, database.prepare("INSERT INTO recovery_codes (login, digest) VALUES (?, ?)"));
  std::vector<std::string> codes;
  while (codes.size() < recovery_codes_count) {
    codes.push_back(make_recovery_code());
    statement->bind(1, login);
    statement->bind(2, recovery_digest(codes.back()));
    CARILLON_CHECK(statement->run());
  }
  return codes;
}

/// Two requests with one code: the first to write has it.
Result<bool> take_step(Database& database, std::int64_t login, std::int64_t step) {
  CARILLON_TRY(statement,
               database.prepare("UPDATE second_factors SET used_step = ?, is_on = 1 WHERE login = ? AND used_step < ?"));
  statement->bind(1, step);
  statement->bind(2, login);
  statement->bind(3, step);
  CARILLON_CHECK(statement->run());
  return database.changed_rows() == 1;
}

Result<bool> take_recovery_code(Database& database, std::int64_t login, std::string_view code) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM recovery_codes WHERE login = ? AND digest = ?"));
  statement->bind(1, login);
  statement->bind(2, recovery_digest(code));
  CARILLON_CHECK(statement->run());
  return database.changed_rows() == 1;
}

}  // namespace

Result<Secret> begin_second_factor(Database& database, const Sealer& sealer, std::int64_t login) {
  Secret key = make_totp_key();
  CARILLON_TRY(statement, database.prepare("INSERT INTO second_factors (login, secret, is_on, used_step) VALUES (?, ?, 0, 0) "
                                           "ON CONFLICT (login) DO UPDATE SET secret = excluded.secret "
                                           "WHERE second_factors.is_on = 0"));
  statement->bind(1, login);
  statement->bind(2, sealer.seal(key.reveal(), place_of(login)));
  CARILLON_CHECK(statement->run());
  if (database.changed_rows() == 0) return failure(Fault::constraint, "A second factor is on already.");
  return key;
}

Result<std::vector<std::string>> confirm_second_factor(Database& database, const Sealer& sealer, std::int64_t login,
                                                       std::string_view code, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(factor, find_factor(database, sealer, login, false));
  if (!factor) return std::vector<std::string>();
  const auto step = find_totp_step(factor->key.reveal(), code, now, factor->used_step);
  if (!step) return std::vector<std::string>();
  CARILLON_TRY(is_ours, take_step(database, login, *step));
  if (!is_ours) return std::vector<std::string>();
  CARILLON_TRY(codes, make_recovery_codes(database, login));
  CARILLON_CHECK(transaction.commit());
  return codes;
}

Result<bool> use_second_factor(Database& database, const Sealer& sealer, std::int64_t login, std::string_view code, Instant now) {
  constexpr std::size_t totp_digits = 6;
  if (code.size() != totp_digits) return take_recovery_code(database, login, code);
  CARILLON_TRY(factor, find_factor(database, sealer, login, true));
  if (!factor) return false;
  const auto step = find_totp_step(factor->key.reveal(), code, now, factor->used_step);
  if (!step) return false;
  return take_step(database, login, *step);
}

Result<> remove_second_factor(Database& database, std::int64_t login) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_CHECK(forget_recovery_codes(database, login));
  CARILLON_TRY(statement, database.prepare("DELETE FROM second_factors WHERE login = ?"));
  statement->bind(1, login);
  CARILLON_CHECK(statement->run());
  return transaction.commit();
}

Result<std::int64_t> count_lost_second_factors(Database& database, const Sealer& sealer) {
  CARILLON_TRY(statement,
               database.prepare("SELECT login, secret FROM second_factors WHERE is_on = 1 ORDER BY login LIMIT 10000"));
  std::int64_t lost = 0;
  while (true) {
    CARILLON_TRY(more, statement->step());
    if (!more) return lost;
    if (!sealer.open(statement->text(1), place_of(statement->integer(0)))) ++lost;
  }
}

Result<std::int64_t> count_recovery_codes(Database& database, std::int64_t login) {
  CARILLON_TRY(statement, database.prepare("SELECT count(*) FROM recovery_codes WHERE login = ?"));
  statement->bind(1, login);
  CARILLON_CHECK(statement->step());
  return statement->integer(0);
}

}  // namespace carillon::store
