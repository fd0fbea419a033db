-- SPDX-License-Identifier: GPL-3.0-or-later
-- An entry belongs to whom its object belongs.

ALTER TABLE audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit USING (carillon_sees(brand, customer));
