//! Who asks, and whether he may: HTTP Basic with Argon2id hashes, or an unprotected API on a loopback address.
//!
//! Browsers are not offered a session, so no foreign page can act in a signed-in person's name (CSRF).

mod basic;
mod permissions;
mod throttle;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, header};

use hosk_identity::{Identity, Permission, ResourceType, Scope, Standing};

use crate::problem::Problem;
use basic::Basic;
pub(crate) use permissions::{Need, OPERATOR, need};

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
    authorizations: bool,
}

#[derive(Clone)]
enum Mode {
    Unprotected,
    Basic(Arc<Basic>),
}

impl Auth {
    /// HTTP Basic against the users that are kept here.
    pub fn basic(identity: Arc<Identity>) -> Self {
        Self { mode: Mode::Basic(Arc::new(Basic::new(identity))), authorizations: true }
    }

    /// Everybody who reaches `listen` may do everything, so it must be a loopback address.
    ///
    /// # Errors
    /// [`NotLoopback`] for any other address.
    pub fn unprotected(listen: SocketAddr) -> Result<Self, NotLoopback> {
        if listen.ip().to_canonical().is_loopback() {
            Ok(Self { mode: Mode::Unprotected, authorizations: false })
        } else {
            Err(NotLoopback(listen))
        }
    }

    /// The same, with authorizations checked or, else, everybody who is signed in allowed everything.
    #[must_use]
    pub fn with_authorizations(self, checked: bool) -> Self {
        Self { authorizations: checked && self.is_protected(), ..self }
    }

    /// Whether callers must prove who they are.
    pub fn is_protected(&self) -> bool {
        matches!(self.mode, Mode::Basic(_))
    }

    /// Whether it matters what callers may.
    pub(crate) fn has_authorizations(&self) -> bool {
        self.authorizations
    }

    /// The caller of a request for an operation that needs this, if he may.
    pub(crate) async fn admit(
        &self,
        need: Need,
        is_search: bool,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<Caller, Problem> {
        let Mode::Basic(basic) = &self.mode else { return Ok(Caller::Anybody) };
        if need == Need::Nothing {
            return Ok(Caller::Anybody);
        }
        let credentials = headers
            .get(header::AUTHORIZATION)
            .ok_or_else(|| Problem::unauthorized("Sign in: send user name and password by HTTP Basic."))?;
        let user = basic.verify(credentials, peer).await?;
        let scope = if self.authorizations { scope(need, is_search, &user)? } else { Scope::All };
        Ok(Caller::User(Arc::new(User { scope, ..user })))
    }
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
}

/// An unprotected API was asked for on an address that others can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an API without sign-in may listen on a loopback address only, not on {0}: use 127.0.0.1 or protect it"
)]
pub struct NotLoopback(pub SocketAddr);

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
