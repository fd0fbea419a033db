-- SPDX-License-Identifier: GPL-3.0-or-later
-- Jobs belong to whoever asked for them, and so do their parts.

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON jobs USING (carillon_sees(brand, customer));
ALTER TABLE job_parts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON job_parts USING (carillon_sees(brand, customer));
