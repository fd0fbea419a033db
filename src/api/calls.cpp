// SPDX-License-Identifier: GPL-3.0-or-later
// The call registry.
#include "api/call_query.hpp"
#include "api/handlers.hpp"
#include "api/items.hpp"
#include "model/call.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

/// One page of calls, one more row than shown telling whether there is another page.
struct Page {
  std::vector<model::Call> calls;
  std::optional<std::string> next;
  std::optional<std::int64_t> total;
};

Result<Page> load_page(store::Database& database, const CallQuery& wanted) {
  store::Query query = wanted.query;
  ++query.limit;
  Page page;
  CARILLON_TRY(calls, store::list<model::Call>(database, wanted.scope, query));
  page.calls = std::move(calls);
  if (page.calls.size() > static_cast<std::size_t>(wanted.query.limit)) {
    page.calls.pop_back();
    page.next = store::cursor_of(model::resource_of<model::Call>, query, &page.calls.back());
  }
  if (wanted.wants_total) {
    CARILLON_TRY(total, store::count(database, wanted.scope, model::resource_of<model::Call>, query.filters));
    page.total = total;
  }
  return page;
}

}  // namespace

Task<Answer> list_calls(Backend& backend, Request request) {
  auto wanted = read_call_query(request.http.query, request.caller, backend.loop.wall());
  if (!wanted) co_return std::unexpected(std::move(wanted).error());
  const store::Scope scope = wanted->scope;
  auto load = [wanted = *std::move(wanted)](store::Database& database) { return load_page(database, wanted); };
  const auto page = co_await backend.database.run(scope, std::move(load));
  if (!page) co_return std::unexpected(problem_of(page.error()));
  json::object body{{"items", to_items(page->calls)}, {"next", json::value()}};
  if (page->next) body["next"] = *page->next;
  if (page->total) body["total"] = *page->total;
  co_return Answer(std::move(body));
}

Task<Answer> get_call(Backend& backend, Request request) {
  if (!call_id_from_hex(request.id)) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  CallQuery wanted{.scope = request.caller.scope, .query = {}};
  wanted.query.filters.push_back({"id", request.id});
  add_user_filter(wanted.query.filters, request.caller);
  const store::Scope scope = wanted.scope;
  auto load = [wanted = std::move(wanted)](store::Database& database) { return load_page(database, wanted); };
  const auto page = co_await backend.database.run(scope, std::move(load));
  if (!page) co_return std::unexpected(problem_of(page.error()));
  if (page->calls.empty()) co_return std::unexpected(Problem{.fault = Fault::not_found, .detail = {}});
  co_return Answer(control::write_fields(model::resource_of<model::Call>, &page->calls.front()));
}

}  // namespace carillon::api
