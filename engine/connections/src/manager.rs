//! The connections of an installation: changed in the database, in use in the engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hosk_connector::{
    Call, Connection, Connector, Context, FailureKind, Outcome, Secret, canonical_task_type,
};
use hosk_core::Timestamp;
use hosk_runtime::{DEFAULT_TENANT, Engine};
use hosk_store::{ConnectionStore, StoredConnection, StoredSecret};
use parking_lot::RwLock;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::form::{Draft, MAX_SECRETS, check_secret};
use crate::{Error, Vault};

/// Stored connections by id, as they are in use here.
type Applied = BTreeMap<Arc<str>, StoredConnection>;

/// A connection as it is shown: all but the secrets themselves.
#[derive(Clone, Debug)]
pub struct Described {
    /// Id, connector, settings, grants and limits; no secrets.
    pub draft: Draft,
    /// Whether it comes with the server; one of the same id takes its place.
    pub built_in: bool,
    /// Its secrets by name.
    pub secrets: Vec<DescribedSecret>,
    /// When it was last changed; `None` for a built-in one.
    pub updated: Option<Timestamp>,
    /// Who changed it, if he was known.
    pub updated_by: Option<Arc<str>>,
}

/// A secret as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedSecret {
    /// Its name.
    pub name: Arc<str>,
    /// When it was set.
    pub updated: Timestamp,
    /// Whether this server has the key that it was encrypted with.
    pub readable: bool,
}

/// How a connection answered when it was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The operation that was called.
    pub operation: String,
    /// What came of it; secrets are blotted out.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// The connections of an installation.
pub struct Connections {
    store: Arc<dyn ConnectionStore>,
    vault: Vault,
    engine: Engine,
    /// Those that come with the server, and with plugins.
    built_in: RwLock<BTreeMap<String, Arc<Connection>>>,
    /// Held during a change, so that changes on one server come one after the other.
    applied: Mutex<Applied>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("built_in", &self.built_in.read().keys()).finish_non_exhaustive()
    }
}

impl Connections {
    /// Puts what is stored to use beside what the engine was started with.
    ///
    /// # Errors
    /// [`Error::Store`] when the database cannot be read.
    pub async fn start(store: Arc<dyn ConnectionStore>, vault: Vault, engine: Engine) -> Result<Self, Error> {
        let registry = engine.connectors();
        let built_in: BTreeMap<_, _> =
            registry.connections().map(|one| (one.id.clone(), Arc::clone(one))).collect();
        let built_in = RwLock::new(built_in);
        let connections = Self { store, vault, engine, built_in, applied: Mutex::default() };
        connections.refresh().await?;
        Ok(connections)
    }

