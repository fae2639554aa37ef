-- The schema. Times are milliseconds since 1970, keys 63-bit numbers, codes the places of wire names.
--
-- `bucket` is a hash of the instance key (0 to 255). Every row of an instance has it, and every statement that writes
-- such rows names it, so that the tables can be distributed by it over several databases. Messages and outbox entries
-- have the bucket of their own key, locks that of their address. In primary keys it stands last: rows are appended to
-- the indexes in the order of time, the order of searches is that of the index, and a row is found by its key alone.
-- Texts compare byte by byte (COLLATE "C"), as everywhere else in the engine, whatever the database's locale.
-- Why few indexes: each one costs as much as the row itself when writing. Every one below says whom it serves.
-- NULLS FIRST, because absent values are the smallest in every search.

-- Numbers of nodes.
CREATE TABLE node (
    number INTEGER PRIMARY KEY,
    until BIGINT NOT NULL
);

-- Uploaded files, verbatim.
CREATE TABLE file (
    key BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    deployment BIGINT NOT NULL,
    content BYTEA NOT NULL
);

-- `position`: the place within its file.
CREATE TABLE process_definition (
    key BIGINT PRIMARY KEY,
    process_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    version INTEGER NOT NULL,
    version_tag TEXT COLLATE "C",
    resource_name TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    deployment BIGINT NOT NULL,
    file BIGINT NOT NULL,
    position INTEGER NOT NULL,
    has_start_form BOOLEAN NOT NULL,
    latest BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT FALSE
);
-- Deployments: the versions of an id. Searches: instances by process id.
CREATE UNIQUE INDEX process_definition_versions ON process_definition (process_id, tenant, version);

CREATE TABLE form (
    key BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    version_tag TEXT COLLATE "C",
    resource_name TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    deployment BIGINT NOT NULL,
    file BIGINT NOT NULL,
    position INTEGER NOT NULL,
    latest BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT FALSE
);
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX form_versions ON form (id, tenant, version);

CREATE TABLE resource (
    key BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    resource_name TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    deployment BIGINT NOT NULL,
    file BIGINT NOT NULL,
    position INTEGER NOT NULL,
    latest BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT FALSE
);
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX resource_versions ON resource (id, tenant, version);

-- Decision requirements graphs: one a DMN file.
CREATE TABLE decision_requirements (
    key BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    resource_name TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    deployment BIGINT NOT NULL,
    file BIGINT NOT NULL,
    latest BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT FALSE
);
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX decision_requirements_versions ON decision_requirements (id, tenant, version);

-- `position`: the place within its file, after the graph.
CREATE TABLE decision_definition (
    key BIGINT PRIMARY KEY,
    decision_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    version_tag TEXT COLLATE "C",
    requirements BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    latest BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT FALSE
);
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX decision_definition_versions ON decision_definition (decision_id, tenant, version);
-- Start, deletion: the decisions of a graph.
CREATE INDEX decision_definition_of ON decision_definition (requirements);

-- The elements of a process definition; a multi-instance body has the negated number of its activity.
CREATE TABLE element (
    definition BIGINT NOT NULL,
    number INTEGER NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    type SMALLINT NOT NULL,
    PRIMARY KEY (definition, number)
);

-- Message start events; only those of the newest version are active.
CREATE TABLE start_subscription (
    definition BIGINT NOT NULL,
    element INTEGER NOT NULL,
    process_id TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (definition, element)
);
-- Publishing: who starts with this message.
CREATE INDEX start_subscription_active ON start_subscription (name, tenant) WHERE active;

-- Timer start events of processes; only those of the newest version are active. Gone after their last run.
CREATE TABLE start_timer (
    definition BIGINT NOT NULL,
    element INTEGER NOT NULL,
    process_id TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    due BIGINT NOT NULL,
    repetitions BIGINT,
    cycle TEXT COLLATE "C",
    PRIMARY KEY (definition, element)
);
-- The next ones.
CREATE INDEX start_timer_due ON start_timer (due) WHERE active;

