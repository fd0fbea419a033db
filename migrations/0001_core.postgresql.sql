-- SPDX-License-Identifier: GPL-3.0-or-later
-- What PostgreSQL adds to the first schema: calls in partitions by month, and row-level security as a second wall between tenants,
-- which holds for statements that forget the predicate too. The connection says by its settings for whom it works
-- (Database::confine); without them it sees nothing. FORCE: the platform's own role owns the tables.

-- Constants and one CASE: it becomes part of each statement, and costs a look at a setting a row.
CREATE FUNCTION carillon_sees(row_brand bigint, row_customer bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE current_setting('carillon.scope', true)
    WHEN 'platform' THEN true
    WHEN 'brand' THEN row_brand = current_setting('carillon.brand', true)::bigint
    WHEN 'customer' THEN row_customer = current_setting('carillon.customer', true)::bigint
      AND (current_setting('carillon.brand', true) = '0' OR row_brand = current_setting('carillon.brand', true)::bigint)
    ELSE false END
$$;

-- Months of the time that a call began, in UTC. What no month has goes into calls_other: nothing is refused for want of a partition.
ALTER TABLE calls RENAME TO calls_plain;
CREATE TABLE calls (LIKE calls_plain) PARTITION BY RANGE (started_at);
DROP TABLE calls_plain;
ALTER TABLE calls ADD PRIMARY KEY (id, started_at);
CREATE INDEX calls_customer ON calls (customer, started_at, id);
CREATE INDEX calls_brand ON calls (brand, started_at, id);
CREATE INDEX calls_started ON calls (started_at, id);
CREATE TABLE calls_other PARTITION OF calls DEFAULT;

ALTER TABLE brands ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON brands USING (carillon_sees(id, NULL));
ALTER TABLE customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON customers USING (carillon_sees(brand, id));
ALTER TABLE administrators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON administrators USING (carillon_sees(brand, customer));
ALTER TABLE domains ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON domains USING (carillon_sees(brand, customer));
ALTER TABLE targets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON targets USING (carillon_sees(brand, customer));
ALTER TABLE terminals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON terminals USING (carillon_sees(brand, customer));
ALTER TABLE extensions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON extensions USING (carillon_sees(brand, customer));
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON users USING (carillon_sees(brand, customer));
ALTER TABLE calls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON calls USING (carillon_sees(brand, customer));
ALTER TABLE changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON changes USING (carillon_sees(brand, customer));
-- Without a policy: nobody reads a partition but through its table.
ALTER TABLE calls_other ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- The platform's own.
ALTER TABLE journals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON journals USING (carillon_sees(NULL, NULL));
