//! Plugins, their versions and their files.

use hosk_core::Timestamp;
use hosk_store::{AddedPluginVersion, NewPluginVersion, PluginActivation, PluginStore, StoredPlugin};

fn version(id: &str, contract_version: u32, hash: &str, size: u64) -> NewPluginVersion {
    NewPluginVersion {
        id: id.into(),
        contract_version,
        title: "The ERP".into(),
        release: Some("1.2.3".into()),
        hash: hash.into(),
        size,
        contract: format!(r#"{{"of":"{hash}"}}"#).into(),
        signer: None,
        installed: Timestamp(5),
        installed_by: Some("anna".into()),
    }
}

async fn add(store: &impl PluginStore, id: &str, contract_version: u32, file: &[u8]) -> AddedPluginVersion {
    let hash = String::from_utf8_lossy(file);
    let (one, other) = file.split_at(file.len() / 2);
    for (part, bytes) in [(0, one), (1, other), (0, one)] {
        store.put_plugin_part(&hash, part, bytes).await.unwrap();
    }
    store.add_plugin_version(&version(id, contract_version, &hash, file.len() as u64)).await.unwrap()
}

async fn activate(store: &impl PluginStore, id: &str, number: u32) -> bool {
    let activation = PluginActivation { id: id.into(), number, at: Timestamp(9), by: None };
    store.activate_plugin(&activation).await.unwrap()
}

/// Current, previous, and the numbers of those that are active.
fn state(plugin: &StoredPlugin) -> (Option<u32>, Option<u32>, Vec<u32>) {
    let active = plugin.versions.iter().filter(|version| version.active).map(|version| version.number);
    (plugin.current, plugin.previous, active.collect())
}

/// Adds, activates and removes versions.
pub(crate) async fn plugins_are_kept(store: &impl PluginStore) {
    assert_eq!(store.plugins().await.unwrap(), []);
    let missing = store.add_plugin_version(&version("erp", 1, "nothing", 7)).await.unwrap();
    assert_eq!(missing, AddedPluginVersion::Incomplete);
    assert_eq!(store.plugins().await.unwrap(), [], "and nothing was added");
    assert_eq!(add(store, "erp", 1, b"one").await, AddedPluginVersion::Added(1));
    assert_eq!(add(store, "erp", 1, b"one").await, AddedPluginVersion::Exists(1));
    assert_eq!(add(store, "crm", 1, b"one").await, AddedPluginVersion::Added(1), "the file of another");
    assert_eq!(add(store, "erp", 1, b"two").await, AddedPluginVersion::Added(2));
    assert_eq!(add(store, "erp", 2, b"three").await, AddedPluginVersion::Added(3));
    let all = store.plugins().await.unwrap();
    assert_eq!(all.iter().map(|plugin| &*plugin.id).collect::<Vec<_>>(), ["crm", "erp"]);
    assert_eq!(state(&all[1]), (None, None, vec![]));
    let first = &all[1].versions[0];
    assert_eq!((&*first.hash, first.size, first.contract_version, &*first.title), ("one", 3, 1, "The ERP"));
    assert_eq!((first.release.as_deref(), first.installed_by.as_deref()), (Some("1.2.3"), Some("anna")));
    assert_eq!(store.plugin_contract("erp", 3).await.unwrap().as_deref(), Some(r#"{"of":"three"}"#));
    assert_eq!(store.plugin_contract("erp", 4).await.unwrap(), None);
    assert_eq!(store.plugin_file("three").await.unwrap().as_deref(), Some(&b"three"[..]));
    assert_eq!(store.plugin_file("none").await.unwrap(), None);
    activations(store).await;
    removals(store).await;
}

async fn activations(store: &impl PluginStore) {
    let erp = async || state(&store.plugins().await.unwrap()[1]);
    assert!(!activate(store, "erp", 7).await && !activate(store, "none", 1).await);
    assert!(activate(store, "erp", 1).await);
    assert_eq!(erp().await, (Some(1), None, vec![1]));
    assert!(activate(store, "erp", 2).await);
    assert_eq!(erp().await, (Some(2), Some(1), vec![2]), "one for each version of the contract");
    assert!(activate(store, "erp", 2).await);
    assert_eq!(erp().await, (Some(2), Some(1), vec![2]), "a repeat changes nothing");
    assert!(activate(store, "erp", 3).await);
    assert_eq!(erp().await, (Some(3), Some(2), vec![2, 3]), "side by side");
    let stored = store.plugins().await.unwrap();
    assert_eq!((stored[1].updated, stored[1].updated_by.as_deref()), (Timestamp(9), None));
}

async fn removals(store: &impl PluginStore) {
    assert!(!store.remove_plugin_version("erp", 3).await.unwrap(), "the current one stays");
    assert!(!store.remove_plugin_version("erp", 9).await.unwrap());
    assert!(store.remove_plugin_version("erp", 2).await.unwrap());
    assert_eq!(state(&store.plugins().await.unwrap()[1]), (Some(3), None, vec![3]));
    assert_eq!(store.plugin_file("two").await.unwrap(), None, "its file went with it");
    assert!(store.remove_plugin_version("erp", 1).await.unwrap());
    assert!(store.plugin_file("one").await.unwrap().is_some(), "another plugin has the same file");
    assert_eq!(add(store, "erp", 1, b"four").await, AddedPluginVersion::Added(4), "no number is given twice");
    assert!(store.remove_plugin("erp").await.unwrap() && !store.remove_plugin("erp").await.unwrap());
    assert_eq!(store.plugin_file("three").await.unwrap(), None);
    assert!(store.remove_plugin_version("crm", 1).await.unwrap());
    assert_eq!(store.plugins().await.unwrap(), [], "without versions there is no plugin");
}
