//! `kill -9` at random moments on a database file; see [`kills`].

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod backups;
mod book;
mod disk;
mod documents;
mod kills;
mod server;
mod shop;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

/// A database file, past its server.
struct File(std::path::PathBuf);

impl File {
    async fn open(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite://{}", self.0.display())).await.unwrap()
    }
}

impl documents::Beside for File {
    async fn run(&self, statement: &str) {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut self.open().await).await.unwrap();
    }

    async fn number(&self, question: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(question.to_owned()))
            .fetch_one(&mut self.open().await)
            .await
            .unwrap()
    }

    fn zeros(&self, count: &str) -> String {
        format!("zeroblob({count})")
    }
}

/// How often the server is killed, unless HOSK_KILLS says otherwise.
const KILLS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_happens_twice() {
    kills::survived(None, kills::wanted(KILLS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    disk::runs_full(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_up_under_load_has_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    for (round, taken) in backups::taken(folder.path(), None).await.iter().enumerate() {
        let data = folder.path().join(format!("restored-{round}"));
        let (file, into) = (taken.file.to_string_lossy(), data.to_string_lossy());
        backups::hosk(&["restore", &file, "--data", &into]);
        backups::finishes(&data, None, &taken.book).await;
    }
    // What is no back-up, and what would be overwritten, is refused.
    let restored = folder.path().join("restored-0");
    let refused = |file: &std::path::Path, data: &std::path::Path| {
        let mut command = std::process::Command::new(server::binary());
        let output = command.arg("restore").arg(file).arg("--data").arg(data).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let file = folder.path().join("backup-0.db");
    assert!(refused(&file, &restored).contains("exists"));
    let fresh = folder.path().join("fresh");
    let mut damaged = std::fs::read(&file).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 9_000].fill(7);
    let broken = folder.path().join("broken.db");
    std::fs::write(&broken, damaged).unwrap();
    let told = refused(&broken, &fresh);
    assert!(told.contains("is damaged") || told.contains("cannot be read"), "{told}");
    std::fs::write(&broken, "not a database at all").unwrap();
    assert!(refused(&broken, &fresh).contains("broken.db"));
    assert!(!fresh.join("hosk.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = File(folder.path().join("hosk.db"));
    documents::uploads_are_whole_or_nothing(folder.path(), None, &file).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_documents_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = File(folder.path().join("hosk.db"));
    documents::damage_is_told(folder.path(), None, &file).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_up_has_documents() {
    let folder = tempfile::tempdir().unwrap();
    documents::back_ups_have_them(folder.path(), None, None).await;
}
