//! A hundred thousand users, memberships and authorizations: pages of them, signing in, and who may do what.

use std::sync::Arc;

use hosk_identity::Identity;
use hosk_store::{IdentityChange, IdentityChanged, IdentityEntry, IdentityStore, Membership, Memory};
use serde_json::{Value, json};

use crate::server::{Make, Server};

const CROWD: usize = 100_000;
const GROUPS: usize = 1_000;

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["group-7"])];

fn entry(kind: &str, id: &str, document: &Value) -> IdentityChange {
    let (kind, id, document) = (kind.into(), id.into(), document.to_string().into());
    IdentityChange::Put(IdentityEntry { kind, id, document })
}

fn member(holder: (&str, &str), member: (&str, &str)) -> IdentityChange {
    IdentityChange::Join(Membership {
        holder_kind: holder.0.into(),
        holder: holder.1.into(),
        member_kind: member.0.into(),
        member: member.1.into(),
    })
}

/// Users, each in a group and with an authorization of his own.
fn crowd() -> Vec<IdentityChange> {
    let mut changes = Vec::new();
    for number in 0..GROUPS {
        changes.push(entry("group", &format!("group-{number}"), &json!({"name": format!("Group {number}")})));
    }
    for number in 0..CROWD {
        let (name, group) = (format!("user-{number}"), format!("group-{}", number % GROUPS));
        // In no order, so that sorting by it has something to do.
        let called = format!("Name {}", number * 7_919 % CROWD);
        changes.push(entry("user", &name, &json!({"name": called, "passwordHash": "none"})));
        changes.push(member(("group", &group), ("user", &name)));
        let key = (1_000_000 + number).to_string();
        let may = json!({
            "ownerType": "USER", "ownerId": name, "resourceType": "PROCESS_DEFINITION",
            "resourceId": format!("process-{number}"), "permissionTypes": ["READ_PROCESS_INSTANCE"],
        });
        changes.push(entry("authorization", &key, &may));
        changes.push(member(("authorization", &key), ("user", &name)));
    }
    changes
}

#[tokio::test]
async fn a_hundred_thousand_users_are_paged_and_sign_in() {
    let store = Arc::new(Memory::new());
    // The first roles and their permissions, as every installation has them.
    Identity::start(store.clone()).await.expect("first roles");
    let changed = store.change_identity(&crowd(), None).await.expect("a crowd");
    assert!(matches!(changed, IdentityChanged::Done(_)), "{changed:?}");
    let server = Server::on(store.clone(), store, Make { users: STAFF, ..Make::default() }).await;
    let olga = server.as_user("olga");
    olga.get("/v2/authentication/me").await.good();
    for (path, field, filter) in [
        ("/v2/users/search", "name", json!({"name": {"$like": "*99*"}})),
        ("/v2/users/search", "username", json!({"username": {"$in": ["user-1", "user-99999"]}})),
        ("/v2/groups/search", "name", json!({"name": {"$like": "Group 9*"}})),
        ("/v2/groups/group-7/users/search", "username", Value::Null),
        ("/v2/authorizations/search", "resourceId", json!({"ownerType": "USER"})),
    ] {
        let ask = |page: Value, filter: Value| {
            let mut body = json!({"sort": [{"field": field, "order": "DESC"}], "page": page});
            if !filter.is_null() {
                body["filter"] = filter;
            }
            let olga = &olga;
            async move { olga.post(path, body).await.good() }
        };
        let first = ask(json!({"limit": 50}), Value::Null).await;
        let total = first["page"]["totalItems"].as_u64().expect("a number");
        assert!(total > 100, "{path}: {total}");
        let next = ask(json!({"limit": 50, "after": first["page"]["endCursor"]}), Value::Null).await;
        let second = ask(json!({"limit": 50, "from": 50}), Value::Null).await;
        assert_eq!(next["items"], second["items"], "{path}");
        let back = ask(json!({"limit": 50, "before": next["page"]["startCursor"]}), Value::Null).await;
        assert_eq!(back["items"], first["items"], "{path}");
        ask(json!({"from": total - 10, "limit": 50}), Value::Null).await;
        ask(json!({"limit": 50}), filter).await;
    }
    let stan = server.as_user("stan");
    let mine = stan.post("/v2/process-instances/search", json!({})).await.good();
    assert_eq!(mine["items"], json!([]));
    let user = json!({"username": "new", "password": "long enough"});
    olga.post("/v2/users", user).await.good();
    let join = olga.with_body(reqwest::Method::PUT, "/v2/groups/group-7/users/new", json!({}));
    assert_eq!(join.await.status, 204);
    let session = json!({"username": "new", "password": "long enough"});
    server.post("/hosk/v1/session", session).await.good();
}
