-- SPDX-License-Identifier: GPL-3.0-or-later
-- PBXs of customers: a terminal can be what a number leads to, and says how it calls the world.
INSERT INTO targets (id, brand, customer, kind) SELECT id, brand, customer, 'terminal' FROM terminals;

ALTER TABLE terminals ADD COLUMN kind text NOT NULL DEFAULT 'telephone';
ALTER TABLE terminals ADD COLUMN max_calls bigint NOT NULL DEFAULT 0;
ALTER TABLE terminals ADD COLUMN outgoing_ddi bigint REFERENCES ddis (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD COLUMN call_acl bigint REFERENCES call_acls (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD COLUMN cli_source text NOT NULL DEFAULT 'from';
ALTER TABLE terminals ADD COLUMN cli_policy text NOT NULL DEFAULT 'replace';
ALTER TABLE terminals ADD COLUMN allowed_numbers bigint REFERENCES match_lists (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD COLUMN transformation_set bigint REFERENCES transformation_sets (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD COLUMN request_user text NOT NULL DEFAULT 'dialled';
ALTER TABLE terminals ADD COLUMN priority bigint NOT NULL DEFAULT 1;
CREATE INDEX terminals_outgoing_ddi ON terminals (outgoing_ddi);
CREATE INDEX terminals_call_acl ON terminals (call_acl);
CREATE INDEX terminals_allowed_numbers ON terminals (allowed_numbers);
CREATE INDEX terminals_transformation_set ON terminals (transformation_set);

CREATE TABLE terminal_patterns (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  terminal bigint NOT NULL,
  pattern text NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, terminal) REFERENCES terminals (customer, id)
);
CREATE INDEX terminal_patterns_terminal ON terminal_patterns (terminal);

CREATE TABLE terminal_sources (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  terminal bigint NOT NULL,
  address text NOT NULL,
  transport text NOT NULL,
  from_pattern text NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, terminal) REFERENCES terminals (customer, id)
);
CREATE INDEX terminal_sources_terminal ON terminal_sources (terminal);
