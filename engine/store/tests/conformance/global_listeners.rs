//! Task listeners of the installation.

use hosk_store::{
    Condition, Filter, GlobalTaskListenerField as F, ListenerAdded, Search, Sort, StoredTaskListener,
};

use crate::world::{NOW, World};

fn listener(id: &str, events: &[&str], priority: i32) -> StoredTaskListener {
    StoredTaskListener {
        id: id.into(),
        job_type: format!("{id}-job").into(),
        retries: 3,
        event_types: events.iter().map(|event| (*event).into()).collect(),
        after_non_global: false,
        priority,
    }
}

pub(crate) async fn task_listeners_are_kept_by_id(world: World) {
    let add = async |one| world.store.add_task_listener(one, NOW, 2).await.unwrap();
    assert_eq!(add(listener("b", &["creating", "completing"], 5)).await, ListenerAdded::Added);
    assert_eq!(add(listener("b", &["all"], 5)).await, ListenerAdded::Exists);
    assert_eq!(add(listener("a", &["all"], -7)).await, ListenerAdded::Added);
    assert_eq!(add(listener("c", &["all"], 5)).await, ListenerAdded::TooMany);
    let changed =
        StoredTaskListener { retries: 9, after_non_global: true, ..listener("a", &["updating"], -8) };
    assert!(world.store.put_task_listener(changed.clone(), NOW).await.unwrap());
    assert!(!world.store.put_task_listener(listener("z", &["all"], 1), NOW).await.unwrap());
    let all = world.store.task_listeners_all().await.unwrap();
    assert_eq!(all, [changed, listener("b", &["creating", "completing"], 5)]);
    let ids = async |filter: Filter<F>| {
        let sort = vec![Sort { field: F::Priority, descending: true }];
        let found = world.store.global_task_listeners(Search { filter, sort, ..Search::default() }).await;
        found.unwrap().items.iter().map(|one| one.id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids(Filter::everything()).await, "b a");
    assert_eq!(ids(Filter::eq(F::EventTypes, "completing")).await, "b");
    assert_eq!(ids(Filter::eq(F::AfterNonGlobal, true)).await, "a");
    assert_eq!(ids(Filter::eq(F::Source, "API")).await, "b a");
    assert_eq!(ids(Filter::Is(F::Source, Condition::Neq("API".into()))).await, "");
    assert!(world.store.remove_task_listener("a".into()).await.unwrap());
    assert!(!world.store.remove_task_listener("a".into()).await.unwrap());
    assert_eq!(world.store.task_listeners_all().await.unwrap().len(), 1);
}
