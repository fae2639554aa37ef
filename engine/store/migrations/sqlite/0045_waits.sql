-- What an element instance waits for itself; what only could interrupt it does not count. Of what was open before
-- this, timers and signals do not tell.
ALTER TABLE timer ADD COLUMN waiting INTEGER;
ALTER TABLE signal_subscription ADD COLUMN waiting INTEGER;
ALTER TABLE message_subscription ADD COLUMN waiting INTEGER NOT NULL DEFAULT 1;
UPDATE message_subscription SET waiting = 0 WHERE state = 0 AND EXISTS (
    SELECT 1 FROM process_instance p JOIN element e ON e.definition = coalesce(message_subscription.definition, p.definition)
    AND e.number = message_subscription.element WHERE p.key = message_subscription.instance AND e.type IN (6, 9));
-- What one instance waits for.
CREATE INDEX timer_of ON timer (instance) WHERE waiting IS NOT NULL;
CREATE INDEX signal_subscription_of ON signal_subscription (instance) WHERE waiting IS NOT NULL;

-- Conditions that element instances wait for: there while they are open.
CREATE TABLE condition_subscription (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL,
    element_instance INTEGER NOT NULL,
    element INTEGER NOT NULL,
    expression TEXT NOT NULL,
    on_create INTEGER NOT NULL,
    on_update INTEGER NOT NULL,
    -- What it is told by: no key of another thing is below zero.
    key INTEGER GENERATED ALWAYS AS (-number) VIRTUAL
) STRICT;
-- Closing.
CREATE INDEX condition_subscription_waiting ON condition_subscription (element_instance, element);
-- What one instance waits for.
CREATE INDEX condition_subscription_of ON condition_subscription (instance);
-- One of them.
CREATE UNIQUE INDEX condition_subscription_key ON condition_subscription (key);

-- All of it. The casts give a column the same affinity in every part, so that conditions reach the tables' indexes.
CREATE VIEW wait_state AS
SELECT key, instance, element_instance, 0 AS kind, type AS name, CAST(NULL AS TEXT) AS correlation_key, kind AS job_kind,
    listener_event, retries, CAST(NULL AS INTEGER) AS due, CAST(NULL AS INTEGER) AS on_create,
    CAST(NULL AS INTEGER) AS on_update
FROM job WHERE ended IS NULL
UNION ALL
SELECT key, instance, element_instance, 1, name, correlation_key, CAST(NULL AS INTEGER), CAST(NULL AS INTEGER),
    CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER)
FROM message_subscription WHERE state = 0 AND waiting = 1
UNION ALL
SELECT key, instance, element_instance, 2, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS INTEGER),
    CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), due, CAST(NULL AS INTEGER), CAST(NULL AS INTEGER)
FROM user_task WHERE completed IS NULL
UNION ALL
SELECT key, instance, waiting, 3, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER),
    CAST(NULL AS INTEGER), due, CAST(NULL AS INTEGER), CAST(NULL AS INTEGER)
FROM timer WHERE waiting IS NOT NULL
UNION ALL
SELECT key, instance, waiting, 4, name, CAST(NULL AS TEXT), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER),
    CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER)
FROM signal_subscription WHERE waiting IS NOT NULL
UNION ALL
SELECT key, instance, element_instance, 5, expression, CAST(NULL AS TEXT), CAST(NULL AS INTEGER),
    CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), on_create, on_update
FROM condition_subscription;
