//! The users of an installation as they are stored. What roles mean is the API's business.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Error;

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUser {
    /// The name to sign in with, unique.
    pub name: Arc<str>,
    /// For people.
    pub display_name: Option<Arc<str>>,
    /// Address.
    pub email: Option<Arc<str>>,
    /// Password hash in PHC form.
    pub password_hash: Arc<str>,
    /// Groups.
    pub groups: Vec<Arc<str>>,
}

/// Where users are kept. May be used beside a running server.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Adds or replaces a user.
    async fn put_user(&self, user: &StoredUser) -> Result<(), Error>;
    /// Removes a user; whether there was one.
    async fn remove_user(&self, name: &str) -> Result<bool, Error>;
    /// The user of a name.
    async fn user(&self, name: &str) -> Result<Option<StoredUser>, Error>;
    /// All users, by name.
    async fn users(&self) -> Result<Vec<StoredUser>, Error>;
}

/// Names as a JSON array in one column.
pub(crate) fn names(names: &[Arc<str>]) -> String {
    serde_json::json!(names).to_string()
}

/// Names from a JSON array in one column.
pub(crate) fn list(text: &str) -> Result<Vec<Arc<str>>, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::Corrupt { what: format!("a user's list of names: {error}") })
}
