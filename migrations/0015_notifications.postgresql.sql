-- SPDX-License-Identifier: GPL-3.0-or-later
ALTER TABLE notification_templates ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON notification_templates USING (carillon_sees(brand, NULL));
