//! Users, groups, roles, tenants, mapping rules and authorizations over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Make, Server, text};

async fn put(server: &Server, path: &str, body: Value) -> Answer {
    server.with_body(Method::PUT, path, body).await
}

async fn bare(server: &Server, method: Method, path: &str) -> Answer {
    server.send(server.request(method, path)).await
}

/// The values of one member of all items that a search finds.
async fn found(server: &Server, path: &str, body: Value, member: &str) -> Vec<String> {
    let answer = server.post(path, body).await.good();
    answer["items"].as_array().unwrap().iter().map(|item| text(item, member)).collect()
}

fn user(username: &str) -> Value {
    json!({"username": username, "password": "long enough", "name": "Änna", "email": "anna@hosk.example"})
}

#[tokio::test]
async fn a_user_is_created_changed_and_removed() {
    let anybody = Server::make(Make { users: &[("olga", &["operators"])], ..Make::default() }).await;
    let server = anybody.as_operator();
    let created = server.post("/v2/users", user("anna")).await;
    assert_eq!((created.status.as_u16(), created.text.contains("assword")), (201, false));
    let expected = json!({"username": "anna", "name": "Änna", "email": "anna@hosk.example"});
    assert_eq!(created.json(), expected);
    assert_eq!(server.get("/v2/users/anna").await.good(), expected);
    server.post("/v2/users", user("anna")).await.refused(409, "already-exists");

    let me = async |password: &'static str| {
        let request =
            anybody.request(Method::GET, "/v2/authentication/me").basic_auth("anna", Some(password));
        anybody.send(request).await.status.as_u16()
    };
    assert_eq!(me("long enough").await, 200, "signs in at once");
    let changed = put(&server, "/v2/users/anna", json!({"name": "Anna", "email": ""})).await.good();
    assert_eq!(changed, json!({"username": "anna", "name": "Anna", "email": ""}));
    assert_eq!(me("long enough").await, 200, "the password stays");
    put(&server, "/v2/users/anna", json!({"password": "another one"})).await.good();
    assert_eq!((me("long enough").await, me("another one").await), (401, 200));

    assert_eq!(bare(&server, Method::DELETE, "/v2/users/anna").await.status, 204);
    assert_eq!(me("another one").await, 401, "at once");
    bare(&server, Method::DELETE, "/v2/users/anna").await.refused(404, "not-found");
    put(&server, "/v2/users/anna", json!({})).await.refused(404, "not-found");
    server.get("/v2/users/anna").await.refused(404, "not-found");
}

#[tokio::test]
async fn what_users_cannot_be_is_refused_field_by_field() {
    let server = Server::start().await;
    for (change, code, word) in [
        (json!({"username": "an na"}), "invalid-argument", "username"),
        (json!({"username": ""}), "invalid-argument", "username"),
        (json!({"username": "x".repeat(257)}), "invalid-argument", "username"),
        (json!({"username": null}), "missing-field", "username"),
        (json!({"username": 7}), "wrong-type", "username"),
        (json!({"password": "short"}), "invalid-argument", "password"),
        (json!({"password": "          "}), "invalid-argument", "No password provided"),
        (json!({"password": null}), "missing-field", "password"),
        (json!({"email": "nobody"}), "invalid-argument", "email"),
        (json!({"name": 7}), "wrong-type", "name"),
        (json!({"age": 7}), "unknown-field", "age"),
    ] {
        let mut body = user("anna");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let detail = server.post("/v2/users", body).await.refused(400, code);
        assert!(detail.contains(word), "{change}: {detail}");
    }
    server.post("/v2/users", user("anna")).await.good();
    put(&server, "/v2/users/anna", json!({"password": "short"})).await.refused(400, "invalid-argument");
    put(&server, "/v2/users/anna", json!({"username": "x"})).await.refused(400, "unknown-field");
}

