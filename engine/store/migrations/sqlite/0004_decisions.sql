-- Decisions: deployed DMN files and what was evaluated.

-- Decision requirements graphs: one a DMN file.
CREATE TABLE decision_requirements (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    resource_name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    file INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX decision_requirements_versions ON decision_requirements (id, tenant, version);

-- `position`: the place within its file, after the graph.
CREATE TABLE decision_definition (
    key INTEGER PRIMARY KEY,
    decision_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    version_tag TEXT,
    requirements INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    position INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Deployments: the versions of an id.
CREATE UNIQUE INDEX decision_definition_versions ON decision_definition (decision_id, tenant, version);
-- Start, deletion: the decisions of a graph.
CREATE INDEX decision_definition_of ON decision_definition (requirements);

-- Evaluated decisions, one row a decision of an evaluation; `number` is its place there, `root` the decision asked for.
-- Inputs and rules are JSON. Without an instance: evaluated for nobody's process.
CREATE TABLE decision_instance (
    key INTEGER PRIMARY KEY,
    evaluation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    root INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    evaluated INTEGER NOT NULL,
    failure TEXT,
    result TEXT NOT NULL,
    inputs TEXT,
    rules TEXT,
    instance INTEGER,
    element_instance INTEGER
) STRICT;
-- One evaluation.
CREATE INDEX decision_instance_evaluation ON decision_instance (evaluation);
-- One instance's decisions.
CREATE INDEX decision_instance_of ON decision_instance (instance) WHERE instance IS NOT NULL;
-- Operators: the newest evaluations of a decision.
CREATE INDEX decision_instance_decision ON decision_instance (decision);
