//! Back-ups over HTTP. What is in one is a test of the server, which makes it.

use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hosk_api::{BackUp, BackUpError};
use serde_json::json;

use crate::server::{Make, Server};

/// Larger than what is read at once.
const SIZE: usize = 600_000;

/// Hands out a file once; then there is no room.
#[derive(Default)]
struct Once(AtomicBool);

#[async_trait]
impl BackUp for Once {
    async fn make(&self) -> Result<File, BackUpError> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(BackUpError::Failed("no room".to_owned()));
        }
        let failed = |error: std::io::Error| BackUpError::Failed(error.to_string());
        let mut file = tempfile::tempfile().map_err(failed)?;
        file.write_all(&vec![b'b'; SIZE]).and_then(|()| file.rewind()).map_err(failed)?;
        Ok(file)
    }
}

#[tokio::test]
async fn a_back_up_is_a_file_or_a_clear_answer() {
    let backup: Arc<dyn BackUp> = Arc::new(Once::default());
    let server = Server::make(Make { backup: Some(backup), ..Make::default() }).await;
    let answer = server.post("/hosk/v1/backup", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.media_type.as_str()), (200, "application/vnd.sqlite3"));
    assert_eq!(answer.headers["content-length"], SIZE.to_string());
    assert!(answer.text.len() == SIZE && answer.text.bytes().all(|byte| byte == b'b'));
    let detail = server.post("/hosk/v1/backup", json!({})).await.refused(503, "unavailable");
    assert!(detail.contains("no room"), "{detail}");
    server.post("/hosk/v1/backup?now=1", json!({})).await.refused(400, "unknown-field");
    let without = Server::start().await;
    without.post("/hosk/v1/backup", json!({})).await.refused(404, "not-found");
}
