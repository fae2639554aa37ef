//! Documents, as configured, and the removal of those whose time is over.

use std::sync::Arc;
use std::time::Duration;

use hosk_connections::Vault;
use hosk_documents::{Bucket, BucketSettings, Documents, Error, Swept};
use hosk_runtime::Engine;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;

/// For which the key of links is made of the key for secrets.
const LINK_KEY: [u8; 24] = *b"hosk-links-to-documents1";
/// How often it is looked what is to be removed.
const SWEEP: Duration = Duration::from_mins(1);

/// Documents of a server, which are looked after until it stops. Servers with one key for secrets know one another's
/// links.
pub(crate) async fn start(
    config: &Config,
    database: &Database,
    vault: &Vault,
    engine: &Engine,
    stop: &CancellationToken,
) -> Result<Arc<Documents>, Failure> {
    let key = vault.derive(LINK_KEY);
    let mut documents = Documents::new(Arc::clone(&database.documents), config.documents(), &key);
    if let Some(settings) = config.bucket()? {
        documents = documents.with_place(Arc::new(bucket(settings).await?));
    }
    let documents = Arc::new(documents);
    tokio::spawn(sweep(Arc::clone(&documents), engine.clone(), stop.clone()));
    Ok(documents)
}

/// The bucket of these settings. What is wrong with them keeps the server from starting; that the store does not answer
/// does not, it may do so later.
async fn bucket(settings: BucketSettings) -> Result<Bucket, Failure> {
    let (name, store) = (settings.bucket.clone(), settings.endpoint.clone());
    let told = format!("document_bucket is `{name}` at {}", store.as_deref().unwrap_or("Amazon S3"));
    let wrong = |error: &Error| Failure::Refused(format!("{told}, but {error} ({})", error.code()));
    let bucket = Bucket::new(settings).map_err(|error| wrong(&error))?;
    match bucket.check().await {
        Ok(()) => {}
        Err(error @ Error::Unavailable(_)) => {
            tracing::warn!(
                code = error.code(),
                "{told}, but {error}; its documents are refused until it answers"
            );
        }
        Err(error) => return Err(wrong(&error)),
    }
    Ok(bucket)
}

/// Removes what is over, until the server stops. Several servers of one database may do it at once.
async fn sweep(documents: Arc<Documents>, engine: Engine, stop: CancellationToken) {
    let mut tick = tokio::time::interval(SWEEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        match documents.sweep(engine.now()).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(Swept { documents, contents }) => {
                tracing::debug!(documents, contents, "documents were removed");
            }
            Err(error) => {
                tracing::warn!(code = error.code(), %error, "documents whose time is over are removed later");
            }
        }
    }
}
