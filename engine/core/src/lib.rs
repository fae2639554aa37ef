//! The deterministic heart: step, apply, effects.
