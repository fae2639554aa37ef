//! What stands for a user instead of his password, and the user that comes first.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use blake2::{Blake2b512, Digest as _};
use hosk_store::{IdentityChange, IdentityChanged};
use subtle::ConstantTimeEq as _;

use crate::authorizations::of_oneself;
use crate::records::{entry, membership};
use crate::seed::ADMIN;
use crate::{Error, Identity, Kind, Token, User};

/// What every token begins with, so that scanners of leaked secrets know it.
const PREFIX: &str = "hosk_";
/// Tokens of one user.
const MAX_TOKENS: usize = 100;
/// How often the first user is tried to be made while others change something.
const TRIES: usize = 5;

/// Milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// 64 hexadecimal digits, 244 random bits.
fn secret() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

fn hashed(secret: &str) -> String {
    Blake2b512::digest(secret).iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect()
}

fn digit(value: u8) -> Option<char> {
    char::from_digit(u32::from(value), 16)
}

impl Identity {
    /// A new token for a user, and its text, which is not kept.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user, [`Error::Full`], [`Error::Store`].
    pub async fn add_token(
        &self,
        owner: &Arc<str>,
        name: &str,
        expires: Option<i64>,
    ) -> Result<(Arc<Token>, String), Error> {
        self.room(Kind::Token)?;
        if self.tokens_of(owner).len() >= MAX_TOKENS {
            return Err(Error::Full { kind: Kind::Token, limit: MAX_TOKENS });
        }
        let (id, secret): (Arc<str>, String) = (uuid::Uuid::new_v4().simple().to_string().into(), secret());
        let token = Token {
            id: Arc::clone(&id),
            name: name.into(),
            owner: Arc::clone(owner),
            hash: hashed(&secret).into(),
            created: now(),
            expires,
        };
        let changes = vec![
            IdentityChange::Require { kind: Kind::User.as_str().into(), id: Arc::clone(owner) },
            IdentityChange::Add(entry(Kind::Token, &id, &token)),
            IdentityChange::Join(membership((Kind::Token, &id), (Kind::User, owner))),
        ];
        self.change(changes, |_| Error::NotFound { kind: Kind::User, id: Arc::clone(owner) }).await?;
        let text = format!("{PREFIX}{id}_{secret}");
        Ok((Arc::new(token), text))
    }

    /// The tokens of a user, by id.
    pub fn tokens_of(&self, owner: &str) -> Vec<Arc<Token>> {
        let directory = self.directory.read();
        let ids = directory.holders_of(Kind::User, owner, Kind::Token);
        ids.iter().filter_map(|id| directory.tokens.get(id).cloned()).collect()
    }

    /// Removes a token of a user.
    ///
    /// # Errors
    /// [`Error::NotFound`] when he has no such token, [`Error::Store`].
    pub async fn remove_token(&self, owner: &str, id: &str) -> Result<(), Error> {
        if self.tokens_of(owner).iter().all(|token| *token.id != *id) {
            return Err(Error::NotFound { kind: Kind::Token, id: id.into() });
        }
        self.remove(Kind::Token, id).await
    }

    /// The user for whom the text of a token stands, unless it has ended.
    pub fn user_of_token(&self, text: &str) -> Option<Arc<User>> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let directory = self.directory.read();
        let token = directory.tokens.get(id)?;
        let fits = bool::from(hashed(secret).as_bytes().ct_eq(token.hash.as_bytes()));
        let lives = token.expires.is_none_or(|expires| now() < expires);
        (fits && lives).then(|| directory.users.get(&token.owner).cloned()).flatten()
    }

    /// Makes the first user, who may do everything. Of several at the same time one is it.
    ///
    /// # Errors
    /// [`Error::SetUp`] when there are users, [`Error::Store`].
    pub async fn first_user(&self, user: &User) -> Result<(), Error> {
        let mut changes = vec![
            IdentityChange::Add(entry(Kind::User, &user.username, user)),
            IdentityChange::Join(membership((Kind::Role, ADMIN), (Kind::User, &user.username))),
        ];
        changes.extend(of_oneself(&user.username));
        let _turn = self.changing.lock().await;
        for _ in 0..TRIES {
            self.reload().await?;
            let version = {
                let directory = self.directory.read();
                if !directory.users.is_empty() {
                    return Err(Error::SetUp);
                }
                directory.version
            };
            if let IdentityChanged::Done(_) = self.store.change_identity(&changes, Some(version)).await? {
                return self.reload().await;
            }
        }
        Err(Error::SetUp)
    }
}

#[cfg(test)]
mod tests {
    use hosk_store::Memory;

    use super::*;

    fn anna() -> User {
        User { username: "anna".into(), name: None, email: None, password_hash: "x".into() }
    }

    #[tokio::test]
    async fn a_token_stands_for_its_user_until_it_ends() {
        let identity = Identity::start(Arc::new(Memory::new())).await.unwrap();
        let name: Arc<str> = "anna".into();
        let nobody = identity.add_token(&name, "x", None).await.unwrap_err();
        assert!(matches!(nobody, Error::NotFound { .. }));
        identity.first_user(&anna()).await.unwrap();
        let (token, text) = identity.add_token(&name, "build", None).await.unwrap();
        assert_eq!(identity.user_of_token(&text).unwrap().username, name);
        let (_, ended) = identity.add_token(&name, "old", Some(now() - 1)).await.unwrap();
        let short = &text[..text.len() - 1];
        for wrong in [ended.as_str(), short, "hosk_", "hosk_a_b", "", &text.replace("hosk_", "hask_")] {
            assert_eq!(identity.user_of_token(wrong), None, "{wrong}");
        }
        assert!(!format!("{token:?}").contains(&text[40..]), "the secret is not kept");
        let foreign = identity.remove_token("bert", &token.id).await.unwrap_err();
        assert!(matches!(foreign, Error::NotFound { .. }));
        assert_eq!(identity.tokens_of("anna").len(), 2);
        identity.remove_token("anna", &token.id).await.unwrap();
        assert_eq!(identity.user_of_token(&text), None);
        let (_, text) = identity.add_token(&name, "build", Some(now() + 60_000)).await.unwrap();
        identity.remove(Kind::User, "anna").await.unwrap();
        identity.add_user(&anna()).await.unwrap();
        assert_eq!(identity.user_of_token(&text), None, "it was another Anna's");
    }

    #[tokio::test]
    async fn one_user_is_first_and_sees_it_on_every_server() {
        let store = Arc::new(Memory::new());
        let here = Identity::start(store.clone()).await.unwrap();
        let there = Identity::start(store).await.unwrap();
        here.first_user(&anna()).await.unwrap();
        let bert = User { username: "bert".into(), ..anna() };
        for server in [&there, &here] {
            assert!(matches!(server.first_user(&bert).await, Err(Error::SetUp)));
        }
        assert!(there.user("anna").is_some(), "it was looked again");
        let standing = there.standing(&crate::Principal::user("anna".into()));
        assert_eq!((&standing.roles[..], &standing.groups[..]), (&["admin".into()][..], &[][..]));
        here.remove(Kind::User, "anna").await.unwrap();
        assert!(there.user("anna").is_some());
        there.refresh().await.unwrap();
        assert!(there.user("anna").is_none());
    }
}
