-- SPDX-License-Identifier: GPL-3.0-or-later
-- Where a customer's telephones may be, and who may call from elsewhere.

ALTER TABLE customers ADD COLUMN ip_filter bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN non_granted_ip_calls bigint NOT NULL DEFAULT 0;

CREATE TABLE networks (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  network text NOT NULL,
  description text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (customer, network)
);
