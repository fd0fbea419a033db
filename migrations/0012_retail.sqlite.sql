-- SPDX-License-Identifier: GPL-3.0-or-later
-- A domain may be the brand's, for the accounts of its retail customers: without a customer. SQLite changes neither constraints nor
-- references of a table that is there, so both are made anew around their rows; what refers to them is looked at when that is done.
PRAGMA defer_foreign_keys = ON;

CREATE TEMPORARY TABLE domains_before AS SELECT * FROM domains;
CREATE TEMPORARY TABLE terminals_before AS SELECT * FROM terminals;
DROP TABLE terminals;
DROP TABLE domains;

CREATE TABLE domains (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint,
  name text NOT NULL UNIQUE,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (brand, id)
);
INSERT INTO domains (id, brand, customer, name) SELECT id, brand, customer, name FROM domains_before;

CREATE TABLE terminals (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  domain bigint NOT NULL,
  name text NOT NULL,
  ha1_md5 text NOT NULL,
  ha1_sha256 text NOT NULL,
  max_contacts bigint NOT NULL,
  contact_limit text NOT NULL DEFAULT 'replace_unreachable',
  forking text NOT NULL DEFAULT 'parallel',
  fork_seconds bigint NOT NULL DEFAULT 20,
  static_contact text NOT NULL DEFAULT '',
  connected_identity text NOT NULL DEFAULT 'update',
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (brand, domain) REFERENCES domains (brand, id),
  UNIQUE (customer, name),
  UNIQUE (customer, id),
  UNIQUE (domain, name)
);
INSERT INTO terminals (id, brand, customer, domain, name, ha1_md5, ha1_sha256, max_contacts, contact_limit, forking, fork_seconds,
                       static_contact, connected_identity)
  SELECT id, brand, customer, domain, name, ha1_md5, ha1_sha256, max_contacts, contact_limit, forking, fork_seconds,
         static_contact, connected_identity FROM terminals_before;

DROP TABLE temp.domains_before;
DROP TABLE temp.terminals_before;

-- One each: an account is known by its name in it.
CREATE UNIQUE INDEX domains_of_brand ON domains (brand) WHERE customer IS NULL;
