-- SPDX-License-Identifier: GPL-3.0-or-later
-- Carriers and routes belong to brands.

ALTER TABLE carriers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON carriers USING (carillon_sees(brand, NULL));
ALTER TABLE carrier_servers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON carrier_servers USING (carillon_sees(brand, NULL));
ALTER TABLE carrier_sources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON carrier_sources USING (carillon_sees(brand, NULL));
ALTER TABLE target_patterns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON target_patterns USING (carillon_sees(brand, NULL));
ALTER TABLE target_groups ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON target_groups USING (carillon_sees(brand, NULL));
ALTER TABLE target_group_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON target_group_members USING (carillon_sees(brand, NULL));
ALTER TABLE outgoing_routes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON outgoing_routes USING (carillon_sees(brand, NULL));
