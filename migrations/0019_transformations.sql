-- SPDX-License-Identifier: GPL-3.0-or-later
-- How others write numbers: sets of rules, and the rules.
CREATE TABLE transformation_sets (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  name text NOT NULL,
  description text NOT NULL,
  country text NOT NULL,
  calling_code text NOT NULL,
  international_prefix text NOT NULL,
  trunk_prefix text NOT NULL,
  area_code text NOT NULL,
  national_length bigint NOT NULL,
  UNIQUE (brand, name),
  UNIQUE (brand, id)
);

CREATE TABLE transformation_rules (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  transformation_set bigint NOT NULL,
  direction text NOT NULL,
  priority bigint NOT NULL,
  search text NOT NULL,
  replacement text NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, transformation_set) REFERENCES transformation_sets (brand, id)
);
CREATE INDEX transformation_rules_set ON transformation_rules (transformation_set);
