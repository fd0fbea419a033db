-- SPDX-License-Identifier: GPL-3.0-or-later
-- Webhooks belong to brands and customers, and so does what they were told.

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON webhooks USING (carillon_sees(brand, customer));
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON webhook_deliveries USING (carillon_sees(brand, customer));
