//! The identities of an installation: changed in the database, judged by in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hosk_store::{IdentityChange, IdentityChanged, IdentityStore};
use parking_lot::{Mutex, RwLock};
use serde::Serialize;

use crate::authorizations::of_oneself;
use crate::directory::Directory;
use crate::records::{entry, membership};
use crate::seed::{self, DEFAULT_TENANT};
use crate::{Authorization, Error, Kind, MappingRule, Named, Principal, Standing, User};

/// Identities of one kind; they are all held in memory.
const MAX: usize = 1_000_000;
/// Authorizations: every user has one of his own.
const MAX_AUTHORIZATIONS: usize = 2 * MAX;
/// Standings remembered; when full, all are forgotten.
const STANDINGS: usize = 10_000;
/// How often it is tried while other servers change something.
const TRIES: usize = 5;

/// A key for an authorization: milliseconds, then chance.
pub(crate) fn new_key() -> u64 {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let chance = u64::from_le_bytes(uuid::Uuid::new_v4().into_bytes()[..8].try_into().unwrap_or_default());
    (millis << 22 | chance & 0x3F_FFFF) & i64::MAX as u64
}

/// The identities of an installation.
pub struct Identity {
    pub(crate) store: Arc<dyn IdentityStore>,
    pub(crate) directory: RwLock<Directory>,
    /// Held during a change, so that changes on one server come one after the other, here as in the database.
    pub(crate) changing: tokio::sync::Mutex<()>,
    standings: Mutex<(u64, HashMap<Principal, Arc<Standing>>)>,
    /// Whether users may be assigned who are not kept here, because others sign them in.
    foreign_users: bool,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("version", &self.directory.read().version).finish_non_exhaustive()
    }
}

impl Identity {
    /// Reads what is stored; a new installation gets its first roles and groups.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Corrupt`].
    pub async fn start(store: Arc<dyn IdentityStore>) -> Result<Self, Error> {
        if store.identity_version().await? == 0 {
            // Of several servers that start together one does it.
            store.change_identity(&seed::changes(), Some(0)).await?;
        }
        let directory = Directory::of(&store.identity().await?)?;
        Ok(Self {
            store,
            directory: RwLock::new(directory),
            changing: tokio::sync::Mutex::default(),
            standings: Mutex::default(),
            foreign_users: false,
        })
    }

    /// The same, where users of another system may be assigned.
    #[must_use]
    pub fn with_foreign_users(self) -> Self {
        Self { foreign_users: true, ..self }
    }

