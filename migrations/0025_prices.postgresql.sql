-- SPDX-License-Identifier: GPL-3.0-or-later
-- Prices are the brand's: its customers read nothing of them.

ALTER TABLE pricing_plans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON pricing_plans USING (carillon_sees(brand, NULL));
ALTER TABLE prices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prices USING (carillon_sees(brand, NULL));
ALTER TABLE plan_assignments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plan_assignments USING (carillon_sees(brand, customer));
