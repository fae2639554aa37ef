//! What can go wrong in a store.

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or failed; nothing was written.
    #[error("the database failed while {doing}")]
    Database {
        /// What this layer was doing.
        doing: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database did not answer; whether the batch was written is not known.
    #[error("the database did not answer while {doing}; whether it was written is not known")]
    Unknown {
        /// What this layer was doing.
        doing: &'static str,
    },
    /// The question does not make sense: a cursor of another order, a value that does not fit its field.
    #[error("{what}")]
    Invalid {
        /// What is wrong with it.
        what: String,
    },
    /// A stored record cannot be read.
    #[error("a stored record cannot be read: {what}")]
    Corrupt {
        /// Which and why.
        what: String,
    },
}
