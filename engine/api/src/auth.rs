//! Who asks, and whether he may: HTTP Basic with Argon2id hashes, or an unprotected API on a loopback address.
//!
//! Browsers are not offered a session, so no foreign page can act in a signed-in person's name (CSRF).

mod basic;
mod throttle;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, header};

use hosk_identity::{Identity, Standing};

use crate::problem::Problem;
use basic::Basic;

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
}

impl User {
    /// Whether he has a role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.standing.roles.iter().any(|one| **one == *role.id())
    }
}

/// Roles that give access to operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything.
    Operator,
    /// Work jobs, start and look at instances, publish messages: for programs.
    Worker,
}

impl Role {
    /// Its id.
    fn id(self) -> &'static str {
        match self {
            Self::Operator => "admin",
            Self::Worker => "worker",
        }
    }
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

    /// The user whose tasks only are shown; `None` where all are.
    pub(crate) fn restricted_to(&self) -> Option<&User> {
        match self {
            Self::User(user) if !user.has(Role::Operator) => Some(user),
            Self::Anybody | Self::User(_) => None,
        }
    }
}

/// How callers prove who they are.
#[derive(Clone)]
pub struct Auth(Mode);

#[derive(Clone)]
enum Mode {
    Unprotected,
    Basic(Arc<Basic>),
}

impl Auth {
    /// HTTP Basic against the users that are kept here.
    pub fn basic(identity: Arc<Identity>) -> Self {
        Self(Mode::Basic(Arc::new(Basic::new(identity))))
    }

    /// Everybody who reaches `listen` may do everything, so it must be a loopback address.
    ///
    /// # Errors
    /// [`NotLoopback`] for any other address.
    pub fn unprotected(listen: SocketAddr) -> Result<Self, NotLoopback> {
        if listen.ip().to_canonical().is_loopback() {
            Ok(Self(Mode::Unprotected))
        } else {
            Err(NotLoopback(listen))
        }
    }

    /// Whether callers must prove who they are.
    pub fn is_protected(&self) -> bool {
        matches!(self.0, Mode::Basic(_))
    }

    /// The caller of a request that asks for `access`, if he may.
    pub(crate) async fn admit(
        &self,
        access: Access,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<Caller, Problem> {
        let Mode::Basic(basic) = &self.0 else { return Ok(Caller::Anybody) };
        if access == Access::Open {
            return Ok(Caller::Anybody);
        }
        let credentials = headers
            .get(header::AUTHORIZATION)
            .ok_or_else(|| Problem::unauthorized("Sign in: send user name and password by HTTP Basic."))?;
        let user = basic.verify(credentials, peer).await?;
        if allows(access, &user) {
            return Ok(Caller::User(user));
        }
        Err(Problem::forbidden(format!(
            "`{}` may not do this: it needs {}; ask an operator.",
            user.name,
            match access {
                Access::Open | Access::Employee => "a signed-in user",
                Access::Worker => "membership of workers or operators",
                Access::Operator => "membership of operators",
            }
        )))
    }
}

fn allows(access: Access, user: &User) -> bool {
    match access {
        Access::Open | Access::Employee => true,
        Access::Worker => user.has(Role::Worker) || user.has(Role::Operator),
        Access::Operator => user.has(Role::Operator),
    }
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
