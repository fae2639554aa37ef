//! Durable state: the write side, the read side, SQLite and memory.
