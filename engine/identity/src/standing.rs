//! Where somebody stands: his groups, roles and tenants, and what follows from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::directory::Directory;
use crate::{Authorization, Kind, Permission, ResourceType};

/// The id that stands for every resource.
pub(crate) const EVERY: &str = "*";

/// Who asks, as far as it was proven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Principal {
    /// A user.
    pub user: Option<Arc<str>>,
    /// A client.
    pub client: Option<Arc<str>>,
    /// Mapping rules that his token fits.
    pub rules: Vec<Arc<str>>,
    /// Groups that his token names.
    pub groups: Vec<Arc<str>>,
}

impl Principal {
    /// A user.
    pub fn user(name: Arc<str>) -> Self {
        Self { user: Some(name), ..Self::default() }
    }
}

/// Which things somebody may do something with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those with these ids; none when there are none.
    Of(Vec<Arc<str>>),
}

impl Scope {
    /// Whether a thing is among them.
    pub fn holds(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(ids) => ids.iter().any(|one| **one == *id),
        }
    }
}

/// What somebody may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    everything: BTreeSet<(ResourceType, Permission)>,
    things: BTreeMap<(ResourceType, Permission), BTreeSet<Arc<str>>>,
    properties: BTreeMap<(ResourceType, Permission), BTreeSet<Arc<str>>>,
}

impl Rights {
    /// Where he may do something.
    pub fn scope(&self, resource: ResourceType, permission: Permission) -> Scope {
        if self.everything.contains(&(resource, permission)) {
            return Scope::All;
        }
        let ids = self.things.get(&(resource, permission));
        Scope::Of(ids.map(|ids| ids.iter().cloned().collect()).unwrap_or_default())
    }

    /// Whether he may do something with everything of that type.
    pub fn all(&self, resource: ResourceType, permission: Permission) -> bool {
        self.everything.contains(&(resource, permission))
    }

    /// Whether he may do something with those things whose property names him.
    pub fn by_property(&self, resource: ResourceType, permission: Permission, property: &str) -> bool {
        self.properties.get(&(resource, permission)).is_some_and(|names| names.contains(property))
    }

    fn add(&mut self, authorization: &Authorization) {
        for permission in &authorization.permission_types {
            let what = (authorization.resource_type, *permission);
            match (&authorization.resource_id, &authorization.resource_property_name) {
                (Some(id), _) if **id == *EVERY => _ = self.everything.insert(what),
                (Some(id), _) => _ = self.things.entry(what).or_default().insert(Arc::clone(id)),
                (None, Some(name)) => _ = self.properties.entry(what).or_default().insert(Arc::clone(name)),
                (None, None) => {}
            }
        }
    }
}

/// Where somebody stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// His groups, by id.
    pub groups: Vec<Arc<str>>,
    /// His roles and those of his groups, by id.
    pub roles: Vec<Arc<str>>,
    /// The tenants that he, his groups or his roles are assigned to, by id.
    pub tenants: Vec<Arc<str>>,
    /// What he may.
    pub rights: Rights,
    /// The keys of his authorizations, those of his groups and roles included.
    pub authorizations: Vec<u64>,
}

impl Standing {
    /// By what is known.
    pub(crate) fn of(directory: &Directory, principal: &Principal) -> Self {
        let mut known: Vec<(Kind, Arc<str>)> = Vec::new();
        known.extend(principal.user.iter().map(|user| (Kind::User, Arc::clone(user))));
        known.extend(principal.client.iter().map(|client| (Kind::Client, Arc::clone(client))));
        known.extend(principal.rules.iter().map(|rule| (Kind::MappingRule, Arc::clone(rule))));
        let mut groups = above(directory, &known, Kind::Group);
        groups.extend(principal.groups.iter().cloned());
        known.extend(groups.iter().map(|group| (Kind::Group, Arc::clone(group))));
        let roles = above(directory, &known, Kind::Role);
        known.extend(roles.iter().map(|role| (Kind::Role, Arc::clone(role))));
        let tenants = above(directory, &known, Kind::Tenant);
        let mut standing = Self {
            groups: groups.into_iter().collect(),
            roles: roles.into_iter().collect(),
            tenants: tenants.into_iter().collect(),
            ..Self::default()
        };
        let keys = above(directory, &known, Kind::Authorization);
        for key in keys.iter().filter_map(|id| id.parse().ok()) {
            if let Some(authorization) = directory.authorizations.get(&key) {
                standing.rights.add(authorization);
                standing.authorizations.push(key);
            }
        }
        standing.authorizations.sort_unstable();
        standing
    }
}

fn above(directory: &Directory, known: &[(Kind, Arc<str>)], kind: Kind) -> BTreeSet<Arc<str>> {
    known.iter().flat_map(|(member_kind, member)| directory.holders_of(*member_kind, member, kind)).collect()
}
