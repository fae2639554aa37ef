//! The database: a file in the data folder, or a PostgreSQL server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hosk_store::{
    AuditStore, BatchStore, ClusterVariableStore, CommitLog, ConnectionStore, DocumentStore, IdentityStore,
    PluginStore, Postgres, PostgresIdentity, Queries, Sqlite, Store, TaskListenerStore, ValueMapStore,
};
use serde::{Deserialize, Serialize, Serializer};

use crate::config::Config;
use crate::failure::Failure;

/// What an address of a PostgreSQL server begins with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Address of a PostgreSQL server. It is never shown with the password that it may have.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Address(String);

impl Address {
    /// The address with its password, for whoever connects.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// Refuses what is no address.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if SCHEMES.iter().any(|scheme| self.0.starts_with(scheme)) {
            return Ok(());
        }
        Err(Failure::Refused(format!(
            "database is `{self}`: give postgres://user:password@host/database, or leave it out to keep everything in a \
             file in the data folder"
        )))
    }
}

impl From<String> for Address {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_passwords(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An address with its passwords struck out: between the user and the last `@` before the path, and among the options.
fn without_passwords(address: &str) -> String {
    let (address, options) = match address.split_once('?') {
        Some((address, options)) => (address, Some(options)),
        None => (address, None),
    };
    let mut shown = match address.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((user, place)) => {
                let user = user.split_once(':').map_or(user.to_owned(), |(user, _)| format!("{user}:***"));
                format!("{scheme}://{user}@{place}")
            }
            None => address.to_owned(),
        },
        None => address.to_owned(),
    };
    if let Some(options) = options {
        let hide = |option: &str| {
            let hidden = option.to_ascii_lowercase().starts_with("password=");
            if hidden { "password=***".to_owned() } else { option.to_owned() }
        };
        shown.push('?');
        shown.push_str(&options.split('&').map(hide).collect::<Vec<_>>().join("&"));
    }
    shown
}

/// What a server keeps in its database.
#[derive(Clone)]
pub(crate) struct Database {
    /// What the engine writes through.
    pub(crate) store: Arc<dyn Store>,
    /// What is read.
    pub(crate) queries: Arc<dyn Queries>,
    /// Who may sign in, and do what.
    pub(crate) identities: Arc<dyn IdentityStore>,
    /// Configured connectors.
    pub(crate) connections: Arc<dyn ConnectionStore>,
    /// Installed plugins.
    pub(crate) plugins: Arc<dyn PluginStore>,
    /// Batch operations.
    pub(crate) batches: Arc<dyn BatchStore>,
    /// What was committed, in order.
    pub(crate) commits: Arc<dyn CommitLog>,
    /// The audit log.
    pub(crate) audit: Arc<dyn AuditStore>,
    /// Variables of the installation.
    pub(crate) variables: Arc<dyn ClusterVariableStore>,
    /// Task listeners of the installation.
    pub(crate) task_listeners: Arc<dyn TaskListenerStore>,
    /// Dictionaries.
    pub(crate) value_maps: Arc<dyn ValueMapStore>,
    /// Documents.
    pub(crate) documents: Arc<dyn DocumentStore>,
    postgres: Option<Arc<Postgres>>,
}

impl Database {
    /// Opens the database of a configuration; its schema is brought up to date.
    pub(crate) async fn open(config: &Config) -> Result<Self, Failure> {
        let Some(address) = &config.database else {
            let store = open_file(config).await?;
            return Ok(Self {
                store: Arc::clone(&store) as _,
                queries: Arc::clone(&store) as _,
                identities: Arc::clone(&store) as _,
                connections: Arc::clone(&store) as _,
                plugins: Arc::clone(&store) as _,
                batches: Arc::clone(&store) as _,
                commits: Arc::clone(&store) as _,
                audit: Arc::clone(&store) as _,
                variables: Arc::clone(&store) as _,
                task_listeners: Arc::clone(&store) as _,
                value_maps: Arc::clone(&store) as _,
                documents: store,
                postgres: None,
            });
        };
        let options = hosk_store::postgres::Options {
            writers: config.database_writers,
            connections: config.database_connections,
            statement: Duration::from_secs(config.database_timeout),
        };
        let store = Postgres::open(&address.0, options)
            .await
            .with_context(|| format!("the database {address} cannot be opened"))?;
        let store = Arc::new(store);
        Ok(Self {
            store: Arc::clone(&store) as _,
            queries: Arc::clone(&store) as _,
            identities: Arc::new(store.identities()),
            connections: Arc::clone(&store) as _,
            plugins: Arc::clone(&store) as _,
            batches: Arc::clone(&store) as _,
            commits: Arc::clone(&store) as _,
            audit: Arc::clone(&store) as _,
            variables: Arc::clone(&store) as _,
            task_listeners: Arc::clone(&store) as _,
            value_maps: Arc::clone(&store) as _,
            documents: Arc::clone(&store) as _,
            postgres: Some(store),
        })
    }

    /// Figures of the database for the operator: the name of a metric, and its value.
    pub(crate) fn figures(&self, file: &Path) -> Vec<(&'static str, f64)> {
        let size = |path: &Path| std::fs::metadata(path).map_or(0.0, |about| about.len() as f64);
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let mut figures = vec![
            ("hosk_database_file_bytes", size(file)),
            ("hosk_database_log_bytes", size(Path::new(&log))),
        ];
        if let Some(postgres) = &self.postgres {
            let (open, idle) = postgres.connections();
            figures.push(("hosk_database_connections_open", f64::from(open)));
            figures.push(("hosk_database_connections_idle", idle as f64));
        }
        figures
    }

    /// Finishes what is under way, and says goodbye.
    pub(crate) async fn close(&self) {
        if let Some(postgres) = &self.postgres {
            postgres.close().await;
        }
    }
}

/// The identities of a configuration's database; a server may run on it.
pub(crate) async fn identities(config: &Config) -> Result<Arc<dyn IdentityStore>, Failure> {
    match &config.database {
        None => Ok(open_file(config).await?),
        Some(address) => {
            let identities = PostgresIdentity::open(&address.0)
                .await
                .with_context(|| format!("the database {address} cannot be opened"))?;
            Ok(Arc::new(identities))
        }
    }
}

async fn open_file(config: &Config) -> Result<Arc<Sqlite>, Failure> {
    let file = config.file();
    let store = Sqlite::open(&file, hosk_store::sqlite::Options::default())
        .await
        .with_context(|| format!("the database {} cannot be opened", file.display()))?;
    Ok(Arc::new(store))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (address, shown) in [
            ("postgres://eva:sesame@db.example:5432/x", "postgres://eva:***@db.example:5432/x"),
            ("postgres://eva:ses@me@db/x?sslmode=require", "postgres://eva:***@db/x?sslmode=require"),
            (
                "postgres://eva@db/x?password=sesame&sslmode=require",
                "postgres://eva@db/x?password=***&sslmode=require",
            ),
            ("postgres:///x", "postgres:///x"),
            ("x", "x"),
        ] {
            assert_eq!(Address(address.to_owned()).to_string(), shown);
            assert_eq!(format!("{:?}", Address(address.to_owned())), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert!(Address("postgres://db/x".to_owned()).check().is_ok());
        let refused = Address("mysql://eva:sesame@db/x".to_owned()).check().unwrap_err().to_string();
        assert!(refused.contains("postgres://") && !refused.contains("sesame"), "{refused}");
    }
}