    /// Takes over what others of this database have changed. Cheap when nothing was.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Corrupt`].
    pub async fn refresh(&self) -> Result<(), Error> {
        let _turn = self.changing.lock().await;
        if self.store.identity_version().await? != self.directory.read().version {
            self.reload().await?;
        }
        Ok(())
    }

    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let directory = Directory::of(&self.store.identity().await?)?;
        *self.directory.write() = directory;
        Ok(())
    }

    /// Does all of these or none; `refused` says why the one at a place cannot be.
    pub(crate) async fn change(
        &self,
        changes: Vec<IdentityChange>,
        refused: impl Fn(usize) -> Error + Send,
    ) -> Result<(), Error> {
        let turn = self.changing.lock().await;
        self.change_within(&turn, changes, None, refused).await.map(|_| ())
    }

    /// The same in a turn that was waited for; where a version is expected and others were faster, `false`.
    pub(crate) async fn change_within(
        &self,
        _turn: &tokio::sync::MutexGuard<'_, ()>,
        changes: Vec<IdentityChange>,
        expected: Option<u64>,
        refused: impl Fn(usize) -> Error + Send,
    ) -> Result<bool, Error> {
        let version = match self.store.change_identity(&changes, expected).await {
            Ok(IdentityChanged::Done(version)) => version,
            Ok(IdentityChanged::Refused(place)) => {
                // Perhaps another server was faster; then the reason is not known here yet.
                if self.store.identity_version().await? != self.directory.read().version {
                    self.reload().await?;
                }
                return Err(refused(place));
            }
            Ok(IdentityChanged::Outdated) => {
                self.reload().await?;
                return Ok(false);
            }
            Err(error) => {
                // It may have been done: whatever is stored counts.
                self.directory.write().version = u64::MAX;
                return Err(error.into());
            }
        };
        let applied = {
            let mut directory = self.directory.write();
            let next = directory.version.wrapping_add(1) == version;
            let applied = next && changes.iter().all(|change| directory.apply(change).is_ok());
            if applied {
                directory.version = version;
            }
            applied
        };
        if !applied {
            self.reload().await?;
        }
        Ok(true)
    }

    /// The same, if that may be beside what there is; it is looked at again when others were faster.
    pub(crate) async fn change_if(
        &self,
        may: impl Fn(&Directory) -> Result<(), Error> + Send + Sync,
        changes: Vec<IdentityChange>,
        refused: impl Fn(usize) -> Error + Send + Sync,
    ) -> Result<(), Error> {
        let turn = self.changing.lock().await;
        if self.directory.read().version == u64::MAX {
            // What became of the last change is not known.
            self.reload().await?;
        }
        for _ in 0..TRIES {
            let version = {
                let directory = self.directory.read();
                may(&directory)?;
                directory.version
            };
            if self.change_within(&turn, changes.clone(), Some(version), &refused).await? {
                return Ok(());
            }
        }
        // Two of the same do little harm; waiting for ever would.
        self.change_within(&turn, changes, None, &refused).await.map(|_| ())
    }

    pub(crate) fn room(&self, kind: Kind) -> Result<(), Error> {
        let limit = if kind == Kind::Authorization { MAX_AUTHORIZATIONS } else { MAX };
        if self.directory.read().count(kind) < limit { Ok(()) } else { Err(Error::Full { kind, limit }) }
    }

    async fn add(&self, kind: Kind, id: &Arc<str>, record: &(impl Serialize + Sync)) -> Result<(), Error> {
        self.room(kind)?;
        let add = IdentityChange::Add(entry(kind, id, record));
        self.change(vec![add], |_| Error::AlreadyExists { kind, id: Arc::clone(id) }).await
    }

    async fn replace(
        &self,
        kind: Kind,
        id: &Arc<str>,
        record: &(impl Serialize + Sync),
    ) -> Result<(), Error> {
        let replace = IdentityChange::Replace(entry(kind, id, record));
        self.change(vec![replace], |_| Error::NotFound { kind, id: Arc::clone(id) }).await
    }

    /// Adds a user, who may see himself.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::Full`], [`Error::Store`].
    pub async fn add_user(&self, user: &User) -> Result<(), Error> {
        let (kind, id) = (Kind::User, &user.username);
        self.room(kind)?;
        let mut changes = vec![IdentityChange::Add(entry(kind, id, user))];
        changes.extend(of_oneself(id));
        self.change(changes, |_| Error::AlreadyExists { kind, id: Arc::clone(id) }).await
    }

    /// Replaces what is known of a user.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn replace_user(&self, user: &User) -> Result<(), Error> {
        self.replace(Kind::User, &user.username, user).await
    }

    /// Adds or replaces a user with his groups; groups that are not there yet are made. A new one may see himself.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Store`].
    pub async fn put_user(&self, user: &User, groups: &[Arc<str>]) -> Result<(), Error> {
        self.room(Kind::User)?;
        let name = &user.username;
        let mut changes = vec![
            IdentityChange::Put(entry(Kind::User, name, user)),
            IdentityChange::Leave {
                holder_kind: Kind::Group.as_str().into(),
                member_kind: Kind::User.as_str().into(),
                member: Arc::clone(name),
            },
        ];
        if !self.contains(Kind::User, name) {
            changes.extend(of_oneself(name));
        }
        for group in groups {
            let named = Named { id: Arc::clone(group), name: Arc::clone(group), description: None };
            changes.push(IdentityChange::Ensure(entry(Kind::Group, group, &named)));
            changes.push(IdentityChange::Join(membership((Kind::Group, group), (Kind::User, name))));
        }
        self.change(changes, |_| Error::NotFound { kind: Kind::User, id: Arc::clone(name) }).await
    }

    /// Adds a group, a role or a tenant.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::Full`], [`Error::Store`].
    pub async fn add_named(&self, kind: Kind, named: &Named) -> Result<(), Error> {
        self.add(kind, &named.id, named).await
    }

    /// Replaces what is known of a group, a role or a tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn replace_named(&self, kind: Kind, named: &Named) -> Result<(), Error> {
        self.replace(kind, &named.id, named).await
    }

    /// Adds a mapping rule. There is one for a claim and its value.
    ///
    /// # Errors
    /// [`Error::ClaimTaken`], [`Error::AlreadyExists`], [`Error::Full`], [`Error::Store`].
    pub async fn add_rule(&self, rule: &MappingRule) -> Result<(), Error> {
        let (kind, id) = (Kind::MappingRule, &rule.id);
        self.room(kind)?;
        let add = IdentityChange::Add(entry(kind, id, rule));
        let refused = |_: usize| Error::AlreadyExists { kind, id: Arc::clone(id) };
        self.change_if(|directory| directory.claim_is_free(rule), vec![add], refused).await
    }

    /// Replaces a mapping rule. One that shares its claim with another since earlier releases may keep it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ClaimTaken`], [`Error::Store`].
    pub async fn replace_rule(&self, rule: &MappingRule) -> Result<(), Error> {
        let (kind, id) = (Kind::MappingRule, &rule.id);
        let missing = |_: usize| Error::NotFound { kind, id: Arc::clone(id) };
        let may = |directory: &Directory| match directory.rules.get(id) {
            Some(before) if before.claims() != rule.claims() => directory.claim_is_free(rule),
            // Whether it is there is for the store to say.
            Some(_) | None => Ok(()),
        };
        self.change_if(may, vec![IdentityChange::Replace(entry(kind, id, rule))], missing).await
    }

    /// Removes an identity with its memberships and what belongs to it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::BuiltIn`] for the default tenant; [`Error::Store`].
    pub async fn remove(&self, kind: Kind, id: &str) -> Result<(), Error> {
        if kind == Kind::Tenant && id == DEFAULT_TENANT {
            return Err(Error::BuiltIn { kind, id: id.into() });
        }
        let remove = IdentityChange::Remove { kind: kind.as_str().into(), id: id.into() };
        self.change(vec![remove], |_| Error::NotFound { kind, id: id.into() }).await
    }

    /// That an identity must be there, where it can be known.
    pub(crate) fn require(&self, kind: Kind, id: &Arc<str>) -> Vec<IdentityChange> {
        if kind == Kind::Client || kind == Kind::User && self.foreign_users {
            return Vec::new();
        }
        vec![IdentityChange::Require { kind: kind.as_str().into(), id: Arc::clone(id) }]
    }

    /// Makes an identity a member of another.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of them is not known, [`Error::IsMember`], [`Error::Store`].
    pub async fn assign(&self, holder: (Kind, &str), member: (Kind, &str)) -> Result<(), Error> {
        let (holder_id, member_id): (Arc<str>, Arc<str>) = (holder.1.into(), member.1.into());
        let mut changes = self.require(holder.0, &holder_id);
        changes.extend(self.require(member.0, &member_id));
        let last = changes.len();
        changes.push(IdentityChange::Assign(membership(holder, member)));
        let refused = |place: usize| match place {
            0 => Error::NotFound { kind: holder.0, id: Arc::clone(&holder_id) },
            place if place < last => Error::NotFound { kind: member.0, id: Arc::clone(&member_id) },
            _ => Error::IsMember {
                holder_kind: holder.0,
                holder: Arc::clone(&holder_id),
                member_kind: member.0,
                member: Arc::clone(&member_id),
            },
        };
        self.change(changes, refused).await
    }

    /// Ends a membership.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the holder is not known, [`Error::NoMember`], [`Error::Store`].
    pub async fn unassign(&self, holder: (Kind, &str), member: (Kind, &str)) -> Result<(), Error> {
        let holder_id: Arc<str> = holder.1.into();
        let mut changes = self.require(holder.0, &holder_id);
        changes.push(IdentityChange::Unassign(membership(holder, member)));
        let refused = |place: usize| match place {
            0 => Error::NotFound { kind: holder.0, id: Arc::clone(&holder_id) },
            _ => Error::NoMember {
                holder_kind: holder.0,
                holder: Arc::clone(&holder_id),
                member_kind: member.0,
                member: member.1.into(),
            },
        };
        self.change(changes, refused).await
    }

    /// Whether there is such an identity.
    pub fn contains(&self, kind: Kind, id: &str) -> bool {
        self.directory.read().contains(kind, id)
    }

    /// The members of one kind, by id.
    pub fn members(&self, holder_kind: Kind, holder: &str, member_kind: Kind) -> Vec<Arc<str>> {
        self.directory.read().members_of(holder_kind, holder, member_kind)
    }

    /// Those of one kind that it is a member of, by id.
    pub fn holders(&self, member_kind: Kind, member: &str, holder_kind: Kind) -> Vec<Arc<str>> {
        self.directory.read().holders_of(member_kind, member, holder_kind)
    }

    /// The user of a name.
    pub fn user(&self, name: &str) -> Option<Arc<User>> {
        self.directory.read().users.get(name).cloned()
    }

    /// All users, by name.
    pub fn users(&self) -> Vec<Arc<User>> {
        self.directory.read().users.values().cloned().collect()
    }

    /// The group, role or tenant of an id.
    pub fn named(&self, kind: Kind, id: &str) -> Option<Arc<Named>> {
        let directory = self.directory.read();
        match kind {
            Kind::Group => directory.groups.get(id).cloned(),
            Kind::Role => directory.roles.get(id).cloned(),
            Kind::Tenant => directory.tenants.get(id).cloned(),
            _ => None,
        }
    }

    /// All groups, roles or tenants, by id.
    pub fn all_named(&self, kind: Kind) -> Vec<Arc<Named>> {
        let directory = self.directory.read();
        match kind {
            Kind::Group => directory.groups.values().cloned().collect(),
            Kind::Role => directory.roles.values().cloned().collect(),
            Kind::Tenant => directory.tenants.values().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The mapping rule of an id.
    pub fn rule(&self, id: &str) -> Option<Arc<MappingRule>> {
        self.directory.read().rules.get(id).cloned()
    }

    /// All mapping rules, by id.
    pub fn rules(&self) -> Vec<Arc<MappingRule>> {
        self.directory.read().rules.values().cloned().collect()
    }

    /// The authorization of a key.
    pub fn authorization(&self, key: u64) -> Option<Arc<Authorization>> {
        self.directory.read().authorizations.get(&key).cloned()
    }

    /// All authorizations, by key.
    pub fn authorizations(&self) -> Vec<Arc<Authorization>> {
        self.directory.read().authorizations.values().cloned().collect()
    }

    /// Where somebody stands now.
    pub fn standing(&self, principal: &Principal) -> Arc<Standing> {
        let directory = self.directory.read();
        let mut standings = self.standings.lock();
        if standings.0 != directory.version || standings.1.len() >= STANDINGS {
            *standings = (directory.version, HashMap::new());
        }
        if let Some(known) = standings.1.get(principal) {
            return Arc::clone(known);
        }
        let standing = Arc::new(Standing::of(&directory, principal));
        standings.1.insert(principal.clone(), Arc::clone(&standing));
        standing
    }
}
