//! Why a connection is not as it was asked to be.

/// What is refused or fails. Messages hold no secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody knows this connection.
    #[error("there is no connection `{0}`")]
    NotFound(String),
    /// A connection has no such secret.
    #[error("the connection `{connection}` has no secret `{secret}`")]
    SecretNotFound {
        /// Its id.
        connection: String,
        /// The name that was looked for.
        secret: String,
    },
    /// The id is taken.
    #[error("there is a connection `{0}` already: change that one, or choose another id")]
    AlreadyExists(String),
    /// The connection comes with the server.
    #[error("the connection `{0}` comes with the server: create one of that id to use it instead")]
    BuiltIn(String),
    /// Something in it cannot be.
    #[error("`{field}`: {problem}")]
    Invalid {
        /// Which field, as on the wire.
        field: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] hosk_store::Error),
    /// The system gave no random number.
    #[error("a secret cannot be encrypted: the system gives no random numbers")]
    Random,
}

impl Error {
    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), problem: problem.into() }
    }
}
