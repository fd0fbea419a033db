-- SPDX-License-Identifier: GPL-3.0-or-later
-- What PBXs and carriers are shown of numbers: the domain of From, who forwarded a call, user=phone; who hides from whom.

ALTER TABLE terminals ADD COLUMN from_domain text NOT NULL DEFAULT '';
ALTER TABLE terminals ADD COLUMN diversion text NOT NULL DEFAULT 'none';
ALTER TABLE terminals ADD COLUMN history_info text NOT NULL DEFAULT 'none';
ALTER TABLE terminals ADD COLUMN forwards_caller bigint NOT NULL DEFAULT 0;
ALTER TABLE terminals ADD COLUMN user_phone bigint NOT NULL DEFAULT 0;

ALTER TABLE carriers ADD COLUMN diversion text NOT NULL DEFAULT 'network';
ALTER TABLE carriers ADD COLUMN history_info text NOT NULL DEFAULT 'none';
UPDATE carriers SET diversion = 'none' WHERE redirection <> 'diversion';
UPDATE carriers SET history_info = 'network' WHERE redirection = 'history_info';
ALTER TABLE carriers DROP COLUMN redirection;

ALTER TABLE carrier_servers ADD COLUMN user_phone bigint NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN clir text NOT NULL DEFAULT 'none';
ALTER TABLE users ADD COLUMN sees_withheld bigint NOT NULL DEFAULT 0;
