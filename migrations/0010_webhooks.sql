-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who wants to be told of events, and what is told them.

CREATE TABLE webhooks (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL REFERENCES brands (id),
  customer bigint,
  url text NOT NULL,
  events text NOT NULL,
  secret text NOT NULL,
  previous_secret text NOT NULL,
  previous_secret_until bigint,
  active bigint NOT NULL,
  description text NOT NULL,
  notify_email text NOT NULL,
  failing_since bigint,
  delivered_at bigint,
  throttled_until bigint,
  disabled_at bigint,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id)
);
CREATE INDEX webhooks_active ON webhooks (active, brand, customer);

CREATE TABLE webhook_deliveries (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint,
  webhook bigint NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  event text NOT NULL,
  type text NOT NULL,
  body text NOT NULL,
  status text NOT NULL,
  attempts bigint NOT NULL,
  next_try_at bigint,
  http_status bigint NOT NULL,
  error text NOT NULL,
  created_at bigint NOT NULL,
  tried_at bigint
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (status, webhook, next_try_at);
CREATE INDEX webhook_deliveries_created ON webhook_deliveries (created_at, id);
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event, webhook);
