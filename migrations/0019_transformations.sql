-- SPDX-License-Identifier: GPL-3.0-or-later
-- How others write numbers.
CREATE TABLE transformation_sets (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  UNIQUE (brand, id)
);
