//! Back-ups, restoring and moving: which files and databases of an installation belong together.
//!
//! A back-up is one SQLite file whatever the installation runs on: all tables of the data folder's file, records
//! included, and with PostgreSQL all that the engine keeps there.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use async_trait::async_trait;
use hosk_api::{BackUp, BackUpError};
use hosk_core::Timestamp;
use hosk_store::{Place, Told};
use tokio::sync::Mutex;

use crate::config::Config;
use crate::failure::Failure;

/// Makes a back-up of an installation, whoever works on it; to a file that does not exist yet.
pub(crate) async fn make(config: &Config, to: &Path, told: Told<'_>) -> Result<(), Failure> {
    let file = config.file();
    let made = match &config.database {
        None => hosk_store::back_up_file(&file, to).await.map_err(Failure::from),
        Some(address) => {
            if to.exists() {
                return Err(Failure::Refused(format!("{} exists already: give another name", to.display())));
            }
            let moved = hosk_store::transfer(Place::Postgres(address.secret()), Place::File(to), told).await;
            match moved.with_context(|| format!("{address} cannot be read")) {
                Ok(_) => with_records(&file, to).await,
                Err(error) => Err(error.into()),
            }
        }
    };
    if made.is_err() && config.database.is_some() {
        let _ = std::fs::remove_file(to);
    }
    made?;
    Ok(File::open(to)?.sync_all()?)
}

/// Adds what a server keeps in a file of its own. It is copied after the engine's part: what the engine does again after a
/// restore is known here by its idempotency key, while what only the engine knows would be missing.
async fn with_records(file: &Path, to: &Path) -> Result<(), Failure> {
    if !file.is_file() {
        return Ok(());
    }
    let copy = beside(to, "records");
    let _ = std::fs::remove_file(&copy);
    let mut added = hosk_store::back_up_file(file, &copy).await;
    if added.is_ok() {
        added = hosk_store::add_records(&copy, to).await;
    }
    let _ = std::fs::remove_file(&copy);
    Ok(added?)
}

/// Makes an installation of a back-up: one that has nothing yet.
pub(crate) async fn restore(config: &Config, from: &Path, told: Told<'_>) -> Result<(), Failure> {
    hosk_store::check_back_up(from).await?;
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    let file = config.file();
    if file.exists() {
        return Err(Failure::Refused(format!(
            "{} exists: restore into another data folder, or move that file and its `-wal` out of the way",
            file.display()
        )));
    }
    let fresh = beside(&file, "restoring");
    let _ = std::fs::remove_file(&fresh);
    let made = unpack(config, from, &fresh, told).await;
    if made.is_ok() {
        std::fs::rename(&fresh, &file)?;
        File::open(&config.data)?.sync_all()?;
    } else {
        let _ = std::fs::remove_file(&fresh);
    }
    made
}

async fn unpack(config: &Config, from: &Path, fresh: &Path, told: Told<'_>) -> Result<(), Failure> {
    hosk_store::back_up_file(from, fresh).await?;
    if let Some(address) = &config.database {
        hosk_store::transfer(Place::File(fresh), Place::Postgres(address.secret()), told)
            .await
            .with_context(|| format!("the back-up cannot be written to {address}"))?;
        // What is left is records.
        hosk_store::drop_engine_tables(fresh).await?;
    } else {
        // Its schema may be an older one: what cannot be brought up to date must not become the installation.
        hosk_store::Sqlite::open(fresh, hosk_store::sqlite::Options::default()).await?.close().await?;
        hosk_store::forget_servers(fresh).await?;
    }
    Ok(File::open(fresh)?.sync_all()?)
}

/// Moves what the engine keeps from the file to a PostgreSQL server, or the other way. No server may run.
pub(crate) async fn relocate(
    config: &Config,
    from: Place<'_>,
    to: Place<'_>,
    told: Told<'_>,
) -> Result<u64, Failure> {
    let file = config.file();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    if hosk_store::is_in_use(&file, Timestamp(i64::try_from(now).unwrap_or(i64::MAX))).await? {
        return Err(Failure::Refused(format!(
            "a server works on {}: stop it first. After one that was killed wait half a minute",
            file.display()
        )));
    }
    Ok(hosk_store::transfer(from, to, told).await?)
}

fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{what}"));
    PathBuf::from(name)
}

/// Back-ups over REST, one at a time.
pub(crate) struct OverRest {
    config: Config,
    one: Mutex<()>,
}

impl OverRest {
    pub(crate) fn new(config: Config) -> Self {
        // What a crash has left.
        let _ = std::fs::remove_file(beside(&config.file(), "backup"));
        Self { config, one: Mutex::new(()) }
    }
}

#[async_trait]
impl BackUp for OverRest {
    async fn make(&self) -> Result<File, BackUpError> {
        let Ok(_one) = self.one.try_lock() else { return Err(BackUpError::Busy) };
        let file = beside(&self.config.file(), "backup");
        let _ = std::fs::remove_file(&file);
        let (config, copy) = (self.config.clone(), file.clone());
        // The disk is waited for, on a thread of its own.
        let runtime = tokio::runtime::Handle::current();
        let copying =
            tokio::task::spawn_blocking(move || runtime.block_on(make(&config, &copy, &mut |_| {})));
        let made = copying.await.unwrap_or_else(|error| Err(Failure::Refused(error.to_string())));
        let opened = made.and_then(|()| Ok(File::open(&file)?));
        // Whoever has it open still reads it.
        let _ = std::fs::remove_file(&file);
        opened.map_err(|failure| BackUpError::Failed(failure.to_string()))
    }
}