#[tokio::test]
async fn users_are_found_by_every_operator_sorted_and_paged() {
    let server = Server::start().await;
    for (username, name, email) in [
        ("anna", json!("Anna"), json!("a@x.example")),
        ("bert", json!("Bert"), json!(null)),
        ("karen", json!(null), json!("k@x.example")),
    ] {
        let body = json!({"username": username, "password": "long enough", "name": name, "email": email});
        server.post("/v2/users", body).await.good();
    }
    for (filter, expected) in [
        (json!({}), &["anna", "bert", "karen"][..]),
        (json!({"username": "bert"}), &["bert"]),
        (json!({"username": {"$neq": "bert"}}), &["anna", "karen"]),
        (json!({"username": {"$in": ["anna", "x"]}}), &["anna"]),
        (json!({"username": {"$notIn": ["anna", "x"]}}), &["bert", "karen"]),
        (json!({"username": {"$like": "*a*"}}), &["anna", "karen"]),
        (json!({"name": {"$exists": false}}), &["karen"]),
        (json!({"email": {"$eq": "a@x.example"}}), &["anna"]),
        (json!({"$or": [{"name": "Bert"}, {"email": {"$like": "k@*"}}]}), &["bert", "karen"]),
    ] {
        let names = found(&server, "/v2/users/search", json!({"filter": filter}), "username").await;
        assert_eq!(names, expected, "{filter}");
    }
    for (field, order, expected) in [
        ("username", "DESC", ["karen", "bert", "anna"]),
        ("name", "ASC", ["karen", "anna", "bert"]),
        ("email", "DESC", ["karen", "anna", "bert"]),
    ] {
        let body = json!({"sort": [{"field": field, "order": order}]});
        assert_eq!(found(&server, "/v2/users/search", body, "username").await, expected, "{field}");
    }
    let first = server.post("/v2/users/search", json!({"page": {"limit": 2}})).await.good();
    assert_eq!((&first["page"]["totalItems"], first["items"].as_array().unwrap().len()), (&json!(3), 2));
    let body = json!({"page": {"limit": 2, "after": first["page"]["endCursor"]}});
    assert_eq!(found(&server, "/v2/users/search", body, "username").await, ["karen"]);
    for (body, code) in [
        (json!({"filter": {"age": 7}}), "unknown-field"),
        (json!({"sort": [{"field": "age"}]}), "invalid-argument"),
        (json!({"page": {"after": "zz"}}), "invalid-argument"),
        (json!({"page": {"limit": 10_001}}), "invalid-argument"),
    ] {
        server.post("/v2/users/search", body).await.refused(400, code);
    }
}

/// Address, id, and an id that cannot be.
const NAMED: [(&str, &str, &str); 3] =
    [("groups", "groupId", "<default>"), ("roles", "roleId", "a b"), ("tenants", "tenantId", "a~b")];

#[tokio::test]
async fn groups_roles_and_tenants_are_created_changed_and_removed() {
    let server = Server::start().await;
    for (kind, id, improper) in NAMED {
        let (all, one) = (format!("/v2/{kind}"), format!("/v2/{kind}/night"));
        let created = server.post(&all, json!({id: "night", "name": "Night", "description": "at 22"})).await;
        assert_eq!(created.status, 201);
        assert_eq!(created.json(), json!({id: "night", "name": "Night", "description": "at 22"}));
        server.post(&all, json!({id: "night", "name": "x"})).await.refused(409, "already-exists");
        assert_eq!(server.get(&one).await.good()["description"], "at 22");
        let changed = put(&server, &one, json!({"name": "Late"})).await.good();
        assert_eq!(changed, json!({id: "night", "name": "Late", "description": ""}));
        for (body, code) in [
            (json!({id: improper, "name": "x"}), "invalid-argument"),
            (json!({id: "", "name": "x"}), "invalid-argument"),
            (json!({"name": "x"}), "missing-field"),
            (json!({id: "x"}), "missing-field"),
            (json!({id: "x", "name": ""}), "invalid-argument"),
            (json!({id: "x", "name": "  "}), "invalid-argument"),
            (json!({id: "x".repeat(257), "name": "x"}), "invalid-argument"),
            (json!({id: "x", "name": "x", "key": "1"}), "unknown-field"),
        ] {
            server.post(&all, body).await.refused(400, code);
        }
        put(&server, &one, json!({})).await.refused(400, "missing-field");
        let search = format!("{all}/search");
        let by_name = json!({"filter": {"name": "Late"}});
        assert_eq!(found(&server, &search, by_name, id).await, ["night"]);
        let by_id = json!({"filter": {id: "night"}, "sort": [{"field": id}, {"field": "name"}]});
        assert_eq!(found(&server, &search, by_id, "name").await, ["Late"]);
        assert_eq!(bare(&server, Method::DELETE, &one).await.status, 204);
        for method in [Method::DELETE, Method::GET] {
            bare(&server, method, &one).await.refused(404, "not-found");
        }
        put(&server, &one, json!({"name": "x"})).await.refused(404, "not-found");
    }
    bare(&server, Method::DELETE, "/v2/tenants/%3Cdefault%3E").await.refused(409, "invalid-state");
    let default = json!({"tenantId": "<default>", "name": "x"});
    server.post("/v2/tenants", default).await.refused(409, "already-exists");
    let or = json!({"filter": {"$or": [{"roleId": "admin"}, {"name": {"$like": "Read*"}}]}});
    assert_eq!(found(&server, "/v2/roles/search", or, "roleId").await, ["admin", "readonly-admin"]);
    let plain = json!({"filter": {"tenantId": {"$like": "*"}}});
    server.post("/v2/tenants/search", plain).await.refused(400, "wrong-type");
}

