-- SPDX-License-Identifier: GPL-3.0-or-later
-- What was made under an Idempotency-Key, for a day: whoever asks again gets that and makes nothing more.

CREATE TABLE idempotency_keys (
  digest text PRIMARY KEY,
  brand bigint,
  customer bigint,
  body text NOT NULL,
  object bigint NOT NULL,
  created_at bigint NOT NULL
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
