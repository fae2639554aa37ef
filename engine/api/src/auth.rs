//! Who asks, and whether he may: HTTP Basic with Argon2id hashes, a token of ours or of an OpenID Connect provider, a
//! session of our own pages, or an unprotected API on a loopback address.

mod basic;
mod oidc;
mod permissions;
mod session;
mod setup;
mod throttle;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, Method, header};

use hosk_identity::{Identity, Permission, ResourceType, Scope, Standing};

use crate::problem::{Opening, Problem};
use crate::tenants::Tenants;
use basic::Basic;
pub(crate) use basic::name_in;
use oidc::Oidc;
pub use oidc::{OidcSettings, ProviderUnusable};
pub(crate) use permissions::{Need, OPERATOR, need};
use session::Sessions;
pub(crate) use session::{Session, is_secure};
pub use setup::SetupToken;

/// What an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: anybody who reaches the address.
    Open,
    /// Any signed-in user; what he sees is narrowed to what is his.
    Employee,
    /// A program that works jobs, or an operator.
    Worker,
    /// Whoever may start, repair and deploy.
    Operator,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The name he signs in with.
    pub(crate) name: Arc<str>,
    /// For people.
    pub(crate) display_name: Option<Arc<str>>,
    /// Address.
    pub(crate) email: Option<Arc<str>>,
    /// His groups and roles, and what he may.
    pub(crate) standing: Arc<Standing>,
    /// With which things he may do what he asks for.
    pub(crate) scope: Scope,
    /// What he must show to change something, when he came by a session.
    pub(crate) csrf: Option<Arc<str>>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// The API is unprotected, or the operation is open to all.
    Anybody,
    /// A signed-in user.
    User(Arc<User>),
}

impl Caller {
    /// The name that stands in the history; `None` for an unprotected API.
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        match self {
            Self::Anybody => None,
            Self::User(user) => Some(Arc::clone(&user.name)),
        }
    }

    /// With which things he may do what he asks for.
    pub(crate) fn scope(&self) -> &Scope {
        match self {
            Self::Anybody => &Scope::All,
            Self::User(user) => &user.scope,
        }
    }

    /// With which things he may do something else than what he asks for.
    pub(crate) fn scope_of(&self, auth: &Auth, resource: ResourceType, permission: Permission) -> Scope {
        match self {
            Self::User(user) if auth.has_authorizations() => user.standing.rights.scope(resource, permission),
            Self::Anybody | Self::User(_) => Scope::All,
        }
    }

    /// The user who may do what he asks for with some things only; `None` where he may with all.
    pub(crate) fn restricted_to(&self) -> Option<&User> {
        match self {
            Self::User(user) if user.scope != Scope::All => Some(user),
            Self::Anybody | Self::User(_) => None,
        }
    }
}

/// How callers prove who they are, and whether it matters what they may.
#[derive(Clone)]
pub struct Auth {
    mode: Mode,
    sessions: Sessions,
    authorizations: bool,
    tenants: bool,
    oidc: Option<Arc<Oidc>>,
}

#[derive(Clone)]
enum Mode {
    Unprotected,
    Basic(Arc<Basic>),
}

impl Auth {
    /// HTTP Basic against the users that are kept here.
    pub fn basic(identity: Arc<Identity>) -> Self {
        let mode = Mode::Basic(Arc::new(Basic::new(identity)));
        Self { mode, sessions: Sessions::new(random_key()), authorizations: true, tenants: false, oidc: None }
    }

    /// Everybody who reaches `listen` may do everything, so it must be a loopback address.
    ///
    /// # Errors
    /// [`NotLoopback`] for any other address.
    pub fn unprotected(listen: SocketAddr) -> Result<Self, NotLoopback> {
        if listen.ip().to_canonical().is_loopback() {
            let sessions = Sessions::new(random_key());
            Ok(Self { mode: Mode::Unprotected, sessions, authorizations: false, tenants: false, oidc: None })
        } else {
            Err(NotLoopback(listen))
        }
    }

    /// The same, with authorizations checked or, else, everybody who is signed in allowed everything.
    #[must_use]
    pub fn with_authorizations(self, checked: bool) -> Self {
        Self { authorizations: checked && self.is_protected(), ..self }
    }

    /// The same, with tenants told apart: callers see and act on what is of the tenants that they are members of.
    ///
    /// # Errors
    /// [`Unprotected`] when nobody says who he is.
    pub fn with_tenants(self) -> Result<Self, Unprotected> {
        if self.is_protected() { Ok(Self { tenants: true, ..self }) } else { Err(Unprotected) }
    }

    /// The same, with the tokens of an OpenID Connect provider taken as well.
    ///
    /// # Errors
    /// [`ProviderUnusable`] when the provider cannot be asked at its addresses. Whether it answers is seen with the first
    /// token.
    pub fn with_oidc(self, settings: OidcSettings) -> Result<Self, ProviderUnusable> {
        let Mode::Basic(basic) = &self.mode else { return Ok(self) };
        let oidc = Oidc::new(settings, basic.identity())?;
        Ok(Self { oidc: Some(Arc::new(oidc)), ..self })
    }

    /// The same, with sessions signed by this key: servers that have it know one another's.
    #[must_use]
    pub fn with_session_key(self, key: [u8; 32]) -> Self {
        Self { sessions: Sessions::new(key), ..self }
    }

