-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which numbers the platform gave to which brand. What brands had before they keep: theirs may be from anywhere.

CREATE TABLE number_blocks (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  first text NOT NULL,
  last text NOT NULL,
  description text NOT NULL,
  low bigint NOT NULL,
  high bigint NOT NULL,
  CHECK (low <= high),
  UNIQUE (low),
  UNIQUE (high),
  UNIQUE (brand, id)
);
CREATE INDEX number_blocks_brand ON number_blocks (brand, low);

-- Where a number stands among all numbers of 15 digits.
CREATE INDEX ddis_place ON ddis (CAST(substr(substr(number, 2) || '00000000000000', 1, 15) AS bigint));
CREATE VIEW ddi_places AS
  SELECT id, brand, number, CAST(substr(substr(number, 2) || '00000000000000', 1, 15) AS bigint) AS place FROM ddis;

ALTER TABLE brands ADD COLUMN numbers_from text NOT NULL DEFAULT 'anywhere';
