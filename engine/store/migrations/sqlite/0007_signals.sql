-- Open signal subscriptions, in the order in which they were written: a broadcast is for those up to a number, so no
-- number may ever be given twice.
CREATE TABLE signal_subscription (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key INTEGER NOT NULL,
    instance INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;
-- Closing.
CREATE UNIQUE INDEX signal_subscription_key ON signal_subscription (key);
-- Broadcasts: who waits, in slices.
CREATE INDEX signal_subscription_waiting ON signal_subscription (name, tenant, number);

-- Signal start events; only those of the newest version are active.
CREATE TABLE signal_start (
    definition INTEGER NOT NULL,
    element INTEGER NOT NULL,
    process_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (definition, element)
) STRICT, WITHOUT ROWID;
-- Broadcasts: what starts with this signal.
CREATE INDEX signal_start_active ON signal_start (name, tenant) WHERE active = 1;

-- Broadcasts under way: the subscriptions up to `reached` have the signal, those up to `last` get it.
CREATE TABLE signal_broadcast (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    variables BLOB NOT NULL,
    reached INTEGER NOT NULL,
    last INTEGER NOT NULL
) STRICT;

-- Start events at which a broadcast has not begun an instance yet.
CREATE TABLE signal_broadcast_start (
    broadcast INTEGER NOT NULL,
    definition INTEGER NOT NULL,
    element INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    PRIMARY KEY (broadcast, definition, element)
) STRICT, WITHOUT ROWID;