    /// Begins a session for the user of this name and password; `None` where nobody signs in.
    pub(crate) async fn sign_in(
        &self,
        name: String,
        password: String,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<Option<Session>, Problem> {
        let Mode::Basic(basic) = &self.mode else { return Ok(None) };
        let user = basic.check(name, password, peer).await?;
        let gone = || Problem::unauthorized("User name or password is wrong.");
        let (user, password_hash) = basic.by_name(&user.name).ok_or_else(gone)?;
        Ok(Some(self.sessions.begin(&user.name, &password_hash, headers)))
    }

    /// Ends the session in these headers, if there is one: the header that makes the browser forget it, and whose session
    /// it was.
    pub(crate) async fn sign_out(&self, headers: &HeaderMap) -> Result<(String, Option<Arc<str>>), Problem> {
        let mut ended = None;
        if let Mode::Basic(basic) = &self.mode
            && let Some((name, session, until)) = self.sessions.of(basic, headers)
        {
            basic.identity().end_session(&session, until).await?;
            ended = Some(name);
        }
        Ok((Sessions::end(headers), ended))
    }

    /// Whether callers must prove who they are.
    pub fn is_protected(&self) -> bool {
        matches!(self.mode, Mode::Basic(_))
    }

    /// Whether it matters what callers may.
    pub(crate) fn has_authorizations(&self) -> bool {
        self.authorizations
    }

    /// Whether tenants are told apart.
    pub(crate) fn has_tenants(&self) -> bool {
        self.tenants
    }

    /// Whose things a caller sees.
    pub(crate) fn tenants_of(&self, caller: &Caller) -> Tenants {
        if self.tenants { Tenants::Of(caller.clone()) } else { Tenants::All }
    }

    /// The caller of a request for an operation that needs this, if he may.
    pub(crate) async fn admit(
        &self,
        need: Need,
        is_search: bool,
        (method, headers): (&Method, &HeaderMap),
        peer: Option<IpAddr>,
    ) -> Result<Caller, TurnedAway> {
        let Mode::Basic(basic) = &self.mode else { return Ok(Caller::Anybody) };
        if need == Need::Nothing {
            return Ok(Caller::Anybody);
        }
        let user = match headers.get(header::AUTHORIZATION) {
            Some(credentials) => match bearer(credentials.as_bytes()) {
                Some(token) => match &self.oidc {
                    Some(oidc) if oidc::is_signed(token) => oidc.user(token).await?,
                    _ => basic.by_token(token)?,
                },
                None => basic.verify(credentials, peer).await?,
            },
            None => self.sessions.user(basic, method, headers).unwrap_or_else(|| {
                Err(Problem::unauthorized(
                    "Sign in: send user name and password by HTTP Basic, or a token as Bearer.",
                ))
            })?,
        };
        let scope = if self.authorizations { scope(need, is_search, &user) } else { Ok(Scope::All) };
        match scope {
            Ok(scope) => Ok(Caller::User(Arc::new(User { scope, ..user }))),
            Err(problem) => Err(TurnedAway { problem, caller: Some(Caller::User(Arc::new(user))) }),
        }
    }
}

/// Somebody whose request is not worked on.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    pub(crate) problem: Problem,
    /// Who it is, if he has proved it: then he may not.
    pub(crate) caller: Option<Caller>,
}

impl From<Problem> for TurnedAway {
    fn from(problem: Problem) -> Self {
        Self { problem, caller: None }
    }
}

/// What stands behind `Bearer`.
fn bearer(credentials: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(credentials).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    key[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    key
}

/// With which things somebody may do something; refused when there can be none.
fn scope(need: Need, is_search: bool, user: &User) -> Result<Scope, Problem> {
    let rights = &user.standing.rights;
    match need {
        Need::Nothing | Need::SignedIn => Ok(Scope::Of(Vec::new())),
        Need::Every(pairs) => {
            match pairs.iter().find(|(resource, permission)| !rights.all(*resource, *permission)) {
                None => Ok(Scope::All),
                Some((resource, permission)) => Err(refused(user, *permission, *resource)),
            }
        }
        Need::Within(resource, permission) => match rights.scope(resource, permission) {
            // A search finds nothing then.
            Scope::Of(ids) if ids.is_empty() && !is_search => Err(refused(user, permission, resource)),
            scope => Ok(scope),
        },
        Need::Own(pairs) => {
            let mut processes = Vec::new();
            for (resource, permission) in pairs {
                match rights.scope(*resource, *permission) {
                    Scope::All => return Ok(Scope::All),
                    Scope::Of(ids) if *resource == ResourceType::ProcessDefinition => processes.extend(ids),
                    Scope::Of(_) => {}
                }
            }
            Ok(Scope::Of(processes))
        }
    }
}

fn refused(user: &User, permission: Permission, resource: ResourceType) -> Problem {
    Problem::forbidden(format!(
        "`{}` may not do this: it needs the permission {permission} on {resource}; ask an administrator.",
        user.name
    ))
    .opens(Opening::Lacks { right: Some((resource, permission)), id: None })
}

/// An unprotected API was asked for on an address that others can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an API without sign-in may listen on a loopback address only, not on {0}: use 127.0.0.1 or protect it"
)]
pub struct NotLoopback(pub SocketAddr);

/// Tenants were to be told apart in an API without sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tenants cannot be told apart in an API without sign-in: protect it")]
pub struct Unprotected;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprotected_only_on_loopback() {
        for loopback in ["127.0.0.1:0", "127.8.8.8:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            assert!(Auth::unprotected(loopback.parse().unwrap()).is_ok(), "{loopback}");
        }
        for open in ["0.0.0.0:80", "10.0.0.1:80", "[::]:80", "[2001:db8::1]:80"] {
            assert!(Auth::unprotected(open.parse().unwrap()).is_err(), "{open}");
        }
    }
}
