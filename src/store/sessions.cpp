// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of sessions and tokens. An id names an administrator or a user, never both, so one column holds either.
#include "store/sessions.hpp"

#include "base/assert.hpp"
#include "store/credentials.hpp"

namespace carillon::store {
namespace {

constexpr Duration use_noted_every = 1min;
constexpr std::size_t user_agent_bytes_max = 255;

std::int64_t micros(Instant instant) {
  return instant.time_since_epoch().count();
}

Result<> remove_old(Database& database, std::int64_t login, Instant now) {
  CARILLON_TRY(over, database.prepare("DELETE FROM sessions WHERE used_at <= ? OR opened_at <= ?"));
  over->bind_instant(1, now - session_idle_limit);
  over->bind_instant(2, now - session_total_limit);
  CARILLON_CHECK(over->run());
  CARILLON_TRY(own, database.prepare("DELETE FROM sessions WHERE digest IN "
                                     "(SELECT digest FROM sessions WHERE login = ? ORDER BY used_at DESC LIMIT 1000 OFFSET ?)"));
  own->bind(1, login);
  own->bind(2, sessions_per_login_max - 1);
  return own->run();
}

Result<> note_use(Database& database, std::string_view digest, Instant now) {
  CARILLON_TRY(statement, database.prepare("UPDATE sessions SET used_at = ? WHERE digest = ?"));
  statement->bind_instant(1, now);
  statement->bind(2, digest);
  return statement->run();
}

Result<std::optional<Login>> find_active(Database& database, std::int64_t id) {
  CARILLON_TRY(login, find_login(database, id));
  if (!login || !login->active) return std::nullopt;
  login->password_hash = {};
  return std::move(login);
}

Result<std::unique_ptr<Statement>> acted_for_statement(Database& database, Role role) {
  if (role == Role::brand) return database.prepare("SELECT id, id, 0, name FROM brands WHERE id = ?");
  if (role == Role::customer) return database.prepare("SELECT id, brand, id, name FROM customers WHERE id = ?");
  return database.prepare("SELECT id, brand, customer, email FROM users WHERE id = ? AND active = 1");
}

/// No control characters, and not more than is kept: it comes from the network.
std::string shown_text(std::string_view text) {
  std::string shown(text.substr(0, user_agent_bytes_max));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return shown;
}

}  // namespace

Result<> open_session(Database& database, const NewSession& session, Instant now) {
  const std::string digest = token_digest(session.token);
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_CHECK(remove_old(database, session.login, now));
  CARILLON_TRY(statement, database.prepare("INSERT INTO sessions (digest, login, opened_at, used_at, id, by_cookie, source, "
                                           "user_agent, acts_role, acts_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  statement->bind(1, digest);
  statement->bind(2, session.login);
  statement->bind_instant(3, now);
  statement->bind_instant(4, now);
  statement->bind(5, make_entity_id(now));
  statement->bind(6, std::int64_t{session.by_cookie});
  statement->bind(7, session.source);
  statement->bind(8, shown_text(session.user_agent));
  statement->bind(9, session.acts_for.id == 0 ? std::string_view() : model::text_of(session.acts_for.role));
  statement->bind(10, session.acts_for.id);
  CARILLON_CHECK(statement->run());
  return transaction.commit();
}

Result<std::optional<Session>> find_session(Database& database, std::string_view token, Instant now) {
  const std::string digest = token_digest(token);
  CARILLON_TRY(statement, database.prepare("SELECT id, by_cookie, login, used_at, acts_role, acts_id FROM sessions "
                                           "WHERE digest = ? AND used_at > ? AND opened_at > ?"));
  statement->bind(1, digest);
  statement->bind_instant(2, now - session_idle_limit);
  statement->bind_instant(3, now - session_total_limit);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  Session session{.id = statement->integer(0), .by_cookie = statement->integer(1) != 0, .owner = {}, .acts_for = {}};
  const std::int64_t login = statement->integer(2);
  const std::int64_t used = statement->integer(3);
  const ActsFor acts_for{.role = role_of(statement->text(4)), .id = statement->integer(5)};
  statement->reset();
  CARILLON_TRY(owner, find_active(database, login));
  if (!owner) return std::nullopt;
  session.owner = *std::move(owner);
  if (acts_for.id != 0) {
    CARILLON_TRY(other, find_acted_for(database, session.owner, acts_for));
    if (!other) return std::nullopt;
    session.acts_for = std::move(other);
  }
  if (used <= micros(now - use_noted_every)) CARILLON_CHECK(note_use(database, digest, now));
  return session;
}

Result<std::optional<Login>> find_acted_for(Database& database, const Login& owner, const ActsFor& acts_for) {
  // Downwards alone.
  if (acts_for.role <= owner.role) return std::nullopt;
  CARILLON_TRY(statement, acted_for_statement(database, acts_for.role));
  statement->bind(1, acts_for.id);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  Login found{.role = acts_for.role,
              .id = statement->integer(0),
              .brand = {statement->integer(1)},
              .customer = {statement->integer(2)},
              .name = std::string(statement->text(3)),
              .password_hash = {},
              .active = true};
  const bool is_within = (!owner.brand || owner.brand == found.brand) && (!owner.customer || owner.customer == found.customer);
  if (!is_within) return std::nullopt;
  return found;
}

Result<std::vector<model::Session>> list_sessions(Database& database, std::int64_t login, Instant now) {
  Query query{.filters = {{"login", std::to_string(login)}}, .limit = sessions_per_login_max};
  CARILLON_TRY(sessions, list<model::Session>(database, {}, query));
  std::erase_if(sessions, [&](const model::Session& session) {
    return session.used_at <= now - session_idle_limit || session.opened_at <= now - session_total_limit;
  });
  return std::move(sessions);
}

Result<> end_session(Database& database, std::int64_t login, std::int64_t id) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM sessions WHERE login = ? AND id = ?"));
  statement->bind(1, login);
  statement->bind(2, id);
  CARILLON_CHECK(statement->run());
  if (database.changed_rows() == 0) return failure(Fault::not_found);
  return {};
}

Result<> end_sessions_of(Database& database, Id<model::User> user) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM sessions WHERE login = ?"));
  statement->bind(1, user.value);
  return statement->run();
}

Result<> end_sessions_of(Database& database, Id<model::Customer> customer) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM sessions WHERE login IN (SELECT id FROM users WHERE customer = ? "
                                           "UNION ALL SELECT id FROM administrators WHERE customer = ?)"));
  statement->bind(1, customer.value);
  statement->bind(2, customer.value);
  return statement->run();
}

