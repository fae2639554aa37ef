-- Documents. `content`: which bytes, given anew with each upload; `store`: where they are.
CREATE TABLE document (
    id TEXT COLLATE "C" PRIMARY KEY,
    content TEXT COLLATE "C" NOT NULL,
    store TEXT NOT NULL,
    content_type TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    created BIGINT NOT NULL,
    created_by TEXT,
    expires BIGINT,
    process_definition_id TEXT,
    process_instance_key BIGINT,
    properties TEXT NOT NULL
);

CREATE INDEX document_expires ON document (expires) WHERE expires IS NOT NULL;

-- Bytes that no document has: those of uploads under way, and those to be removed (`doomed`).
CREATE TABLE document_loose (
    content TEXT COLLATE "C" PRIMARY KEY,
    store TEXT NOT NULL,
    since BIGINT NOT NULL,
    doomed BIGINT NOT NULL
);

-- Bytes that are kept here, in parts: no transaction is as long as a document.
CREATE TABLE document_part (
    content TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (content, part)
);
