-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whether the media of telephones is encrypted: the domain says, or one of them for itself.

ALTER TABLE domains ADD COLUMN media_encryption text NOT NULL DEFAULT 'none';
ALTER TABLE terminals ADD COLUMN media_encryption text NOT NULL DEFAULT '';
