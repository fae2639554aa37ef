//! Who there is and who belongs to what, as it is stored: entries of some kinds with a document, and memberships between
//! them. What the documents hold and what follows from a membership is not this layer's business.
//!
//! Changes are serialised and numbered, so that a reader knows by one number whether he has seen all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use crate::Error;

/// Kinds whose entries belong to their one member and go with him.
pub(crate) const OWNED: [&str; 2] = ["authorization", "token"];

/// A user, a group, an authorization ….
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityEntry {
    /// What it is: `user`, `group` ….
    pub kind: Arc<str>,
    /// Unique among its kind.
    pub id: Arc<str>,
    /// JSON.
    pub document: Arc<str>,
}

/// A member of something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// Kind of what has members.
    pub holder_kind: Arc<str>,
    /// Its id.
    pub holder: Arc<str>,
    /// Kind of the member. It need not be an entry.
    pub member_kind: Arc<str>,
    /// The member's id.
    pub member: Arc<str>,
}

/// One change. Several make one transaction, which is undone when one of them is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityChange {
    /// Nothing is changed; refused when there is no such entry.
    Require {
        /// Its kind.
        kind: Arc<str>,
        /// Its id.
        id: Arc<str>,
    },
    /// A new entry; refused when there is one of that id.
    Add(IdentityEntry),
    /// A new entry, unless there is one.
    Ensure(IdentityEntry),
    /// Another document; refused when there is no such entry.
    Replace(IdentityEntry),
    /// A new entry, or another document.
    Put(IdentityEntry),
    /// The entry with all its memberships, and what belongs to it; refused when there is none.
    Remove {
        /// Its kind.
        kind: Arc<str>,
        /// Its id.
        id: Arc<str>,
    },
    /// A new member; refused when he is one.
    Assign(Membership),
    /// A member, if he is none yet.
    Join(Membership),
    /// No member any more; refused when he is none.
    Unassign(Membership),
    /// Of nothing of that kind a member any more.
    Leave {
        /// Kind of what has members.
        holder_kind: Arc<str>,
        /// Kind of the member.
        member_kind: Arc<str>,
        /// The member's id.
        member: Arc<str>,
    },
}

/// What came of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityChanged {
    /// Everything was done; the number of this change.
    Done(u64),
    /// The change of this place was refused; nothing was done.
    Refused(usize),
    /// Others were faster than the caller; nothing was done.
    Outdated,
}

/// Everything, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityState {
    /// Changes so far.
    pub version: u64,
    /// All entries, by kind and id.
    pub entries: Vec<IdentityEntry>,
    /// All memberships, in order.
    pub memberships: Vec<Membership>,
}

/// Where identities are kept. May be used beside a running server.
#[async_trait]
pub trait IdentityStore: Send + Sync + 'static {
    /// Does all of these or none. With `after`, only when so many changes were made so far.
    async fn change_identity(
        &self,
        changes: &[IdentityChange],
        after: Option<u64>,
    ) -> Result<IdentityChanged, Error>;
    /// Changes so far.
    async fn identity_version(&self) -> Result<u64, Error>;
    /// Everything.
    async fn identity(&self) -> Result<IdentityState, Error>;
}

/// Identities in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdentityTables {
    pub(crate) version: u64,
    entries: BTreeMap<(Arc<str>, Arc<str>), Arc<str>>,
    memberships: BTreeSet<Membership>,
}

impl IdentityTables {
    /// Does one change; whether it was not refused.
    pub(crate) fn apply(&mut self, change: &IdentityChange) -> bool {
        let key = |entry: &IdentityEntry| (Arc::clone(&entry.kind), Arc::clone(&entry.id));
        match change {
            IdentityChange::Require { kind, id } => {
                self.entries.contains_key(&(Arc::clone(kind), Arc::clone(id)))
            }
            IdentityChange::Add(entry) => {
                let free = !self.entries.contains_key(&key(entry));
                self.entries.entry(key(entry)).or_insert_with(|| Arc::clone(&entry.document));
                free
            }
            IdentityChange::Ensure(entry) => {
                self.entries.entry(key(entry)).or_insert_with(|| Arc::clone(&entry.document));
                true
            }
            IdentityChange::Replace(entry) => match self.entries.get_mut(&key(entry)) {
                Some(document) => {
                    *document = Arc::clone(&entry.document);
                    true
                }
                None => false,
            },
            IdentityChange::Put(entry) => {
                self.entries.insert(key(entry), Arc::clone(&entry.document));
                true
            }
            IdentityChange::Remove { kind, id } => self.remove(kind, id),
            IdentityChange::Assign(membership) => self.memberships.insert(membership.clone()),
            IdentityChange::Join(membership) => {
                self.memberships.insert(membership.clone());
                true
            }
            IdentityChange::Unassign(membership) => self.memberships.remove(membership),
            IdentityChange::Leave { holder_kind, member_kind, member } => {
                self.memberships.retain(|one| {
                    !(one.holder_kind == *holder_kind
                        && one.member_kind == *member_kind
                        && one.member == *member)
                });
                true
            }
        }
    }

    fn remove(&mut self, kind: &Arc<str>, id: &Arc<str>) -> bool {
        let is_member = |one: &Membership| one.member_kind == *kind && one.member == *id;
        for one in self.memberships.iter().filter(|one| is_member(one)) {
            if OWNED.contains(&&*one.holder_kind) {
                self.entries.remove(&(Arc::clone(&one.holder_kind), Arc::clone(&one.holder)));
            }
        }
        let is_holder = |one: &Membership| one.holder_kind == *kind && one.holder == *id;
        self.memberships.retain(|one| !is_member(one) && !is_holder(one));
        self.entries.remove(&(Arc::clone(kind), Arc::clone(id))).is_some()
    }

    pub(crate) fn state(&self) -> IdentityState {
        let entries = self.entries.iter().map(|((kind, id), document)| IdentityEntry {
            kind: Arc::clone(kind),
            id: Arc::clone(id),
            document: Arc::clone(document),
        });
        IdentityState {
            version: self.version,
            entries: entries.collect(),
            memberships: self.memberships.iter().cloned().collect(),
        }
    }
}
