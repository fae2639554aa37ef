//! A back-up over REST: one file, as everything is at the moment of the request.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use bytes::Bytes;
use futures::stream;
use hosk_store::read::{AuditEntityType, AuditOperation};
use tokio::io::AsyncReadExt;

use crate::BackUpError;
use crate::answer::content;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::problem::Problem;

/// What SQLite files are.
const MEDIA_TYPE: &str = "application/vnd.sqlite3";
/// Bytes read at once.
const PIECE: usize = 256 * 1024;
/// Seconds after which somebody may ask again while another back-up is made.
const LATER: u64 = 30;

pub(super) fn operations() -> Vec<Operation> {
    let about = "A copy of all there is at this moment, as an SQLite file for `hosk restore`.";
    tagged(
        "Back-up",
        vec![
            post("/hosk/v1/backup", "createBackup", about, create)
                // It holds everything there is.
                .noted(AuditOperation::Create, AuditEntityType::Resource)
                .answers_media(MEDIA_TYPE)
                .refuses(&[404]),
        ],
    )
}

async fn create(call: Call) -> Outcome {
    let Some(backup) = call.app.backup.clone() else {
        return Err(Problem::not_found("This server makes no back-ups."));
    };
    call.tells(|told| _ = told.about("backup").detail("back-up"));
    tracing::info!(by = call.caller.name().as_deref(), "a back-up is made");
    let file = match backup.make().await {
        Ok(file) => file,
        Err(busy @ BackUpError::Busy) => return Err(Problem::busy(busy.to_string()).retry_after(LATER)),
        Err(failed @ BackUpError::Failed(_)) => {
            tracing::error!(error = %failed, "no back-up");
            return Err(Problem::unavailable(format!("{failed}.")));
        }
    };
    let size = file.metadata().map(|about| about.len()).ok();
    let pieces = stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let mut response = content(MEDIA_TYPE, Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"hosk-backup.db\""),
    );
    if let Some(size) = size {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    }
    Ok(response)
}
