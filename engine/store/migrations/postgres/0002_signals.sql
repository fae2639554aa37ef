-- Open signal subscriptions, numbered in the order in which they were written: a broadcast is for those up to a number.
CREATE TABLE signal_subscription (
    bucket SMALLINT NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, bucket)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
-- Broadcasts: who waits, in slices.
CREATE INDEX signal_subscription_waiting ON signal_subscription (name, tenant, number);

-- Signal start events; only those of the newest version are active.
CREATE TABLE signal_start (
    definition BIGINT NOT NULL,
    element INTEGER NOT NULL,
    process_id TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (definition, element)
);
-- Broadcasts: what starts with this signal.
CREATE INDEX signal_start_active ON signal_start (name, tenant) WHERE active;

-- Broadcasts under way: the subscriptions up to `reached` have the signal, those up to `last` get it.
CREATE TABLE signal_broadcast (
    key BIGINT PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    variables BYTEA NOT NULL,
    reached BIGINT NOT NULL,
    last BIGINT NOT NULL
);

-- Start events at which a broadcast has not begun an instance yet.
CREATE TABLE signal_broadcast_start (
    broadcast BIGINT NOT NULL,
    definition BIGINT NOT NULL,
    element INTEGER NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (broadcast, definition, element)
);
