-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who called a number, and whom a number called, in time's order, without reading every call of two months.
CREATE INDEX calls_caller ON calls (caller, customer, started_at, id);
CREATE INDEX calls_callee ON calls (callee, customer, started_at, id);
