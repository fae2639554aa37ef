-- Documents. `content`: which bytes, given anew with each upload; `store`: where they are.
CREATE TABLE document (
    id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    store TEXT NOT NULL,
    content_type TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash TEXT NOT NULL,
    created INTEGER NOT NULL,
    created_by TEXT,
    expires INTEGER,
    process_definition_id TEXT,
    process_instance_key INTEGER,
    properties TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX document_expires ON document (expires) WHERE expires IS NOT NULL;

-- Bytes that no document has: those of uploads under way, and those to be removed (`doomed`).
CREATE TABLE document_loose (
    content TEXT PRIMARY KEY,
    store TEXT NOT NULL,
    since INTEGER NOT NULL,
    doomed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bytes that are kept here, in parts: no transaction is as long as a document.
CREATE TABLE document_part (
    content TEXT NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (content, part)
) STRICT;