-- Who may sign in. Groups are a JSON array of names.
CREATE TABLE users (
    name TEXT COLLATE "C" PRIMARY KEY,
    display_name TEXT,
    email TEXT,
    password_hash TEXT NOT NULL,
    groups TEXT NOT NULL
);

-- The instance and its version, that is the number of its commits. `suspended`: since when it is.
CREATE TABLE process_instance (
    bucket SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    definition BIGINT NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    suspended BIGINT,
    incidents BIGINT NOT NULL,
    parent_instance BIGINT,
    parent_element BIGINT,
    root BIGINT NOT NULL,
    message BIGINT,
    business_id TEXT COLLATE "C",
    tags TEXT COLLATE "C",
    PRIMARY KEY (key, bucket)
) WITH (fillfactor = 85);
-- Operators: what runs, by definition. Ended instances leave it.
CREATE INDEX process_instance_active ON process_instance (definition) WHERE state = 0;
-- Operators: the newest first. Appended.
CREATE INDEX process_instance_started ON process_instance (started NULLS FIRST);
-- Call hierarchy.
CREATE INDEX process_instance_parent ON process_instance (parent_instance) WHERE parent_instance IS NOT NULL;
-- Callers that know their own number only.
CREATE INDEX process_instance_business ON process_instance (business_id) WHERE business_id IS NOT NULL;
-- Operators: what needs help.
CREATE INDEX process_instance_incidents ON process_instance (incidents) WHERE incidents > 0;

-- One row per commit and instance: its steps.
CREATE TABLE history (
    bucket SMALLINT NOT NULL,
    instance BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, version, bucket)
);

CREATE TABLE snapshot (
    bucket SMALLINT NOT NULL,
    instance BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, bucket)
);

-- `definition`: the one the number of its element is of, when the instance runs another one by now.
CREATE TABLE element_instance (
    bucket SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    element INTEGER NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    scope BIGINT NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    incident BIGINT,
    definition BIGINT,
    PRIMARY KEY (key, bucket)
) WITH (fillfactor = 85);
-- One instance's elements, and where they stand.
CREATE INDEX element_instance_of ON element_instance (instance);
-- Operators: what needs help.
CREATE INDEX element_instance_incident ON element_instance (incident) WHERE incident IS NOT NULL;

-- `value`: JSON text, with the digits of its numbers.
CREATE TABLE variable (
    bucket SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    scope BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, bucket)
);
-- One instance's variables.
CREATE INDEX variable_of ON variable (instance);

CREATE TABLE job (
    bucket SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    listener_event SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    element_instance BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    deadline BIGINT,
    retry_at BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    ended BIGINT,
    type TEXT COLLATE "C" NOT NULL,
    worker TEXT COLLATE "C",
    headers TEXT COLLATE "C",
    error_code TEXT COLLATE "C",
    error_message TEXT COLLATE "C",
    PRIMARY KEY (key, bucket)
) WITH (fillfactor = 85);
-- Claims. Ended jobs leave it.
CREATE INDEX job_open ON job (type, priority DESC, key) WHERE ended IS NULL;
-- One instance's jobs.
CREATE INDEX job_of ON job (instance);

CREATE TABLE user_task (
    bucket SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    priority SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    element_instance BIGINT NOT NULL,
    created BIGINT NOT NULL,
    completed BIGINT,
    follow_up BIGINT,
    due BIGINT,
    form BIGINT,
    assignee TEXT COLLATE "C",
    candidate_groups TEXT COLLATE "C",
    candidate_users TEXT COLLATE "C",
    external_form TEXT COLLATE "C",
    headers TEXT COLLATE "C",
    PRIMARY KEY (key, bucket)
);
-- One instance's tasks.
CREATE INDEX user_task_of ON user_task (instance);
-- A person's tasks.
CREATE INDEX user_task_assignee ON user_task (assignee, state) WHERE assignee IS NOT NULL;
-- Task lists: what is open.
CREATE INDEX user_task_state ON user_task (state);
-- Task lists: the newest first.
CREATE INDEX user_task_created ON user_task (created NULLS FIRST);

