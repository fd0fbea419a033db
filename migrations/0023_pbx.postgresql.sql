-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is said of a customer's PBXs belongs to the customer.
ALTER TABLE terminal_patterns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON terminal_patterns USING (carillon_sees(brand, customer));
ALTER TABLE terminal_sources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON terminal_sources USING (carillon_sees(brand, customer));

ALTER TABLE terminals ADD FOREIGN KEY (customer, outgoing_ddi) REFERENCES ddis (customer, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD FOREIGN KEY (customer, call_acl) REFERENCES call_acls (customer, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD FOREIGN KEY (brand, allowed_numbers) REFERENCES match_lists (brand, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE terminals ADD FOREIGN KEY (brand, transformation_set) REFERENCES transformation_sets (brand, id) DEFERRABLE INITIALLY DEFERRED;
