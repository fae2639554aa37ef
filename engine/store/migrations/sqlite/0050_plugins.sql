-- Installed plugins. `last`: the highest number ever given to a version; `current`: the version that answers to task
-- types without a version; `previous`: the one that did before.
CREATE TABLE plugin (
    id TEXT PRIMARY KEY,
    last INTEGER NOT NULL,
    current INTEGER,
    previous INTEGER,
    updated INTEGER NOT NULL,
    updated_by TEXT
) STRICT, WITHOUT ROWID;

-- Their versions, of which one for each version of the contract is active. `signer`: the public key it was signed with.
CREATE TABLE plugin_version (
    plugin TEXT NOT NULL,
    number INTEGER NOT NULL,
    contract_version INTEGER NOT NULL,
    title TEXT NOT NULL,
    release TEXT,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    contract TEXT NOT NULL,
    signer TEXT,
    active INTEGER NOT NULL,
    installed INTEGER NOT NULL,
    installed_by TEXT,
    PRIMARY KEY (plugin, number)
) STRICT, WITHOUT ROWID;

-- Their files, in parts: no transaction is as long as a file.
CREATE TABLE plugin_part (
    hash TEXT NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (hash, part)
) STRICT;
