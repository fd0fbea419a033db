// SPDX-License-Identifier: GPL-3.0-or-later
// What a job keeps of who asked and for what.
#include "api/job_steps.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/admission.hpp"
#include "model/json.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string().data(), value->get_string().size())
                                                : std::string();
}

}  // namespace

model::Json caller_json(const Caller& caller) {
  const Actor& actor = caller.actor;
  return {model::write_json(json::object{{"role", model::text_of(caller.role)},
                                         {"user", to_base32(caller.scope.user.value)},
                                         {"login", to_base32(actor.login)},
                                         {"name", actor.name},
                                         {"emulatedBy", to_base32(actor.emulated_by)},
                                         {"emulatedByName", actor.emulated_by_name},
                                         {"source", actor.source},
                                         {"actingFor", caller.acting_for}})};
}

Result<Caller> caller_of(Workbench& bench, const model::Job& job) {
  boost::system::error_code error;
  const json::value parsed = json::parse(job.caller.text, error);
  if (error || !parsed.is_object()) return failure(store::Fault::invalid, "the job does not say who asked");
  const json::object& said = parsed.get_object();
  const auto id_at = [&](std::string_view name) { return from_base32(text_at(said, name)).value_or(0); };
  Caller caller;
  caller.scope = {job.brand, job.customer, {id_at("user")}};
  caller.actor = {.login = id_at("login"),
                  .name = text_at(said, "name"),
                  .emulated_by = id_at("emulatedBy"),
                  .emulated_by_name = text_at(said, "emulatedByName"),
                  .source = text_at(said, "source")};
  caller.acting_for = text_at(said, "actingFor");
  caller.carriers = bench.carriers;
  const auto role = std::ranges::find(model::role_names, text_at(said, "role"));
  if (role == std::end(model::role_names)) return failure(store::Fault::invalid, "the job does not say who asked");
  caller.role = static_cast<model::Role>(role - std::begin(model::role_names));
  caller.actor.role = caller.role;
  CARILLON_TRY(database, bench.connection.get({}));
  CARILLON_TRY(who, store::find_login(*database, job.login));
  if (!who || !who->active) return failure(store::Fault::not_found, "who asked may no longer log in");
  caller.rights = who->rights;
  const bool imports = job.kind == model::JobKind::import_file;
  const bool may = (!imports || caller.rights.may_write) &&
                   (!imports || job.collection != "administrators" || caller.rights.may_manage_administrators) &&
                   (!is_of_calls(job.collection) || caller.rights.may_see_calls);
  if (!may) return failure(store::Fault::not_found, "who asked may no longer do that");
  return caller;
}

}  // namespace carillon::api
