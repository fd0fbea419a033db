-- SPDX-License-Identifier: GPL-3.0-or-later
-- The first schema: tenants, people, telephones, extensions, the call registry and the change feed.
-- One subset of SQL for SQLite and PostgreSQL: text, bigint, booleans as 0/1, instants as bigint microseconds UTC, JSON as text.
-- Every row below the platform carries brand and customer, so the tenant predicate is the same everywhere and a reference can be
-- held inside its tenant by the database itself.

CREATE TABLE brands (
  id bigint PRIMARY KEY,
  name text NOT NULL UNIQUE,
  language text NOT NULL,
  time_zone text NOT NULL,
  currency text NOT NULL
);

CREATE TABLE customers (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  kind text NOT NULL,
  name text NOT NULL,
  country text NOT NULL,
  country_code text NOT NULL,
  time_zone text NOT NULL,
  currency text NOT NULL,
  language text NOT NULL,
  UNIQUE (brand, name),
  UNIQUE (brand, id)
);

CREATE TABLE administrators (
  id bigint PRIMARY KEY,
  level text NOT NULL,
  brand bigint REFERENCES brands (id),
  customer bigint,
  login text NOT NULL,
  password_hash text NOT NULL,
  active bigint NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id)
);
CREATE UNIQUE INDEX administrators_login ON administrators (coalesce(brand, 0), login);

CREATE TABLE domains (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  name text NOT NULL UNIQUE,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (customer, id)
);

CREATE TABLE targets (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  kind text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (customer, id)
);

CREATE TABLE terminals (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  domain bigint NOT NULL,
  name text NOT NULL,
  ha1_md5 text NOT NULL,
  ha1_sha256 text NOT NULL,
  max_contacts bigint NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, domain) REFERENCES domains (customer, id),
  UNIQUE (customer, name),
  UNIQUE (customer, id)
);

CREATE TABLE extensions (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  number text NOT NULL,
  target bigint NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, target) REFERENCES targets (customer, id),
  UNIQUE (customer, number),
  UNIQUE (customer, id)
);
CREATE INDEX extensions_target ON extensions (customer, target);

CREATE TABLE users (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  name text NOT NULL,
  last_name text NOT NULL,
  email text NOT NULL,
  password_hash text NOT NULL,
  terminal bigint,
  extension bigint,
  active bigint NOT NULL,
  FOREIGN KEY (customer, id) REFERENCES targets (customer, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, terminal) REFERENCES terminals (customer, id),
  FOREIGN KEY (customer, extension) REFERENCES extensions (customer, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX users_email ON users (brand, email) WHERE email <> '';
CREATE INDEX users_customer ON users (customer, id);
CREATE UNIQUE INDEX users_terminal ON users (customer, terminal) WHERE terminal IS NOT NULL;
CREATE INDEX users_extension ON users (customer, extension);

-- Written by jobs from the journal. No foreign keys: a record outlives what it speaks of.
CREATE TABLE calls (
  id text PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  call_id text NOT NULL,
  started_at bigint NOT NULL,
  answered_at bigint,
  ended_at bigint NOT NULL,
  direction text NOT NULL,
  caller text NOT NULL,
  callee text NOT NULL,
  caller_user bigint,
  callee_user bigint,
  duration_ms bigint NOT NULL,
  linked_call text,
  link_reason text NOT NULL,
  attempts text NOT NULL,
  status text NOT NULL,
  sip_code bigint NOT NULL,
  broken bigint NOT NULL,
  decisions text NOT NULL
);
CREATE INDEX calls_customer ON calls (customer, started_at, id);
CREATE INDEX calls_brand ON calls (brand, started_at, id);
CREATE INDEX calls_started ON calls (started_at, id);

-- How far jobs got with the journal of a signalling process; moved in the transaction that stores the rows.
CREATE TABLE journals (
  name text PRIMARY KEY,
  segment bigint NOT NULL,
  position bigint NOT NULL
);

-- The feed: one row of `change` counts configuration transactions, `changes` says what each touched.
CREATE TABLE change (
  n bigint NOT NULL
);
INSERT INTO change (n) VALUES (0);

CREATE TABLE changes (
  n bigint NOT NULL,
  item bigint NOT NULL,
  brand bigint,
  customer bigint,
  entity text NOT NULL,
  id bigint NOT NULL,
  PRIMARY KEY (n, item)
);