Result<> add_api_token(Database& database, model::ApiToken& token, Instant now) {
  CARILLON_TRY(transaction, Transaction::begin_write(database));
  CARILLON_TRY(count, store::count(database, {}, model::resource_of<model::ApiToken>, {{"login", std::to_string(token.login)}}));
  if (count >= api_tokens_per_login_max) return failure(Fault::constraint, "This login has too many tokens.");
  token.id = {make_entity_id(now)};
  token.created_at = now;
  CARILLON_TRY(inserter, Inserter::prepare(database, model::resource_of<model::ApiToken>));
  CARILLON_CHECK(inserter.insert(token));
  return transaction.commit();
}

Result<std::optional<FoundToken>> find_api_token(Database& database, std::string_view token, Instant now) {
  CARILLON_TRY(statement,
               database.prepare("SELECT id FROM api_tokens WHERE digest = ? AND (expires_at IS NULL OR expires_at > ?)"));
  statement->bind(1, token_digest(token));
  statement->bind_instant(2, now);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  const Id<model::ApiToken> id{statement->integer(0)};
  statement->reset();
  CARILLON_TRY(row, find<model::ApiToken>(database, {}, id));
  CARILLON_TRY(owner, find_active(database, row.login));
  if (!owner) return std::nullopt;
  if (row.used_at <= now - use_noted_every) {
    CARILLON_TRY(use, database.prepare("UPDATE api_tokens SET used_at = ? WHERE id = ?"));
    use->bind_instant(1, now);
    use->bind(2, row.id.value);
    CARILLON_CHECK(use->run());
  }
  return FoundToken{std::move(row), *std::move(owner)};
}

Result<std::vector<model::ApiToken>> list_api_tokens(Database& database, std::int64_t login) {
  const Query query{.filters = {{"login", std::to_string(login)}}, .limit = api_tokens_per_login_max};
  return list<model::ApiToken>(database, {}, query);
}

Result<> remove_api_token(Database& database, std::int64_t login, std::int64_t id) {
  CARILLON_TRY(statement, database.prepare("DELETE FROM api_tokens WHERE login = ? AND id = ?"));
  statement->bind(1, login);
  statement->bind(2, id);
  CARILLON_CHECK(statement->run());
  if (database.changed_rows() == 0) return failure(Fault::not_found);
  return {};
}

}  // namespace carillon::store
