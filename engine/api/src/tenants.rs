//! Whose things a caller sees and acts on: with tenants told apart, those of the tenants that he is a member of.

use std::sync::Arc;

use crate::auth::Caller;
use crate::problem::{Opening, Problem};

/// The tenant of who names none, and the only one where tenants are not told apart.
pub(crate) const TENANT: &str = "<default>";
/// What ids of tenants look like in a request; an empty one names none.
pub(crate) const TENANT_PATTERN: &str = "^(<default>|[A-Za-z0-9_@.+-]{1,256})?$";
/// Longest id of a tenant, in characters.
pub(crate) const TENANT_MAX: usize = 256;

/// The tenants somebody is a member of, determined once for every request.
#[derive(Clone, Debug)]
pub(crate) enum Tenants {
    /// Tenants are not told apart: there is the default one only, and it is everybody's.
    All,
    /// Those of this caller. Nobody in particular is a member of none.
    Of(Caller),
}

/// A tenant that the caller may act for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant(Arc<str>);

impl Tenant {
    /// Its id.
    pub(crate) fn id(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
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

    /// The only one, where there is one.
    pub(crate) fn only(&self) -> Option<Tenant> {
        match self.ids() {
            None => Some(Tenant(TENANT.into())),
            Some([one]) => Some(Tenant(Arc::clone(one))),
            Some(_) => None,
        }
    }

    /// All of them, to act for.
    pub(crate) fn every(&self) -> Vec<Tenant> {
        match self.ids() {
            None => vec![Tenant(TENANT.into())],
            Some(ids) => ids.iter().cloned().map(Tenant).collect(),
        }
    }

    /// The name of who is a member of them, where that matters.
    pub(crate) fn member(&self) -> Option<Arc<str>> {
        match self {
            Self::All => None,
            Self::Of(caller) => caller.name(),
        }
    }

    /// The tenant to act for, by what `path` in the request says. A tenant that the caller is not a member of is
    /// refused alike, whether it exists or not. An empty text names none.
    pub(crate) fn settle(&self, given: Option<&str>, path: &str) -> Result<Tenant, Problem> {
        let Some(given) = given.filter(|given| !given.is_empty()) else { return self.unnamed(path) };
        if !is_id(given) {
            return Err(Problem::invalid_argument(format!(
                "`{path}` must be `{TENANT}`, or up to {TENANT_MAX} letters, digits or characters of `_@.+-`, but is `{given}`."
            )));
        }
        if self.hold(given) && (given == TENANT || self.ids().is_some()) {
            return Ok(Tenant(given.into()));
        }
        Err(match self {
            Self::All => Problem::invalid_argument(format!(
                "`{path}` is `{given}`, but this installation has the tenant `{TENANT}` only: leave it out."
            ))
            .opens(Opening::OneTenant(format!("identifier '{given}'"))),
            Self::Of(caller) => {
                let name = caller.name().unwrap_or_default();
                Problem::forbidden(format!(
                    "`{name}` is not a member of the tenant `{given}`; ask an administrator."
                ))
            }
        })
    }

    /// The tenants to act for, by what `path` in the request lists.
    pub(crate) fn settle_all(&self, given: &[String], path: &str) -> Result<Vec<Tenant>, Problem> {
        if given.is_empty() {
            return Ok(vec![self.unnamed(path)?]);
        }
        let mut tenants = Vec::with_capacity(given.len());
        for id in given {
            if id.is_empty() {
                return Err(Problem::invalid_argument(format!("`{path}` must not have an empty text.")));
            }
            let tenant = self.settle(Some(id), path)?;
            if !tenants.contains(&tenant) {
                tenants.push(tenant);
            }
        }
        Ok(tenants)
    }

    fn unnamed(&self, path: &str) -> Result<Tenant, Problem> {
        if self.hold(TENANT) {
            return Ok(Tenant(TENANT.into()));
        }
        Err(Problem::missing_field(format!(
            "`{path}` is required: you are not a member of the tenant `{TENANT}`, which is meant without it."
        )))
    }
}

/// Whether a text may be the id of a tenant.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_@.+-".contains(letter);
    text == TENANT || (!text.is_empty() && text.len() <= TENANT_MAX && text.chars().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_one_tenant_no_other_is_taken() {
        let all = Tenants::All;
        assert_eq!(all.settle(None, "tenantId").unwrap().id(), TENANT.into());
        assert_eq!(all.settle(Some(TENANT), "tenantId").unwrap().id(), TENANT.into());
        assert_eq!(all.settle(Some("north"), "tenantId").unwrap_err().code(), "invalid-argument");
        assert_eq!(all.settle_all(&[], "tenantIds").unwrap().len(), 1);
    }

    #[test]
    fn nobody_is_a_member_of_nothing() {
        let none = Tenants::Of(Caller::Anybody);
        assert_eq!(none.settle(None, "tenantId").unwrap_err().code(), "missing-field");
        assert_eq!(none.settle(Some(TENANT), "tenantId").unwrap_err().code(), "forbidden");
        assert_eq!(none.settle(Some(""), "tenantId").unwrap_err().code(), "missing-field");
        for wrong in ["a b", "../x", "a~b", &"x".repeat(257)] {
            assert_eq!(
                none.settle(Some(wrong), "tenantId").unwrap_err().code(),
                "invalid-argument",
                "{wrong}"
            );
        }
        assert!(none.settle_all(&[], "tenantIds").is_err());
    }
}
