-- SPDX-License-Identifier: GPL-3.0-or-later
-- Accounts at carriers under which the platform registers.

CREATE TABLE carrier_registrations (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  carrier bigint NOT NULL,
  username text NOT NULL,
  domain text NOT NULL,
  host text NOT NULL,
  port bigint NOT NULL,
  transport text NOT NULL,
  outbound_proxy text NOT NULL,
  contact_user text NOT NULL UNIQUE,
  auth_username text NOT NULL,
  realm text NOT NULL,
  ha1_md5 text NOT NULL,
  ha1_sha256 text NOT NULL,
  expires bigint NOT NULL,
  active bigint NOT NULL,
  FOREIGN KEY (brand, carrier) REFERENCES carriers (brand, id),
  UNIQUE (brand, id)
);
CREATE INDEX carrier_registrations_carrier ON carrier_registrations (carrier);
