-- SPDX-License-Identifier: GPL-3.0-or-later
-- In which countries a customer's telephones may be: "ES PT"; empty: in all.

ALTER TABLE customers ADD COLUMN allowed_countries text NOT NULL DEFAULT '';
