-- Variables of the whole installation, or of a tenant: what expressions see as camunda.vars. Those of nobody in
-- particular have the empty text as tenant. `value`: JSON text. `metadata`: a JSON object.
CREATE TABLE cluster_variable (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    metadata TEXT NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
-- Each name once.
CREATE UNIQUE INDEX cluster_variable_name ON cluster_variable (tenant, name);
