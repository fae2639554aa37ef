//! Sessions of hosk's own pages: a signed cookie that names the user, so that every server with the same key knows it.
//!
//! The signature covers the hash of the user's password: a new password, or none any more, ends all his sessions. One that
//! was ended by signing out is known by its chance. A page
//! of another site cannot use one: browsers keep the cookie from it (`SameSite=Strict`), its address is refused (see
//! `origin`), and what changes something must show a token besides that only our own page can have read.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::{Blake2b512, Digest as _};
use subtle::ConstantTimeEq as _;

use super::User;
use super::basic::Basic;
use crate::problem::Problem;

/// Name of the cookie.
const COOKIE: &str = "hosk_session";
/// Carries the token that a page of another site cannot know.
pub(crate) const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
/// Set by proxies that speak TLS for this server.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// How long a session lasts.
const LASTS: Duration = Duration::from_hours(12);

/// Makes and reads sessions.
#[derive(Clone)]
pub(super) struct Sessions {
    key: [u8; 32],
}

/// A new session.
pub(crate) struct Session {
    /// The header that sets its cookie.
    pub(crate) cookie: String,
    /// What requests that change something must show.
    pub(crate) csrf: String,
    /// When it ends, in milliseconds since 1970.
    pub(crate) expires: i64,
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl Sessions {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// A keyed hash, with lengths so that no two lists of parts run together.
    fn mac(&self, parts: &[&str]) -> String {
        let mut hash = Blake2b512::new();
        hash.update(self.key);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        URL_SAFE_NO_PAD.encode(&hash.finalize()[..32])
    }

    fn csrf(&self, mac: &str) -> String {
        self.mac(&["csrf", mac])
    }

    /// A session for a user whose password was just checked.
    pub(super) fn begin(&self, name: &str, password_hash: &str, headers: &HeaderMap) -> Session {
        let expires = now() + LASTS.as_millis() as i64;
        let (user, until) = (URL_SAFE_NO_PAD.encode(name), expires.to_string());
        let chance = uuid::Uuid::new_v4().simple().to_string();
        let mac = self.mac(&["session", name, &until, &chance, password_hash]);
        let secure = if is_secure(headers) { "; Secure" } else { "" };
        let seconds = LASTS.as_secs();
        let cookie = format!(
            "{COOKIE}={user}.{until}.{chance}.{mac}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
        );
        Session { cookie, csrf: self.csrf(&mac), expires }
    }

    /// The header that ends a session in the browser.
    pub(super) fn end(headers: &HeaderMap) -> String {
        let secure = if is_secure(headers) { "; Secure" } else { "" };
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}")
    }

    /// The user of the session in these headers; `None` when there is no cookie.
    pub(super) fn user(
        &self,
        basic: &Basic,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Result<User, Problem>> {
        let value = cookie(headers)?;
        Some(self.read(value, basic).and_then(|(user, csrf)| {
            let shown = headers.get(CSRF_TOKEN).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
            if method.is_safe() || bool::from(shown.ct_eq(csrf.as_bytes())) {
                return Ok(User { csrf: Some(csrf.into()), ..user });
            }
            Err(Problem::cross_origin(
                "The session is known, but the header `X-CSRF-Token` is missing or wrong: a page that changes something \
                 must show it.",
            ))
        }))
    }

    /// Whose session is in these headers, which, and when it ends by itself; `None` when there is none.
    pub(super) fn of(&self, basic: &Basic, headers: &HeaderMap) -> Option<(Arc<str>, String, i64)> {
        let value = cookie(headers)?;
        let (user, _) = self.read(value, basic).ok()?;
        let mut parts = value.split('.').skip(1);
        let until = parts.next()?.parse().ok()?;
        Some((user.name, parts.next()?.to_owned(), until))
    }

    fn read(&self, value: &str, basic: &Basic) -> Result<(User, String), Problem> {
        let over = || Problem::unauthorized("The session is over: sign in again.");
        let mut parts = value.split('.');
        let mut part = || parts.next().ok_or_else(over);
        let (user, until, chance, mac) = (part()?, part()?, part()?, part()?);
        let name = URL_SAFE_NO_PAD.decode(user).ok().and_then(|name| String::from_utf8(name).ok());
        let name = name.ok_or_else(over)?;
        let (user, password_hash) = basic.by_name(&name).ok_or_else(over)?;
        let expected = self.mac(&["session", &name, until, chance, &password_hash]);
        let lives =
            until.parse::<i64>().is_ok_and(|until| now() < until) && !basic.identity().has_ended(chance);
        if lives && bool::from(mac.as_bytes().ct_eq(expected.as_bytes())) {
            Ok((user, self.csrf(&expected)))
        } else {
            Err(over())
        }
    }
}

/// Whether the browser reached this server by TLS.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    headers.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// The value of the session's cookie.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}
