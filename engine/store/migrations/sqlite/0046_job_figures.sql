-- Figures about jobs per minute, counted in the commit of what they count; the oldest go.
CREATE TABLE job_figure (
    minute INTEGER NOT NULL,
    type TEXT NOT NULL,
    worker TEXT NOT NULL,
    tenant TEXT NOT NULL,
    server INTEGER NOT NULL,
    created INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    created_at INTEGER,
    completed_at INTEGER,
    failed_at INTEGER,
    PRIMARY KEY (minute, type, worker, tenant, server)
) STRICT, WITHOUT ROWID;

-- Figures about errors.
CREATE INDEX job_failed ON job (type) WHERE error_message IS NOT NULL;
