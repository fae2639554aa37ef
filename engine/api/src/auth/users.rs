//! The users a server knows: who they are, what they may, which groups they work in.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name to sign in with, unique.
    pub name: Arc<str>,
    /// For people.
    pub display_name: Option<Arc<str>>,
    /// Address.
    pub email: Option<Arc<str>>,
    /// Argon2id hash in PHC form, see [`hash_password`](super::hash_password).
    pub password_hash: Arc<str>,
    /// Groups whose tasks he sees; two names among them give a [`Role`].
    pub groups: Vec<Arc<str>>,
}

impl User {
    /// Whether he has a role.
    pub fn has(&self, role: Role) -> bool {
        self.groups.iter().any(|group| &**group == role.group())
    }
}

/// What a user may do beyond his own tasks, by membership of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Operator,
    /// Work jobs, start and look at instances, publish messages: for programs.
    Worker,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Operator, Self::Worker];

    /// The group whose members have it.
    pub fn group(self) -> &'static str {
        match self {
            Self::Operator => "operators",
            Self::Worker => "workers",
        }
    }
}

/// Where users are kept.
#[async_trait]
pub trait Users: Send + Sync + 'static {
    /// The user of that name.
    async fn find(&self, name: &str) -> Result<Option<Arc<User>>, UsersError>;
}

/// The users cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the users cannot be read")]
pub struct UsersError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Users in memory, for tests and demonstrations.
#[derive(Debug, Default)]
pub struct MemoryUsers(RwLock<BTreeMap<Arc<str>, Arc<User>>>);

impl MemoryUsers {
    /// Adds or replaces a user.
    pub fn put(&self, user: User) {
        self.0.write().insert(Arc::clone(&user.name), Arc::new(user));
    }
}

#[async_trait]
impl Users for MemoryUsers {
    async fn find(&self, name: &str) -> Result<Option<Arc<User>>, UsersError> {
        Ok(self.0.read().get(name).cloned())
    }
}
