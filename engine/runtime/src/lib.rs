//! Load, step, commit, effects: the engine's thin, bounded, fair shell.
