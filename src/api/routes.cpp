// SPDX-License-Identifier: GPL-3.0-or-later
// Every operation of the API: those of resources follow from their declarations, the others have a line each.
#include "api/call_bodies.hpp"
#include "api/handlers.hpp"
#include "api/portal.hpp"
#include "api/resource_routes.hpp"
#include "api/transformation_body.hpp"
#include "control/methods.hpp"
#include "model/brand.hpp"
#include "model/job.hpp"
#include "model/portal.hpp"
#include "model/settings.hpp"
#include "model/time_zone_name.hpp"
#include "model/webhook_delivery.hpp"

namespace carillon::api {

namespace {

/// What has to be enabled for an operation that is no resource's.
std::optional<model::Feature> feature_of(const Operation& operation) {
  if (operation.path.starts_with("/webhook")) return model::Feature::webhooks;
  if (operation.path.starts_with("/jobs/")) return model::Feature::data_transfer;
  if (operation.path.ends_with("/trace")) return model::Feature::traces;
  if (operation.path.starts_with("/live/calls") && operation.method == "POST") return model::Feature::call_control;
  return std::nullopt;
}

/// What is sent to others: webhooks and mails.
std::vector<Route> sending_routes() {
  static constexpr const model::Resource* delivery = &model::resource_of<model::WebhookDelivery>;
  return {
      {{"listNotificationDefaults", "GET", "/notification-templates/defaults", "The built-in texts and what they may name",
        Shape::document},
       &list_notification_defaults},
      {{"testNotificationTemplate", "POST", "/notification-templates/{id}/test", "Mail oneself a template with example values",
        Shape::document},
       &test_notification_template},
      {{"testWebhook", "POST", "/webhooks/{id}/test", "Send a webhook a test", Shape::object, delivery, "WebhookDelivery"},
       &test_webhook},
      {{.id = "rotateWebhookSecret",
        .method = "POST",
        .path = "/webhooks/{id}/rotate-secret",
        .summary = "Give a webhook a new secret",
        .shape = Shape::document,
        .while_emulated = false},
       &rotate_webhook_secret},
      {{"replayWebhookDelivery", "POST", "/webhook-deliveries/{id}/replay", "Send something again", Shape::object, delivery,
        "WebhookDelivery"},
       &replay_webhook_delivery},
  };
}

/// What can be done with a job beyond watching it.
std::vector<Route> job_routes() {
  static constexpr const model::Resource* job = &model::resource_of<model::Job>;
  return {
      {{"cancelJob", "POST", "/jobs/{id}/cancel", "Stop a job: what an import made is taken back", Shape::object, job, "Job"},
       &cancel_job},
      {{"retryJob", "POST", "/jobs/{id}/retry", "Begin a job that failed or was stopped once more", Shape::object, job, "Job"},
       &retry_job},
      {{"deleteJob", "DELETE", "/jobs/{id}", "Remove a job that is over, and its file", Shape::nothing}, &delete_job},
      {{"getJobFile", "GET", "/jobs/{id}/file", "What a job made: an export's file, an import's report", Shape::file},
       &get_job_file},
  };
}

/// How others write numbers.
std::vector<Route> transformation_routes() {
  return {
      {{"generateTransformationRules", "POST", "/transformation-sets/{id}/generate",
        "Make the rules of a set anew from what it says of dialling", Shape::live_list,
        &model::resource_of<model::TransformationRule>, "TransformationRule"},
       &generate_transformation_rules},
      {{.id = "testTransformationSet",
        .method = "POST",
        .path = "/transformation-sets/{id}/test",
        .summary = "Try a set on a number",
        .shape = Shape::document,
        .body = &model::resource_of<TransformationTestBody>,
        .body_name = "TransformationTest"},
       &test_transformation_set},
  };
}

/// What other machines are told of their accounts here.
std::vector<Route> account_routes() {
  return {
      {{"getTerminalRecipe", "GET", "/terminals/{id}/recipe", "The configuration of a PBX for this account", Shape::recipe},
       &get_recipe},
  };
}

/// What would become of calls.
std::vector<Route> simulation_routes() {
  return {
      {{.id = "simulateCall",
        .method = "POST",
        .path = "/simulate",
        .summary = "Where a call would go, and why, without making it",
        .shape = Shape::call_story,
        .body = &model::resource_of<SimulateBody>,
        .body_name = "Simulate"},
       &simulate_call},
  };
}

/// What the platform and its brands look like.
std::vector<Route> portal_routes() {
  static constexpr const model::Resource* settings = &model::resource_of<model::Settings>;
  std::vector<Route> routes{
      {{"getPortalOfHost", "GET", "/portal", "What the portal of this host looks like", Shape::object,
        &model::resource_of<PortalAnswer>, "PortalAnswer", true},
       &get_portal},
      {{"checkDomain", "POST", "/domains/{id}/check", "Whether telephones find the platform by a domain", Shape::document},
       &check_domain},
      {{"getSettings", "GET", "/settings", "What counts for the whole platform", Shape::object, settings, "Settings"},
       &get_settings},
      {{"updateSettings", "PATCH", "/settings", "Change what counts for the whole platform", Shape::object, settings, "Settings",
        false, Input::part},
       &update_settings},
  };
  for (const model::Resource* owner : {&model::resource_of<model::Portal>, &model::resource_of<model::Brand>}) {
    const std::string type(owner->type), path = '/' + collection_of(owner->table) + "/{id}/logo";
    routes.push_back({{"get" + type + "Logo", "GET", path, "Its picture", Shape::picture, owner, type, true}, &get_logo});
    routes.push_back(
        {{"put" + type + "Logo", "PUT", path, "Give it a picture", Shape::nothing, owner, type, false, Input::picture},
         &put_logo});
    routes.push_back(
        {{"delete" + type + "Logo", "DELETE", path, "Take its picture away", Shape::nothing, owner, type}, &delete_logo});
  }
  return routes;
}

}  // namespace

const std::vector<Route>& routes() {
  static constexpr const model::Resource* live_call = &model::resource_of<control::LiveCall>;
  static constexpr const model::Resource* registration = &model::resource_of<control::LiveRegistration>;
  static constexpr const model::Resource* trace_item = &model::resource_of<model::TraceItem>;
  static constexpr const model::Resource* time_zone = &model::resource_of<model::TimeZoneName>;
  static constexpr const model::Resource* ban = &model::resource_of<control::LiveBan>;
  static const std::vector<Route> special = {
      {{"describe", "GET", "/openapi.json", "This description", Shape::document, nullptr, {}, true}, &describe_api},
      {{"getCallTrace", "GET", "/calls/{id}/trace", "What happened to a call", Shape::live_list, trace_item, "TraceItem"},
       &get_call_trace},
      {{"listLiveCalls", "GET", "/live/calls", "Calls that are going on", Shape::live_list, live_call, "LiveCall"},
       &list_live_calls},
      {{.id = "originateCall",
        .method = "POST",
        .path = "/live/calls",
        .summary = "Call somebody from an own device",
        .shape = Shape::call_outcome,
        .body = &model::resource_of<OriginateBody>,
        .body_name = "Originate"},
       &originate_call},
      {{"hangUpCall", "POST", "/live/calls/{id}/hangup", "End a call", Shape::call_outcome}, &hang_up_call},
      {{.id = "transferCall",
        .method = "POST",
        .path = "/live/calls/{id}/transfer",
        .summary = "Send one side of a call elsewhere",
        .shape = Shape::call_outcome,
        .body = &model::resource_of<TransferBody>,
        .body_name = "Transfer"},
       &transfer_call},
      {{.id = "holdCall",
        .method = "POST",
        .path = "/live/calls/{id}/hold",
        .summary = "Put one side of a call on hold",
        .shape = Shape::call_outcome,
        .body = &model::resource_of<LegBody>,
        .body_name = "Leg"},
       &hold_call},
      {{.id = "resumeCall",
        .method = "POST",
        .path = "/live/calls/{id}/resume",
        .summary = "Bring one side of a call back from hold",
        .shape = Shape::call_outcome,
        .body = &model::resource_of<LegBody>,
        .body_name = "Leg"},
       &resume_call},
      {{"listLiveRegistrations", "GET", "/live/registrations", "Devices that can be reached", Shape::live_list, registration,
        "LiveRegistration"},
       &list_live_registrations},
      {{"listLiveCarrierRegistrations", "GET", "/live/carrier-registrations", "How registrations at carriers stand",
        Shape::live_list, &model::resource_of<control::LiveCarrierRegistration>, "LiveCarrierRegistration"},
       &list_live_carrier_registrations},
      {{"watchLiveEvents", "GET", "/live/events", "What changes in the live lists, as it happens", Shape::events},
       &watch_live_events},
      {{"listBans", "GET", "/live/bans", "Who is kept out", Shape::live_list, ban, "LiveBan"}, &list_bans},
      {{"liftBan", "DELETE", "/live/bans/{id}", "Let an address or account in again", Shape::document}, &lift_ban},
      {{"listTimeZones", "GET", "/time-zones", "The time zones that the system knows", Shape::live_list, time_zone, "TimeZone"},
       &list_time_zones},
  };
  static const std::vector<Route> all = [] {
    std::vector<Route> joined = sign_in_routes();
    for (const std::vector<Route>& some : {special, sending_routes(), job_routes(), transformation_routes(), account_routes(),
                                           simulation_routes(), portal_routes()}) {
      for (const Route& route : some) {
        joined.push_back(route);
        joined.back().operation.feature = feature_of(route.operation);
      }
    }
    for (Route& route : resource_routes()) joined.push_back(std::move(route));
    return joined;
  }();
  return all;
}

Task<Answer> describe_api(Backend&, Request) {
  std::vector<Operation> operations;
  for (const Route& route : routes()) operations.push_back(route.operation);
  co_return Answer(describe(operations));
}

}  // namespace carillon::api
