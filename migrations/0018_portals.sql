-- SPDX-License-Identifier: GPL-3.0-or-later
-- Under which addresses people reach the platform, and what it looks like there.
CREATE TABLE portals (
  id bigint PRIMARY KEY,
  brand bigint REFERENCES brands (id),
  customer bigint REFERENCES customers (id),
  url text NOT NULL,
  host text NOT NULL UNIQUE,
  level text NOT NULL,
  title text NOT NULL,
  theme_color text NOT NULL,
  language text NOT NULL,
  logo text NOT NULL
);
CREATE INDEX portals_brand ON portals (brand);
CREATE INDEX portals_customer ON portals (customer);

-- Pictures of brands and portals, by the id of whose they are. Content is base 64.
ALTER TABLE brands ADD COLUMN logo text NOT NULL DEFAULT '';
CREATE TABLE logos (
  id bigint PRIMARY KEY,
  brand bigint REFERENCES brands (id) ON DELETE CASCADE,
  portal bigint REFERENCES portals (id) ON DELETE CASCADE,
  type text NOT NULL,
  tag text NOT NULL,
  content text NOT NULL
);
CREATE INDEX logos_brand ON logos (brand);
CREATE INDEX logos_portal ON logos (portal);

-- What counts for all: one row, once somebody has changed it.
CREATE TABLE settings (
  id bigint PRIMARY KEY,
  language text NOT NULL,
  time_zone text NOT NULL,
  mail_name text NOT NULL,
  portal_title text NOT NULL,
  theme_color text NOT NULL
);
