-- SPDX-License-Identifier: GPL-3.0-or-later
-- What belongs to brands, customers, domains and people beside their names; features; what is inherited may be empty.
ALTER TABLE brands ADD COLUMN status text NOT NULL DEFAULT 'active';
ALTER TABLE brands ADD COLUMN features text NOT NULL DEFAULT 'vpbx retail call_control webhooks traces data_transfer';
ALTER TABLE brands ADD COLUMN tax_id text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN invoice_name text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN invoice_address text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN invoice_postcode text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN invoice_town text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN invoice_province text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN invoice_country text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN registry_data text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN mail_name text NOT NULL DEFAULT '';
ALTER TABLE brands ADD COLUMN mail_from text NOT NULL DEFAULT '';

ALTER TABLE customers ADD COLUMN status text NOT NULL DEFAULT 'active';
ALTER TABLE customers ADD COLUMN features text NOT NULL DEFAULT 'vpbx retail call_control webhooks traces data_transfer';
ALTER TABLE customers ADD COLUMN max_calls bigint NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN external_id text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN tax_id text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN invoice_name text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN invoice_address text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN invoice_postcode text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN invoice_town text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN invoice_province text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN invoice_country text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX customers_external ON customers (brand, external_id) WHERE external_id <> '';

ALTER TABLE domains ADD COLUMN description text NOT NULL DEFAULT '';
ALTER TABLE domains ADD COLUMN max_contacts bigint NOT NULL DEFAULT 10;
ALTER TABLE domains ADD COLUMN contact_limit text NOT NULL DEFAULT 'replace_unreachable';
ALTER TABLE domains ADD COLUMN forking text NOT NULL DEFAULT 'parallel';
ALTER TABLE domains ADD COLUMN fork_seconds bigint NOT NULL DEFAULT 20;
ALTER TABLE domains ADD COLUMN connected_identity text NOT NULL DEFAULT 'update';

ALTER TABLE users ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN time_zone text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN do_not_disturb bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN max_calls bigint NOT NULL DEFAULT 0;