    /// Takes over what another server of this database has changed. Cheap when nothing was.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn refresh(&self) -> Result<(), Error> {
        self.take_over(&mut *self.applied.lock().await).await
    }

    /// Adds a connection that comes with a connector, beside those that came with the server. A stored one of its id
    /// stays in use instead.
    pub async fn offer(&self, connection: Connection) {
        let applied = self.applied.lock().await;
        if !applied.contains_key(connection.id.as_str()) {
            self.engine.change_connectors(|registry| registry.connect(connection.clone()));
        }
        self.built_in.write().insert(connection.id.clone(), Arc::new(connection));
    }

    /// Takes such a connection away. A stored one of its id stays.
    pub async fn withdraw(&self, id: &str) {
        let applied = self.applied.lock().await;
        if self.built_in.write().remove(id).is_some() && !applied.contains_key(id) {
            self.engine.change_connectors(|registry| registry.disconnect(id));
        }
    }

    /// All connections, by id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self) -> Result<Vec<Described>, Error> {
        let mut applied = self.applied.lock().await;
        self.take_over(&mut applied).await?;
        let mut all: BTreeMap<String, Described> =
            self.built_in.read().iter().map(|(id, one)| (id.clone(), came_along(one))).collect();
        all.extend(applied.values().map(|stored| (stored.id.to_string(), self.describe(stored))));
        Ok(all.into_values().collect())
    }

    /// The connection of an id.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn get(&self, id: &str) -> Result<Described, Error> {
        let mut applied = self.applied.lock().await;
        self.take_over(&mut applied).await?;
        let stored = applied.get(id).map(|stored| self.describe(stored));
        let found = stored.or_else(|| self.built_in.read().get(id).map(|connection| came_along(connection)));
        found.ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    /// Adds a connection. One that comes with the server gives way to it.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]; [`Error::Invalid`] names what cannot be; [`Error::Store`].
    pub async fn create(&self, draft: Draft, by: Option<Arc<str>>) -> Result<Described, Error> {
        let mut applied = self.applied.lock().await;
        self.check(&draft, draft.secrets.clone())?;
        let stored = self.stored(&draft, by)?;
        if !self.store.add_connection(&stored).await? {
            return Err(Error::AlreadyExists(draft.id));
        }
        self.changed(&mut applied, &draft.id, "created").await
    }

    /// Replaces settings, grants and limits of a connection, and adds or replaces the secrets that are given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BuiltIn`]; [`Error::Invalid`] names what cannot be; [`Error::Store`].
    pub async fn update(&self, draft: Draft, by: Option<Arc<str>>) -> Result<Described, Error> {
        let mut applied = self.applied.lock().await;
        let mut secrets = self.secrets(self.existing(&mut applied, &draft.id).await?);
        secrets.extend(draft.secrets.clone());
        self.check(&draft, secrets)?;
        if !self.store.put_connection(&self.stored(&draft, by)?).await? {
            return Err(Error::NotFound(draft.id));
        }
        self.changed(&mut applied, &draft.id, "updated").await
    }

    /// Removes a connection with its secrets. Jobs that name it become incidents; calls that run are finished.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BuiltIn`], [`Error::Store`].
    pub async fn remove(&self, id: &str) -> Result<(), Error> {
        let mut applied = self.applied.lock().await;
        self.existing(&mut applied, id).await?;
        if !self.store.remove_connection(id).await? {
            return Err(Error::NotFound(id.to_owned()));
        }
        tracing::info!(connection = id, "connection removed");
        self.take_over(&mut applied).await
    }

    /// Adds or replaces a secret; calls from now on use it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BuiltIn`]; [`Error::Invalid`] names what cannot be; [`Error::Store`].
    pub async fn put_secret(&self, id: &str, name: &str, secret: &Secret) -> Result<(), Error> {
        check_secret(name, secret)?;
        let mut applied = self.applied.lock().await;
        let existing = self.existing(&mut applied, id).await?;
        let others = existing.secrets.iter().filter(|known| *known.name != *name).count();
        if others >= MAX_SECRETS {
            return Err(Error::invalid("secrets", format!("there may be {MAX_SECRETS}")));
        }
        let sealed = self.sealed(id, name, secret)?;
        if !self.store.put_secret(id, &sealed).await? {
            return Err(Error::NotFound(id.to_owned()));
        }
        tracing::info!(connection = id, secret = name, "secret of a connection set");
        self.take_over(&mut applied).await
    }

    /// Removes a secret that the settings do not need.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BuiltIn`], [`Error::SecretNotFound`]; [`Error::Invalid`] when the settings name
    /// it; [`Error::Store`].
    pub async fn remove_secret(&self, id: &str, name: &str) -> Result<(), Error> {
        let mut applied = self.applied.lock().await;
        let existing = self.existing(&mut applied, id).await?;
        if !existing.secrets.iter().any(|known| *known.name == *name) {
            return Err(Error::SecretNotFound { connection: id.to_owned(), secret: name.to_owned() });
        }
        let mut left = self.secrets(existing);
        left.remove(name);
        if let Some(draft) = Draft::read(id, &existing.connector, &existing.document) {
            self.check(&draft, left)?;
        }
        if !self.store.remove_secret(id, name).await? {
            return Err(Error::SecretNotFound { connection: id.to_owned(), secret: name.to_owned() });
        }
        tracing::info!(connection = id, secret = name, "secret of a connection removed");
        self.take_over(&mut applied).await
    }

    /// Calls an operation through a connection, outside of any process: the connector's own probe, or the one that is
    /// named. It is a real call; what it does is done.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when there is no such operation; [`Error::Store`].
    pub async fn try_out(
        &self,
        id: &str,
        operation: Option<String>,
        input: Option<Value>,
    ) -> Result<Tried, Error> {
        self.refresh().await?;
        let registry = self.engine.connectors();
        let connection = registry.connected(id).ok_or_else(|| Error::NotFound(id.to_owned()))?;
        let connector = self.connector(&connection.connector)?;
        let probe = connector.probe(connection);
        let (operation, input) = match (operation, probe) {
            (Some(operation), _) => {
                (operation, input.unwrap_or_else(|| Value::Object(serde_json::Map::new())))
            }
            (None, Some((operation, usual))) => (operation, input.unwrap_or(usual)),
            (None, None) => {
                let problem =
                    "name one: this connection has nothing that can be tried without doing something";
                return Err(Error::invalid("operation", problem));
            }
        };
        let binding = registry.lookup(&canonical_task_type(&connection.connector, &operation));
        let binding = binding.ok_or_else(|| {
            let known: Vec<_> =
                connector.contract().operations.iter().map(|operation| operation.name.as_str()).collect();
            Error::invalid(
                "operation",
                format!("`{operation}` is not known; known here: {}", known.join(", ")),
            )
        })?;
        let timeout = binding.operation().defaults.timeout.min(connection.limits.timeout);
        let call = attempt(connection, &operation, input, timeout);
        let began = Instant::now();
        let outcome = tokio::time::timeout(timeout, binding.call(&call)).await.unwrap_or_else(|_| {
            Outcome::failure(FailureKind::Transient, format!("no answer within {} ms", timeout.as_millis()))
        });
        Ok(Tried { operation, outcome, took: began.elapsed() })
    }

    fn connector(&self, id: &str) -> Result<Arc<dyn Connector>, Error> {
        let registry = self.engine.connectors();
        registry.connector(id).cloned().ok_or_else(|| {
            let known: Vec<_> = registry.contracts().map(|contract| contract.id.as_str()).collect();
            Error::invalid("connectorId", format!("`{id}` is not known; known here: {}", known.join(", ")))
        })
    }

    /// Checks a connection as it would be with these secrets.
    fn check(&self, draft: &Draft, secrets: BTreeMap<String, Secret>) -> Result<(), Error> {
        draft.check()?;
        if secrets.len() > MAX_SECRETS {
            return Err(Error::invalid("secrets", format!("there may be {MAX_SECRETS}")));
        }
        let connection = draft.connection(secrets);
        let checked = self.connector(&draft.connector)?.check_connection(&connection);
        checked.map_err(|failure| Error::invalid("settings", connection.redact(&failure.message)))
    }

    /// A stored connection as it is now.
    async fn existing<'a>(&self, applied: &'a mut Applied, id: &str) -> Result<&'a StoredConnection, Error> {
        self.take_over(applied).await?;
        applied.get(id).ok_or_else(|| {
            let built_in = self.built_in.read().contains_key(id);
            let absent = if built_in { Error::BuiltIn } else { Error::NotFound };
            absent(id.to_owned())
        })
    }

    async fn changed(&self, applied: &mut Applied, id: &str, what: &str) -> Result<Described, Error> {
        tracing::info!(connection = id, "connection {what}");
        self.take_over(applied).await?;
        applied.get(id).map(|stored| self.describe(stored)).ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    /// Makes the engine use what is stored now; what did not change keeps its pools, limits and breakers.
    async fn take_over(&self, applied: &mut Applied) -> Result<(), Error> {
        let stored = self.store.connections().await?;
        let stored: Applied = stored.into_iter().map(|one| (Arc::clone(&one.id), one)).collect();
        if stored == *applied {
            return Ok(());
        }
        let gone: Vec<_> = applied.keys().filter(|id| !stored.contains_key(*id)).cloned().collect();
        let other = |one: &&StoredConnection| applied.get(&one.id) != Some(*one);
        let changed: Vec<_> = stored.values().filter(other).filter_map(|one| self.connection(one)).collect();
        self.engine.change_connectors(|registry| {
            for id in &gone {
                registry.disconnect(id);
                if let Some(connection) = self.built_in.read().get(&**id) {
                    registry.connect(Connection::clone(connection));
                }
            }
            for connection in changed {
                registry.connect(connection);
            }
        });
        *applied = stored;
        Ok(())
    }

    fn stored(&self, draft: &Draft, by: Option<Arc<str>>) -> Result<StoredConnection, Error> {
        let sealed = draft.secrets.iter().map(|(name, secret)| self.sealed(&draft.id, name, secret));
        Ok(StoredConnection {
            id: draft.id.as_str().into(),
            connector: draft.connector.as_str().into(),
            document: draft.document().into(),
            updated: self.engine.now(),
            updated_by: by,
            secrets: sealed.collect::<Result<_, _>>()?,
        })
    }

    fn sealed(&self, id: &str, name: &str, secret: &Secret) -> Result<StoredSecret, Error> {
        let sealed = self.vault.seal(&place(id, name), secret)?.into();
        Ok(StoredSecret { name: name.into(), sealed, updated: self.engine.now() })
    }

    /// The secrets that this server can read.
    fn secrets(&self, stored: &StoredConnection) -> BTreeMap<String, Secret> {
        let readable = stored.secrets.iter().filter_map(|secret| {
            let opened = self.vault.unseal(&place(&stored.id, &secret.name), &secret.sealed);
            if opened.is_none() {
                tracing::error!(
                    connection = &*stored.id,
                    secret = &*secret.name,
                    "a secret cannot be decrypted with this server's key: start it with the key the secret was set \
                     with, or set the secret again"
                );
            }
            opened.map(|opened| (secret.name.to_string(), opened))
        });
        readable.collect()
    }

    fn connection(&self, stored: &StoredConnection) -> Option<Connection> {
        let draft = Draft::read(&stored.id, &stored.connector, &stored.document);
        if draft.is_none() {
            tracing::error!(connection = &*stored.id, "a stored connection cannot be read; it is not used");
        }
        draft.map(|draft| draft.connection(self.secrets(stored)))
    }

    fn describe(&self, stored: &StoredConnection) -> Described {
        let draft = Draft::read(&stored.id, &stored.connector, &stored.document);
        let draft = draft.unwrap_or_else(|| Draft::new(&*stored.id, &*stored.connector));
        let secrets = stored.secrets.iter().map(|secret| DescribedSecret {
            name: Arc::clone(&secret.name),
            updated: secret.updated,
            readable: self.vault.unseal(&place(&stored.id, &secret.name), &secret.sealed).is_some(),
        });
        Described {
            draft,
            built_in: false,
            secrets: secrets.collect(),
            updated: Some(stored.updated),
            updated_by: stored.updated_by.clone(),
        }
    }
}

/// Where a secret belongs; ids and names have no `/`.
fn place(id: &str, name: &str) -> String {
    format!("{id}/{name}")
}

fn came_along(connection: &Connection) -> Described {
    let draft = Draft {
        settings: connection.settings.as_object().cloned().unwrap_or_default(),
        grants: connection.grants.clone(),
        limits: connection.limits.clone(),
        ..Draft::new(&connection.id, &connection.connector)
    };
    Described { draft, built_in: true, secrets: Vec::new(), updated: None, updated_by: None }
}

/// One attempt for no process.
fn attempt(connection: &Arc<Connection>, operation: &str, input: Value, timeout: Duration) -> Call {
    Call {
        operation: operation.to_owned(),
        input,
        headers: BTreeMap::new(),
        context: Context {
            tenant: DEFAULT_TENANT.to_owned(),
            connection: Arc::clone(connection),
            process_instance: 0,
            element_id: "test-of-the-connection".to_owned(),
            job_key: 0,
            attempt: 1,
            idempotency_key: format!("test-{}", uuid::Uuid::new_v4()),
            deadline: SystemTime::now() + timeout,
            trace_parent: None,
        },
    }
}
