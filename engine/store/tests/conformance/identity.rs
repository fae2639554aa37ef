//! Users, groups and the like, and who belongs to what.

use std::sync::Arc;

use hosk_store::{
    IdentityChange as Change, IdentityChanged as Changed, IdentityEntry, IdentityStore, Membership,
};

fn entry(kind: &str, id: &str, document: &str) -> IdentityEntry {
    IdentityEntry { kind: kind.into(), id: id.into(), document: document.into() }
}

fn of(holder: (&str, &str), member: (&str, &str)) -> Membership {
    Membership {
        holder_kind: holder.0.into(),
        holder: holder.1.into(),
        member_kind: member.0.into(),
        member: member.1.into(),
    }
}

fn remove(kind: &str, id: &str) -> Change {
    Change::Remove { kind: kind.into(), id: id.into() }
}

async fn done(store: &impl IdentityStore, changes: &[Change]) -> u64 {
    match store.change_identity(changes, None).await.unwrap() {
        Changed::Done(version) => version,
        other => panic!("{other:?}"),
    }
}

/// Entries and memberships are added, replaced and removed, all of a transaction or nothing.
pub(crate) async fn identities_are_kept(store: &impl IdentityStore) {
    assert_eq!(store.identity().await.unwrap(), hosk_store::IdentityState::default());
    let (anna, night) =
        (entry("user", "anna", r#"{"name":"Änna \u0000"}"#), entry("group", "night \"shift\"", "{}"));
    let member = of(("group", "night \"shift\""), ("user", "anna"));
    let first = [Change::Add(anna.clone()), Change::Add(night.clone()), Change::Assign(member.clone())];
    assert_eq!(done(store, &first).await, 1);
    let state = store.identity().await.unwrap();
    assert_eq!((state.version, store.identity_version().await.unwrap()), (1, 1));
    assert_eq!(state.entries, [night.clone(), anna.clone()], "by kind and id");
    assert_eq!(state.memberships, std::slice::from_ref(&member));

    let refused = [
        (vec![Change::Put(entry("user", "bert", "{}")), Change::Add(anna.clone())], 1),
        (vec![Change::Assign(member.clone())], 0),
        (vec![Change::Replace(entry("group", "day", "{}"))], 0),
        (vec![Change::Require { kind: "user".into(), id: "night \"shift\"".into() }], 0),
        (vec![remove("user", "anna"), remove("user", "nobody")], 1),
        (vec![Change::Unassign(of(("group", "night \"shift\""), ("client", "anna")))], 0),
    ];
    for (changes, place) in refused {
        assert_eq!(
            store.change_identity(&changes, None).await.unwrap(),
            Changed::Refused(place),
            "{changes:?}"
        );
    }
    assert_eq!(store.identity().await.unwrap(), state, "nothing of them was done");
    let late = store.change_identity(&[remove("user", "anna")], Some(0)).await.unwrap();
    assert_eq!(late, Changed::Outdated);

    let idle = [
        Change::Require { kind: "user".into(), id: "anna".into() },
        Change::Ensure(entry("user", "anna", "{}")),
        Change::Join(member.clone()),
        Change::Leave { holder_kind: "tenant".into(), member_kind: "user".into(), member: "anna".into() },
    ];
    assert_eq!(store.change_identity(&idle, Some(1)).await.unwrap(), Changed::Done(2));
    let same = store.identity().await.unwrap();
    assert_eq!((same.entries, same.memberships), (state.entries, state.memberships));
    let changed = entry("user", "anna", r#"{"name":"Anna"}"#);
    done(store, &[Change::Replace(changed.clone()), Change::Unassign(member)]).await;
    let state = store.identity().await.unwrap();
    assert_eq!((state.entries, state.memberships.len()), (vec![night, changed], 0));
}

/// What is removed takes its memberships along, and what belongs to it.
pub(crate) async fn what_belongs_to_somebody_goes_with_him(store: &impl IdentityStore) {
    let entries = [
        entry("authorization", "1", "{}"),
        entry("authorization", "2", "{}"),
        entry("group", "a", "{}"),
        entry("token", "t", "{}"),
        entry("user", "anna", "{}"),
        entry("user", "bert", "{}"),
    ];
    let memberships = [
        of(("authorization", "1"), ("user", "anna")),
        of(("authorization", "2"), ("group", "anna")),
        of(("group", "a"), ("user", "anna")),
        of(("group", "a"), ("user", "bert")),
        of(("token", "t"), ("user", "anna")),
    ];
    let mut all: Vec<Change> = entries.iter().cloned().map(Change::Put).collect();
    all.extend(memberships.iter().cloned().map(Change::Assign));
    done(store, &all).await;
    done(store, &[remove("user", "anna")]).await;
    let state = store.identity().await.unwrap();
    let left: Vec<(&str, &str)> = state.entries.iter().map(|one| (&*one.kind, &*one.id)).collect();
    assert_eq!(left, [("authorization", "2"), ("group", "a"), ("user", "bert")]);
    assert_eq!(state.memberships, [memberships[1].clone(), memberships[3].clone()]);
    done(store, &[remove("group", "a")]).await;
    assert_eq!(store.identity().await.unwrap().memberships, [memberships[1].clone()]);
}

/// Of many who want the same id, one gets it.
pub(crate) async fn one_of_many_gets_an_id(store: Arc<impl IdentityStore>) {
    let before = store.identity_version().await.unwrap();
    let tries = (0..16).map(|number| {
        let store = Arc::clone(&store);
        let add = Change::Add(entry("role", "wanted", &format!("{{\"n\":{number}}}")));
        tokio::spawn(async move { store.change_identity(&[add], None).await.unwrap() })
    });
    let tries: Vec<_> = tries.collect();
    let mut winners = 0;
    for one in tries {
        winners += usize::from(matches!(one.await.unwrap(), Changed::Done(_)));
    }
    assert_eq!((winners, store.identity_version().await.unwrap()), (1, before + 1));
}
