-- Configured connectors. `document`: settings, grants and limits as JSON.
CREATE TABLE connection (
    id TEXT COLLATE "C" PRIMARY KEY,
    connector TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    updated BIGINT NOT NULL,
    updated_by TEXT
);

-- Their secrets, encrypted with a key that is not in the database.
CREATE TABLE connection_secret (
    connection TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (connection, name)
);
