// SPDX-License-Identifier: GPL-3.0-or-later
// A guard by account and source, and tasks that nobody waits for.
#include "api/reset_desk.hpp"

#include "base/log.hpp"

namespace carillon::api {

ResetDesk::ResetDesk(Loop& loop, DatabaseThread& database, const store::Sealer& sealer, std::string portal_url)
    : loop_(loop),
      database_(database),
      sealer_(sealer),
      portal_url_(std::move(portal_url)),
      scope_(loop, [](const Broken& broken) {
        log::error("api", "reset.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
      }) {}

std::optional<Problem> ResetDesk::request(store::ResetRequest wanted, const std::string& source) {
  const Duration wait = guard_.begin(fmt::format("{}\n{}", wanted.name, wanted.brand.value), source, loop_.now());
  if (wait > Duration::zero()) {
    return Problem{.fault = Fault::too_many_tries,
                   .detail = "Too many links were asked for. Try again later.",
                   .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)};
  }
  if (scope_.size() >= under_way_max) {
    return Problem{.fault = Fault::busy, .detail = "Too many links are asked for at once.", .retry_after = 1s};
  }
  wanted.token = make_token("cr_");
  wanted.portal_url = portal_url_;  // Never that of a brand's portal: whose host it is could read the links of others.
  scope_.spawn(send(std::move(wanted)));
  return std::nullopt;
}

bool ResetDesk::may_mail(Id<model::Brand> brand) {
  constexpr int mails_per_hour = 300;
  Mailed& mailed = mailed_[brand.value];
  if (loop_.now() - mailed.since > 1h) mailed = {.since = loop_.now()};
  return ++mailed.count <= mails_per_hour;
}

void ResetDesk::invite(std::int64_t login, Id<model::Brand> brand) {
  if (scope_.size() >= under_way_max || !may_mail(brand))
    return log::warning("api", "invitation.left_out", {{"login", to_base32(login)}});
  scope_.spawn(send({.name = {}, .brand = {}, .token = make_token("cr_"), .login = login, .portal_url = portal_url_}));
}

Task<> ResetDesk::send(store::ResetRequest request) {
  auto work = [request = std::move(request), now = loop_.wall(), sealer = &sealer_](store::Database& database) {
    return request.login == 0 ? store::request_reset(database, *sealer, request, now)
                              : store::invite(database, *sealer, request, now);
  };
  const store::Scope everybody;
  const auto sent = co_await database_.run(everybody, std::move(work));
  if (!sent) log::error("api", "reset.failed", {{"fault", sent.error().code}, {"error", sent.error()}});
}

std::string make_token(std::string_view prefix) {
  std::string token(prefix);
  for (int n = 0; n < 4; ++n) token += fmt::format("{:016x}", random_bits());
  return token;
}

}  // namespace carillon::api
