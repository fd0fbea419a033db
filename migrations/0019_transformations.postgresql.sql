-- SPDX-License-Identifier: GPL-3.0-or-later
ALTER TABLE transformation_sets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON transformation_sets USING (carillon_sees(brand, NULL));
ALTER TABLE transformation_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON transformation_rules USING (carillon_sees(brand, NULL));
