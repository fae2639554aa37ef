//! What the store keeps for the whole installation and every step sees: read at the start, after each change that is made
//! here, and every few seconds where other servers change it too.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use crate::{Engine, Error};

/// How often changes by other servers are looked for.
const LOOK: Duration = Duration::from_secs(2);

type Reading = BoxFuture<'static, Result<(), hosk_store::Error>>;

/// One such thing.
pub(crate) struct Kept {
    read: Box<dyn Fn() -> Reading + Send + Sync>,
    /// Reading and taking over are one: an older reading must not replace a newer one.
    order: Mutex<()>,
}

impl Kept {
    /// Begins with what `read` takes over from the store. `what` it is stands in the log.
    pub(crate) async fn start<R>(
        engine: &Engine,
        what: &'static str,
        read: impl Fn() -> R + Send + Sync + 'static,
    ) -> Result<Arc<Self>, Error>
    where
        R: Future<Output = Result<(), hosk_store::Error>> + Send + 'static,
    {
        let kept = Arc::new(Self { read: Box::new(move || read().boxed()), order: Mutex::default() });
        kept.refresh().await?;
        if engine.inner.shared {
            // The engine's own task: it must not keep the engine alive.
            let (kept, stop) = (kept.clone(), engine.inner.stop.clone());
            engine.inner.tasks.spawn(async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(LOOK) => {}
                    }
                    if let Err(error) = kept.refresh().await {
                        tracing::warn!(%error, "the {what} cannot be read; those that were read last hold");
                    }
                }
            });
        }
        Ok(kept)
    }

    /// Takes over what stands in the store now.
    pub(crate) async fn refresh(&self) -> Result<(), Error> {
        let _order = self.order.lock().await;
        Ok((self.read)().await?)
    }
}
