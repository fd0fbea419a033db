-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who changed what: written in the transaction of the change. No foreign keys: an entry outlives what it speaks of.

CREATE TABLE audit (
  id bigint PRIMARY KEY,
  at bigint NOT NULL,
  brand bigint,
  customer bigint,
  login text NOT NULL,
  role text NOT NULL,
  emulated text NOT NULL,
  source text NOT NULL,
  action text NOT NULL,
  entity text NOT NULL,
  object text NOT NULL,
  title text NOT NULL,
  before text NOT NULL,
  after text NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_brand ON audit (brand, at, id);
CREATE INDEX audit_customer ON audit (customer, at, id);
CREATE INDEX audit_object ON audit (object, at, id);
