//! The generic HTTP connector.
