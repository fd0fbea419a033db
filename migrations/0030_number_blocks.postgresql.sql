-- SPDX-License-Identifier: GPL-3.0-or-later
-- A brand sees its own blocks. No number is in two, whoever writes them how.

ALTER TABLE number_blocks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON number_blocks USING (carillon_sees(brand, NULL));
ALTER TABLE number_blocks ADD EXCLUDE USING gist (int8range(low, high, '[]') WITH &&);
