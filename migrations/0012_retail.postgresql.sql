-- SPDX-License-Identifier: GPL-3.0-or-later
-- A domain may be the brand's, for the accounts of its retail customers: without a customer. Customers of that brand see it, and
-- change nothing of it.
ALTER TABLE terminals DROP CONSTRAINT terminals_customer_domain_fkey;
ALTER TABLE domains DROP CONSTRAINT domains_customer_id_key;
ALTER TABLE domains ALTER COLUMN customer DROP NOT NULL;
ALTER TABLE domains ADD FOREIGN KEY (brand) REFERENCES brands (id);
ALTER TABLE domains ADD UNIQUE (brand, id);
ALTER TABLE terminals ADD FOREIGN KEY (brand, domain) REFERENCES domains (brand, id);
ALTER TABLE terminals ADD UNIQUE (domain, name);

-- Rows of the brand itself, to a customer of it. A scope without a brand names none.
CREATE FUNCTION carillon_lends(row_brand bigint, row_customer bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT row_customer IS NULL AND current_setting('carillon.scope', true) = 'customer'
    AND row_brand = current_setting('carillon.brand', true)::bigint
$$;
CREATE POLICY lent ON domains FOR SELECT USING (carillon_lends(brand, customer));

-- One each: an account is known by its name in it.
CREATE UNIQUE INDEX domains_of_brand ON domains (brand) WHERE customer IS NULL;