#[tokio::test]
async fn a_mapping_rule_is_created_changed_and_removed() {
    let server = Server::start().await;
    let rule = json!({"mappingRuleId": "m", "name": "M", "claimName": "department", "claimValue": "sales"});
    let created = server.post("/v2/mapping-rules", rule.clone()).await;
    assert_eq!((created.status.as_u16(), created.json()), (201, rule.clone()));
    server.post("/v2/mapping-rules", rule.clone()).await.refused(409, "already-exists");
    for missing in ["mappingRuleId", "name", "claimName", "claimValue"] {
        let mut body = rule.clone();
        body.as_object_mut().unwrap().remove(missing);
        let detail = server.post("/v2/mapping-rules", body).await.refused(400, "missing-field");
        assert!(detail.contains(missing), "{detail}");
    }
    let change = json!({"name": "N", "claimName": "department", "claimValue": "shipping"});
    let changed = put(&server, "/v2/mapping-rules/m", change.clone()).await.good();
    assert_eq!(changed, server.get("/v2/mapping-rules/m").await.good());
    for filter in [
        json!({"mappingRuleId": {"$like": "m*"}}),
        json!({"claimName": "department"}),
        json!({"claimValue": "shipping", "name": "N"}),
        json!({"$or": [{"name": "N"}]}),
    ] {
        let body = json!({"filter": filter, "sort": [{"field": "claimValue", "order": "desc"}]});
        assert_eq!(found(&server, "/v2/mapping-rules/search", body, "mappingRuleId").await, ["m"]);
    }
    assert_eq!(bare(&server, Method::DELETE, "/v2/mapping-rules/m").await.status, 204);
    server.get("/v2/mapping-rules/m").await.refused(404, "not-found");
    put(&server, "/v2/mapping-rules/m", change).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_claim_with_its_value_has_one_mapping_rule() {
    let server = Server::start().await;
    let rule = |id: &str, value: &str| json!({"mappingRuleId": id, "name": "N", "claimName": "team", "claimValue": value});
    server.post("/v2/mapping-rules", rule("first", "sales")).await.good();
    let detail =
        server.post("/v2/mapping-rules", rule("second", "sales")).await.refused(409, "already-exists");
    let expected = "Expected to create mapping rule with claimName 'team' and claimValue 'sales', but a mapping rule with \
                    this claim already exists.";
    assert!(detail.contains(expected) && detail.contains("`first`"), "{detail}");
    server.get("/v2/mapping-rules/second").await.refused(404, "not-found");
    server.post("/v2/mapping-rules", rule("second", "Sales")).await.good();
    let change = |name: &str, value: &str| json!({"name": name, "claimName": "team", "claimValue": value});
    let detail =
        put(&server, "/v2/mapping-rules/second", change("N", "sales")).await.refused(409, "already-exists");
    assert!(detail.contains("Expected to update mapping rule with claimName 'team'"), "{detail}");
    assert_eq!(server.get("/v2/mapping-rules/second").await.good()["claimValue"], "Sales");
    // A rule is not in its own way, and a claim is free as soon as its rule is gone.
    put(&server, "/v2/mapping-rules/first", change("Sales", "sales")).await.good();
    assert_eq!(bare(&server, Method::DELETE, "/v2/mapping-rules/first").await.status, 204);
    put(&server, "/v2/mapping-rules/second", change("N", "sales")).await.good();
}

#[tokio::test]
async fn members_of_every_kind_come_and_go() {
    let server = Server::start().await;
    server.post("/v2/users", user("anna")).await.good();
    for (kind, id, _) in NAMED {
        server.post(&format!("/v2/{kind}"), json!({id: "night", "name": "Night"})).await.good();
    }
    let rule = json!({"mappingRuleId": "m", "name": "M", "claimName": "a", "claimValue": "b"});
    server.post("/v2/mapping-rules", rule).await.good();
    let links = [
        ("groups", "users", "anna", "username"),
        ("groups", "clients", "robot", "clientId"),
        ("groups", "mapping-rules", "m", "mappingRuleId"),
        ("roles", "users", "anna", "username"),
        ("roles", "clients", "robot", "clientId"),
        ("roles", "groups", "night", "groupId"),
        ("roles", "mapping-rules", "m", "mappingRuleId"),
        ("tenants", "users", "anna", "username"),
        ("tenants", "clients", "robot", "clientId"),
        ("tenants", "groups", "night", "groupId"),
        ("tenants", "roles", "night", "roleId"),
        ("tenants", "mapping-rules", "m", "mappingRuleId"),
    ];
    for (holder, members, member, field) in links {
        let (one, search) = (
            format!("/v2/{holder}/night/{members}/{member}"),
            format!("/v2/{holder}/night/{members}/search"),
        );
        assert_eq!(found(&server, &search, json!({}), field).await, Vec::<String>::new());
        bare(&server, Method::DELETE, &one).await.refused(404, "not-found");
        assert_eq!(bare(&server, Method::PUT, &one).await.status, 204, "{one}");
        bare(&server, Method::PUT, &one).await.refused(409, "already-exists");
        let body = json!({"sort": [{"field": field, "order": "DESC"}], "page": {"limit": 5}});
        assert_eq!(found(&server, &search, body, field).await, [member]);
        let foreign = json!({"filter": {"tribe": 1}});
        server.post(&search, foreign).await.refused(400, "unknown-field");
        let nowhere = one.replace("/night/", "/none/");
        bare(&server, Method::PUT, &nowhere).await.refused(404, "not-found");
        bare(&server, Method::DELETE, &nowhere).await.refused(404, "not-found");
        let none = found(&server, &search.replace("/night/", "/none/"), json!({}), field).await;
        assert_eq!(none, Vec::<String>::new(), "what is not there has no members");
        if members == "clients" {
            let strange = bare(&server, Method::PUT, &format!("{one}%20x")).await;
            strange.refused(400, "invalid-argument");
        } else {
            bare(&server, Method::PUT, &format!("{one}x")).await.refused(404, "not-found");
        }
    }
    assert_eq!(found(&server, "/v2/groups/night/roles/search", json!({}), "roleId").await, ["night"]);
    let none = found(&server, "/v2/groups/none/roles/search", json!({}), "roleId").await;
    assert_eq!(none, Vec::<String>::new());
    let foreign = json!({"filter": {"tribe": 1}});
    server.post("/v2/groups/none/roles/search", foreign).await.refused(400, "unknown-field");
    // Those of `anna` as a member of the role go with herself.
    for (holder, members, member, _) in
        links.into_iter().filter(|link| (link.0, link.1) != ("roles", "users"))
    {
        let one = format!("/v2/{holder}/night/{members}/{member}");
        assert_eq!(bare(&server, Method::DELETE, &one).await.status, 204, "{one}");
        bare(&server, Method::DELETE, &one).await.refused(404, "not-found");
    }
    assert_eq!(bare(&server, Method::DELETE, "/v2/users/anna").await.status, 204);
    let members = found(&server, "/v2/roles/night/users/search", json!({}), "username").await;
    assert_eq!(members, Vec::<String>::new(), "who is removed is no member any more");
}

fn authorization() -> Value {
    json!({
        "ownerId": "night", "ownerType": "GROUP", "resourceId": "ship-goods",
        "resourceType": "PROCESS_DEFINITION", "permissionTypes": ["READ_PROCESS_INSTANCE", "create_process_instance"],
    })
}

#[tokio::test]
async fn an_authorization_is_created_replaced_and_removed() {
    let server = Server::start().await;
    server.post("/v2/authorizations", authorization()).await.refused(404, "not-found");
    server.post("/v2/groups", json!({"groupId": "night", "name": "Night"})).await.good();
    let created = server.post("/v2/authorizations", authorization()).await;
    assert_eq!(created.status, 201);
    let key = text(&created.json(), "authorizationKey");
    let path = format!("/v2/authorizations/{key}");
    let expected = json!({
        "authorizationKey": key, "ownerId": "night", "ownerType": "GROUP", "resourceId": "ship-goods",
        "resourcePropertyName": null, "resourceType": "PROCESS_DEFINITION",
        "permissionTypes": ["READ_PROCESS_INSTANCE", "CREATE_PROCESS_INSTANCE"],
    });
    assert_eq!(server.get(&path).await.good(), expected);
    for (filter, count) in [
        (json!({"ownerId": "night"}), 1),
        (json!({"ownerType": "group", "ownerId": "night"}), 1),
        (json!({"resourceIds": ["ship-goods", "other"]}), 1),
        (json!({"resourceType": "PROCESS_DEFINITION", "ownerId": "night"}), 1),
        (json!({"resourcePropertyNames": ["assignee"]}), 0),
        (json!({"ownerType": "USER"}), 0),
        (json!({"ownerType": "UNSPECIFIED"}), 0),
    ] {
        let body = json!({"filter": filter, "sort": [{"field": "resourceType"}, {"field": "ownerId"}]});
        let keys = found(&server, "/v2/authorizations/search", body, "authorizationKey").await;
        assert_eq!(keys.len(), count, "{filter}");
    }
    let detail = server.post("/v2/authorizations", authorization()).await.refused(409, "already-exists");
    assert!(detail.contains("for owner 'night' for resource identifier 'ship-goods'"), "{detail}");
    let property = json!({
        "ownerId": "robot", "ownerType": "CLIENT", "resourcePropertyName": "assignee",
        "resourceType": "USER_TASK", "permissionTypes": ["READ"],
    });
    assert_eq!(put(&server, &path, property).await.status, 204);
    let replaced = server.get(&path).await.good();
    assert_eq!(
        (&replaced["resourceId"], &replaced["resourcePropertyName"]),
        (&Value::Null, &json!("assignee"))
    );
    bare(&server, Method::DELETE, "/v2/groups/night").await;
    assert_eq!(server.get(&path).await.good()["ownerId"], "robot", "it is the group's no more");
    assert_eq!(bare(&server, Method::DELETE, &path).await.status, 204);
    bare(&server, Method::DELETE, &path).await.refused(404, "not-found");
    server.get(&path).await.refused(404, "not-found");
    put(&server, &path, json!({
        "ownerId": "robot", "ownerType": "CLIENT", "resourceId": "*", "resourceType": "BATCH", "permissionTypes": ["READ"],
    }))
    .await
    .refused(404, "not-found");
    server.get("/v2/authorizations/x").await.refused(400, "invalid-key");

    server.post("/v2/groups", json!({"groupId": "night", "name": "Night"})).await.good();
    let key = text(&server.post("/v2/authorizations", authorization()).await.good(), "authorizationKey");
    bare(&server, Method::DELETE, "/v2/groups/night").await;
    let gone = server.get(&format!("/v2/authorizations/{key}")).await;
    gone.refused(404, "not-found");
}

#[tokio::test]
async fn an_authorization_is_about_what_there_is_and_a_user_has_one_for_himself() {
    let anybody = Server::make(Make { users: &[("olga", &["operators"])], ..Make::default() }).await;
    let server = anybody.as_operator();
    server.post("/v2/users", user("anna")).await.good();
    server.post("/v2/groups", json!({"groupId": "night", "name": "Night"})).await.good();
    let about = |resource: &str, id: &str| {
        json!({
            "ownerId": "anna", "ownerType": "USER", "resourceId": id, "resourceType": resource,
            "permissionTypes": ["READ"],
        })
    };
    let all = "/v2/authorizations";
    let made = server.post(all, about("GROUP", "night")).await.good();
    let path = format!("{all}/{}", text(&made, "authorizationKey"));
    let before = server.get(&path).await.good();
    for kind in ["USER", "ROLE", "GROUP", "TENANT", "MAPPING_RULE"] {
        let made = server.post(all, about(kind, "meow")).await;
        let detail = made.refused(404, "not-found");
        assert!(detail.contains("ownerId or resourceId 'meow'"), "{detail}");
        put(&server, &path, about(kind, "meow")).await.refused(404, "not-found");
    }
    assert_eq!(server.get(&path).await.good(), before, "nothing has changed");
    server.post(all, about("TENANT", "<default>")).await.good();
    server.post(all, about("DECISION_REQUIREMENTS_DEFINITION", "größe_1")).await.good();
    let hers = json!({"filter": {"ownerId": "anna"}, "sort": [{"field": "resourceType"}]});
    let kinds = found(&server, "/v2/authorizations/search", hers, "resourceType").await;
    assert_eq!(kinds, ["DECISION_REQUIREMENTS_DEFINITION", "GROUP", "TENANT", "USER"]);
    let seen = async |path: &str| {
        let request = anybody.request(Method::GET, path).basic_auth("anna", Some("long enough"));
        anybody.send(request).await.status.as_u16()
    };
    assert_eq!((seen("/v2/users/anna").await, seen("/v2/users/olga").await), (200, 403));
    // Without one of them it is about nothing, whatever else is missing.
    for body in [json!({}), json!({"ownerId": "anna", "permissionTypes": []})] {
        let detail = put(&server, &path, body).await.refused(400, "missing-field");
        assert!(detail.contains("[resourceId, resourcePropertyName]"), "{detail}");
    }
}

#[tokio::test]
async fn what_authorizations_cannot_be_is_refused_field_by_field() {
    let server = Server::start().await;
    for (change, code, word) in [
        (json!({"ownerId": null}), "missing-field", "ownerId"),
        (json!({"ownerType": null}), "missing-field", "ownerType"),
        (json!({"ownerType": "TENANT"}), "invalid-argument", "ownerType"),
        (json!({"ownerType": "USER", "ownerId": "a b"}), "invalid-argument", "ownerId"),
        (json!({"resourceType": "PLANET"}), "invalid-argument", "resourceType"),
        (json!({"resourceType": null}), "missing-field", "resourceType"),
        (json!({"resourceId": null}), "missing-field", "resourceId"),
        (json!({"resourceId": "a b"}), "invalid-argument", "resourceId"),
        (json!({"resourceId": ";;;;"}), "invalid-argument", "The provided resourceId contains illegal"),
        (json!({"resourcePropertyName": "assignee"}), "invalid-argument", "exclude"),
        (
            json!({"resourceId": null, "resourcePropertyName": "age"}),
            "invalid-argument",
            "resourcePropertyName",
        ),
        (json!({"permissionTypes": null}), "missing-field", "permissionTypes"),
        (json!({"permissionTypes": []}), "invalid-argument", "permissionTypes"),
        (json!({"permissionTypes": ["FLY"]}), "invalid-argument", "permissionTypes[0]"),
        (
            json!({"permissionTypes": ["READ_PROCESS_INSTANCE", "CLAIM"]}),
            "invalid-argument",
            "permissionTypes[1]",
        ),
        (json!({"permissions": []}), "unknown-field", "permissions"),
    ] {
        let mut body = authorization();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let detail = server.post("/v2/authorizations", body).await.refused(400, code);
        assert!(detail.contains(word), "{change}: {detail}");
    }
}

#[tokio::test]
async fn what_can_be_no_id_is_refused_before_it_is_looked_for() {
    let server = Server::start().await;
    let long = "a".repeat(266);
    for (holder, members) in [
        ("tenants", &["users", "groups", "roles", "clients", "mapping-rules"][..]),
        ("roles", &["users", "groups", "clients", "mapping-rules"]),
    ] {
        for member in members {
            for (one, other) in [("!INVALID!", "there"), (&*long, "there"), ("there", &*long)] {
                let path = format!("/v2/{holder}/{one}/{member}/{other}");
                bare(&server, Method::PUT, &path).await.refused(400, "invalid-argument");
                bare(&server, Method::DELETE, &path).await.refused(400, "invalid-argument");
            }
        }
    }
    let user = json!({"name": "N", "email": "n@example.org"});
    put(&server, "/v2/users/!INVALID!", user).await.refused(400, "invalid-argument");
    let rule = json!({"name": "N", "claimName": "c", "claimValue": "v"});
    put(&server, "/v2/mapping-rules/!INVALID!", rule).await.refused(400, "invalid-argument");
    for path in ["roles", "tenants"] {
        let path = format!("/v2/{path}/!INVALID!");
        put(&server, &path, json!({"name": "N"})).await.refused(400, "invalid-argument");
    }
}
