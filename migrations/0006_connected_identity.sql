-- SPDX-License-Identifier: GPL-3.0-or-later
-- How a terminal is told, during a call, who is at the other end now.

ALTER TABLE terminals ADD COLUMN connected_identity text NOT NULL DEFAULT 'update';
