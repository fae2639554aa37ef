//! Documents of several servers on one database: each sees what another one did, at once.

use futures::future::join_all;
use reqwest::Client;
use reqwest::multipart::Part;

use crate::documents::{bytes, fetch, is_there, made, refused, upload};
use crate::server::Server;

/// Uploads of one id at the same time.
const RIVALS: usize = 8;

/// What is uploaded to one is read from and removed by the other; of rivals for one id exactly one gets it.
pub(crate) async fn are_seen_by_all() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let schema = test_postgres::schema();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut one = Server::start(folders[0].path(), Some(schema.url())).await;
    let mut other = Server::start(folders[1].path(), Some(schema.url())).await;
    made(&one, "invoice", 600_000).await;
    is_there(&other, "invoice", 600_000).await;
    let again = upload(&other, "invoice", Part::bytes(bytes(3))).await.unwrap();
    refused(again, 409, "document-exists").await;

    let delete =
        |server: &Server| Client::new().delete(format!("{}/v2/documents/invoice", server.base)).send();
    assert_eq!(delete(&other).await.unwrap().status(), 204);
    refused(fetch(&one, "invoice", 600_000).await, 404, "document-not-found").await;
    refused(delete(&one).await.unwrap(), 404, "document-not-found").await;
    made(&other, "invoice", 10).await;
    is_there(&one, "invoice", 10).await;

    let rivals = (0..RIVALS).map(|rival| {
        let server = if rival % 2 == 0 { &one } else { &other };
        // Each has other bytes, so that it is seen whose document there is.
        upload(server, "contract", Part::bytes(bytes(300_000 + rival)))
    });
    let answers = join_all(rivals).await;
    let status = |status: u16| {
        let all = answers.iter().enumerate();
        all.filter(|(_, answer)| answer.as_ref().unwrap().status() == status)
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    let (made, refused) = (status(201), status(409));
    assert_eq!((made.len(), refused.len()), (1, RIVALS - 1), "made {made:?}, refused {refused:?}");
    for server in [&one, &other] {
        is_there(server, "contract", 300_000 + made[0]).await;
    }

    one.kill().await;
    is_there(&other, "contract", 300_000 + made[0]).await;
    other.kill().await;
}
