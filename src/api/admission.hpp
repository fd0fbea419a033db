// SPDX-License-Identifier: GPL-3.0-or-later
// What stands before every operation: who asks, by session, cookie or token; whether the request is really theirs; and whether
// they may do that now.
#pragma once

#include <expected>

#include "api/request.hpp"
#include "model/audit_entry.hpp"

namespace carillon::api {

/// The header and the cookie of browsers' sessions.
constexpr std::string_view session_cookie = "__Host-carillon";
constexpr std::string_view csrf_header = "x-carillon-csrf";

/// Finds out who asks and whether they may: `not_logged_in`, `cross_site`, `forbidden`, `password_change_wanted`,
/// `second_factor_wanted`.
Task<std::expected<Caller, Problem>> admit(Backend& backend, const net::HttpRequest& request, const Operation& operation);

/// What an owner of sessions or tokens must do first.
Limit limit_of(const store::Login& owner, const Rules& rules);

/// Whether a collection ("calls") says who called whom.
bool is_of_calls(std::string_view collection);

/// Whether a browser sent it for a page of another site, host, port or scheme.
bool is_cross_site(const net::HttpRequest& request);

/// What a session by cookie must repeat in X-Carillon-Csrf: known to whoever may read our answers, and no help in guessing the
/// cookie.
std::string csrf_of(std::string_view session_token);

/// Notes in the audit log what a login did to how it signs in. A database that cannot is logged: the deed is done.
Task<> note_sign_in(Backend& backend, const Request& request, model::AuditAction action);

}  // namespace carillon::api
