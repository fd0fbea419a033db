// SPDX-License-Identifier: GPL-3.0-or-later
// Guard, look up, verify, and then the second factor, in this order for everybody.
#include "api/login.hpp"

#include "base/log.hpp"
#include "store/audit.hpp"
#include "store/second_factors.hpp"

namespace carillon::api {

namespace {

const store::Scope everybody;

Problem too_many_hashes() {
  return {.fault = Fault::busy, .detail = "Too many logins at once. Try again.", .retry_after = 1s};
}

Problem wrong_login() {
  return {.fault = Fault::wrong_login, .detail = "Name or password is wrong."};
}

}  // namespace

std::optional<Problem> LoginDesk::slow_down(Duration wait) {
  if (wait <= Duration::zero()) return std::nullopt;
  slowed_.add();
  return Problem{.fault = Fault::too_many_tries,
                 .detail = "Too many logins failed. Try again later.",
                 .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)};
}

Worker& LoginDesk::worker() {
  return hashing_[0].waiting() <= hashing_[1].waiting() ? hashing_[0] : hashing_[1];
}

Task<std::expected<store::Login, Problem>> LoginDesk::check(LoginAttempt attempt) {
  const std::string account = fmt::format("{}\n{}", attempt.name, attempt.brand.value);
  const std::string source = attempt.source;
  const Duration wait = guard_.begin(account, source, loop_.now());
  if (auto slowed = slow_down(wait)) co_return std::unexpected(*std::move(slowed));
  auto look_up = [name = attempt.name, brand = attempt.brand, portal = attempt.portal,
                  known = attempt.known](store::Database& database) {
    if (known != 0) return store::find_login(database, known);
    return brand ? store::find_login(database, name, brand) : store::find_login_at(database, name, portal);
  };
  auto found = co_await database_.run(everybody, std::move(look_up));
  if (!found) {
    guard_.undecided(account, source);
    co_return std::unexpected(problem_of(found.error()));
  }
  store::Login login = *found ? *std::move(*found) : store::Login();
  const auto verified = co_await verify(login, std::move(attempt.password));
  if (!verified) {
    guard_.undecided(account, source);
    co_return std::unexpected(verified.error());
  }
  if (!verified->is_right || !login.active) {
    failed_.add();
    log::warning("api", "login.failed", {{"name", attempt.name}, {"source", source}});
    note_failure(login, source);
    co_return std::unexpected(wrong_login());
  }
  if (login.has_second_factor && !attempt.skips_code) {
    auto checked = co_await check_code(login, std::move(attempt.code), source);
    const bool was_judged = checked || checked.error().fault == Fault::wrong_login;
    if (!was_judged) guard_.undecided(account, source);
    if (!checked) co_return std::unexpected(std::move(checked).error());
  }
  if (!verified->renewed.is_empty()) {
    auto renew = [login, hash = verified->renewed](store::Database& database) {
      return store::renew_hash(database, login, hash);
    };
    const auto renewed = co_await database_.run(everybody, std::move(renew));
    if (!renewed) log::warning("api", "hash.not_renewed", {{"fault", renewed.error().code}});
  }
  guard_.succeeded(account, source);
  succeeded_.add();
  log::info("api", "login.ok", {{"name", login.name}, {"source", source}, {"role", model::text_of(login.role)}});
  co_return login;
}

void LoginDesk::on_broken(const Broken& broken) {
  log::error("api", "login.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
}

void LoginDesk::note_failure(const store::Login& login, const std::string& source) {
  if (login.id != 0 && scope_.size() < notes_max) scope_.spawn(write_failure(login, source));
}

Task<> LoginDesk::write_failure(store::Login login, std::string source) {
  // At a time of its own, so that the next request does not tell by its delay whether there is such a login.
  co_await sleep(loop_, 500ms + std::chrono::milliseconds(random_bits() % 1500));
  auto write = [login, source = std::move(source), now = loop_.wall()](store::Database& database) {
    const store::Actor nobody{.login = login.name, .role = {}, .emulated = {}, .source = source};
    return store::write_sign_in(database, nobody, model::AuditAction::login_failed, login, now);
  };
  const auto written = co_await database_.run(everybody, std::move(write));
  if (!written) log::error("api", "login.not_audited", {{"fault", written.error().code}, {"error", written.error()}});
}

/// Somebody who is not there has an empty hash, which takes as long as a sound one.
Task<std::expected<LoginDesk::Verified, Problem>> LoginDesk::verify(store::Login login, Secret password) {
  auto work = [hash = login.password_hash, password = std::move(password), cost = cost_] {
    Verified verified{.is_right = store::verify_password(hash, password.reveal(), cost), .renewed = {}};
    const bool is_old = verified.is_right && store::is_of_other_cost(hash, cost);
    if (is_old) verified.renewed = store::hash_password(password.reveal(), cost);
    return verified;
  };
  std::optional<Verified> verified = co_await run_on(worker(), loop_, std::move(work));
  if (!verified) co_return std::unexpected(too_many_hashes());
  co_return *std::move(verified);
}

Task<std::expected<void, Problem>> LoginDesk::check_code(store::Login login, std::string code, std::string source) {
  if (code.empty()) {
    co_return std::unexpected(Problem{.fault = Fault::code_wanted, .detail = "Say the code that the authenticator shows, too."});
  }
  const std::string account = std::to_string(login.id);
  const Duration wait = code_guard_.begin(account, account, loop_.now());
  if (auto slowed = slow_down(wait)) co_return std::unexpected(*std::move(slowed));
  auto use = [id = login.id, code = std::move(code), now = loop_.wall(), sealer = &sealer_](store::Database& database) {
    return store::use_second_factor(database, *sealer, id, code, now);
  };
  const auto used = co_await database_.run(everybody, std::move(use));
  if (!used) {
    code_guard_.undecided(account, account);
    co_return std::unexpected(problem_of(used.error()));
  }
  if (!*used) {
    failed_.add();
    log::warning("api", "login.wrong_code", {{"name", login.name}});
    note_failure(login, source);
    co_return std::unexpected(wrong_login());
  }
  code_guard_.succeeded(account, account);
  co_return std::expected<void, Problem>();
}

Task<std::expected<Secret, Problem>> LoginDesk::hash(Secret password) {
  auto work = [password = std::move(password), cost = cost_] { return store::hash_password(password.reveal(), cost); };
  std::optional<Secret> hash = co_await run_on(worker(), loop_, std::move(work));
  if (!hash) co_return std::unexpected(too_many_hashes());
  co_return *std::move(hash);
}

}  // namespace carillon::api
