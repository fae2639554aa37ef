-- Configured connectors. `document`: settings, grants and limits as JSON.
CREATE TABLE connection (
    id TEXT PRIMARY KEY,
    connector TEXT NOT NULL,
    document TEXT NOT NULL,
    updated INTEGER NOT NULL,
    updated_by TEXT
) STRICT, WITHOUT ROWID;

-- Their secrets, encrypted with a key that is not in the database.
CREATE TABLE connection_secret (
    connection TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (connection, name)
) STRICT, WITHOUT ROWID;
