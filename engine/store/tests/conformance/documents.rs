//! Documents, their bytes, and bytes that no document has.

use std::sync::Arc;

use hosk_core::Timestamp;
use hosk_store::{DOCUMENT_PART, DocumentAdded, DocumentStore, LooseContent, StoredDocument};

fn document(id: &str, content: &str) -> StoredDocument {
    StoredDocument {
        id: id.into(),
        content: content.into(),
        store: "database".into(),
        content_type: "text/plain".into(),
        file_name: "Հաշիվ.txt".into(),
        size: 3,
        hash: "00ff".into(),
        created: Timestamp(5),
        created_by: Some("anna".into()),
        expires: None,
        process_definition_id: Some("ship-goods".into()),
        process_instance_key: Some(7),
        properties: r#"{"pages":1.50}"#.into(),
    }
}

fn loose(content: &str) -> LooseContent {
    LooseContent { content: content.into(), store: "database".into() }
}

/// The names of doomed bytes, sorted.
async fn doomed(store: &impl DocumentStore, before: i64, limit: u64) -> Vec<String> {
    let doomed = store.doomed_contents("database".into(), Timestamp(before), limit).await.unwrap();
    let mut names: Vec<String> = doomed.iter().map(ToString::to_string).collect();
    names.sort();
    names
}

/// Bytes that are loose, so many parts of them.
async fn write(store: &impl DocumentStore, content: &str, parts: u32, at: i64) {
    store.begin_content(loose(content), Timestamp(at)).await.unwrap();
    for part in 0..parts {
        store.put_document_part(content.into(), part, vec![part as u8; 3]).await.unwrap();
    }
}

async fn part(store: &impl DocumentStore, content: &str, part: u32) -> Option<Vec<u8>> {
    store.document_part(content.into(), part).await.unwrap()
}

/// `other` is the same store, perhaps as another server sees it.
pub(crate) async fn documents_are_kept(store: &impl DocumentStore, other: &impl DocumentStore) {
    another_server_sees_them(store, other).await;
    bytes_belong_to_one_document(store).await;
    what_no_document_has_goes(store).await;
    time_runs_out(store).await;
}

/// What one server began the other one finishes, and both read it.
async fn another_server_sees_them(store: &impl DocumentStore, other: &impl DocumentStore) {
    write(store, "shared", 2, 100).await;
    assert_eq!(other.add_document(document("shared", "shared")).await.unwrap(), DocumentAdded::Added);
    assert_eq!(store.document("shared".into()).await.unwrap(), Some(document("shared", "shared")));
    assert_eq!(part(other, "shared", 1).await, Some(vec![1; 3]));
    assert!(store.remove_document("shared".into(), "shared".into(), Timestamp(101)).await.unwrap());
    assert_eq!(other.document("shared".into()).await.unwrap(), None);
    assert_eq!(doomed(other, 0, 9).await, ["shared"]);
    assert!(other.shrink_content("shared".into()).await.unwrap());
}

async fn bytes_belong_to_one_document(store: &impl DocumentStore) {
    write(store, "one", 2, 1).await;
    assert_eq!(store.document("a".into()).await.unwrap(), None);
    assert_eq!(store.add_document(document("a", "one")).await.unwrap(), DocumentAdded::Added);
    assert_eq!(store.document("a".into()).await.unwrap(), Some(document("a", "one")));
    let bare = StoredDocument {
        created_by: None,
        expires: Some(Timestamp(90)),
        process_definition_id: None,
        process_instance_key: None,
        ..document("b", "two")
    };
    // Bytes nobody began are nobody's.
    assert_eq!(store.add_document(bare.clone()).await.unwrap(), DocumentAdded::Doomed);
    write(store, "two", 1, 1).await;
    assert_eq!(store.add_document(bare.clone()).await.unwrap(), DocumentAdded::Added);
    assert_eq!(store.document("b".into()).await.unwrap(), Some(bare));
    write(store, "three", 1, 2).await;
    assert_eq!(store.add_document(document("a", "three")).await.unwrap(), DocumentAdded::Exists);
    assert_eq!(store.document("a".into()).await.unwrap().unwrap().content, Arc::from("one"));
    assert_eq!(part(store, "one", 1).await, Some(vec![1; 3]));
    assert_eq!(part(store, "one", 2).await, None);
    // Those of the refused one go at once.
    assert_eq!(doomed(store, 0, 9).await, ["three"]);
    assert!(store.shrink_content("three".into()).await.unwrap());
    assert!(doomed(store, 99, 9).await.is_empty());
    assert_eq!(part(store, "three", 0).await, None);
    let whole = vec![7; DOCUMENT_PART];
    store.put_document_part("large".into(), 0, whole.clone()).await.unwrap();
    assert_eq!(part(store, "large", 0).await, Some(whole));
}

async fn what_no_document_has_goes(store: &impl DocumentStore) {
    write(store, "old", 130, 10).await;
    write(store, "new", 1, 20).await;
    write(store, "given up", 1, 30).await;
    store.doom_content("given up".into()).await.unwrap();
    assert_eq!(doomed(store, 20, 9).await, ["given up", "old"]);
    assert!(store.doomed_contents("elsewhere".into(), Timestamp(99), 9).await.unwrap().is_empty());
    assert_eq!(doomed(store, 20, 1).await, ["old"]);
    // No document can have them any more.
    assert_eq!(store.add_document(document("c", "old")).await.unwrap(), DocumentAdded::Doomed);
    assert_eq!(store.document("c".into()).await.unwrap(), None);
    let mut slices = 1;
    while !store.shrink_content("old".into()).await.unwrap() {
        slices += 1;
        assert!(slices < 10);
    }
    assert_eq!(part(store, "old", 129).await, None);
    assert!(store.shrink_content("given up".into()).await.unwrap());
    assert!(doomed(store, 20, 9).await.is_empty());
    assert_eq!(store.add_document(document("c", "new")).await.unwrap(), DocumentAdded::Added);
    assert!(!store.remove_document("c".into(), "old".into(), Timestamp(40)).await.unwrap());
    assert!(store.remove_document("c".into(), "new".into(), Timestamp(40)).await.unwrap());
    assert!(!store.remove_document("c".into(), "new".into(), Timestamp(40)).await.unwrap());
    assert_eq!(doomed(store, 0, 9).await, ["new"]);
    assert!(store.shrink_content("new".into()).await.unwrap());
}

async fn time_runs_out(store: &impl DocumentStore) {
    for (id, expires) in [("x", 50), ("y", 51), ("z", 52)] {
        write(store, id, 1, 45).await;
        let document = StoredDocument { expires: Some(Timestamp(expires)), ..document(id, id) };
        assert_eq!(store.add_document(document).await.unwrap(), DocumentAdded::Added);
    }
    assert_eq!(store.remove_expired_documents(Timestamp(51), 1).await.unwrap(), 1);
    assert_eq!(store.document("x".into()).await.unwrap(), None);
    assert_eq!(store.remove_expired_documents(Timestamp(51), 9).await.unwrap(), 1);
    assert_eq!(store.remove_expired_documents(Timestamp(51), 9).await.unwrap(), 0);
    assert!(store.document("z".into()).await.unwrap().is_some());
    assert_eq!(doomed(store, 0, 9).await, ["x", "y"]);
}
