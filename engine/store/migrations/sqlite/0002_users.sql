-- Who may sign in. Groups are a JSON array of names.
CREATE TABLE user (
    name TEXT PRIMARY KEY,
    display_name TEXT,
    email TEXT,
    password_hash TEXT NOT NULL,
    groups TEXT NOT NULL
) STRICT, WITHOUT ROWID;
