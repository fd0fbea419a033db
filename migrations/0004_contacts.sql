-- SPDX-License-Identifier: GPL-3.0-or-later
-- How a terminal's contacts are kept and rung: what happens when there are too many, one after the other or all at once, and one
-- that needs no registration.

ALTER TABLE terminals ADD COLUMN contact_limit text NOT NULL DEFAULT 'replace_unreachable';
ALTER TABLE terminals ADD COLUMN forking text NOT NULL DEFAULT 'parallel';
ALTER TABLE terminals ADD COLUMN fork_seconds bigint NOT NULL DEFAULT 20;
ALTER TABLE terminals ADD COLUMN static_contact text NOT NULL DEFAULT '';
