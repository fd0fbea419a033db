-- SPDX-License-Identifier: GPL-3.0-or-later
-- Networks belong to customers.

ALTER TABLE networks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON networks USING (carillon_sees(brand, customer));
