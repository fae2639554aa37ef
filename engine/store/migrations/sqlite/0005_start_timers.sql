-- Timer start events of processes; only those of the newest version are active. Gone after their last run.
CREATE TABLE start_timer (
    definition INTEGER NOT NULL,
    element INTEGER NOT NULL,
    process_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    active INTEGER NOT NULL,
    due INTEGER NOT NULL,
    repetitions INTEGER,
    cycle TEXT,
    PRIMARY KEY (definition, element)
) STRICT, WITHOUT ROWID;
-- The next ones.
CREATE INDEX start_timer_due ON start_timer (due) WHERE active = 1;
