// SPDX-License-Identifier: GPL-3.0-or-later
// What the requests of signing in say, and what they are answered.
#pragma once

#include "model/brand.hpp"
#include "model/customer.hpp"
#include "model/sign_in.hpp"
#include "model/user.hpp"

namespace carillon::api {

using model::Boolean;
using model::Integer;
using model::Json;
using model::Text;

struct LoginBody {
  RESOURCE(LoginBody, login)
  FIELD(Text, username, .required = true, .max = 256)
  FIELD(Secret, password, .required = true)
  FIELD(Text, code, .max = 64)    // Of the second factor: six digits, or a recovery code.
  FIELD(Id<model::Brand>, brand)  // Where several have the name.
  FIELD(Boolean, cookie)          // The token goes into a cookie instead of the answer.
};

struct PasswordBody {
  RESOURCE(PasswordBody, password)
  FIELD(Secret, current, .required = true)
  FIELD(Secret, new_, .required = true)
};

struct CodeBody {
  RESOURCE(CodeBody, code)
  FIELD(Text, code, .required = true, .max = 64)
};

struct ProofBody {
  RESOURCE(ProofBody, proof)
  FIELD(Secret, password, .required = true)
  FIELD(Text, code, .required = true, .max = 64)
};

struct EmulateBody {
  RESOURCE(EmulateBody, emulate)
  FIELD(Id<model::Brand>, brand)
  FIELD(Id<model::Customer>, customer)
  FIELD(Id<model::User>, user)
  FIELD(Boolean, cookie)
};

struct TokenBody {
  RESOURCE(TokenBody, token)
  FIELD(Text, name, .required = true, .max = 64)
  FIELD(Json, scopes)
  FIELD(Instant, expires_at)
  FIELD(Json, sources)
};

struct ResetBody {
  RESOURCE(ResetBody, reset)
  FIELD(Text, username, .required = true, .max = 256)
  FIELD(Id<model::Brand>, brand)
};

struct ResetConfirmBody {
  RESOURCE(ResetConfirmBody, reset)
  FIELD(Secret, token, .required = true)
  FIELD(Secret, password, .required = true)
};

struct SessionAnswer {
  RESOURCE(SessionAnswer, session)
  FIELD(Text, token)  // Not with a cookie.
  FIELD(Text, role)
  FIELD(Text, csrf)   // With a cookie.
  FIELD(Text, limit)  // What must be done before anything else: "password" or "secondFactor".
};

struct MeAnswer {
  RESOURCE(MeAnswer, me)
  FIELD(Text, username)
  FIELD(Text, role)
  FIELD(Id<model::Brand>, brand)
  FIELD(Id<model::Customer>, customer)
  FIELD(Id<model::User>, user)
  FIELD(Text, actor)              // Who really asks, in an emulated session.
  FIELD(Boolean, second_factor)   // One is on.
  FIELD(Integer, recovery_codes)  // So many are left.
  FIELD(Text, limit)
  FIELD(Text, csrf)                            // With a cookie.
  FIELD(model::Set<model::Feature>, features)  // That are enabled for whom it acts.
};

struct OpenSession {
  RESOURCE(OpenSession, sessions)
  FIELD(Id<model::Session>, id)
  FIELD(Text, source)  // The address it was opened from.
  FIELD(Text, user_agent)
  FIELD(Text, acts_for)  // The role of somebody else; empty: for oneself.
  FIELD(Boolean, by_cookie)
  FIELD(Boolean, is_this)  // It is the one that asks.
  FIELD(Instant, opened_at)
  FIELD(Instant, used_at)
};

struct SecondFactorAnswer {
  RESOURCE(SecondFactorAnswer, second_factor)
  FIELD(Text, secret)  // Base 32.
  FIELD(Text, uri)     // For a QR code.
};

struct RecoveryCodesAnswer {
  RESOURCE(RecoveryCodesAnswer, recovery_codes)
  FIELD(Json, recovery_codes)
};

struct TokenAnswer {
  RESOURCE(TokenAnswer, token)
  FIELD(Id<model::ApiToken>, id)
  FIELD(Text, token)  // Shown once.
  FIELD(Text, name)
  FIELD(Json, scopes)
  FIELD(Json, sources)
  FIELD(Instant, created_at)
  FIELD(Instant, expires_at)
};

}  // namespace carillon::api
