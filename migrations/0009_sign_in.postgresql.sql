-- SPDX-License-Identifier: GPL-3.0-or-later
-- Like sessions, these are the platform's own: who asks is not known before they are looked up.

ALTER TABLE second_factors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON second_factors USING (carillon_sees(NULL, NULL));
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON recovery_codes USING (carillon_sees(NULL, NULL));
ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_tokens USING (carillon_sees(NULL, NULL));
ALTER TABLE password_resets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON password_resets USING (carillon_sees(NULL, NULL));
ALTER TABLE mails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON mails USING (carillon_sees(NULL, NULL));
