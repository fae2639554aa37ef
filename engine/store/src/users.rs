//! The users of an installation as they are stored. What roles mean is the API's business.

use std::sync::Arc;

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
