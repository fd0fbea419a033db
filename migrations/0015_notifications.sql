-- SPDX-License-Identifier: GPL-3.0-or-later
-- What brands write to their people in place of the built-in texts, and in whose name a mail leaves.
CREATE TABLE notification_templates (
  id bigint PRIMARY KEY,
  brand bigint REFERENCES brands (id),
  kind text NOT NULL,
  language text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL
);
CREATE UNIQUE INDEX notification_templates_one ON notification_templates (coalesce(brand, 0), kind, language);

ALTER TABLE mails ADD COLUMN sender_name text NOT NULL DEFAULT '';
ALTER TABLE mails ADD COLUMN sender text NOT NULL DEFAULT '';
-- A link is good for the address that it was sent to.
ALTER TABLE password_resets ADD COLUMN email text NOT NULL DEFAULT '';
