-- SPDX-License-Identifier: GPL-3.0-or-later
-- What calls cost: price lists of a brand's, and whose calls have the prices of which. Amounts are millionths of the plan's currency.

CREATE TABLE pricing_plans (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  name text NOT NULL,
  description text NOT NULL,
  currency text NOT NULL,
  UNIQUE (brand, name),
  UNIQUE (brand, id)
);

CREATE TABLE prices (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  pricing_plan bigint NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  connection bigint NOT NULL,
  per_minute bigint NOT NULL,
  period_seconds bigint NOT NULL,
  FOREIGN KEY (brand, pricing_plan) REFERENCES pricing_plans (brand, id),
  UNIQUE (pricing_plan, prefix),
  UNIQUE (brand, id)
);

CREATE TABLE plan_assignments (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  pricing_plan bigint NOT NULL,
  valid_from bigint,
  valid_to bigint,
  metric bigint NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (brand, pricing_plan) REFERENCES pricing_plans (brand, id),
  UNIQUE (customer, id)
);
CREATE INDEX plan_assignments_brand ON plan_assignments (brand);
CREATE INDEX plan_assignments_pricing_plan ON plan_assignments (pricing_plan);
