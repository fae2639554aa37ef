//! Whose things a caller sees and acts on: with tenants told apart, those of the tenants that he is a member of.

use std::sync::Arc;

use crate::auth::Caller;

/// The tenants somebody is a member of, determined once for every request.
#[derive(Clone, Debug)]
pub(crate) enum Tenants {
    /// Tenants are not told apart: there is the default one only, and it is everybody's.
    All,
    /// Those of this caller. Nobody in particular is a member of none.
    Of(Caller),
}

impl Tenants {
    /// Their ids; `None` for all there are.
    pub(crate) fn ids(&self) -> Option<&[Arc<str>]> {
        match self {
            Self::All => None,
            Self::Of(Caller::Anybody) => Some(&[]),
            Self::Of(Caller::User(user)) => Some(&user.standing.tenants),
        }
    }

    /// Whether a tenant is among them.
    pub(crate) fn hold(&self, tenant: &str) -> bool {
        self.ids().is_none_or(|ids| ids.iter().any(|id| **id == *tenant))
    }

    /// The name of who is a member of them, where that matters.
    pub(crate) fn member(&self) -> Option<Arc<str>> {
        match self {
            Self::All => None,
            Self::Of(caller) => caller.name(),
        }
    }
}
