-- SPDX-License-Identifier: GPL-3.0-or-later
-- SQLite chooses between indexes by figures that it takes on command alone. These stand for a platform that has been at work for a while, so plans
-- are the same on the first day: how many calls there are, then how many of them have the same first, first two … columns of an index.
ANALYZE calls;
DELETE FROM sqlite_stat1 WHERE tbl = 'calls';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('calls', 'sqlite_autoindex_calls_1', '1000000 1'),
  ('calls', 'calls_customer', '1000000 1000 1 1'),
  ('calls', 'calls_brand', '1000000 100000 1 1'),
  ('calls', 'calls_started', '1000000 1 1'),
  ('calls', 'calls_caller', '1000000 1000 100 1 1'),
  ('calls', 'calls_callee', '1000000 20 10 1 1');
