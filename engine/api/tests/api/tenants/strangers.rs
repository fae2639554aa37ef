//! Members of different tenants on one server: what one tells the other.

use reqwest::Method;
use serde_json::{Value, json};

use super::table::{COUNTS, Row, operations, row};
use super::world::{World, at_rest, secrets};
use crate::server::{Make, Server};

/// Operators all, so that nothing but tenants stands between them. `anna` is a member of `north`, `ben` of `south`, `nora` of none.
const STAFF: &[(&str, &[&str])] =
    &[("olga", &["operators"]), ("anna", &["operators"]), ("ben", &["operators"]), ("nora", &["operators"])];

/// Members of different tenants on one server, neither of them of the default tenant.
pub(crate) async fn two_tenants() -> (Server, Server, Server) {
    two_tenants_of(tenants_of(Make::default()).await).await
}

/// A server that tells tenants apart.
pub(crate) async fn tenants_of(make: Make) -> Server {
    Server::make(told_apart(make)).await
}

/// The same, still to be made.
pub(crate) fn told_apart(make: Make) -> Make {
    Make { users: STAFF, tenants: true, ..make }
}

async fn two_tenants_of(server: Server) -> (Server, Server, Server) {
    let olga = server.as_user("olga");
    for (tenant, user) in [("north", "anna"), ("south", "ben"), ("<default>", "olga")] {
        if tenant != "<default>" {
            olga.post("/v2/tenants", json!({"tenantId": tenant, "name": tenant})).await.good();
        }
        let path = format!("/v2/tenants/{}/users/{user}", tenant.replace('<', "%3C").replace('>', "%3E"));
        assert_eq!(olga.send(olga.request(Method::PUT, &path)).await.status, 204, "{path}");
    }
    let path = "/v2/tenants/%3Cdefault%3E/roles/admin";
    assert_eq!(olga.send(olga.request(Method::DELETE, path)).await.status, 204);
    (server.as_user("olga"), server.as_user("anna"), server.as_user("ben"))
}

/// What somebody is answered to every question that changes nothing.
pub(super) async fn all_told(server: &Server, world: &World) -> Vec<(&'static str, Value)> {
    let mut told = Vec::new();
    for (method, path, id) in operations() {
        if let Row::Asks(body) = row(id) {
            let answer = world.ask(server, &method, &path, body).await;
            assert_eq!(answer.status, 200, "{id}: {}", answer.text);
            told.push((id, if answer.json().is_null() { json!(answer.text) } else { answer.json() }));
        }
    }
    told
}

/// Asks every route of the router about things of another tenant.
pub(crate) async fn strangers_see_and_do_nothing(server: Server) {
    let (_, anna, ben) = two_tenants_of(server).await;
    let nowhere = World::nowhere();
    let mut empty = Vec::new();
    for (method, path, id) in operations() {
        if let Row::Asks(body) = row(id) {
            empty.push((id, nowhere.ask(&anna, &method, &path, body).await));
        }
    }
    let world = World::of(&ben).await;
    let before = all_told(&ben, &world).await;
    let secrets = secrets(&before);
    assert!(secrets.len() > 40, "{secrets:?}");
    for (id, answer) in &before {
        let told = secrets.iter().any(|secret| answer.to_string().contains(secret.as_str()));
        // Counts have no keys, and show that they are another tenant's by being none.
        assert!(told || COUNTS.contains(id), "{id} tells ben nothing of his: {answer}");
    }
    for (method, path, id) in operations() {
        if let Row::Asks(body) = row(id) {
            let (foreign, (_, alone)) = (
                world.ask(&anna, &method, &path, body).await,
                empty.iter().find(|(one, _)| *one == id).unwrap(),
            );
            // Numbers have no owner: they are as if ben were not there.
            assert_eq!(foreign.status, alone.status, "{id}");
            assert!(!foreign.status.is_success() || foreign.text == alone.text, "{id}: {}", foreign.text);
        }
    }
    for (method, path, id) in operations() {
        let body = match row(id) {
            Row::Asks(body) | Row::Does(body) => body,
            Row::Installation => continue,
        };
        let foreign = world.ask(&anna, &method, &path, body).await;
        let missing = nowhere.ask(&anna, &method, &path, body).await;
        let status = foreign.status.as_u16();
        assert!(matches!(status, 200 | 204 | 403 | 404), "{id} gave {status}: {}", foreign.text);
        assert_eq!(status, missing.status.as_u16(), "{id}: {} {}", foreign.text, missing.text);
        let (told, blank) = (world.without_asked(&foreign.text), nowhere.without_asked(&missing.text));
        for secret in &secrets {
            assert!(!told.contains(secret.as_str()), "{id} tells {secret}: {told}");
        }
        if status >= 400 {
            assert_eq!(told, blank, "{id}");
        }
        if body.starts_with('{') && body != "{}" {
            // What cannot be read is refused before anything is looked up; a tenant in the path says enough.
            let refused = if path.contains("{tenantId}") { 403 } else { 400 };
            let unreadable = r#"{"noSuchProperty": 1}"#;
            let foreign = world.ask(&anna, &method, &path, unreadable).await;
            assert_eq!(foreign.status.as_u16(), refused, "{id}: {}", foreign.text);
            let missing = nowhere.ask(&anna, &method, &path, unreadable).await;
            assert_eq!(world.without_asked(&foreign.text), nowhere.without_asked(&missing.text), "{id}");
        }
    }
    at_rest(&anna).await;
    let after = all_told(&ben, &world).await;
    for ((id, one), (_, other)) in before.iter().zip(&after) {
        assert_eq!(one, other, "{id}: something of ben's changed");
    }
}
