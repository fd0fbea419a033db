-- SPDX-License-Identifier: GPL-3.0-or-later
-- How many calls may begin in a minute, which numbers nobody calls, and with which login a carrier knows a customer.

ALTER TABLE settings ADD COLUMN customer_calls_per_minute bigint NOT NULL DEFAULT 0;
ALTER TABLE brands ADD COLUMN max_calls_per_minute bigint NOT NULL DEFAULT 0;
ALTER TABLE brands ADD COLUMN customer_calls_per_minute bigint NOT NULL DEFAULT 0;
ALTER TABLE brands ADD COLUMN ranges_made bigint NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN max_calls_per_minute bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN max_calls_per_minute bigint NOT NULL DEFAULT 0;
ALTER TABLE terminals ADD COLUMN max_calls_per_minute bigint NOT NULL DEFAULT 0;

-- These lead in a circle: they are looked at when the transaction ends.
ALTER TABLE brands ADD COLUMN denied_numbers bigint REFERENCES match_lists (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers ADD COLUMN denied_numbers bigint REFERENCES match_lists (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX brands_denied_numbers ON brands (denied_numbers);
CREATE INDEX customers_denied_numbers ON customers (denied_numbers);

ALTER TABLE carrier_servers ADD COLUMN from_login bigint NOT NULL DEFAULT 0;

CREATE TABLE carrier_credentials (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  carrier bigint NOT NULL,
  customer bigint NOT NULL,
  terminal bigint,
  username text NOT NULL,
  realm text NOT NULL,
  ha1_md5 text NOT NULL,
  ha1_sha256 text NOT NULL,
  FOREIGN KEY (brand, carrier) REFERENCES carriers (brand, id),
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  FOREIGN KEY (customer, terminal) REFERENCES terminals (customer, id),
  UNIQUE (brand, id)
);
CREATE UNIQUE INDEX carrier_credentials_one ON carrier_credentials (carrier, customer, coalesce(terminal, 0));
CREATE INDEX carrier_credentials_customer ON carrier_credentials (customer);
CREATE INDEX carrier_credentials_terminal ON carrier_credentials (terminal);
