//! Connections and their secrets.

use hosk_core::Timestamp;
use hosk_store::{ConnectionStore, StoredConnection, StoredSecret};

fn secret(name: &str, sealed: &[u8]) -> StoredSecret {
    StoredSecret { name: name.into(), sealed: sealed.into(), updated: Timestamp(7) }
}

fn connection(id: &str, secrets: Vec<StoredSecret>) -> StoredConnection {
    StoredConnection {
        id: id.into(),
        connector: "http".into(),
        document: r#"{"settings":{"note":"a\u0000b"}}"#.into(),
        updated: Timestamp(5),
        updated_by: Some("anna".into()),
        secrets,
    }
}

/// Adds, replaces and removes connections and secrets.
pub(crate) async fn connections_are_kept(store: &impl ConnectionStore) {
    assert_eq!(store.connections().await.unwrap(), []);
    let erp = connection("erp", vec![secret("a", &[0, 255]), secret("b", b"two")]);
    let crm = connection("crm", vec![]);
    assert!(store.add_connection(&erp).await.unwrap() && store.add_connection(&crm).await.unwrap());
    assert_eq!(store.connections().await.unwrap(), [crm.clone(), erp.clone()]);
    let again = connection("erp", vec![secret("c", b"three")]);
    assert!(!store.add_connection(&again).await.unwrap(), "it exists");
    assert_eq!(store.connections().await.unwrap(), [crm.clone(), erp.clone()], "and nothing is changed");

    let changed = StoredConnection {
        document: "{}".into(),
        updated: Timestamp(9),
        updated_by: None,
        secrets: vec![secret("b", b"new")],
        ..erp.clone()
    };
    assert!(store.put_connection(&changed).await.unwrap());
    let kept =
        StoredConnection { secrets: vec![erp.secrets[0].clone(), changed.secrets[0].clone()], ..changed };
    assert_eq!(store.connections().await.unwrap(), [crm.clone(), kept.clone()]);
    assert!(!store.put_connection(&connection("none", vec![secret("x", b"y")])).await.unwrap());

    assert!(store.put_secret("crm", &secret("a", b"1")).await.unwrap());
    assert!(!store.put_secret("none", &secret("a", b"1")).await.unwrap());
    assert!(
        store.remove_secret("erp", "a").await.unwrap() && !store.remove_secret("erp", "a").await.unwrap()
    );
    let crm = StoredConnection { secrets: vec![secret("a", b"1")], ..crm };
    let kept = StoredConnection { secrets: kept.secrets[1..].to_vec(), ..kept };
    assert_eq!(store.connections().await.unwrap(), [crm.clone(), kept]);

    assert!(store.remove_connection("erp").await.unwrap() && !store.remove_connection("erp").await.unwrap());
    assert_eq!(store.connections().await.unwrap(), [crm]);
    // The secrets went with it.
    assert!(store.add_connection(&connection("erp", vec![])).await.unwrap());
    assert_eq!(store.connections().await.unwrap()[1].secrets, []);
}
