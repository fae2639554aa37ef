//! Back-ups that are taken while orders are shipped: what was acknowledged before is in them, and an installation made
//! of one can finish everything, with nothing lost and nothing twice.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::book::Book;
use crate::server::{Server, binary};
use crate::shop::Shop;

/// Employees working at the same time.
const EMPLOYEES: usize = 3;

/// Runs the program; what it says.
pub(crate) fn hosk(arguments: &[&str]) -> String {
    let output =
        Command::new(binary()).args(arguments).env_remove("HOSK_DATABASE").output().expect("it runs");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// A back-up taken under load, with what was acknowledged before it was asked for.
pub(crate) struct Taken {
    pub(crate) file: std::path::PathBuf,
    pub(crate) book: Arc<Book>,
}

/// Ships orders on a database, a file by default, and backs up meanwhile: over REST, and past the server.
pub(crate) async fn taken(folder: &Path, database: Option<&str>) -> Vec<Taken> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data = folder.join("data");
    let mut server = Server::start(&data, database).await;
    Shop::new(&server.base).open().await.unwrap();
    let book = Arc::new(Book::default());
    let employees: Vec<_> = (0..EMPLOYEES)
        .map(|_| {
            let (shop, book) = (Shop::new(&server.base), Arc::clone(&book));
            tokio::spawn(async move { shop.ship_until_it_breaks(&book, &AtomicBool::new(false)).await })
        })
        .collect();
    let mut all = Vec::new();
    for round in 0..3 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let file = folder.join(format!("backup-{round}.db"));
        let before = Arc::new(book.as_it_is());
        let mut arguments = vec!["backup".to_owned(), file.to_string_lossy().into_owned()];
        if round < 2 {
            arguments.extend(["--server".to_owned(), server.base.clone()]);
        } else {
            arguments.extend(["--data".to_owned(), data.to_string_lossy().into_owned()]);
            arguments.extend(database.into_iter().flat_map(|url| ["--database".to_owned(), url.to_owned()]));
        }
        tokio::task::spawn_blocking(move || {
            hosk(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        })
        .await
        .unwrap();
        all.push(Taken { file, book: before });
    }
    server.kill().await;
    for employee in employees {
        employee.await.unwrap();
    }
    for taken in &all {
        // What began later has higher numbers.
        taken.book.orders_up_to(book.orders());
    }
    all
}

/// Starts a server on what was restored, finishes everything, and checks it.
pub(crate) async fn finishes(data: &Path, database: Option<&str>, book: &Book) {
    goes_on(data, database, book).await;
    let mut server = Server::start(data, database).await;
    book.each_order_was_delivered_once(&Shop::new(&server.base)).await.unwrap();
    server.kill().await;
}

/// Starts a server on what was restored: what was acknowledged is there, and everything can be finished.
pub(crate) async fn goes_on(data: &Path, database: Option<&str>, book: &Book) {
    let mut server = Server::start(data, database).await;
    let shop = Shop::new(&server.base);
    book.everything_acknowledged_is_there(&shop).await.unwrap();
    shop.finish_everything().await.unwrap();
    server.kill().await;
}
