-- Installed plugins. `last`: the highest number ever given to a version; `current`: the version that answers to task
-- types without a version; `previous`: the one that did before.
CREATE TABLE plugin (
    id TEXT COLLATE "C" PRIMARY KEY,
    last BIGINT NOT NULL,
    current BIGINT,
    previous BIGINT,
    updated BIGINT NOT NULL,
    updated_by TEXT
);

-- Their versions, of which one for each version of the contract is active. `signer`: the public key it was signed with.
CREATE TABLE plugin_version (
    plugin TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    contract_version BIGINT NOT NULL,
    title TEXT NOT NULL,
    release TEXT,
    hash TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    contract TEXT NOT NULL,
    signer TEXT,
    active BOOLEAN NOT NULL,
    installed BIGINT NOT NULL,
    installed_by TEXT,
    PRIMARY KEY (plugin, number)
);

-- Their files, in parts: no transaction is as long as a file.
CREATE TABLE plugin_part (
    hash TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (hash, part)
);
