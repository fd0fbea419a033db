// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of the platform, shown and changed as one object.
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/writing.hpp"
#include "control/message.hpp"
#include "store/settings.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

constexpr Duration write_patience = 5s;

Document shown(const model::Object& settings) {
  json::object members = control::write_fields(settings.resource(), settings.get());
  members.erase("id");
  Document document(std::move(members));
  document.headers.emplace_back("ETag", tag_of(settings));
  return document;
}

Result<Written> change(store::Database& database, const Caller& caller, const Wish& wish, const Change& which, Instant now) {
  CARILLON_TRY(edit, store::Edit::begin(database, {}, now, actor_of(caller)));
  CARILLON_CHECK(store::make_settings(edit));
  CARILLON_TRY(written, update(edit, caller, wish, which));
  if (written.faults.empty()) CARILLON_CHECK(edit.commit());
  return written;
}

/// Who narrows itself to a brand or customer sees what that one sees: not these.
bool is_platform(const Caller& caller) {
  return caller.role == model::Role::platform && caller.scope == store::Scope{};
}

}  // namespace

Task<Answer> get_settings(Backend& backend, Request request) {
  if (!is_platform(request.caller)) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  const store::Scope everybody;
  const auto settings = co_await backend.database.run(everybody, store::load_settings);
  if (!settings) co_return std::unexpected(problem_of(settings.error()));
  model::Object object(model::resource_of<model::Settings>);
  object.as<model::Settings>() = *settings;
  co_return shown(object);
}

Task<Answer> update_settings(Backend& backend, Request request) {
  if (!is_platform(request.caller)) co_return std::unexpected(Problem{.fault = Fault::forbidden, .detail = {}});
  auto members = read_object(request.http.body);
  if (!members) co_return std::unexpected(std::move(members).error());
  Wish wish{.resource = &model::resource_of<model::Settings>, .members = *std::move(members), .password_hash = {}};
  const Change which{.id = model::first_settings().id.value, .if_match = std::string(request.http.header("if-match"))};
  auto work = [wish = std::move(wish), caller = request.caller, which, now = backend.loop.wall()](store::Database& database) {
    return change(database, caller, wish, which, now);
  };
  const store::Scope everybody;
  const auto written = co_await backend.database.run(everybody, std::move(work), write_patience);
  if (!written) co_return std::unexpected(problem_of(written.error()));
  if (!written->object)
    co_return std::unexpected(Problem{.fault = Fault::invalid, .detail = "Some fields are wrong.", .errors = written->faults});
  co_return shown(*written->object);
}

}  // namespace carillon::api
