//! Variables of the installation.

use hosk_store::{ClusterVariableField as F, Filter, Search, StoredClusterVariable, VariableAdded};

use crate::world::{NOW, World};

fn variable(tenant: Option<&str>, name: &str, value: &str) -> StoredClusterVariable {
    let tenant = tenant.map(Into::into);
    StoredClusterVariable { tenant, name: name.into(), value: value.into(), metadata: None }
}

pub(crate) async fn cluster_variables_are_kept_by_tenant_and_name(world: World) {
    let add = async |one| world.store.add_cluster_variable(one, NOW, 3).await.unwrap();
    assert_eq!(add(variable(None, "a", "1")).await, VariableAdded::Added);
    assert_eq!(add(variable(None, "a", "2")).await, VariableAdded::Exists);
    assert_eq!(add(variable(Some("t"), "a", "3")).await, VariableAdded::Added);
    assert_eq!(add(variable(None, "b", "4")).await, VariableAdded::Added);
    assert_eq!(add(variable(None, "c", "5")).await, VariableAdded::TooMany);
    let metadata = Some("{\"x\":1}".into());
    let changed = StoredClusterVariable { metadata: metadata.clone(), ..variable(None, "a", "6") };
    assert!(world.store.put_cluster_variable(changed, NOW).await.unwrap());
    assert!(world.store.put_cluster_variable(variable(None, "a", "7"), NOW).await.unwrap());
    assert!(!world.store.put_cluster_variable(variable(None, "z", "7"), NOW).await.unwrap());
    let all = world.store.cluster_variables_all().await.unwrap();
    let names: Vec<_> = all.iter().map(|one| (one.tenant.as_deref(), &*one.name, &*one.value)).collect();
    assert_eq!(names, [(None, "a", "7"), (None, "b", "4"), (Some("t"), "a", "3")]);
    assert_eq!(all[0].metadata, metadata);
    let tenants = Search::by(Filter::eq(F::Scope, "TENANT"));
    let found = world.store.cluster_variables(tenants).await.unwrap().items;
    assert_eq!((found.len(), found[0].tenant_id.as_deref()), (1, Some("t")));
    let globals = Search::by(Filter::eq(F::Scope, "GLOBAL"));
    assert_eq!(world.store.cluster_variables(globals).await.unwrap().total_items, 2);
    assert!(world.store.remove_cluster_variable(Some("t".into()), "a".into()).await.unwrap());
    assert!(!world.store.remove_cluster_variable(Some("t".into()), "a".into()).await.unwrap());
    assert_eq!(world.store.cluster_variables_all().await.unwrap().len(), 2);
}