CREATE TABLE incident (
    bucket SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    element_instance BIGINT NOT NULL,
    job BIGINT,
    created BIGINT NOT NULL,
    resolved BIGINT,
    message TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, bucket)
);
-- One instance's incidents.
CREATE INDEX incident_of ON incident (instance);
-- Operators: what is active.
CREATE INDEX incident_state ON incident (state);

CREATE TABLE timer (
    bucket SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    due BIGINT NOT NULL,
    PRIMARY KEY (key, bucket)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
-- The next ones.
CREATE INDEX timer_due ON timer (due, key);

CREATE TABLE message_subscription (
    bucket SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    element INTEGER NOT NULL,
    interrupting BOOLEAN NOT NULL,
    key BIGINT NOT NULL,
    instance BIGINT NOT NULL,
    element_instance BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    taken BIGINT,
    definition BIGINT,
    tenant TEXT COLLATE "C" NOT NULL,
    process_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    correlation_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, bucket)
);
-- Publishing: who waits. Closed subscriptions leave it.
CREATE INDEX message_subscription_open ON message_subscription (name, correlation_key, tenant) WHERE state = 0;
-- One instance's subscriptions.
CREATE INDEX message_subscription_of ON message_subscription (instance);

-- Messages that live.
CREATE TABLE message (
    bucket SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    correlation_key TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C",
    variables BYTEA NOT NULL,
    PRIMARY KEY (key, bucket)
);
-- Subscriptions that open: what is there for them. Deduplication.
CREATE INDEX message_address ON message (name, correlation_key, tenant);
-- Expiry.
CREATE INDEX message_expires ON message (expires);

-- For which process ids a living message counted already.
CREATE TABLE message_counted (
    bucket SMALLINT NOT NULL,
    message BIGINT NOT NULL,
    process_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (message, process_id, bucket)
);

-- Instances started by a message with a correlation key: while one runs, the next message of the same key waits.
CREATE TABLE message_start_lock (
    bucket SMALLINT NOT NULL,
    instance BIGINT NOT NULL,
    process_id TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    correlation_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (process_id, tenant, correlation_key, bucket)
);
-- Released when the instance ends.
CREATE INDEX message_start_lock_instance ON message_start_lock (instance);

CREATE TABLE correlated_message_subscription (
    bucket SMALLINT NOT NULL,
    element INTEGER NOT NULL,
    key BIGINT GENERATED BY DEFAULT AS IDENTITY,
    message BIGINT NOT NULL,
    subscription BIGINT NOT NULL,
    time BIGINT NOT NULL,
    definition BIGINT NOT NULL,
    element_instance BIGINT,
    instance BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    correlation_key TEXT COLLATE "C",
    PRIMARY KEY (key, bucket)
);
-- One instance's messages.
CREATE INDEX correlated_message_subscription_of ON correlated_message_subscription (instance);

-- Evaluated decisions, one row a decision of an evaluation; `number` is its place there, `root` the decision asked for.
-- Inputs and rules are JSON. Without an instance: evaluated for nobody's process, with the bucket of the evaluation.
CREATE TABLE decision_instance (
    bucket SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    number INTEGER NOT NULL,
    key BIGINT NOT NULL,
    evaluation BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    root BIGINT NOT NULL,
    evaluated BIGINT NOT NULL,
    instance BIGINT,
    element_instance BIGINT,
    failure TEXT COLLATE "C",
    result TEXT COLLATE "C" NOT NULL,
    inputs TEXT COLLATE "C",
    rules TEXT COLLATE "C",
    PRIMARY KEY (key, bucket)
);
-- One evaluation.
CREATE INDEX decision_instance_evaluation ON decision_instance (evaluation);
-- One instance's decisions.
CREATE INDEX decision_instance_of ON decision_instance (instance) WHERE instance IS NOT NULL;
-- Operators: the newest evaluations of a decision.
CREATE INDEX decision_instance_decision ON decision_instance (decision);

-- Commands on their way to instances.
CREATE TABLE outbox (
    bucket SMALLINT NOT NULL,
    key BIGINT NOT NULL,
    source BIGINT,
    target BIGINT NOT NULL,
    correlated_process TEXT COLLATE "C",
    command BYTEA NOT NULL,
    PRIMARY KEY (key, bucket)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
