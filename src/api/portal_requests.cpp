// SPDX-License-Identifier: GPL-3.0-or-later
// What a login page looks like, for whoever asks.
#include "api/handlers.hpp"
#include "api/portal.hpp"
#include "model/json.hpp"
#include "store/settings.hpp"

namespace carillon::api {

namespace {

/// The portal of the request in front of what the platform has for all.
Result<PortalAnswer> look(store::Database& database, const store::PortalHost& host) {
  CARILLON_TRY(settings, store::load_settings(database));
  PortalAnswer answer;
  answer.title = settings.portal_title;
  answer.theme_color = settings.theme_color;
  answer.language = settings.language;
  CARILLON_TRY(portal, store::find_portal(database, host));
  if (!portal) return answer;
  answer.title = portal->title;
  answer.level = portal->level;
  if (!portal->theme_color.empty()) answer.theme_color = portal->theme_color;
  if (!portal->language.empty()) answer.language = portal->language;
  bool has_logo = !portal->logo.empty();
  if (!has_logo && portal->brand) {
    CARILLON_TRY(brand, store::find(database, {}, portal->brand));
    has_logo = !brand.logo.empty();
  }
  if (has_logo) answer.logo = fmt::format("/api/v1/portals/{}/logo", to_base32(portal->id.value));
  return answer;
}

}  // namespace

store::PortalHost host_of(const Backend& backend, const net::HttpRequest& request) {
  store::PortalHost host{.name = model::host_of_header(request.header("host"))};
  host.is_platforms = !backend.rules.own_host.empty() && host.name == backend.rules.own_host;
  return host;
}

Task<Answer> get_portal(Backend& backend, Request request) {
  const store::Scope everybody;  // Whoever asks has no tenant yet.
  auto work = [host = host_of(backend, request.http)](store::Database& database) { return look(database, host); };
  const auto answer = co_await backend.database.run(everybody, std::move(work));
  if (!answer) co_return std::unexpected(problem_of(answer.error()));
  co_return Answer(model::to_json(*answer));
}

}  // namespace carillon::api
