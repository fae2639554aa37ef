-- Dictionaries: which value of one system is which value of another. Those of nobody in particular have the empty text as
-- tenant. `version` counts changes of a map and of its entries, `entries` how many it has.
CREATE TABLE value_map (
    key INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    source_name TEXT NOT NULL,
    target_name TEXT NOT NULL,
    version INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    updated_by TEXT
) STRICT;
-- Each id once.
CREATE UNIQUE INDEX value_map_id ON value_map (tenant, id);

CREATE TABLE value_map_entry (
    key INTEGER PRIMARY KEY,
    map INTEGER NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    updated INTEGER NOT NULL,
    updated_by TEXT
) STRICT;
-- Each source once; searches sort by it.
CREATE UNIQUE INDEX value_map_entry_source ON value_map_entry (map, source);
CREATE INDEX value_map_entry_target ON value_map_entry (map, target);
