//! HTTP Basic. Argon2 is slow on purpose, so a verified pair is remembered for a while, as a keyed hash.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest};
use hosk_identity::{Identity, Principal, Scope, hash_password, verify_password};
use parking_lot::Mutex;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::User;
use super::throttle::Throttle;
use crate::problem::Problem;

/// How long a verified pair is believed, as long as the user keeps his password.
const BELIEVED_FOR: Duration = Duration::from_mins(2);
/// Remembered pairs; when full, expired ones go, else all.
const REMEMBERED_MAX: usize = 10_000;
/// Argon2 computations at a time: each takes 19 MiB and a core.
const VERIFIERS: usize = 2;

/// What an unknown user's password is compared with, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_password("nobody has this password").unwrap_or_default());

/// HTTP Basic against some users.
pub(super) struct Basic {
    identity: Arc<Identity>,
    throttle: Throttle,
    remembered: Mutex<HashMap<Arc<str>, Remembered>>,
    key: [u8; 32],
    verifiers: Semaphore,
}

struct Remembered {
    digest: [u8; 64],
    until: Instant,
    hash: Arc<str>,
}

impl Basic {
    pub(super) fn new(identity: Arc<Identity>) -> Self {
        let mut key = [0; 32];
        key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        key[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self {
            identity,
            throttle: Throttle::default(),
            remembered: Mutex::default(),
            key,
            verifiers: Semaphore::new(VERIFIERS),
        }
    }

    /// The users it knows.
    pub(super) fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.identity)
    }

    /// The user whose name and password the header carries.
    pub(super) async fn verify(&self, header: &HeaderValue, peer: Option<IpAddr>) -> Result<User, Problem> {
        let (name, password) = credentials(header)?;
        self.check(name, password, peer).await
    }

    /// The user of a token.
    pub(super) fn by_token(&self, text: &str) -> Result<User, Problem> {
        let user = self.identity.user_of_token(text);
        let user = user.ok_or_else(|| Problem::unauthorized("The token is not known, or has ended."))?;
        Ok(self.signed_in(&user))
    }

    /// The user of a name, whose password was checked before.
    pub(super) fn by_name(&self, name: &str) -> Option<(User, Arc<str>)> {
        let user = self.identity.user(name)?;
        Some((self.signed_in(&user), Arc::clone(&user.password_hash)))
    }

    /// The user of this name and password.
    pub(super) async fn check(
        &self,
        name: String,
        password: String,
        peer: Option<IpAddr>,
    ) -> Result<User, Problem> {
        let digest = self.digest(&name, &password);
        let user = self.identity.user(&name);
        if let Some(user) = user.as_ref().filter(|user| self.recalls(&name, &digest, &user.password_hash)) {
            return Ok(self.signed_in(user));
        }
        let now = Instant::now();
        if let Some(wait) = self.throttle.wait(&name, peer, now) {
            let seconds = wait.as_secs().max(1);
            let detail = format!("Too many wrong passwords: try again in {seconds} s.");
            return Err(Problem::too_many_attempts(detail).retry_after(seconds));
        }
        let hash =
            user.as_ref().map_or_else(|| NOBODY.as_str().into(), |user| Arc::clone(&user.password_hash));
        let fits = self.fits(password, Arc::clone(&hash)).await?;
        let Some(user) = user.filter(|_| fits) else {
            self.throttle.failed(&name, peer, now);
            return Err(Problem::unauthorized("User name or password is wrong."));
        };
        self.throttle.succeeded(&name, peer);
        self.remember(&user.username, digest, hash);
        Ok(self.signed_in(&user))
    }

    /// The user as the caller of a request, with what he may now in general.
    fn signed_in(&self, user: &hosk_identity::User) -> User {
        let standing = self.identity.standing(&Principal::user(Arc::clone(&user.username)));
        User {
            name: Arc::clone(&user.username),
            display_name: user.name.clone(),
            email: user.email.clone(),
            standing,
            scope: Scope::Of(Vec::new()),
            csrf: None,
        }
    }

    async fn fits(&self, password: String, hash: Arc<str>) -> Result<bool, Problem> {
        let stopped = || Problem::unavailable("The server is going down.");
        let _turn = self.verifiers.acquire().await.map_err(|_| stopped())?;
        tokio::task::spawn_blocking(move || verify_password(&password, &hash)).await.map_err(|_| stopped())
    }

    /// A keyed hash, with lengths so that no two pairs run together.
    fn digest(&self, name: &str, password: &str) -> [u8; 64] {
        let mut hash = Blake2b512::new();
        hash.update(self.key);
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update(password);
        hash.finalize().into()
    }

    fn recalls(&self, name: &str, digest: &[u8; 64], hash: &str) -> bool {
        let remembered = self.remembered.lock();
        let Some(entry) = remembered.get(name) else { return false };
        let same = bool::from(entry.digest.ct_eq(digest));
        same && Instant::now() < entry.until && *entry.hash == *hash
    }

    fn remember(&self, name: &Arc<str>, digest: [u8; 64], hash: Arc<str>) {
        let now = Instant::now();
        let mut remembered = self.remembered.lock();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, entry| now < entry.until);
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
        }
        remembered.insert(Arc::clone(name), Remembered { digest, until: now + BELIEVED_FOR, hash });
    }
}

