-- What an element instance waits for itself; what only could interrupt it does not count. Of what was open before
-- this, timers and signals do not tell.
ALTER TABLE timer ADD COLUMN waiting BIGINT;
ALTER TABLE signal_subscription ADD COLUMN waiting BIGINT;
ALTER TABLE message_subscription ADD COLUMN waiting BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE message_subscription s SET waiting = FALSE FROM process_instance p, element e
WHERE s.state = 0 AND p.bucket = s.bucket AND p.key = s.instance AND e.definition = coalesce(s.definition, p.definition)
    AND e.number = s.element AND e.type IN (6, 9);
-- What one instance waits for.
CREATE INDEX timer_of ON timer (instance) WHERE waiting IS NOT NULL;
CREATE INDEX signal_subscription_of ON signal_subscription (instance) WHERE waiting IS NOT NULL;

-- Conditions that element instances wait for: there while they are open.
CREATE TABLE condition_subscription (
    bucket SMALLINT NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    instance BIGINT NOT NULL,
    element_instance BIGINT NOT NULL,
    element INTEGER NOT NULL,
    on_create BOOLEAN NOT NULL,
    on_update BOOLEAN NOT NULL,
    expression TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number, bucket)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
-- Closing.
CREATE INDEX condition_subscription_waiting ON condition_subscription (element_instance, element);
-- What one instance waits for.
CREATE INDEX condition_subscription_of ON condition_subscription (instance);
-- By the key it has below.
CREATE INDEX condition_subscription_key ON condition_subscription ((-number));

-- All of it.
CREATE VIEW wait_state AS
SELECT bucket, key, instance, element_instance, 0::SMALLINT AS kind, type AS name,
    NULL::TEXT COLLATE "C" AS correlation_key, kind AS job_kind, listener_event, retries, NULL::BIGINT AS due,
    NULL::BOOLEAN AS on_create, NULL::BOOLEAN AS on_update
FROM job WHERE ended IS NULL
UNION ALL
SELECT bucket, key, instance, element_instance, 1::SMALLINT, name, correlation_key, NULL, NULL, NULL, NULL, NULL, NULL
FROM message_subscription WHERE state = 0 AND waiting
UNION ALL
SELECT bucket, key, instance, element_instance, 2::SMALLINT, NULL, NULL, NULL, NULL, NULL, due, NULL, NULL
FROM user_task WHERE completed IS NULL
UNION ALL
SELECT bucket, key, instance, waiting, 3::SMALLINT, NULL, NULL, NULL, NULL, NULL, due, NULL, NULL
FROM timer WHERE waiting IS NOT NULL
UNION ALL
SELECT bucket, key, instance, waiting, 4::SMALLINT, name, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM signal_subscription WHERE waiting IS NOT NULL
UNION ALL
SELECT bucket, -number, instance, element_instance, 5::SMALLINT, expression, NULL, NULL, NULL, NULL, NULL, on_create,
    on_update
FROM condition_subscription;
