-- SPDX-License-Identifier: GPL-3.0-or-later
-- What was set aside may be anybody's: the platform alone sees it.

ALTER TABLE records_set_aside ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON records_set_aside USING (carillon_sees(NULL, NULL));
