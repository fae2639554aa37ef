//! All identities in memory, with both directions of every membership.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_store::{IdentityChange, IdentityEntry, IdentityState, Membership};

use crate::records::{EndedSession, read};
use crate::{Authorization, Error, Kind, MappingRule, Named, Token, User};

/// Kind and id, then kind and id of the other side.
type Link = (Kind, Arc<str>, Kind, Arc<str>);

/// Kind and id.
type Side = (Kind, Arc<str>);

/// The identities as of one version.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) version: u64,
    pub(crate) users: BTreeMap<Arc<str>, Arc<User>>,
    pub(crate) groups: BTreeMap<Arc<str>, Arc<Named>>,
    pub(crate) roles: BTreeMap<Arc<str>, Arc<Named>>,
    pub(crate) tenants: BTreeMap<Arc<str>, Arc<Named>>,
    pub(crate) rules: BTreeMap<Arc<str>, Arc<MappingRule>>,
    pub(crate) authorizations: BTreeMap<u64, Arc<Authorization>>,
    pub(crate) tokens: BTreeMap<Arc<str>, Arc<Token>>,
    /// By id, when they would have ended by themselves.
    pub(crate) ended_sessions: BTreeMap<Arc<str>, i64>,
    /// From holder to member.
    members: BTreeSet<Link>,
    /// From member to holder.
    holders: BTreeSet<Link>,
}

impl Directory {
    /// Of what is stored.
    pub(crate) fn of(state: &IdentityState) -> Result<Self, Error> {
        let mut directory = Self { version: state.version, ..Self::default() };
        for entry in &state.entries {
            directory.put(entry)?;
        }
        for membership in &state.memberships {
            directory.join(membership);
        }
        Ok(directory)
    }

