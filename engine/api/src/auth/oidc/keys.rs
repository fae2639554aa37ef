//! The keys of a provider: fetched when first needed, kept for an hour, fetched again when a token was signed by another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::Mutex;
use reqwest::{Client, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::OidcSettings;
use super::signatures::ALGORITHMS;
use crate::problem::Problem;

/// How long keys are believed without asking again.
const BELIEVED_FOR: Duration = Duration::from_hours(1);
/// The provider is asked no more often than this, however many tokens are signed by keys it does not have.
const BETWEEN_FETCHES: Duration = Duration::from_secs(10);
/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of one of its answers.
const ANSWER_MAX: usize = 1024 * 1024;

/// A provider cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum ProviderUnusable {
    /// Not an address that can be asked.
    #[error("{what} is `{address}`: give an address with https (with http only on this machine)")]
    Address {
        /// What it is the address of.
        what: &'static str,
        /// The address.
        address: String,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Keys by id.
struct Held {
    keys: Vec<Key>,
    at: Instant,
}

struct Key {
    id: Option<String>,
    /// The only algorithm it is for, if it says so.
    algorithm: Option<Algorithm>,
    public: Arc<DecodingKey>,
}

/// The keys of a provider.
pub(super) struct Keys {
    client: Client,
    issuer: String,
    address: Option<Url>,
    held: Mutex<Option<Held>>,
    /// When the provider was asked last; locked while it is asked.
    pub(super) asked: tokio::sync::Mutex<Option<Instant>>,
}

/// What is read of a discovery document (OpenID Connect Discovery 1.0, 3).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Keys {
    pub(super) fn new(settings: &OidcSettings) -> Result<Self, ProviderUnusable> {
        reachable("oidc_issuer", &settings.issuer)?;
        let address = match &settings.keys {
            Some(address) => Some(reachable("oidc_keys", address)?),
            None => None,
        };
        let client = Client::builder()
            .user_agent(concat!("hosk/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        Ok(Self {
            client,
            issuer: settings.issuer.clone(),
            address,
            held: Mutex::default(),
            asked: tokio::sync::Mutex::default(),
        })
    }

    /// The key with this id, or, for tokens without one, the only key for the algorithm.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Arc<DecodingKey>, Problem> {
        let (known, fresh) = self.known(id, algorithm);
        if let Some(known) = known.clone().filter(|_| fresh) {
            return Ok(known);
        }
        let mut asked = self.asked.lock().await;
        // Whoever waited for the lock finds what its holder fetched.
        let (now_known, fresh) = self.known(id, algorithm);
        if let Some(known) = now_known.filter(|_| fresh) {
            return Ok(known);
        }
        let mut reached = self.held.lock().is_some();
        if asked.is_none_or(|at| at.elapsed() >= BETWEEN_FETCHES) {
            *asked = Some(Instant::now());
            match self.fetch().await {
                Ok(keys) => {
                    reached = true;
                    *self.held.lock() = Some(Held { keys, at: Instant::now() });
                }
                Err(why) => {
                    tracing::warn!(issuer = self.issuer, why, "the keys of the provider cannot be read");
                }
            }
        }
        if let Some(key) = self.known(id, algorithm).0.or(known.filter(|_| !fresh)) {
            return Ok(key);
        }
        if reached {
            return Err(Problem::unauthorized(
                "The token was not signed by a key that the provider has now.",
            ));
        }
        Err(Problem::unavailable(format!(
            "The provider {} cannot be asked for its keys: try again, or see the log of the server for the reason.",
            self.issuer
        ))
        .retry_after(BETWEEN_FETCHES.as_secs()))
    }

    /// A key that is held, and whether those that are held are fresh.
    fn known(&self, id: Option<&str>, algorithm: Algorithm) -> (Option<Arc<DecodingKey>>, bool) {
        let held = self.held.lock();
        let Some(held) = &*held else { return (None, false) };
        let fits = |key: &&Key| {
            key.algorithm.is_none_or(|own| own == algorithm) && key.public.family() == algorithm.family()
        };
        let named = |key: &&Key| id.is_none_or(|id| key.id.as_deref() == Some(id));
        let mut found = held.keys.iter().filter(fits).filter(named);
        let first = found.next();
        // Without an id nobody could tell which of several it is.
        let only = if id.is_none() && found.next().is_some() { None } else { first };
        (only.map(|key| Arc::clone(&key.public)), held.at.elapsed() < BELIEVED_FOR)
    }

    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let address = match &self.address {
            Some(address) => address.clone(),
            None => self.discover().await?,
        };
        let set: JwkSet = self.get(address).await?;
        Ok(set.keys.iter().filter_map(usable).collect())
    }

    async fn discover(&self) -> Result<Url, String> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let address = Url::parse(&address).map_err(|error| error.to_string())?;
        let found: Discovery = self.get(address).await?;
        if found.issuer != self.issuer {
            return Err(format!(
                "its discovery document is of the issuer `{}`: write that as `oidc_issuer`",
                found.issuer
            ));
        }
        reachable("jwks_uri", &found.jwks_uri).map_err(|error| error.to_string())
    }

    async fn get<T: DeserializeOwned>(&self, address: Url) -> Result<T, String> {
        let at = address.to_string();
        let failed = |error: &dyn std::fmt::Display| format!("{at}: {error}");
        let answer = self.client.get(address).send().await.and_then(reqwest::Response::error_for_status);
        let mut answer = answer.map_err(|error| failed(&error))?;
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + part.len() > ANSWER_MAX {
                return Err(failed(&format_args!("more than {ANSWER_MAX} bytes")));
            }
            body.extend_from_slice(&part);
        }
        serde_json::from_slice(&body).map_err(|error| failed(&error))
    }
}

/// A key that signatures can be checked with; keys for other uses stand in the same set.
fn usable(jwk: &Jwk) -> Option<Key> {
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return None;
    }
    let named = jwk.common.key_algorithm.map(|algorithm| algorithm.to_string().parse::<Algorithm>());
    let algorithm = match named {
        None => None,
        Some(Ok(algorithm)) if ALGORITHMS.contains(&algorithm) => Some(algorithm),
        Some(_) => return None,
    };
    let public = Arc::new(DecodingKey::from_jwk(jwk).ok()?);
    Some(Key { id: jwk.common.key_id.clone(), algorithm, public })
}

/// An address to ask: encrypted, unless it is on this machine.
fn reachable(what: &'static str, address: &str) -> Result<Url, ProviderUnusable> {
    let refused = || ProviderUnusable::Address { what, address: address.to_owned() };
    let url = Url::parse(address).map_err(|_| refused())?;
    let local = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => return Err(refused()),
    };
    if url.scheme() == "https" || url.scheme() == "http" && local { Ok(url) } else { Err(refused()) }
}
