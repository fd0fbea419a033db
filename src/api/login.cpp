// SPDX-License-Identifier: GPL-3.0-or-later
// Guard, look up, verify, in this order for everybody.
#include "api/login.hpp"

#include "base/log.hpp"

namespace carillon::api {

Task<std::expected<store::Login, Problem>> LoginDesk::check(std::string name, Secret password, std::string source) {
  const Duration wait = guard_.begin(name, source, loop_.now());
  if (wait > Duration::zero()) {
    slowed_.add();
    co_return std::unexpected(Problem{.fault = Fault::too_many_tries,
                                      .detail = "Too many logins failed. Try again later.",
                                      .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)});
  }
  const store::Scope everybody;
  auto look_up = [name](store::Database& database) { return store::find_login(database, name, Id<model::Brand>()); };
  const auto found = co_await database_.run(everybody, std::move(look_up));
  if (!found) {
    guard_.undecided(name, source);
    co_return std::unexpected(problem_of(found.error()));
  }
  const std::optional<store::Login>& login = *found;

  Secret hash;
  if (login) hash = login->password_hash;
  auto verify = [hash = std::move(hash), password = std::move(password), cost = cost_] {
    return store::verify_password(hash, password.reveal(), cost);
  };
  const std::optional<bool> verified = co_await run_on(idler(), loop_, std::move(verify));
  if (!verified) {
    guard_.undecided(name, source);
    co_return std::unexpected(Problem{.fault = Fault::busy, .detail = "Too many logins at once. Try again.", .retry_after = 1s});
  }
  if (!*verified || !login || !login->active) {
    failed_.add();
    log::warning("api", "login.failed", {{"name", name}, {"source", source}});
    co_return std::unexpected(Problem{.fault = Fault::wrong_login, .detail = "Name or password is wrong."});
  }
  guard_.succeeded(name, source);
  succeeded_.add();
  log::info("api", "login.ok", {{"name", name}, {"source", source}, {"role", model::text_of(login->role)}});
  co_return *login;
}

Task<std::expected<Secret, Problem>> LoginDesk::hash(Secret password) {
  auto work = [password = std::move(password), cost = cost_] { return store::hash_password(password.reveal(), cost); };
  std::optional<Secret> hashed = co_await run_on(idler(), loop_, std::move(work));
  if (!hashed) co_return std::unexpected(Problem{.fault = Fault::busy, .detail = "Too many logins at once.", .retry_after = 1s});
  co_return *std::move(hashed);
}

Worker& LoginDesk::idler() {
  return hashing_[0].waiting() <= hashing_[1].waiting() ? hashing_[0] : hashing_[1];
}

}  // namespace carillon::api
