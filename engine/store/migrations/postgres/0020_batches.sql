-- Batch operations. `selection`: what it is for, `plan`: what is done, as JSON. The selection has become items up to the
-- key `reached`; `selected`: all of it has. `open`: items that are not done. Who works on it, until when (milliseconds).
CREATE TABLE batch_operation (
    key BIGINT PRIMARY KEY,
    kind BIGINT NOT NULL,
    state BIGINT NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    actor_type BIGINT NOT NULL,
    actor TEXT COLLATE "C",
    selection TEXT COLLATE "C" NOT NULL,
    plan TEXT COLLATE "C" NOT NULL,
    reached BIGINT NOT NULL DEFAULT 0,
    selected BIGINT NOT NULL DEFAULT 0,
    total BIGINT NOT NULL DEFAULT 0,
    completed BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    open BIGINT NOT NULL DEFAULT 0,
    error TEXT COLLATE "C",
    owner BIGINT NOT NULL DEFAULT 0,
    until BIGINT NOT NULL DEFAULT 0
);
-- What is to be worked on. Those that are over leave it.
CREATE INDEX batch_operation_open ON batch_operation (key) WHERE ended IS NULL OR open > 0;

-- What batch operations are for, one by one. `begun`: somebody set about it.
CREATE TABLE batch_item (
    key BIGINT PRIMARY KEY,
    batch BIGINT NOT NULL,
    item BIGINT NOT NULL,
    instance BIGINT,
    root BIGINT,
    state BIGINT NOT NULL,
    begun BIGINT NOT NULL,
    processed BIGINT,
    message TEXT COLLATE "C"
);
-- Each once; the items of one.
CREATE UNIQUE INDEX batch_item_of ON batch_item (batch, item);
-- The next ones. Those that are done leave it.
CREATE INDEX batch_item_open ON batch_item (batch, key) WHERE state = 0;
-- Operators: what was done with an instance.
CREATE INDEX batch_item_instance ON batch_item (instance) WHERE instance IS NOT NULL;
