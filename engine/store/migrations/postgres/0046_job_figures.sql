-- Figures about jobs per minute, counted in the commit of what they count; the oldest go. Each server has rows of its own,
-- so that none waits for another's.
CREATE TABLE job_figure (
    minute BIGINT NOT NULL,
    server BIGINT NOT NULL,
    created BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    created_at BIGINT,
    completed_at BIGINT,
    failed_at BIGINT,
    type TEXT COLLATE "C" NOT NULL,
    worker TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (minute, type, worker, tenant, server)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Figures about errors.
CREATE INDEX job_failed ON job (type) WHERE error_message IS NOT NULL;
