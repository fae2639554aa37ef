//! What an operator may write into a connection.

use std::collections::BTreeMap;
use std::time::Duration;

use hosk_connector::{Connection, Grants, Limits, Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Error;

/// Longest id of a connection and longest name of a secret, in characters.
const MAX_NAME: usize = 64;
/// Largest settings, in bytes of their JSON.
pub const MAX_SETTINGS: usize = 256 * 1024;
/// Most hosts, and most networks.
const MAX_GRANTS: usize = 200;
/// Longest granted host, in characters: the bound of DNS.
const MAX_HOST: usize = 253;
/// Longest secret, in bytes: room for a certificate with its chain.
pub const MAX_SECRET: usize = 64 * 1024;
/// Most secrets of one connection.
pub const MAX_SECRETS: usize = 50;
/// Most calls of one connection at the same time.
const MAX_CONCURRENCY: u32 = 10_000;
/// Largest answer that may be allowed, in bytes.
const MAX_RESPONSE: u64 = 64 * 1024 * 1024;
/// Longest time for one attempt.
const MAX_TIMEOUT: Duration = Duration::from_hours(1);

/// A connection as an operator writes it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its id, which the task header `connection` names.
    pub id: String,
    /// The id of its connector.
    pub connector: String,
    /// Settings; their shape is the connector's.
    pub settings: Map<String, Value>,
    /// Where calls may go.
    pub grants: Grants,
    /// How much at once and how long.
    pub limits: Limits,
    /// Secrets to add or replace.
    pub secrets: BTreeMap<String, Secret>,
}

impl Draft {
    /// A connection without settings, grants and secrets, with the usual limits.
    pub fn new(id: impl Into<String>, connector: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            connector: connector.into(),
            settings: Map::new(),
            grants: Grants::default(),
            limits: Limits::default(),
            secrets: BTreeMap::new(),
        }
    }

    /// Checks all that does not depend on the connector.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_id(&self.id)?;
        if serde_json::to_string(&self.settings).map_or(0, |text| text.len()) > MAX_SETTINGS {
            return Err(Error::invalid("settings", format!("may have {MAX_SETTINGS} bytes")));
        }
        check_grants(&self.grants)?;
        check_limits(&self.limits)?;
        if self.secrets.len() > MAX_SECRETS {
            return Err(Error::invalid("secrets", format!("there may be {MAX_SECRETS}")));
        }
        self.secrets.iter().try_for_each(|(name, secret)| check_secret(name, secret))
    }

    /// As connectors see it, with these secrets.
    pub(crate) fn connection(&self, secrets: BTreeMap<String, Secret>) -> Connection {
        Connection {
            id: self.id.clone(),
            connector: self.connector.clone(),
            settings: Value::Object(self.settings.clone()),
            secrets,
            grants: self.grants.clone(),
            limits: self.limits.clone(),
        }
    }

    /// The stored text.
    pub(crate) fn document(&self) -> String {
        let document = Document {
            settings: self.settings.clone(),
            grants: self.grants.clone(),
            limits: (&self.limits).into(),
        };
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// From the stored text; `None` when it is damaged.
    pub(crate) fn read(id: &str, connector: &str, document: &str) -> Option<Self> {
        let Document { settings, grants, limits } = serde_json::from_str(document).ok()?;
        Some(Self { settings, grants, limits: limits.into(), ..Self::new(id, connector) })
    }
}

/// Letters, digits, `-`, `_` and `.`, beginning with a letter or digit: safe in headers, addresses and file names.
fn check_id(id: &str) -> Result<(), Error> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if id.len() <= MAX_NAME
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.bytes().all(good)
    {
        return Ok(());
    }
    Err(Error::invalid(
        "connectionId",
        format!(
            "must have 1 to {MAX_NAME} letters, digits, `-`, `_` and `.`, and begin with a letter or digit"
        ),
    ))
}

/// The name is what stands in `{{secrets.NAME}}`.
pub(crate) fn check_secret(name: &str, secret: &Secret) -> Result<(), Error> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(good) {
        let problem = format!("the name of a secret must have 1 to {MAX_NAME} letters, digits, `-` and `_`");
        return Err(Error::invalid("secrets", problem));
    }
    if secret.expose().is_empty() || secret.expose().len() > MAX_SECRET {
        return Err(Error::invalid(format!("secrets.{name}"), format!("must have 1 to {MAX_SECRET} bytes")));
    }
    Ok(())
}

fn check_grants(grants: &Grants) -> Result<(), Error> {
    for (field, count) in [("grants.hosts", grants.hosts.len()), ("grants.networks", grants.networks.len())] {
        if count > MAX_GRANTS {
            return Err(Error::invalid(field, format!("there may be {MAX_GRANTS}")));
        }
    }
    let wrong = grants.hosts.iter().find(|host| !is_host(host));
    wrong.map_or(Ok(()), |host| {
        let problem = format!(
            "`{host}` is no host: write a name (`api.example.com`), all names below one (`*.example.com`), or `*` for any; \
             ports and addresses of pages do not belong here"
        );
        Err(Error::invalid("grants.hosts", problem))
    })
}

fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let address = name.parse::<std::net::IpAddr>().is_ok();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    };
    host == "*" || address || name.len() <= MAX_HOST && name.split('.').all(label)
}

fn check_limits(limits: &Limits) -> Result<(), Error> {
    if !(1..=MAX_CONCURRENCY).contains(&limits.concurrency) {
        return Err(Error::invalid("limits.concurrency", format!("must be from 1 to {MAX_CONCURRENCY}")));
    }
    if !(1..=MAX_RESPONSE).contains(&limits.response_bytes) {
        return Err(Error::invalid("limits.responseBytes", format!("must be from 1 to {MAX_RESPONSE}")));
    }
    if limits.timeout.is_zero() || limits.timeout > MAX_TIMEOUT {
        return Err(Error::invalid("limits.timeout", "must be from 1 ms to an hour"));
    }
    if limits.breaker_pause > MAX_TIMEOUT {
        return Err(Error::invalid("limits.breakerPause", "must be at most an hour"));
    }
    Ok(())
}

/// What is stored.
#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    grants: Grants,
    #[serde(default)]
    limits: StoredLimits,
}

/// Times in milliseconds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoredLimits {
    concurrency: u32,
    response_bytes: u64,
    timeout: u64,
    breaker_failures: u32,
    breaker_pause: u64,
}

impl Default for StoredLimits {
    fn default() -> Self {
        (&Limits::default()).into()
    }
}

impl From<&Limits> for StoredLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            concurrency: limits.concurrency,
            response_bytes: limits.response_bytes,
            timeout: limits.timeout.as_millis() as u64,
            breaker_failures: limits.breaker_failures,
            breaker_pause: limits.breaker_pause.as_millis() as u64,
        }
    }
}

impl From<StoredLimits> for Limits {
    fn from(stored: StoredLimits) -> Self {
        Self {
            concurrency: stored.concurrency,
            response_bytes: stored.response_bytes,
            timeout: Duration::from_millis(stored.timeout),
            breaker_failures: stored.breaker_failures,
            breaker_pause: Duration::from_millis(stored.breaker_pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(change: impl FnOnce(&mut Draft)) -> String {
        let mut draft = Draft::new("erp", "http");
        change(&mut draft);
        draft.check().map_or_else(|error| error.to_string(), |()| "good".to_owned())
    }

    #[test]
    fn ids_names_hosts_and_limits_have_a_form() {
        assert_eq!(problem(|_| {}), "good");
        for id in ["", ".", "-a", "a b", "a/b", "ä", &"a".repeat(65)] {
            assert!(problem(|draft| draft.id = id.to_owned()).starts_with("`connectionId`"), "{id}");
        }
        for (host, good) in [
            ("*", true),
            ("api.example.com", true),
            ("*.example.com", true),
            ("localhost", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("bücher.example", true),
            ("", false),
            ("https://example.com", false),
            ("example.com:443", false),
            ("a..b", false),
            ("*.*.com", false),
        ] {
            let found = problem(|draft| draft.grants.hosts = vec![host.to_owned()]);
            assert_eq!(found == "good", good, "{host}: {found}");
        }
        assert!(problem(|draft| draft.limits.concurrency = 0).contains("limits.concurrency"));
        assert!(problem(|draft| draft.limits.timeout = Duration::ZERO).contains("limits.timeout"));
        let secret = |name: &str, text: &str| {
            problem(|draft| drop(draft.secrets.insert(name.to_owned(), Secret::from(text))))
        };
        assert_eq!(secret("API_KEY-2", "x"), "good");
        assert!(secret("a.b", "x").contains("name of a secret"));
        assert!(secret("A", "").contains("secrets.A"));
        let long = "sesame".repeat(MAX_SECRET);
        assert!(!secret("A", &long).contains("sesame"), "messages hold no secrets");
    }

    #[test]
    fn what_is_stored_comes_back() {
        let mut draft = Draft::new("erp", "http");
        draft.settings.insert("baseUrl".into(), "https://erp.example".into());
        draft.grants.networks = vec!["10.0.0.0/8".parse().unwrap()];
        draft.limits.timeout = Duration::from_millis(1_500);
        let back = Draft::read("erp", "http", &draft.document()).unwrap();
        assert_eq!((back.settings, back.grants, back.limits), (draft.settings, draft.grants, draft.limits));
        assert!(Draft::read("erp", "http", "{").is_none());
        assert_eq!(Draft::read("erp", "http", "{}").unwrap().limits, Limits::default());
    }
}