/// The name that these credentials are shown for, if they are of this kind.
pub(crate) fn name_in(header: &HeaderValue) -> Option<String> {
    credentials(header).ok().map(|(name, _)| name)
}

fn credentials(header: &HeaderValue) -> Result<(String, String), Problem> {
    let refused =
        || Problem::unauthorized("The Authorization header must be `Basic` and base64 of `name:password`.");
    let text = header.to_str().map_err(|_| refused())?;
    let (scheme, encoded) = text.split_once(' ').ok_or_else(refused)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused());
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| refused())?;
    let pair = String::from_utf8(decoded).map_err(|_| refused())?;
    let (name, password) = pair.split_once(':').ok_or_else(refused)?;
    Ok((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use hosk_store::Memory;

    use super::*;

    fn anna(password: &str) -> hosk_identity::User {
        let password_hash = hash_password(password).unwrap().into();
        hosk_identity::User { username: "anna".into(), name: None, email: None, password_hash }
    }

    async fn basic() -> Basic {
        let identity = Identity::start(Arc::new(Memory::new())).await.unwrap();
        identity.put_user(&anna("anna's secret"), &["warehouse".into()]).await.unwrap();
        Basic::new(Arc::new(identity))
    }

    fn header(pair: &str) -> HeaderValue {
        HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_is_verified_once_and_remembered() {
        let basic = basic().await;
        assert_eq!(&*basic.verify(&header("anna:anna's secret"), None).await.unwrap().name, "anna");
        let started = Instant::now();
        for _ in 0..100 {
            basic.verify(&header("anna:anna's secret"), None).await.unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(1), "not hashed again");
    }

    #[tokio::test]
    async fn a_changed_user_counts_at_once() {
        let basic = basic().await;
        let before = basic.verify(&header("anna:anna's secret"), None).await.unwrap();
        assert_eq!(before.standing.groups, ["warehouse".into()]);
        basic.identity.put_user(&anna("another one"), &[]).await.unwrap();
        let old = basic.verify(&header("anna:anna's secret"), None).await.unwrap_err();
        assert_eq!(old.code(), "unauthorized");
        let after = basic.verify(&header("anna:another one"), None).await.unwrap();
        assert!(after.standing.groups.is_empty());
        basic.identity.remove(hosk_identity::Kind::User, "anna").await.unwrap();
        let gone = basic.verify(&header("anna:another one"), None).await.unwrap_err();
        assert_eq!(gone.code(), "unauthorized");
    }

    #[tokio::test]
    async fn wrong_credentials_are_refused_then_throttled() {
        let basic = basic().await;
        for pair in ["anna:wrong", "anna:", "bert:anna's secret", ":", "anna's secret:anna"] {
            assert_eq!(basic.verify(&header(pair), None).await.unwrap_err().code(), "unauthorized", "{pair}");
        }
        for text in ["Bearer x", "Basic", "Basic !!!", "Basic YW5uYQ=="] {
            let header = HeaderValue::from_static(text);
            assert_eq!(basic.verify(&header, None).await.unwrap_err().code(), "unauthorized", "{text}");
        }
        for _ in 0..5 {
            let _ = basic.verify(&header("anna:wrong again"), None).await;
        }
        let refused = basic.verify(&header("anna:wrong again"), None).await.unwrap_err();
        assert_eq!(refused.code(), "too-many-attempts");
    }
}
