//! `hosk migrate --citus` on a database that takes itself for the coordinator of a cluster, and a server on it.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::process::{Command, Output};

fn migrate(data: &std::path::Path, url: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hosk"))
        .args(["migrate", "--citus", "--data"])
        .arg(data)
        .args(more)
        .env("HOSK_DATABASE", url)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn tables_are_spread_once_and_again() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), test_postgres::cluster());
    let first = migrate(folder.path(), schema.url(), &[]);
    let told = text(&first.stdout);
    assert!(first.status.success(), "{told}{}", text(&first.stderr));
    assert!(told.contains("distributed by bucket now: process_instance, history"), "{told}");
    assert!(told.contains("on every machine now: file, process_definition"), "{told}");
    let again = migrate(folder.path(), schema.url(), &["--json"]);
    let told: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&told["distributed"], &told["copied"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(told["kept"].as_u64().unwrap() > 30, "{told}");
}

#[test]
fn a_database_without_citus_is_refused_with_the_remedy() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), test_postgres::schema());
    let refused = migrate(folder.path(), schema.url(), &[]);
    let told = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("CREATE EXTENSION citus"), "{told}");
}
