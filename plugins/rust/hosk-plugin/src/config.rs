//! What the administrator configured for the connection.

use serde::de::DeserializeOwned;

use crate::{Failure, FailureKind, Result};

/// The settings as a type; members that it does not know are left out.
///
/// # Errors
/// A failure of the kind `invalid-input` that says which setting does not fit.
pub fn settings<T: DeserializeOwned>() -> Result<T> {
    let text = crate::host::current().settings();
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(FailureKind::InvalidInput, format!("the connection's settings do not fit: {error}"))
            .into()
    })
}

/// The names of the connection's secrets. Their values never enter a plugin.
pub fn secrets() -> Vec<String> {
    crate::host::current().secrets()
}