    /// Takes over what the store has done.
    pub(crate) fn apply(&mut self, change: &IdentityChange) -> Result<(), Error> {
        match change {
            IdentityChange::Require { .. } => {}
            IdentityChange::Ensure(entry) => {
                let known = Kind::parse(&entry.kind).is_some_and(|kind| self.contains(kind, &entry.id));
                if !known {
                    self.put(entry)?;
                }
            }
            IdentityChange::Add(entry) | IdentityChange::Replace(entry) | IdentityChange::Put(entry) => {
                self.put(entry)?;
            }
            IdentityChange::Remove { kind, id } => {
                if let Some(kind) = Kind::parse(kind) {
                    self.remove(kind, id);
                }
            }
            IdentityChange::Assign(membership) | IdentityChange::Join(membership) => self.join(membership),
            IdentityChange::Unassign(membership) => {
                if let Some((holder, member)) = sides(membership) {
                    self.part(holder, member);
                }
            }
            IdentityChange::Leave { holder_kind, member_kind, member } => {
                if let (Some(holder_kind), Some(member_kind)) =
                    (Kind::parse(holder_kind), Kind::parse(member_kind))
                {
                    for holder in self.holders_of(member_kind, member, holder_kind) {
                        self.part((holder_kind, holder), (member_kind, Arc::clone(member)));
                    }
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, entry: &IdentityEntry) -> Result<(), Error> {
        let (id, document) = (&entry.id, &entry.document);
        // A kind of a later release is left alone.
        let Some(kind) = Kind::parse(&entry.kind) else { return Ok(()) };
        let named =
            || read::<Named>(kind, id, document).map(|named| Arc::new(Named { id: Arc::clone(id), ..named }));
        match kind {
            Kind::User => {
                let user = User { username: Arc::clone(id), ..read(kind, id, document)? };
                self.users.insert(Arc::clone(id), Arc::new(user));
            }
            Kind::Group => _ = self.groups.insert(Arc::clone(id), named()?),
            Kind::Role => _ = self.roles.insert(Arc::clone(id), named()?),
            Kind::Tenant => _ = self.tenants.insert(Arc::clone(id), named()?),
            Kind::MappingRule => {
                let rule = MappingRule { id: Arc::clone(id), ..read(kind, id, document)? };
                self.rules.insert(Arc::clone(id), Arc::new(rule));
            }
            Kind::Authorization => {
                let key = id.parse().unwrap_or_default();
                let authorization = Authorization { key, ..read(kind, id, document)? };
                self.authorizations.insert(key, Arc::new(authorization));
            }
            Kind::Token => {
                let token = Token { id: Arc::clone(id), ..read(kind, id, document)? };
                self.tokens.insert(Arc::clone(id), Arc::new(token));
            }
            Kind::EndedSession => {
                let session: EndedSession = read(kind, id, document)?;
                self.ended_sessions.insert(Arc::clone(id), session.expires);
            }
            Kind::Client => {}
        }
        Ok(())
    }

    /// Refuses a mapping rule for a claim that another has.
    pub(crate) fn claim_is_free(&self, rule: &MappingRule) -> Result<(), Error> {
        match self.rules.values().find(|other| other.id != rule.id && other.claims() == rule.claims()) {
            None => Ok(()),
            Some(other) => Err(Error::ClaimTaken { rule: rule.clone(), by: Arc::clone(&other.id) }),
        }
    }

    pub(crate) fn contains(&self, kind: Kind, id: &str) -> bool {
        match kind {
            Kind::User => self.users.contains_key(id),
            Kind::Group => self.groups.contains_key(id),
            Kind::Role => self.roles.contains_key(id),
            Kind::Tenant => self.tenants.contains_key(id),
            Kind::MappingRule => self.rules.contains_key(id),
            Kind::Authorization => id.parse().is_ok_and(|key| self.authorizations.contains_key(&key)),
            Kind::Token => self.tokens.contains_key(id),
            Kind::EndedSession => self.ended_sessions.contains_key(id),
            Kind::Client => false,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::User => self.users.len(),
            Kind::Group => self.groups.len(),
            Kind::Role => self.roles.len(),
            Kind::Tenant => self.tenants.len(),
            Kind::MappingRule => self.rules.len(),
            Kind::Authorization => self.authorizations.len(),
            Kind::Token => self.tokens.len(),
            Kind::EndedSession => self.ended_sessions.len(),
            Kind::Client => 0,
        }
    }

    fn take(&mut self, kind: Kind, id: &str) {
        match kind {
            Kind::User => _ = self.users.remove(id),
            Kind::Group => _ = self.groups.remove(id),
            Kind::Role => _ = self.roles.remove(id),
            Kind::Tenant => _ = self.tenants.remove(id),
            Kind::MappingRule => _ = self.rules.remove(id),
            Kind::Authorization => {
                if let Ok(key) = id.parse() {
                    self.authorizations.remove(&key);
                }
            }
            Kind::Token => _ = self.tokens.remove(id),
            Kind::EndedSession => _ = self.ended_sessions.remove(id),
            Kind::Client => {}
        }
    }

    /// Removes an identity, its memberships and what belongs to it.
    fn remove(&mut self, kind: Kind, id: &Arc<str>) {
        for (holder_kind, holder) in self.all_holders_of(kind, id) {
            if matches!(holder_kind, Kind::Authorization | Kind::Token) {
                self.take(holder_kind, &holder);
            }
            self.part((holder_kind, holder), (kind, Arc::clone(id)));
        }
        let members: Vec<_> = beginning(&self.members, kind, id).cloned().collect();
        for (_, _, member_kind, member) in members {
            self.part((kind, Arc::clone(id)), (member_kind, member));
        }
        self.take(kind, id);
    }

    fn join(&mut self, membership: &Membership) {
        if let Some(((holder_kind, holder), (member_kind, member))) = sides(membership) {
            self.members.insert((holder_kind, Arc::clone(&holder), member_kind, Arc::clone(&member)));
            self.holders.insert((member_kind, member, holder_kind, holder));
        }
    }

    fn part(&mut self, holder: Side, member: Side) {
        self.members.remove(&(holder.0, Arc::clone(&holder.1), member.0, Arc::clone(&member.1)));
        self.holders.remove(&(member.0, member.1, holder.0, holder.1));
    }

    /// The members of one kind, by id.
    pub(crate) fn members_of(&self, holder_kind: Kind, holder: &str, member_kind: Kind) -> Vec<Arc<str>> {
        of_kind(&self.members, (holder_kind, holder), member_kind)
    }

    /// Those of one kind that it is a member of, by id.
    pub(crate) fn holders_of(&self, member_kind: Kind, member: &str, holder_kind: Kind) -> Vec<Arc<str>> {
        of_kind(&self.holders, (member_kind, member), holder_kind)
    }

    fn all_holders_of(&self, kind: Kind, id: &Arc<str>) -> Vec<(Kind, Arc<str>)> {
        let links = beginning(&self.holders, kind, id);
        links.map(|(_, _, holder_kind, holder)| (*holder_kind, Arc::clone(holder))).collect()
    }
}

fn sides(membership: &Membership) -> Option<(Side, Side)> {
    let holder = (Kind::parse(&membership.holder_kind)?, Arc::clone(&membership.holder));
    Some((holder, (Kind::parse(&membership.member_kind)?, Arc::clone(&membership.member))))
}

/// The links of one identity.
fn beginning<'a>(links: &'a BTreeSet<Link>, kind: Kind, id: &Arc<str>) -> impl Iterator<Item = &'a Link> {
    let first = (kind, Arc::clone(id), Kind::ALL[0], Arc::from(""));
    let id = Arc::clone(id);
    links.range(first..).take_while(move |link| link.0 == kind && link.1 == id)
}

fn of_kind(links: &BTreeSet<Link>, of: (Kind, &str), other: Kind) -> Vec<Arc<str>> {
    let id: Arc<str> = of.1.into();
    let first = (of.0, Arc::clone(&id), other, Arc::from(""));
    let same = |link: &&Link| link.0 == of.0 && link.1 == id && link.2 == other;
    links.range(first..).take_while(same).map(|link| Arc::clone(&link.3)).collect()
}
