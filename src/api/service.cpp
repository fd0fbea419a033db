// SPDX-License-Identifier: GPL-3.0-or-later
// Routing, and what stands before every operation: the login and its scope.
#include "api/service.hpp"

#include "api/admission.hpp"
#include "api/features.hpp"
#include "base/log.hpp"
#include "control/message.hpp"
#include "model/call.hpp"
#include "model/portal.hpp"
#include "store/edit.hpp"

namespace carillon::api {

namespace {

constexpr std::string_view prefix = "/api/v1";

Problem not_found() {
  return {.fault = Fault::not_found, .detail = {}};
}

/// What stands for {id}, empty when the pattern has none; nothing when the path is another.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find("{id}");
  if (hole == std::string_view::npos) return pattern == path ? std::optional<std::string>("") : std::nullopt;
  if (!path.starts_with(pattern.substr(0, hole))) return std::nullopt;
  const std::string_view after = pattern.substr(hole + std::string_view("{id}").size());
  path.remove_prefix(hole);
  if (!path.ends_with(after)) return std::nullopt;
  path.remove_suffix(after.size());
  if (path.empty() || path.contains('/')) return std::nullopt;
  return std::string(path);
}

/// Acting for a brand or customer narrows what is seen. Whoever is below that level already may not.
std::expected<Caller, Problem> narrowed(Caller caller, const net::HttpRequest& request) {
  const std::string_view brand = request.header("x-carillon-brand");
  const std::string_view customer = request.header("x-carillon-customer");
  const bool may_brand = caller.role == store::Role::platform;
  const bool may_customer = may_brand || caller.role == store::Role::brand;
  if ((!brand.empty() && !may_brand) || (!customer.empty() && !may_customer)) {
    return std::unexpected(Problem{.fault = Fault::forbidden, .detail = "This login cannot act for others."});
  }
  if (!brand.empty()) caller.scope.brand.value = from_base32(brand).value_or(0);
  if (!customer.empty()) caller.scope.customer.value = from_base32(customer).value_or(0);
  if (!brand.empty()) caller.acting_for = fmt::format("brand {}", brand);
  if (!customer.empty()) caller.acting_for = fmt::format("customer {}", customer);
  const bool is_wrong = (!brand.empty() && !caller.scope.brand) || (!customer.empty() && !caller.scope.customer);
  if (is_wrong) return std::unexpected(not_found());
  return caller;
}

Rules with_own_host(Rules rules, std::string_view portal_url) {
  const std::size_t scheme = portal_url.find("//");
  if (scheme == std::string_view::npos) return rules;
  portal_url.remove_prefix(scheme + 2);
  rules.own_host = model::host_of_header(portal_url.substr(0, portal_url.find('/')));
  return rules;
}

}  // namespace

Service::Service(Loop& loop, Live& live, Options options)
    : database_(loop, options.database_url, options.data_dir),
      files_(loop, std::move(options.database_url), std::move(options.data_dir)),
      sealer_(std::move(options.sealer)),
      logins_(loop, database_, sealer_, options.cost),
      resets_(loop, database_, sealer_, options.portal_url),
      events_(loop, live),
      sender_(loop, files_, sealer_),
      backend_{loop,    live,    database_, files_,
               logins_, resets_, sealer_,   with_own_host(std::move(options.rules), options.portal_url),
               events_, sender_, asking_,   std::move(options.reach)},
      scope_(loop, [](const Broken& broken) {
        log::error("api", "request.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
      }) {}

void Service::on_request(net::HttpRequest request, net::HttpRespond respond) {
  if (scope_.size() >= requests_max) {
    const Answer busy = std::unexpected(Problem{.fault = Fault::busy, .detail = "Too many requests at once.", .retry_after = 1s});
    return respond(to_response(busy));
  }
  scope_.spawn(serve(std::move(request), std::move(respond)));
}

Task<> Service::serve(net::HttpRequest request, net::HttpRespond respond) {
  requests_.add();
  const Answer answered = co_await answer(std::move(request));
  if (!answered) problems_.add();
  if (answered && answered->stream)
    answered->stream(respond.stream(to_response(answered)));
  else
    respond(to_response(answered));
}

Task<Answer> Service::answer(net::HttpRequest request) {
  const bool is_ours = request.path.starts_with(prefix);
  const std::string path = is_ours ? request.path.substr(prefix.size()) : std::string();
  std::string allow;
  for (const Route& route : routes()) {
    std::optional<std::string> id = match(route.operation.path, path);
    if (!id) continue;
    if (route.operation.method != request.method) {
      allow = route.operation.method;
      continue;
    }
    Request known{.http = std::move(request), .caller = {}, .id = *std::move(id), .operation = &route.operation};
    if (!route.operation.is_public) {
      auto caller = co_await admit(backend_, known.http, route.operation);
      if (caller) caller = narrowed(*caller, known.http);
      if (!caller) co_return std::unexpected(std::move(caller).error());
      known.caller = *caller;
      known.caller.carriers = &backend_.rules.carriers;
    }
    if (route.operation.feature) {
      const auto enabled = co_await check_feature(backend_, known.caller, *route.operation.feature);
      if (!enabled) co_return std::unexpected(enabled.error());
    }
    co_return co_await take_turn(route, std::move(known));
  }
  if (allow.empty()) co_return std::unexpected(not_found());
  co_return std::unexpected(Problem{.fault = Fault::method_not_allowed, .detail = {}, .allow = allow});
}

/// No tenant keeps the others waiting: what it has under way is bounded.
Task<Answer> Service::take_turn(const Route& route, Request request) {
  const auto turn = under_way_.take(request.caller.scope);
  if (!turn) {
    co_return std::unexpected(Problem{.fault = Fault::busy, .detail = "Too many requests of yours at once.", .retry_after = 1s});
  }
  co_return co_await route.handle(backend_, std::move(request));
}

Task<Result<>> Service::check() {
  const store::Scope everybody;
  auto look = [](store::Database& database) { return store::last_change(database); };
  const auto change = co_await database_.run(everybody, look);
  if (!change) co_return std::unexpected(change.error());
  co_return Result<>();
}

Task<Result<std::vector<control::EndedCall>>> Service::newest_records(std::int64_t limit) {
  store::Query newest{.sort = "started_at", .descending = true, .limit = limit};
  auto load = [newest = std::move(newest)](store::Database& database) {
    return store::list<control::EndedCall>(database, {}, newest);
  };
  const store::Scope everybody;
  co_return co_await database_.run(everybody, std::move(load));
}

}  // namespace carillon::api
