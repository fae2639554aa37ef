-- Several nodes: who has a number, who carries what, and until when (real time in milliseconds). What has no owner, or
-- whose time is over, is whose hand is on it first.
ALTER TABLE node ADD COLUMN owner BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN owner BIGINT NOT NULL DEFAULT 0, ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
-- Loading: who carries what an instance sent.
CREATE INDEX outbox_source ON outbox (source) WHERE source IS NOT NULL;
ALTER TABLE timer ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signal_broadcast ADD COLUMN owner BIGINT NOT NULL DEFAULT 0, ADD COLUMN until BIGINT NOT NULL DEFAULT 0;

-- What was deployed (a file) and deleted (a version), in order: other nodes read on from where they are.
CREATE TABLE definition_change (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file BIGINT,
    deleted BIGINT
);
