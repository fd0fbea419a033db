// SPDX-License-Identifier: GPL-3.0-or-later
// The operations of the API; routes.cpp says which request runs which. Each suspends until its answer is known.
#pragma once

#include "api/request.hpp"

namespace carillon::api {

// sign_in_routes.cpp
std::vector<Route> sign_in_routes();

// login_requests.cpp
Task<Answer> log_in(Backend& backend, Request request);
Task<Answer> log_out(Backend& backend, Request request);
Task<Answer> emulate(Backend& backend, Request request);
Task<Answer> who_am_i(Backend& backend, Request request);
Task<Answer> list_sessions(Backend& backend, Request request);
Task<Answer> end_session(Backend& backend, Request request);

// password_requests.cpp
Task<Answer> change_password(Backend& backend, Request request);
Task<Answer> ask_for_reset(Backend& backend, Request request);
Task<Answer> confirm_reset(Backend& backend, Request request);

// second_factor_requests.cpp
Task<Answer> begin_second_factor(Backend& backend, Request request);
Task<Answer> confirm_second_factor(Backend& backend, Request request);
Task<Answer> remove_second_factor(Backend& backend, Request request);

// token_requests.cpp
Task<Answer> add_token(Backend& backend, Request request);
Task<Answer> list_tokens(Backend& backend, Request request);
Task<Answer> remove_token(Backend& backend, Request request);

// resource_requests.cpp
Task<Answer> list_objects(Backend& backend, Request request);
Task<Answer> get_object(Backend& backend, Request request);
Task<Answer> create_object(Backend& backend, Request request);
Task<Answer> update_object(Backend& backend, Request request);
Task<Answer> delete_object(Backend& backend, Request request);

// inheritance_requests.cpp
Task<Answer> get_effective(Backend& backend, Request request);

// csv_requests.cpp
Task<Answer> export_objects(Backend& backend, Request request, store::Query query);
Task<Answer> import_objects(Backend& backend, Request request);

// job_requests.cpp
Task<Answer> export_to_file(Backend& backend, Request request);
Task<Answer> cancel_job(Backend& backend, Request request);
Task<Answer> retry_job(Backend& backend, Request request);
Task<Answer> delete_job(Backend& backend, Request request);
Task<Answer> get_job_file(Backend& backend, Request request);

// live_requests.cpp
Task<Answer> list_live_calls(Backend& backend, Request request);
Task<Answer> list_live_registrations(Backend& backend, Request request);
Task<Answer> list_live_carrier_registrations(Backend& backend, Request request);
Task<Answer> list_bans(Backend& backend, Request request);
Task<Answer> lift_ban(Backend& backend, Request request);

// notification_requests.cpp
Task<Answer> list_notification_defaults(Backend& backend, Request request);
Task<Answer> test_notification_template(Backend& backend, Request request);

// transformation_requests.cpp
Task<Answer> generate_transformation_rules(Backend& backend, Request request);
Task<Answer> test_transformation_set(Backend& backend, Request request);

// logo_requests.cpp
Task<Answer> get_logo(Backend& backend, Request request);
Task<Answer> put_logo(Backend& backend, Request request);
Task<Answer> delete_logo(Backend& backend, Request request);

// domain_requests.cpp
Task<Answer> check_domain(Backend& backend, Request request);

// recipe_requests.cpp
Task<Answer> get_recipe(Backend& backend, Request request);

// settings_requests.cpp
Task<Answer> get_settings(Backend& backend, Request request);
Task<Answer> update_settings(Backend& backend, Request request);

// portal_requests.cpp
Task<Answer> get_portal(Backend& backend, Request request);

// webhook_requests.cpp
Task<Answer> test_webhook(Backend& backend, Request request);
Task<Answer> replay_webhook_delivery(Backend& backend, Request request);
Task<Answer> rotate_webhook_secret(Backend& backend, Request request);
// call_control.cpp
Task<Answer> originate_call(Backend& backend, Request request);
Task<Answer> hang_up_call(Backend& backend, Request request);
Task<Answer> transfer_call(Backend& backend, Request request);
Task<Answer> hold_call(Backend& backend, Request request);
Task<Answer> resume_call(Backend& backend, Request request);
// simulation_requests.cpp
Task<Answer> simulate_call(Backend& backend, Request request);
// traces.cpp
Task<Answer> get_call_trace(Backend& backend, Request request);
// live_events_requests.cpp
Task<Answer> watch_live_events(Backend& backend, Request request);

// time_zone_requests.cpp
Task<Answer> list_time_zones(Backend& backend, Request request);

// routes.cpp
Task<Answer> describe_api(Backend& backend, Request request);

}  // namespace carillon::api
