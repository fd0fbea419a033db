-- SPDX-License-Identifier: GPL-3.0-or-later
-- No timestamp and no boolean here.
CREATE TABLE users (id bigint PRIMARY KEY, note text DEFAULT 'timestamp');
