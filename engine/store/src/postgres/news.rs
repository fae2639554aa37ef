//! News between nodes: `NOTIFY` on a channel of the schema, heard by a session that does nothing else.
//!
//! Telling is no part of the transactions that write: in those, a notification would make one commit wait for the
//! other. So news may be lost with a node; whoever listens looks into the tables now and then.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPool};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::failed;
use super::session::pool_of;
use crate::Error;
use crate::write::News;

/// Bytes of one notification; PostgreSQL takes less than 8,000.
const PAYLOAD: usize = 7_000;
/// News kept for those who are slow to hear.
const KEPT: usize = 4_096;
/// How long after a failure listening is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Tells and hears.
#[derive(Debug)]
pub(super) struct Newsroom {
    channel: String,
    /// One session to tell, one to hear.
    pool: PgPool,
    heard: broadcast::Sender<News>,
    listening: JoinHandle<()>,
}

impl Newsroom {
    /// Begins to listen. What is told need not survive a crash of the database.
    pub(super) fn open(base: &PgConnectOptions, number: i64, patience: Duration) -> Self {
        let options = base.clone().options([("synchronous_commit", "off".to_owned())]);
        let pool = pool_of(options, 2, patience);
        let channel = format!("hosk_{number:016x}");
        let (heard, _) = broadcast::channel(KEPT);
        let listening = tokio::spawn(listen(pool.clone(), channel.clone(), heard.clone()));
        Self { channel, pool, heard, listening }
    }

    /// What is heard from now on.
    pub(super) fn hear(&self) -> broadcast::Receiver<News> {
        self.heard.subscribe()
    }

    /// Tells everybody, this node included.
    pub(super) async fn tell(&self, news: Vec<News>) -> Result<(), Error> {
        for payload in payloads(&news) {
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(&self.channel)
                .bind(payload)
                .execute(&self.pool)
                .await
                .map_err(failed("telling other nodes"))?;
        }
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.listening.abort();
        self.pool.close().await;
    }
}

impl Drop for Newsroom {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// JSON arrays that fit into a notification.
fn payloads(news: &[News]) -> Vec<String> {
    let mut payloads = Vec::new();
    let mut payload = String::new();
    for one in news {
        let Ok(text) = serde_json::to_string(one) else { continue };
        // A word longer than a notification: whoever hears this looks for himself.
        let text = if text.len() > PAYLOAD / 2 { r#""missed""#.to_owned() } else { text };
        if payload.len() + text.len() > PAYLOAD {
            payloads.push(std::mem::take(&mut payload) + "]");
        }
        payload.push(if payload.is_empty() { '[' } else { ',' });
        payload.push_str(&text);
    }
    if !payload.is_empty() {
        payloads.push(payload + "]");
    }
    payloads
}

async fn listen(pool: PgPool, channel: String, heard: broadcast::Sender<News>) {
    loop {
        if let Err(error) = hear(&pool, &channel, &heard).await {
            tracing::warn!(%error, "other nodes are not heard; the tables are looked at instead");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears until the session breaks. Nobody listening is no failure.
async fn hear(pool: &PgPool, channel: &str, heard: &broadcast::Sender<News>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.ignore_pool_close_event(true);
    listener.listen(channel).await?;
    // From before the listening nothing was heard.
    let _ = heard.send(News::Missed);
    while let Some(notification) = listener.try_recv().await? {
        match serde_json::from_str::<Vec<News>>(notification.payload()) {
            Ok(news) => {
                for one in news {
                    let _ = heard.send(one);
                }
            }
            // Of a newer release, perhaps.
            Err(_) => _ = heard.send(News::Missed),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hosk_core::ProcessInstanceKey;

    use super::*;

    #[test]
    fn what_is_told_is_heard_in_pieces_that_fit() {
        let mut news = vec![News::Here(7), News::Deployed, News::Jobs("a\"b".into())];
        news.extend((0..2_000).map(|key| News::Ended(ProcessInstanceKey(1 << 60 | key))));
        let payloads = payloads(&news);
        assert!(payloads.len() > 5 && payloads.iter().all(|payload| payload.len() < 8_000));
        let heard = payloads.iter().flat_map(|payload| serde_json::from_str::<Vec<News>>(payload).unwrap());
        assert_eq!(heard.collect::<Vec<_>>(), news);
        let long = super::payloads(&[News::Jobs("x".repeat(9_000))]);
        assert_eq!(long, [r#"["missed"]"#]);
    }
}
