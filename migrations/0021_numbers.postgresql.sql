-- SPDX-License-Identifier: GPL-3.0-or-later
-- Numbers and what is said of them belong to customers, some to brands that lend them.

ALTER TABLE match_lists ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON match_lists USING (carillon_sees(brand, customer));
CREATE POLICY lent ON match_lists FOR SELECT USING (carillon_lends(brand, customer));
ALTER TABLE match_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON match_entries USING (carillon_sees(brand, customer));
CREATE POLICY lent ON match_entries FOR SELECT USING (carillon_lends(brand, customer));
ALTER TABLE ddis ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ddis USING (carillon_sees(brand, customer));
ALTER TABLE call_acls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON call_acls USING (carillon_sees(brand, customer));
ALTER TABLE call_acl_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON call_acl_rules USING (carillon_sees(brand, customer));
ALTER TABLE outgoing_ddi_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON outgoing_ddi_rules USING (carillon_sees(brand, customer));
ALTER TABLE outgoing_ddi_rule_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON outgoing_ddi_rule_entries USING (carillon_sees(brand, customer));

-- SQLite cannot add a key of two columns to a table that is there; here nobody calls with a number of another customer.
ALTER TABLE customers ADD FOREIGN KEY (id, outgoing_ddi) REFERENCES ddis (customer, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers ADD FOREIGN KEY (id, outgoing_ddi_rule) REFERENCES outgoing_ddi_rules (customer, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD FOREIGN KEY (customer, outgoing_ddi) REFERENCES ddis (customer, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD FOREIGN KEY (customer, outgoing_ddi_rule) REFERENCES outgoing_ddi_rules (customer, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD FOREIGN KEY (customer, call_acl) REFERENCES call_acls (customer, id) DEFERRABLE INITIALLY DEFERRED;
