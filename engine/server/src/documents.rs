//! Documents, as configured, and the removal of those whose time is over.

use std::sync::Arc;
use std::time::Duration;

use hosk_connections::Vault;
use hosk_documents::{Documents, Swept};
use hosk_runtime::Engine;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database::Database;

/// For which the key of links is made of the key for secrets.
const LINK_KEY: [u8; 24] = *b"hosk-links-to-documents1";
/// How often it is looked what is to be removed.
const SWEEP: Duration = Duration::from_mins(1);

/// Documents in the database of a server, which are looked after until it stops. Servers with one key for secrets know
/// one another's links.
pub(crate) fn start(
    config: &Config,
    database: &Database,
    vault: &Vault,
    engine: &Engine,
    stop: &CancellationToken,
) -> Arc<Documents> {
    let key = vault.derive(LINK_KEY);
    let documents = Arc::new(Documents::new(Arc::clone(&database.documents), config.documents(), &key));
    tokio::spawn(sweep(Arc::clone(&documents), engine.clone(), stop.clone()));
    documents
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
            Err(error) => tracing::warn!(%error, "documents whose time is over are removed later"),
        }
    }
}
