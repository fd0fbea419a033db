// SPDX-License-Identifier: GPL-3.0-or-later
// Who is logged in and what their programs use, as their owner sees it.
#pragma once

#include "model/field.hpp"

namespace carillon::model {

struct Session {
  RESOURCE(Session, sessions)
  FIELD(Id<Session>, id, .read_only = true)
  FIELD(Integer, login, .read_only = true, .hidden = true)  // The administrator's or user's id.
  FIELD(Text, source, .read_only = true)                    // The address it was opened from.
  FIELD(Text, user_agent, .read_only = true)
  FIELD(Text, acts_role, .read_only = true)  // Whom it acts for; empty: its owner.
  FIELD(Boolean, by_cookie, .read_only = true)
  FIELD(Instant, opened_at, .read_only = true)
  FIELD(Instant, used_at, .read_only = true)
};

struct ApiToken {
  RESOURCE(ApiToken, api_tokens)
  FIELD(Id<ApiToken>, id, .read_only = true)
  FIELD(Integer, login, .read_only = true, .hidden = true)
  FIELD(Secret, digest, .read_only = true)
  FIELD(Text, name, .required = true, .max = 64)
  FIELD(Json, scopes)   // ["read", …]
  FIELD(Json, sources)  // ["203.0.113.0/24", …]; none: from anywhere.
  FIELD(Instant, created_at, .read_only = true)
  FIELD(Instant, expires_at)  // None: when it is deleted.
  FIELD(Instant, used_at, .read_only = true)
};

}  // namespace carillon::model
