-- SPDX-License-Identifier: GPL-3.0-or-later
-- How calls leave the platform and come to it: carriers with their servers, sets of numbers, and the routes between both.

CREATE TABLE carriers (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  name text NOT NULL,
  description text NOT NULL,
  transformation_set bigint,
  active bigint NOT NULL,
  externally_rated bigint NOT NULL,
  max_calls bigint NOT NULL,
  trusted bigint NOT NULL,
  redirection text NOT NULL,
  FOREIGN KEY (brand, transformation_set) REFERENCES transformation_sets (brand, id),
  UNIQUE (brand, name),
  UNIQUE (brand, id)
);
CREATE INDEX carriers_transformation_set ON carriers (transformation_set);

CREATE TABLE carrier_servers (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  carrier bigint NOT NULL,
  host text NOT NULL,
  port bigint NOT NULL,
  scheme text NOT NULL,
  transport text NOT NULL,
  outbound_proxy text NOT NULL,
  priority bigint NOT NULL,
  weight bigint NOT NULL,
  active bigint NOT NULL,
  probe bigint NOT NULL,
  source bigint NOT NULL,
  username text NOT NULL,
  realm text NOT NULL,
  ha1_md5 text NOT NULL,
  ha1_sha256 text NOT NULL,
  send_pai bigint NOT NULL,
  send_rpid bigint NOT NULL,
  strip bigint NOT NULL,
  prefix text NOT NULL,
  uri_parameters text NOT NULL,
  from_user text NOT NULL,
  from_domain text NOT NULL,
  FOREIGN KEY (brand, carrier) REFERENCES carriers (brand, id),
  UNIQUE (brand, id)
);
CREATE INDEX carrier_servers_carrier ON carrier_servers (carrier);

CREATE TABLE carrier_sources (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  carrier bigint NOT NULL,
  network text NOT NULL,
  port bigint NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, carrier) REFERENCES carriers (brand, id),
  UNIQUE (brand, id)
);
CREATE INDEX carrier_sources_carrier ON carrier_sources (carrier);

CREATE TABLE target_patterns (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  name text NOT NULL,
  description text NOT NULL,
  kind text NOT NULL,
  pattern text NOT NULL,
  position bigint NOT NULL,
  UNIQUE (brand, pattern),
  UNIQUE (brand, id)
);

CREATE TABLE target_groups (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  name text NOT NULL,
  description text NOT NULL,
  UNIQUE (brand, name),
  UNIQUE (brand, id)
);

CREATE TABLE target_group_members (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  target_group bigint NOT NULL,
  target_pattern bigint NOT NULL,
  FOREIGN KEY (brand, target_group) REFERENCES target_groups (brand, id),
  FOREIGN KEY (brand, target_pattern) REFERENCES target_patterns (brand, id),
  UNIQUE (target_group, target_pattern),
  UNIQUE (brand, id)
);
CREATE INDEX target_group_members_target_pattern ON target_group_members (target_pattern);

CREATE TABLE outgoing_routes (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint,
  target_pattern bigint,
  target_group bigint,
  mode text NOT NULL,
  carrier bigint,
  priority bigint NOT NULL,
  weight bigint NOT NULL,
  stopper bigint NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (brand, target_pattern) REFERENCES target_patterns (brand, id),
  FOREIGN KEY (brand, target_group) REFERENCES target_groups (brand, id),
  FOREIGN KEY (brand, carrier) REFERENCES carriers (brand, id),
  UNIQUE (brand, id)
);
CREATE INDEX outgoing_routes_customer ON outgoing_routes (customer);
CREATE INDEX outgoing_routes_target_pattern ON outgoing_routes (target_pattern);
CREATE INDEX outgoing_routes_target_group ON outgoing_routes (target_group);
CREATE INDEX outgoing_routes_carrier ON outgoing_routes (carrier);

ALTER TABLE brands ADD COLUMN max_calls bigint NOT NULL DEFAULT 0;
-- Whether the brand was given its first target patterns, which it may have deleted since.
ALTER TABLE brands ADD COLUMN patterns_made bigint NOT NULL DEFAULT 0;
