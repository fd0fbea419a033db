-- SPDX-License-Identifier: GPL-3.0-or-later
-- What jobs read in a journal and could not store as a call: kept whole, so that those behind it are stored and nothing is lost.

CREATE TABLE records_set_aside (
  journal text NOT NULL,
  segment bigint NOT NULL,
  position bigint NOT NULL,
  call text,
  reason text NOT NULL,
  record text NOT NULL,
  set_aside_at bigint NOT NULL,
  PRIMARY KEY (journal, segment, position)
);
