-- SPDX-License-Identifier: GPL-3.0-or-later
-- Signing in: restricted rights, first passwords, second factors, sessions that are listed and act for others, tokens of programs, forgotten passwords
-- and the mails that are on their way. Whoever is logged in when this comes logs in once more.

ALTER TABLE administrators ADD COLUMN email text NOT NULL DEFAULT '';
ALTER TABLE administrators ADD COLUMN must_change bigint NOT NULL DEFAULT 0;
ALTER TABLE administrators ADD COLUMN may_write bigint NOT NULL DEFAULT 1;
ALTER TABLE administrators ADD COLUMN may_see_calls bigint NOT NULL DEFAULT 1;
ALTER TABLE administrators ADD COLUMN may_manage_administrators bigint NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN must_change bigint NOT NULL DEFAULT 0;

DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN id bigint NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN by_cookie bigint NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN source text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent text NOT NULL DEFAULT '';
-- Whom it acts for: a role, and the brand, customer or user. Empty: its owner, whose id is in `login` either way.
ALTER TABLE sessions ADD COLUMN acts_role text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN acts_id bigint NOT NULL DEFAULT 0;
CREATE INDEX sessions_login ON sessions (login, id);

-- An id names an administrator or a user, never both, so `login` is either, and refers to no table.
CREATE TABLE second_factors (
  login bigint PRIMARY KEY,
  secret text NOT NULL,
  is_on bigint NOT NULL,
  used_step bigint NOT NULL
);

CREATE TABLE recovery_codes (
  login bigint NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (login, digest)
);

CREATE TABLE api_tokens (
  id bigint PRIMARY KEY,
  login bigint NOT NULL,
  digest text NOT NULL UNIQUE,
  name text NOT NULL,
  scopes text NOT NULL,
  sources text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  used_at bigint
);
CREATE INDEX api_tokens_login ON api_tokens (login, id);

CREATE TABLE password_resets (
  digest text PRIMARY KEY,
  login bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX password_resets_login ON password_resets (login, created_at);

CREATE TABLE mails (
  id bigint PRIMARY KEY,
  recipient text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  created_at bigint NOT NULL,
  due_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  tries bigint NOT NULL
);
CREATE INDEX mails_due ON mails (due_at, id);
