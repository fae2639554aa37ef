-- Batch operations. `selection`: what it is for, `plan`: what is done, as JSON. The selection has become items up to the
-- key `reached`; `selected`: all of it has. `open`: items that are not done. Who works on it, until when (milliseconds).
CREATE TABLE batch_operation (
    key INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    actor_type INTEGER NOT NULL,
    actor TEXT,
    selection TEXT NOT NULL,
    plan TEXT NOT NULL,
    reached INTEGER NOT NULL DEFAULT 0,
    selected INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    owner INTEGER NOT NULL DEFAULT 0,
    until INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What is to be worked on. Those that are over leave it.
CREATE INDEX batch_operation_open ON batch_operation (key) WHERE ended IS NULL OR open > 0;

-- What batch operations are for, one by one. `begun`: somebody set about it.
CREATE TABLE batch_item (
    key INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL,
    item INTEGER NOT NULL,
    instance INTEGER,
    root INTEGER,
    state INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    processed INTEGER,
    message TEXT
) STRICT;
-- Each once; the items of one.
CREATE UNIQUE INDEX batch_item_of ON batch_item (batch, item);
-- The next ones. Those that are done leave it.
CREATE INDEX batch_item_open ON batch_item (batch, key) WHERE state = 0;
-- Operators: what was done with an instance.
CREATE INDEX batch_item_instance ON batch_item (instance) WHERE instance IS NOT NULL;
