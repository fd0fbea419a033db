-- SPDX-License-Identifier: GPL-3.0-or-later
-- Tags that are dialled before a number to choose other routes, who may dial which, and how long calls may last.

CREATE TABLE routing_tags (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  name text NOT NULL,
  tag text NOT NULL,
  UNIQUE (brand, name),
  UNIQUE (brand, tag),
  UNIQUE (brand, id)
);

CREATE TABLE customer_routing_tags (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint NOT NULL,
  routing_tag bigint NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (brand, routing_tag) REFERENCES routing_tags (brand, id),
  UNIQUE (customer, routing_tag),
  UNIQUE (brand, id)
);
CREATE INDEX customer_routing_tags_routing_tag ON customer_routing_tags (routing_tag);

-- SQLite cannot add a key of two columns to a table that is there.
ALTER TABLE outgoing_routes ADD COLUMN routing_tag bigint REFERENCES routing_tags (id);
CREATE INDEX outgoing_routes_routing_tag ON outgoing_routes (routing_tag);

ALTER TABLE brands ADD COLUMN max_call_seconds bigint NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN max_call_seconds bigint NOT NULL DEFAULT 0;
