-- Who may sign in. Groups and roles are JSON arrays of names.
CREATE TABLE user (
    name TEXT PRIMARY KEY,
    display_name TEXT,
    email TEXT,
    password_hash TEXT NOT NULL,
    groups TEXT NOT NULL,
    roles TEXT NOT NULL
) STRICT, WITHOUT ROWID;
