-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a telephone is known by at carriers goes with it, also when its customer deletes it. Nobody is denied the numbers of another brand's list.

ALTER TABLE carrier_credentials ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON carrier_credentials USING (carillon_sees(brand, customer));
ALTER TABLE brands ADD FOREIGN KEY (id, denied_numbers) REFERENCES match_lists (brand, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers ADD FOREIGN KEY (brand, denied_numbers) REFERENCES match_lists (brand, id) DEFERRABLE INITIALLY DEFERRED;
