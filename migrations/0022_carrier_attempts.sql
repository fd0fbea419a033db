-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which carriers were tried for a call, and where: the brand's to know.
ALTER TABLE calls ADD COLUMN carrier_attempts text NOT NULL DEFAULT '';
