//! The whole on PostgreSQL: the main job, several servers on one database (see [`nodes`]), `kill -9` at random moments (see [`kills`]), and what a person is told when the
//! database is not to be had.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod backups;
mod book;
mod cuts;
mod documents;
mod documents_shared;
mod kills;
mod nodes;
mod restarts;
mod server;
mod shop;

use std::process::{Command, Output};

use serde_json::Value;

/// How often the server is killed.
const KILLS: usize = 12;

impl documents::Beside for test_postgres::Schema {
    async fn run(&self, statement: &str) {
        test_postgres::Schema::run(self, statement);
    }

    async fn number(&self, question: &str) -> i64 {
        test_postgres::Schema::run(self, question).parse().unwrap()
    }

    fn zeros(&self, count: &str) -> String {
        format!("decode(repeat('00', {count}), 'hex')")
    }
}

fn hosk(arguments: &[&str]) -> Output {
    let mut command = Command::new(server::binary());
    command.args(arguments).env_remove("HOSK_DATABASE").output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_happens_twice() {
    let schema = test_postgres::schema();
    kills::survived(Some(schema.url()), kills::wanted(KILLS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_sessions_lose_nothing() {
    cuts::survived(&test_postgres::schema()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_loses_nothing() {
    restarts::survived().await;
}

#[test]
fn the_main_job_runs() {
    let schema = test_postgres::schema();
    for round in 0..2 {
        let output = hosk(&["demo", "--once", "--json", "--database", schema.url()]);
        assert!(output.status.success(), "{round}: {}", said(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["agrees"], &report["client"]["code"]), (&true.into(), &"C-1001".into()));
    }
    assert_eq!(schema.run("SELECT count(*) FROM process_instance WHERE state = 1"), "2");
    assert_eq!(
        schema.run("SELECT string_agg(id, ' ' ORDER BY id) FROM identity WHERE kind = 'user'"),
        "admin anna karen"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_servers_share_the_work() {
    nodes::share_the_work().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_kept_while_a_server_runs() {
    let schema = test_postgres::schema();
    let data = tempfile::tempdir().unwrap();
    let mut server = server::Server::start(data.path(), Some(schema.url())).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().to_string_lossy();
    let listed = hosk(&["user", "list", "--data", &folder, "--database", schema.url()]);
    assert!(listed.status.success() && said(&listed).contains("No users yet"), "{}", said(&listed));
    server.kill().await;
}

#[test]
fn what_is_wrong_with_the_database_is_told_without_its_password() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_string_lossy();
    let address = "postgres://eva:sesame@127.0.0.1:1/orders";
    let refused = hosk(&["serve", "--data", &folder, "--database", address]);
    let told = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("postgres://eva:***@127.0.0.1:1/orders cannot be opened"), "{told}");
    assert!(!told.contains("sesame"), "{told}");
    let shown = said(&hosk(&["config", "--data", &folder, "--database", address]));
    assert!(shown.contains("postgres://eva:***@127.0.0.1:1/orders") && !shown.contains("sesame"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_up_under_load_goes_to_a_file_and_to_another_database() {
    let (from, to) = (test_postgres::schema(), test_postgres::schema());
    let folder = tempfile::tempdir().unwrap();
    let taken = backups::taken(folder.path(), Some(from.url())).await;
    for (round, taken) in taken.iter().enumerate().skip(1) {
        let data = folder.path().join(format!("restored-{round}"));
        let (file, into) = (taken.file.to_string_lossy(), data.to_string_lossy());
        let mut arguments = vec!["restore", &*file, "--data", &*into];
        let database = (round == 1).then(|| to.url());
        arguments.extend(database.into_iter().flat_map(|url| ["--database", url]));
        backups::hosk(&arguments);
        // The records are a file of their own, copied a moment later: an order may have been delivered meanwhile.
        backups::goes_on(&data, database, &taken.book).await;
    }
}

/// What runs on a file goes on after it was moved to a server, and after it was moved back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_moves_and_goes_on() {
    let schema = test_postgres::schema();
    let folder = tempfile::tempdir().unwrap();
    let taken = backups::taken(folder.path(), None).await;
    let (file, book) = (taken[2].file.to_string_lossy(), &taken[2].book);
    let data = folder.path().join("moving");
    let into = data.to_string_lossy();
    backups::hosk(&["restore", &file, "--data", &into]);
    let moved = backups::hosk(&["move", "--to", "postgres", "--data", &into, "--database", schema.url()]);
    assert!(moved.contains("rows are moved"), "{moved}");
    let again = hosk(&["move", "--to", "postgres", "--data", &into, "--database", schema.url()]);
    assert!(!again.status.success() && said(&again).contains("holds data already"), "{}", said(&again));
    backups::finishes(&data, Some(schema.url()), book).await;

    let back = folder.path().join("back");
    std::fs::create_dir(&back).unwrap();
    backups::hosk(&["move", "--to", "file", "--data", &back.to_string_lossy(), "--database", schema.url()]);
    let mut server = server::Server::start(&back, None).await;
    let shop = shop::Shop::new(&server.base);
    let book = book.as_it_is();
    book.everything_acknowledged_is_there(&shop).await.unwrap();
    server.kill().await;
    let used =
        hosk(&["move", "--to", "postgres", "--data", &back.to_string_lossy(), "--database", schema.url()]);
    assert!(said(&used).contains("stop it first"), "{}", said(&used));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_whole_or_not_there() {
    let (schema, folder) = (test_postgres::schema(), tempfile::tempdir().unwrap());
    documents::uploads_are_whole_or_nothing(folder.path(), Some(schema.url()), &schema).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_documents_are_told() {
    let (schema, folder) = (test_postgres::schema(), tempfile::tempdir().unwrap());
    documents::damage_is_told(folder.path(), Some(schema.url()), &schema).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_up_has_documents_on_another_database_too() {
    let (from, to) = (test_postgres::schema(), test_postgres::schema());
    let folder = tempfile::tempdir().unwrap();
    documents::back_ups_have_them(folder.path(), Some(from.url()), Some(to.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_seen_by_all_servers() {
    documents_shared::are_seen_by_all().await;
}
