-- SPDX-License-Identifier: GPL-3.0-or-later
-- Files out and files in, as work that goes on in steps. What was sent and what came of it lies in sealed parts.

CREATE TABLE jobs (
  id bigint PRIMARY KEY,
  brand bigint,
  customer bigint,
  requester_user bigint,
  requested_by text NOT NULL,
  kind text NOT NULL,
  collection text NOT NULL,
  format text NOT NULL,
  dry_run bigint NOT NULL,
  state text NOT NULL,
  phase text NOT NULL,
  rows_done bigint NOT NULL,
  rows_total bigint NOT NULL,
  rows_faulty bigint NOT NULL,
  file_bytes bigint NOT NULL,
  error text NOT NULL,
  tries bigint NOT NULL,
  created_at bigint NOT NULL,
  started_at bigint,
  ended_at bigint,
  expires_at bigint,
  login bigint NOT NULL,
  caller text NOT NULL,
  parameters text NOT NULL,
  cursor text NOT NULL,
  position bigint NOT NULL,
  parts bigint NOT NULL,
  step bigint NOT NULL,
  next_at bigint
);
CREATE INDEX jobs_due ON jobs (next_at);
CREATE INDEX jobs_expired ON jobs (expires_at);
CREATE INDEX jobs_created ON jobs (created_at, id);
CREATE INDEX jobs_tenant ON jobs (brand, customer, created_at, id);

CREATE TABLE job_parts (
  job bigint NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  kind text NOT NULL,
  n bigint NOT NULL,
  brand bigint,
  customer bigint,
  content text NOT NULL,
  PRIMARY KEY (job, kind, n)
);
