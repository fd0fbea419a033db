-- SPDX-License-Identifier: GPL-3.0-or-later
-- Everybody who says for whom it works reads the catalogues; the platform alone changes them.
ALTER TABLE countries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON countries USING (carillon_sees(NULL, NULL));
CREATE POLICY everybody ON countries FOR SELECT USING (current_setting('carillon.scope', true) <> '');
ALTER TABLE currencies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON currencies USING (carillon_sees(NULL, NULL));
CREATE POLICY everybody ON currencies FOR SELECT USING (current_setting('carillon.scope', true) <> '');
ALTER TABLE languages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON languages USING (carillon_sees(NULL, NULL));
CREATE POLICY everybody ON languages FOR SELECT USING (current_setting('carillon.scope', true) <> '');
