-- SPDX-License-Identifier: GPL-3.0-or-later
-- Registrations at carriers belong to brands.

ALTER TABLE carrier_registrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON carrier_registrations USING (carillon_sees(brand, NULL));
