-- What operators and people did: who, what, with which thing, with which result. What is done with an instance is written
-- with what it changes. `entity_key` is a text: some things have names. `origin`: the address it came from. `detail`: what
-- was asked for, in short.
CREATE TABLE audit_log (
    key INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    entity_type INTEGER NOT NULL,
    entity_key TEXT NOT NULL,
    category INTEGER NOT NULL,
    result INTEGER NOT NULL,
    actor_type INTEGER NOT NULL,
    actor TEXT,
    origin TEXT,
    tenant TEXT,
    batch INTEGER,
    definition INTEGER,
    instance INTEGER,
    element_instance INTEGER,
    job INTEGER,
    user_task INTEGER,
    detail TEXT
) STRICT;
-- Operators: the newest first. Appended.
CREATE INDEX audit_log_at ON audit_log (at);
-- Operators: what was done with an instance.
CREATE INDEX audit_log_instance ON audit_log (instance) WHERE instance IS NOT NULL;
-- People: what was done with a task.
CREATE INDEX audit_log_task ON audit_log (user_task) WHERE user_task IS NOT NULL;
-- Operators: what somebody did; what was done with a thing.
CREATE INDEX audit_log_actor ON audit_log (actor) WHERE actor IS NOT NULL;
CREATE INDEX audit_log_entity ON audit_log (entity_key);
