//! The users of an installation, kept in its database.

use std::sync::Arc;

use hosk_api::{User, Users, UsersError};
use hosk_connector::async_trait;
use hosk_store::{StoredUser, UserStore};

/// [`Users`] in the database.
#[derive(Clone)]
pub(crate) struct StoredUsers {
    store: Arc<dyn UserStore>,
}

impl StoredUsers {
    pub(crate) fn new(store: Arc<dyn UserStore>) -> Self {
        Self { store }
    }

    /// Adds or replaces a user.
    pub(crate) async fn put(&self, user: &User) -> Result<(), hosk_store::Error> {
        let stored = StoredUser {
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            password_hash: user.password_hash.clone(),
            groups: user.groups.clone(),
        };
        self.store.put_user(&stored).await
    }

    /// Removes a user; whether there was one.
    pub(crate) async fn remove(&self, name: &str) -> Result<bool, hosk_store::Error> {
        self.store.remove_user(name).await
    }

    /// All users, by name.
    pub(crate) async fn list(&self) -> Result<Vec<User>, hosk_store::Error> {
        Ok(self.store.users().await?.into_iter().map(user).collect())
    }
}

#[async_trait]
impl Users for StoredUsers {
    async fn find(&self, name: &str) -> Result<Option<Arc<User>>, UsersError> {
        let found = self.store.user(name).await.map_err(|error| UsersError(Box::new(error)))?;
        Ok(found.map(|stored| Arc::new(user(stored))))
    }
}

fn user(stored: StoredUser) -> User {
    User {
        name: stored.name,
        display_name: stored.display_name,
        email: stored.email,
        password_hash: stored.password_hash,
        groups: stored.groups,
    }
}
