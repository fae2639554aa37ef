-- Server-sent events: a row of the history knows the transaction that wrote it. With several servers that commit at a time
-- it is the only order in which one can read on without missing anything: see the decision of 2026-11-27 about events.
-- Rows from before have none. Nothing is written for it but the number and its place in the index.
ALTER TABLE history ADD COLUMN written XID8;
ALTER TABLE history ALTER COLUMN written SET DEFAULT pg_current_xact_id();
CREATE INDEX history_written ON history (written) WHERE written IS NOT NULL;
