-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sessions are the platform's own: who asks is not known before they are looked up.

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sessions USING (carillon_sees(NULL, NULL));
