-- SPDX-License-Identifier: GPL-3.0-or-later
-- Routing tags belong to brands, and no route has another brand's.

ALTER TABLE routing_tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON routing_tags USING (carillon_sees(brand, NULL));
ALTER TABLE customer_routing_tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON customer_routing_tags USING (carillon_sees(brand, NULL));
ALTER TABLE outgoing_routes ADD FOREIGN KEY (brand, routing_tag) REFERENCES routing_tags (brand, id);
