-- SPDX-License-Identifier: GPL-3.0-or-later
-- A key is of whoever asked under it.

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotency_keys USING (carillon_sees(brand, customer));
