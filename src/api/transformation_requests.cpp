// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of a transformation set made anew from what it says of dialling, and a set tried on a number.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/transformation_body.hpp"
#include "api/writing.hpp"
#include "control/message.hpp"
#include "dialplan/transformation.hpp"
#include "dialplan/transformation_rules.hpp"
#include "directory/transformation.hpp"
#include "store/edit.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;
using model::TransformationRule;
using model::TransformationSet;

constexpr Duration write_patience = 5s;  ///< As long as somebody else may hold SQLite's lock.

/// What was made, or what is missing for it.
struct Made {
  std::vector<TransformationRule> rules;
  std::vector<model::FieldFault> faults;
};

Result<std::vector<TransformationRule>> rules_of(store::Database& database, const store::Scope& scope,
                                                 Id<TransformationSet> set) {
  store::Query query;
  query.filters.push_back({"transformation_set", to_base32(set.value)});
  query.limit = 0;
  return store::list<TransformationRule>(database, scope, query);
}

Result<Made> make_anew(store::Edit& edit, Id<TransformationSet> id) {
  CARILLON_TRY(set, store::find(edit.database(), edit.scope(), id));
  Made made;
  made.faults = dialplan::check_numbering(set);
  if (!made.faults.empty()) return made;
  CARILLON_TRY(old, rules_of(edit.database(), edit.scope(), id));
  for (const TransformationRule& rule : old) CARILLON_CHECK(edit.remove(rule.id));
  made.rules = dialplan::make_rules(set);
  for (TransformationRule& rule : made.rules) CARILLON_CHECK(edit.insert(rule));
  CARILLON_CHECK(edit.commit());
  return made;
}

json::object described(const dialplan::TransformationStep& step) {
  return {{"rule", to_base32(step.rule->id.value)},
          {"search", step.rule->search.text()},
          {"replacement", step.rule->replacement},
          {"matched", step.has_matched},
          {"before", step.before},
          {"after", step.after}};
}

Result<json::object> tried(store::Database& database, const store::Scope& scope, Id<TransformationSet> id,
                           const TransformationTestBody& body) {
  CARILLON_CHECK(store::find(database, scope, id));
  CARILLON_TRY(rules, rules_of(database, scope, id));
  std::erase_if(rules, [&](const TransformationRule& rule) { return rule.direction != body.direction; });
  const auto set = directory::TransformationSet::of(rules);
  std::vector<dialplan::TransformationStep> steps;
  const std::string result = dialplan::transform(set.get(), body.direction, body.number, &steps);
  json::array shown;
  for (const dialplan::TransformationStep& step : steps) shown.push_back(described(step));
  return json::object{{"result", result}, {"steps", std::move(shown)}};
}

}  // namespace

Task<Answer> generate_transformation_rules(Backend& backend, Request request) {
  if (!model::reaches(request.caller.role, model::Role::brand)) co_return refused(Fault::forbidden);
  const Id<TransformationSet> id{from_base32(request.id).value_or(0)};
  auto run = [id, scope = request.caller.scope, actor = actor_of(request.caller),
              now = backend.loop.wall()](store::Database& database) -> Result<Made> {
    CARILLON_TRY(edit, store::Edit::begin(database, scope, now, actor));
    return make_anew(edit, id);
  };
  const auto made = co_await backend.database.run(request.caller.scope, std::move(run), write_patience);
  if (!made) co_return std::unexpected(problem_of(made.error()));
  if (!made->faults.empty())
    co_return refused(Fault::incomplete, "The set does not say all that rules are made from.", made->faults);
  json::array items;
  for (const TransformationRule& rule : made->rules)
    items.push_back(control::write_fields(model::resource_of<TransformationRule>, &rule));
  json::object body{{"total", items.size()}};
  body["items"] = std::move(items);
  co_return Answer(std::move(body));
}

Task<Answer> test_transformation_set(Backend& backend, Request request) {
  if (!model::reaches(request.caller.role, model::Role::brand)) co_return refused(Fault::forbidden);
  auto body = read_body<TransformationTestBody>(request.http.body);
  if (!body) co_return std::unexpected(std::move(body).error());
  const Id<TransformationSet> id{from_base32(request.id).value_or(0)};
  auto run = [id, scope = request.caller.scope, body = *std::move(body)](store::Database& database) {
    return tried(database, scope, id, body);
  };
  auto answer = co_await backend.database.run(request.caller.scope, std::move(run));
  if (!answer) co_return std::unexpected(problem_of(answer.error()));
  co_return Answer(*std::move(answer));
}

}  // namespace carillon::api
