-- SPDX-License-Identifier: GPL-3.0-or-later
-- Numbers of the world, who calls with which, and who may call which.

CREATE TABLE match_lists (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint,
  name text NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (brand, id)
);
CREATE INDEX match_lists_customer ON match_lists (customer);

CREATE TABLE match_entries (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint,
  match_list bigint NOT NULL,
  kind text NOT NULL,
  value text NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (brand, match_list) REFERENCES match_lists (brand, id),
  UNIQUE (brand, id)
);
CREATE INDEX match_entries_match_list ON match_entries (match_list);
CREATE INDEX match_entries_customer ON match_entries (customer);

CREATE TABLE ddis (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint,
  number text NOT NULL,
  country text NOT NULL,
  carrier bigint,
  description text NOT NULL,
  target bigint,
  display_prefix text NOT NULL,
  language text NOT NULL,
  recording text NOT NULL,
  charge_inbound bigint NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (brand, carrier) REFERENCES carriers (brand, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (customer, target) REFERENCES targets (customer, id),
  UNIQUE (number),
  UNIQUE (brand, id),
  UNIQUE (customer, id)
);
CREATE INDEX ddis_carrier ON ddis (carrier);
CREATE INDEX ddis_target ON ddis (target);
CREATE INDEX ddis_customer ON ddis (customer);

CREATE TABLE call_acls (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  name text NOT NULL,
  policy text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (customer, name),
  UNIQUE (customer, id)
);

CREATE TABLE call_acl_rules (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  call_acl bigint NOT NULL,
  priority bigint NOT NULL,
  match_list bigint NOT NULL,
  policy text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, call_acl) REFERENCES call_acls (customer, id),
  FOREIGN KEY (brand, match_list) REFERENCES match_lists (brand, id),
  UNIQUE (customer, id)
);
CREATE INDEX call_acl_rules_call_acl ON call_acl_rules (call_acl);
CREATE INDEX call_acl_rules_match_list ON call_acl_rules (match_list);

CREATE TABLE outgoing_ddi_rules (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  name text NOT NULL,
  policy text NOT NULL,
  ddi bigint,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, ddi) REFERENCES ddis (customer, id),
  UNIQUE (customer, name),
  UNIQUE (customer, id)
);
CREATE INDEX outgoing_ddi_rules_ddi ON outgoing_ddi_rules (ddi);

CREATE TABLE outgoing_ddi_rule_entries (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  outgoing_ddi_rule bigint NOT NULL,
  priority bigint NOT NULL,
  match_list bigint NOT NULL,
  policy text NOT NULL,
  ddi bigint,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, outgoing_ddi_rule) REFERENCES outgoing_ddi_rules (customer, id),
  FOREIGN KEY (brand, match_list) REFERENCES match_lists (brand, id),
  FOREIGN KEY (customer, ddi) REFERENCES ddis (customer, id),
  UNIQUE (customer, id)
);
CREATE INDEX outgoing_ddi_rule_entries_outgoing_ddi_rule ON outgoing_ddi_rule_entries (outgoing_ddi_rule);
CREATE INDEX outgoing_ddi_rule_entries_match_list ON outgoing_ddi_rule_entries (match_list);
CREATE INDEX outgoing_ddi_rule_entries_ddi ON outgoing_ddi_rule_entries (ddi);

CREATE UNIQUE INDEX match_lists_name ON match_lists (brand, coalesce(customer, 0), name);

-- References that lead in a circle, or to tables that are filled later, are looked at when the transaction ends.
ALTER TABLE customers ADD COLUMN max_external_calls bigint NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN transformation_set bigint REFERENCES transformation_sets (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers ADD COLUMN outbound_prefix text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN outgoing_ddi bigint REFERENCES ddis (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers ADD COLUMN outgoing_ddi_rule bigint REFERENCES outgoing_ddi_rules (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers ADD COLUMN lock text NOT NULL DEFAULT 'none';
ALTER TABLE users ADD COLUMN outgoing_ddi bigint REFERENCES ddis (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD COLUMN outgoing_ddi_rule bigint REFERENCES outgoing_ddi_rules (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD COLUMN call_acl bigint REFERENCES call_acls (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD COLUMN lock text NOT NULL DEFAULT 'none';
CREATE INDEX customers_transformation_set ON customers (transformation_set);
CREATE INDEX customers_outgoing_ddi ON customers (outgoing_ddi);
CREATE INDEX customers_outgoing_ddi_rule ON customers (outgoing_ddi_rule);
CREATE INDEX users_outgoing_ddi ON users (outgoing_ddi);
CREATE INDEX users_outgoing_ddi_rule ON users (outgoing_ddi_rule);
CREATE INDEX users_call_acl ON users (call_acl);
