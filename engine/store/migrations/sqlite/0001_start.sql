-- The first schema. Times are milliseconds since 1970, keys 63-bit numbers, codes the places of wire names.
--
-- Why no bucket column here: one SQLite file has one writer and is never spread, and the bucket is a function of the
-- instance key. With it first in the primary keys every table has 256 places that grow, so that a commit of a few
-- hundred instances touches a page for almost every row; with the time-ordered key alone rows are appended. Measured
-- with the one-task workload, 256 instances a commit: 153 µs of CPU and 10.1 KiB written an instance with the bucket
-- first, 44 µs and 6.2 KiB without it. History as an appended table with an index: 44 µs, as a table ordered by
-- (instance, version): 62 µs.
-- Why few indexes: each one costs as much as the row itself when writing. Every one below says whom it serves.

-- Numbers of nodes.
CREATE TABLE node (
    number INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- Uploaded files, verbatim.
CREATE TABLE file (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;

-- `position`: the place within its file.
CREATE TABLE process_definition (
    key INTEGER PRIMARY KEY,
    process_id TEXT NOT NULL,
    name TEXT,
    version INTEGER NOT NULL,
    version_tag TEXT,
    resource_name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    file INTEGER NOT NULL,
    position INTEGER NOT NULL,
    has_start_form INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Deployments: the versions of an id. Searches: instances by process id.
CREATE UNIQUE INDEX process_definition_versions ON process_definition (process_id, tenant, version);

CREATE TABLE form (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    version_tag TEXT,
    resource_name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    file INTEGER NOT NULL,
    position INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX form_versions ON form (id, tenant, version);

CREATE TABLE resource (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    resource_name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    file INTEGER NOT NULL,
    position INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX resource_versions ON resource (id, tenant, version);

-- The elements of a process definition; a multi-instance body has the negated number of its activity.
CREATE TABLE element (
    definition INTEGER NOT NULL,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    type INTEGER NOT NULL,
    PRIMARY KEY (definition, number)
) STRICT, WITHOUT ROWID;

-- Message start events; only those of the newest version are active.
CREATE TABLE start_subscription (
    definition INTEGER NOT NULL,
    element INTEGER NOT NULL,
    process_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (definition, element)
) STRICT, WITHOUT ROWID;
-- Publishing: who starts with this message.
CREATE INDEX start_subscription_active ON start_subscription (name, tenant) WHERE active = 1;

-- The instance and its version, that is the number of its commits.
CREATE TABLE process_instance (
    key INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    definition INTEGER NOT NULL,
    state INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    incidents INTEGER NOT NULL,
    parent_instance INTEGER,
    parent_element INTEGER,
    root INTEGER NOT NULL,
    business_id TEXT,
    tags TEXT,
    message INTEGER
) STRICT;
-- Operators: what runs, by definition. Ended instances leave it.
CREATE INDEX process_instance_active ON process_instance (definition) WHERE state = 0;
-- Operators: the newest first. Appended.
CREATE INDEX process_instance_started ON process_instance (started);
-- Call hierarchy.
CREATE INDEX process_instance_parent ON process_instance (parent_instance) WHERE parent_instance IS NOT NULL;
-- Callers that know their own number only.
CREATE INDEX process_instance_business ON process_instance (business_id) WHERE business_id IS NOT NULL;
-- Operators: what needs help.
CREATE INDEX process_instance_incidents ON process_instance (incidents) WHERE incidents > 0;

-- One row per commit and instance: its steps.
CREATE TABLE history (
    instance INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
-- Loading. The rows themselves are appended, whatever instance they belong to.
CREATE UNIQUE INDEX history_of ON history (instance, version);

CREATE TABLE snapshot (
    instance INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE element_instance (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    element INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    state INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    incident INTEGER
) STRICT;
-- One instance's elements, and where they stand.
CREATE INDEX element_instance_of ON element_instance (instance);
-- Operators: what needs help.
CREATE INDEX element_instance_incident ON element_instance (incident) WHERE incident IS NOT NULL;

CREATE TABLE variable (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;
-- One instance's variables.
CREATE INDEX variable_of ON variable (instance);

CREATE TABLE job (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    element_instance INTEGER NOT NULL,
    type TEXT NOT NULL,
    kind INTEGER NOT NULL,
    listener_event INTEGER NOT NULL,
    state INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    worker TEXT,
    deadline INTEGER,
    retry_at INTEGER,
    headers TEXT,
    error_code TEXT,
    error_message TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    ended INTEGER
) STRICT;
-- Claims. Ended jobs leave it.
CREATE INDEX job_open ON job (type, priority DESC, key) WHERE ended IS NULL;
-- One instance's jobs.
CREATE INDEX job_of ON job (instance);

CREATE TABLE user_task (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    element_instance INTEGER NOT NULL,
    state INTEGER NOT NULL,
    assignee TEXT,
    candidate_groups TEXT,
    candidate_users TEXT,
    created INTEGER NOT NULL,
    completed INTEGER,
    follow_up INTEGER,
    due INTEGER,
    priority INTEGER NOT NULL,
    form INTEGER,
    external_form TEXT,
    headers TEXT
) STRICT;
-- One instance's tasks.
CREATE INDEX user_task_of ON user_task (instance);
-- A person's tasks.
CREATE INDEX user_task_assignee ON user_task (assignee, state) WHERE assignee IS NOT NULL;
-- Task lists: what is open.
CREATE INDEX user_task_state ON user_task (state);
-- Task lists: the newest first.
CREATE INDEX user_task_created ON user_task (created);

CREATE TABLE incident (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    element_instance INTEGER NOT NULL,
    job INTEGER,
    kind INTEGER NOT NULL,
    message TEXT NOT NULL,
    state INTEGER NOT NULL,
    created INTEGER NOT NULL,
    resolved INTEGER
) STRICT;
-- One instance's incidents.
CREATE INDEX incident_of ON incident (instance);
-- Operators: what is active.
CREATE INDEX incident_state ON incident (state);

CREATE TABLE timer (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    due INTEGER NOT NULL
) STRICT;
-- The next ones.
CREATE INDEX timer_due ON timer (due, key);

CREATE TABLE message_subscription (
    key INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    element_instance INTEGER NOT NULL,
    element INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    process_id TEXT NOT NULL,
    name TEXT NOT NULL,
    correlation_key TEXT NOT NULL,
    interrupting INTEGER NOT NULL,
    state INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    taken INTEGER
) STRICT;
-- Publishing: who waits. Closed subscriptions leave it.
CREATE INDEX message_subscription_open ON message_subscription (name, correlation_key, tenant) WHERE state = 0;
-- One instance's subscriptions.
CREATE INDEX message_subscription_of ON message_subscription (instance);

-- Messages that live.
CREATE TABLE message (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    correlation_key TEXT NOT NULL,
    message_id TEXT,
    expires INTEGER NOT NULL,
    variables BLOB NOT NULL
) STRICT;
-- Subscriptions that open: what is there for them. Deduplication.
CREATE INDEX message_address ON message (name, correlation_key, tenant);
-- Expiry.
CREATE INDEX message_expires ON message (expires);

-- For which process ids a living message counted already.
CREATE TABLE message_counted (
    message INTEGER NOT NULL,
    process_id TEXT NOT NULL,
    PRIMARY KEY (message, process_id)
) STRICT, WITHOUT ROWID;

-- Instances started by a message with a correlation key: while one runs, the next message of the same key waits.
CREATE TABLE message_start_lock (
    process_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    correlation_key TEXT NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (process_id, tenant, correlation_key)
) STRICT, WITHOUT ROWID;
-- Released when the instance ends.
CREATE INDEX message_start_lock_instance ON message_start_lock (instance);

CREATE TABLE correlated_message_subscription (
    key INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    subscription INTEGER NOT NULL,
    time INTEGER NOT NULL,
    name TEXT NOT NULL,
    correlation_key TEXT,
    definition INTEGER NOT NULL,
    element INTEGER NOT NULL,
    element_instance INTEGER,
    instance INTEGER NOT NULL
) STRICT;
-- One instance's messages.
CREATE INDEX correlated_message_subscription_of ON correlated_message_subscription (instance);

-- Commands on their way to instances.
CREATE TABLE outbox (
    key INTEGER PRIMARY KEY,
    source INTEGER,
    target INTEGER NOT NULL,
    correlated_process TEXT,
    command BLOB NOT NULL
) STRICT;
