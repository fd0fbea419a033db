// SPDX-License-Identifier: GPL-3.0-or-later
// The operations of the API; routes.cpp says which request runs which. Each suspends until its answer is known.
#pragma once

#include "api/request.hpp"

namespace carillon::api {

// login_requests.cpp
Task<Answer> log_in(Backend& backend, Request request);

// calls.cpp
Task<Answer> list_calls(Backend& backend, Request request);
Task<Answer> get_call(Backend& backend, Request request);

// live_requests.cpp
Task<Answer> list_live_calls(Backend& backend, Request request);
Task<Answer> list_live_registrations(Backend& backend, Request request);
Task<Answer> list_bans(Backend& backend, Request request);
Task<Answer> lift_ban(Backend& backend, Request request);

// live_events_requests.cpp
Task<Answer> watch_live_events(Backend& backend, Request request);

// routes.cpp
Task<Answer> describe_api(Backend& backend, Request request);

}  // namespace carillon::api
