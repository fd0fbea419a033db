-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who is logged in to the API, so that a restart of the web process logs nobody out. Written by web alone.

CREATE TABLE sessions (
  digest text PRIMARY KEY,
  login bigint NOT NULL,
  opened_at bigint NOT NULL,
  used_at bigint NOT NULL
);
CREATE INDEX sessions_used ON sessions (used_at);
