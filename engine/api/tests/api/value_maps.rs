//! Value maps over HTTP, and in expressions.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Make, Server, file, text};

const ALL: &str = "/hosk/v1/value-maps";
const ONE: &str = "/hosk/v1/value-maps/positions";

async fn put(server: &Server, path: &str, body: Value) -> Answer {
    server.with_body(Method::PUT, path, body).await
}

async fn delete(server: &Server, path: &str) -> Answer {
    server.send(server.request(Method::DELETE, path)).await
}

async fn upload(server: &Server, path: &str, file: impl Into<Vec<u8>>) -> Answer {
    server.raw(Method::PUT, path, "text/csv", file).await
}

async fn evaluated(server: &Server, expression: &str) -> Value {
    let body = json!({"expression": expression});
    server.post("/v2/expression/evaluation", body).await.good()["result"].take()
}

/// A server with a map and some entries.
async fn filled() -> Server {
    let server = Server::start().await;
    let body = json!({
        "mapId": "positions", "name": "Positions", "description": "Job titles of both systems",
        "sourceName": "CRM job title", "targetName": "ERP position",
    });
    server.post(ALL, body).await.good();
    let file = "CRM job title;ERP position\r\nBoss;Director\r\nChief;Director\r\n\"Clerk; junior\";Staff\r\n";
    upload(&server, &format!("{ONE}/csv"), file).await.good();
    server
}

#[tokio::test]
async fn they_are_made_renamed_found_and_removed() {
    let server = Server::start().await;
    let made = server.post(ALL, json!({"mapId": "positions", "name": "Positions"})).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let expected = json!({
        "mapId": "positions", "tenantId": null, "name": "Positions", "description": "",
        "sourceName": "source", "targetName": "target", "version": 1, "entries": 0,
        "createdAt": made["createdAt"], "updatedAt": made["createdAt"], "updatedBy": null,
    });
    assert_eq!(made, expected);
    assert_eq!(server.get(ONE).await.good(), made);
    server.post(ALL, json!({"mapId": "positions", "name": "Other"})).await.refused(409, "already-exists");
    server.post(ALL, json!({"mapId": "cities", "name": "Cities"})).await.good();
    let renamed = json!({"name": "Job titles", "sourceName": "CRM job title", "targetName": "ERP position"});
    let changed = put(&server, &format!("{ONE}?version=1"), renamed.clone()).await.good();
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Job titles")));
    let detail =
        put(&server, &format!("{ONE}?version=1"), renamed.clone()).await.refused(409, "version-mismatch");
    assert!(detail.contains("version 2"), "{detail}");
    let taken = json!({"mapId": "cities", "name": "x"});
    let detail = put(&server, ONE, taken).await.refused(409, "already-exists");
    assert!(detail.contains("`cities`"), "{detail}");
    let moved = put(&server, ONE, json!({"mapId": "titles", "name": "Titles"})).await.good();
    assert_eq!((&moved["mapId"], &moved["version"]), (&json!("titles"), &json!(3)));
    server.get(ONE).await.refused(404, "not-found");
    put(&server, ONE, renamed).await.refused(404, "not-found");
    let mut search = json!({
        "filter": {"$or": [{"name": {"$like": "T*"}}, {"mapId": "cities"}], "entries": {"$lte": 0}},
        "sort": [{"field": "name", "order": "DESC"}], "page": {"limit": 1},
    });
    let found = server.post(&format!("{ALL}/search"), search.clone()).await.good();
    assert_eq!((&found["page"]["totalItems"], &found["items"][0]["mapId"]), (&json!(2), &json!("titles")));
    search["page"] = json!({"limit": 1, "after": found["page"]["endCursor"]});
    let found = server.post(&format!("{ALL}/search"), search).await.good();
    assert_eq!(found["items"][0]["mapId"], "cities");
    let path = format!("{ALL}/titles");
    delete(&server, &format!("{path}?version=1")).await.refused(409, "version-mismatch");
    assert_eq!(delete(&server, &format!("{path}?version=3")).await.status, 204);
    delete(&server, &path).await.refused(404, "not-found");
}

#[tokio::test]
async fn single_entries_are_set_and_forgotten_as_often_as_one_likes() {
    let server = filled().await;
    let entries = format!("{ONE}/entries");
    let boss = json!({"source": "Boss", "target": "Head / ծառայություն"});
    for (entry, version, [added, changed]) in
        [(&boss, 3, [0, 1]), (&boss, 3, [0, 0]), (&json!({"source": "..", "target": "Nobody"}), 4, [1, 0])]
    {
        let done = put(&server, &entries, entry.clone()).await.good();
        let told = [&done["version"], &done["added"], &done["changed"]];
        assert_eq!(told, [&json!(version), &json!(added), &json!(changed)]);
    }
    put(&server, &format!("{entries}?version=3"), boss).await.refused(409, "version-mismatch");
    let search = json!({"filter": {"target": {"$in": ["Nobody", "Director"]}}});
    let found = server.post(&format!("{entries}/search"), search).await.good();
    let sources: Vec<_> = found["items"].as_array().unwrap().iter().map(|row| text(row, "source")).collect();
    assert_eq!(sources, ["..", "Chief"]);
    for (version, removed) in [(5, 1), (5, 0)] {
        let done = delete(&server, &format!("{entries}?source=Clerk%3B%20junior")).await.good();
        assert_eq!((&done["version"], &done["removed"]), (&json!(version), &json!(removed)));
    }
    delete(&server, &entries).await.refused(400, "missing-field");
    delete(&server, &format!("{entries}?source=%00")).await.refused(400, "invalid-argument");
    delete(&server, &format!("{entries}?source=x&version=1")).await.refused(409, "version-mismatch");
    delete(&server, &format!("{entries}?source=x&version=-1")).await.refused(400, "invalid-argument");
    delete(&server, &format!("{ALL}/none/entries?source=x")).await.refused(404, "not-found");
    put(&server, &format!("{ALL}/none/entries"), json!({"source": "a", "target": "b"}))
        .await
        .refused(404, "not-found");
    server.post(&format!("{ALL}/none/entries/search"), json!({})).await.refused(404, "not-found");
    let paged = json!({"sort": [{"field": "target"}], "page": {"from": 1, "limit": 1}});
    let found = server.post(&format!("{entries}/search"), paged).await.good();
    assert_eq!((&found["page"]["totalItems"], &found["items"][0]["source"]), (&json!(3), &json!("Boss")));
}

#[tokio::test]
async fn values_are_translated_forwards_and_backwards() {
    let server = filled().await;
    let path = format!("{ONE}/translate");
    let there = server.post(&path, json!({"values": ["Boss", "Boss", "Pilot"]})).await.good();
    let expected = json!({
        "version": 2, "unmatched": ["Pilot"],
        "items": [
            {"value": "Boss", "matches": ["Director"]}, {"value": "Boss", "matches": ["Director"]},
            {"value": "Pilot", "matches": []},
        ],
    });
    assert_eq!(there, expected);
    let back =
        server.post(&path, json!({"values": ["Director", "Boss"], "direction": "backward"})).await.good();
    assert_eq!(back["items"][0]["matches"], json!(["Boss", "Chief"]));
    assert_eq!(back["unmatched"], json!(["Boss"]));
    let many: Vec<_> = (0..1_001).map(|number| number.to_string()).collect();
    server.post(&path, json!({"values": many})).await.refused(400, "invalid-argument");
    server.post(&path, json!({"values": ["x"], "direction": "UP"})).await.refused(400, "invalid-argument");
    server.post(&format!("{ALL}/none/translate"), json!({"values": []})).await.refused(404, "not-found");
}

#[tokio::test]
async fn files_go_up_and_down() {
    let server = filled().await;
    let path = format!("{ONE}/csv");
    let down = server.get(&path).await;
    assert_eq!((down.status.as_u16(), &*down.media_type), (200, "text/csv; charset=utf-8"));
    assert_eq!(down.text, "source,target\nBoss,Director\nChief,Director\nClerk; junior,Staff\n");
    assert!(down.headers["content-disposition"].to_str().unwrap().contains("positions.csv"));
    let other = server.get(&format!("{path}?delimiter=semicolon&bom=true")).await.text;
    assert_eq!(other, "\u{feff}source;target\nBoss;Director\nChief;Director\n\"Clerk; junior\";Staff\n");
    let same = upload(&server, &format!("{path}?mode=replace&version=2"), other).await.good();
    assert_eq!(same, json!({"version": 2, "entries": 3, "added": 0, "changed": 0, "removed": 0}));
    let merged = upload(&server, &format!("{path}?header=false"), "Boss\tHead\nPilot\tCrew\n").await.good();
    assert_eq!(merged, json!({"version": 3, "entries": 4, "added": 1, "changed": 1, "removed": 0}));
    let replaced =
        upload(&server, &format!("{path}?mode=REPLACE"), "source,target\nBoss,Owner\n").await.good();
    assert_eq!(replaced, json!({"version": 4, "entries": 1, "added": 0, "changed": 1, "removed": 3}));
    // All of it, or nothing.
    let detail = upload(&server, &path, "source,target\nA,B\nC,\n").await.refused(400, "csv-refused");
    assert_eq!(detail, "Line 3, column 2: the target is empty.");
    upload(&server, &format!("{path}?version=3"), "source,target\nA,B\n")
        .await
        .refused(409, "version-mismatch");
    upload(&server, &format!("{path}?mode=both"), "source,target\n").await.refused(400, "invalid-argument");
    upload(&server, &format!("{path}?delimiter=dot"), "a.b").await.refused(400, "invalid-argument");
    upload(&server, &format!("{path}?header=perhaps"), "a,b").await.refused(400, "invalid-argument");
    upload(&server, &format!("{ALL}/none/csv"), "source,target\n").await.refused(404, "not-found");
    put(&server, &path, json!({})).await.refused(415, "unsupported-media-type");
    server.get(&format!("{path}?delimiter=dot")).await.refused(400, "invalid-argument");
    server.get(&format!("{ALL}/none/csv")).await.refused(404, "not-found");
    assert_eq!(server.get(ONE).await.good()["version"], 4);
    assert_eq!(server.get(&path).await.text, "source,target\nBoss,Owner\n");
}

#[tokio::test]
async fn no_more_than_there_may_be() {
    let server = filled().await;
    let mut file = String::from("source,target\n");
    for number in 0..100_000 {
        _ = writeln!(file, "{number},{}", number % 7);
    }
    let path = format!("{ONE}/csv");
    // Beside the three that are there.
    upload(&server, &path, file.clone()).await.refused(409, "value-map-limit");
    let done = upload(&server, &format!("{path}?mode=replace"), file.clone()).await.good();
    assert_eq!(done["entries"], 100_000);
    let entry = json!({"source": "more", "target": "x"});
    put(&server, &format!("{ONE}/entries"), entry).await.refused(409, "value-map-limit");
    file.push_str("more,x\n");
    upload(&server, &path, file).await.refused(409, "value-map-limit");
    let back =
        server.post(&format!("{ONE}/translate"), json!({"values": ["3"], "direction": "BACKWARD"})).await;
    assert_eq!(back.good()["items"][0]["matches"].as_array().unwrap().len(), 100);
    assert_eq!(evaluated(&server, "=get value(hosk.maps.positions, \"99999\")").await, "4");
    assert_eq!(server.get(&path).await.text.lines().count(), 100_001);
    let search = json!({"page": {"limit": 2}, "sort": [{"field": "source", "order": "DESC"}]});
    let found = server.post(&format!("{ONE}/entries/search"), search).await.good();
    assert_eq!(
        (&found["items"][0]["source"], &found["page"]["hasMoreTotalItems"]),
        (&json!("99999"), &json!(true))
    );
    for number in 1..1_000 {
        server.post(ALL, json!({"mapId": format!("m{number}"), "name": "x"})).await.good();
    }
    server.post(ALL, json!({"mapId": "more", "name": "x"})).await.refused(409, "value-map-limit");
}

#[tokio::test]
async fn expressions_see_them() {
    let server = filled().await;
    let of = |value: &str| format!("=get value(hosk.maps.positions, \"{value}\")");
    assert_eq!(evaluated(&server, &of("Boss")).await, "Director");
    assert_eq!(evaluated(&server, "=hosk.maps.positions.Chief").await, "Director");
    for nothing in [of("Pilot"), "=get value(hosk.maps.none, \"Boss\")".to_owned(), "=hosk.none".to_owned()] {
        assert_eq!(evaluated(&server, &nothing).await, Value::Null, "{nothing}");
    }
    put(&server, &format!("{ONE}/entries"), json!({"source": "Pilot", "target": "Crew"})).await.good();
    assert_eq!(evaluated(&server, &of("Pilot")).await, "Crew");
    delete(&server, &format!("{ONE}/entries?source=Pilot")).await.good();
    assert_eq!(evaluated(&server, &of("Pilot")).await, Value::Null);
    // A variable of that name hides them.
    let body = json!({"expression": "=hosk", "variables": {"hosk": 7}});
    assert_eq!(server.post("/v2/expression/evaluation", body).await.good()["result"], 7);
    assert_eq!(delete(&server, ONE).await.status, 204);
    assert_eq!(evaluated(&server, &of("Boss")).await, Value::Null);
}

#[tokio::test]
async fn a_process_asks_a_person_what_has_no_match_and_the_answer_is_remembered() {
    let server = filled().await;
    server.deploy_parts(&[("resources", "positions.bpmn", file("positions.bpmn"))]).await.good();
    let post = async |title: &str| {
        server.create("positions", json!({"title": title})).await;
        let jobs = server.take("erp").await;
        jobs.first().map(|job| job["variables"]["position"].clone())
    };
    assert_eq!(post("Boss").await, Some(json!("Director")));
    assert_eq!(post("Pilot").await, None, "somebody is asked");
    let task = server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await;
    assert_eq!(task["elementId"], "ask");
    put(&server, &format!("{ONE}/entries"), json!({"source": "Pilot", "target": "Crew"})).await.good();
    let path = format!("/v2/user-tasks/{}/completion", text(&task, "userTaskKey"));
    assert_eq!(server.post(&path, json!({"variables": {"position": "Crew"}})).await.status, 204);
    assert_eq!(server.take("erp").await[0]["variables"]["position"], "Crew");
    assert_eq!(post("Pilot").await, Some(json!("Crew")), "nobody is asked again");
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({}), "missing-field"),
        (json!({"mapId": "a"}), "missing-field"),
        (json!({"mapId": "", "name": "x"}), "invalid-argument"),
        (json!({"mapId": "a-b", "name": "x"}), "invalid-argument"),
        (json!({"mapId": "1a", "name": "x"}), "invalid-argument"),
        (json!({"mapId": "a", "name": "x\u{0}"}), "invalid-argument"),
        (json!({"mapId": "a", "name": "x", "tenantId": "other"}), "invalid-argument"),
        (json!({"mapId": "a", "name": "x", "colour": 1}), "unknown-field"),
    ] {
        server.post(ALL, body).await.refused(400, code);
    }
    server.post(ALL, json!({"mapId": "անուններ", "name": "Names", "tenantId": "<default>"})).await.good();
    server.get(&format!("{ALL}/անուններ")).await.refused(404, "not-found");
    let own = format!("{ALL}/անուններ?tenantId=%3Cdefault%3E");
    assert_eq!(server.get(&own).await.good()["tenantId"], "<default>");
    server.get(&format!("{ONE}?tenantId=other")).await.refused(400, "invalid-argument");
    put(&server, &own, json!({"name": "x", "mapId": "a b"})).await.refused(400, "invalid-argument");
    put(&server, &format!("{own}&version=x"), json!({"name": "x"})).await.refused(400, "invalid-argument");
    for (search, code) in [
        (json!({"filter": {"colour": 1}}), "unknown-field"),
        (json!({"sort": [{"field": "colour"}]}), "invalid-argument"),
    ] {
        server.post(&format!("{ALL}/search"), search.clone()).await.refused(400, code);
        let entries = format!("{ALL}/անուններ/entries/search?tenantId=%3Cdefault%3E");
        server.post(&entries, search).await.refused(400, code);
    }
}

#[tokio::test]
async fn an_authorization_names_the_maps() {
    const USERS: &[(&str, &[&str])] = &[("olga", &["operators"]), ("karen", &["sales"])];
    let server = Server::make(Make { users: USERS, ..Make::default() }).await;
    let (olga, karen) = (server.as_user("olga"), server.as_user("karen"));
    for id in ["positions", "cities"] {
        olga.post(ALL, json!({"mapId": id, "name": id})).await.good();
    }
    let authorization = json!({
        "ownerType": "USER", "ownerId": "karen", "resourceType": "CLUSTER_VARIABLE", "resourceId": "positions",
        "permissionTypes": ["READ", "UPDATE"],
    });
    olga.post("/v2/authorizations", authorization).await.good();
    let found = karen.post(&format!("{ALL}/search"), json!({})).await.good();
    assert_eq!((&found["page"]["totalItems"], &found["items"][0]["mapId"]), (&json!(1), &json!("positions")));
    let entry = json!({"source": "Boss", "target": "Head"});
    put(&karen, &format!("{ONE}/entries"), entry.clone()).await.good();
    assert_eq!(karen.get(ONE).await.good()["updatedBy"], "karen");
    assert_eq!(karen.get(&format!("{ONE}/csv")).await.status, 200);
    karen.post(&format!("{ONE}/translate"), json!({"values": ["Boss"]})).await.good();
    put(&karen, ONE, json!({"name": "x", "mapId": "mine"})).await.refused(403, "forbidden");
    delete(&karen, ONE).await.refused(403, "forbidden");
    karen.post(ALL, json!({"mapId": "x", "name": "x"})).await.refused(403, "forbidden");
    let other = format!("{ALL}/cities");
    karen.get(&other).await.refused(403, "forbidden");
    karen.get(&format!("{other}/csv")).await.refused(403, "forbidden");
    put(&karen, &format!("{other}/entries"), entry).await.refused(403, "forbidden");
    upload(&karen, &format!("{other}/csv"), "source,target\n").await.refused(403, "forbidden");
    delete(&karen, &format!("{other}/entries?source=x")).await.refused(403, "forbidden");
    karen.post(&format!("{other}/translate"), json!({"values": []})).await.refused(403, "forbidden");
    karen.post(&format!("{other}/entries/search"), json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn what_is_changed_stands_in_the_audit_log() {
    const USERS: &[(&str, &[&str])] = &[("olga", &["operators"])];
    let server = Server::make(Make { users: USERS, ..Make::default() }).await;
    let olga = server.as_user("olga");
    olga.post(ALL, json!({"mapId": "positions", "name": "Positions"})).await.good();
    put(&olga, &format!("{ONE}/entries"), json!({"source": "Boss", "target": "Head"})).await.good();
    put(&olga, &format!("{ONE}/entries"), json!({"source": "Boss", "target": "Owner"})).await.good();
    upload(&olga, &format!("{ONE}/csv"), "source,target\nPilot,Crew\n").await.good();
    delete(&olga, &format!("{ONE}/entries?source=Boss")).await.good();
    delete(&olga, &format!("{ONE}?version=1")).await.refused(409, "version-mismatch");
    assert_eq!(delete(&olga, ONE).await.status, 204);
    let search = json!({"filter": {"entityKey": "positions"}, "sort": [{"field": "auditLogKey"}]});
    let found = olga.post("/v2/audit-logs/search", search).await.good();
    let mut told = Vec::new();
    for row in found["items"].as_array().unwrap() {
        let path = format!("/hosk/v1/audit-logs/{}", text(row, "auditLogKey"));
        let origin = olga.get(&path).await.good();
        let what = format!("{} {}", text(row, "operationType"), text(row, "result"));
        assert_eq!((&row["actorId"], &origin["origin"]), (&json!("olga"), &json!("127.0.0.1")));
        let of = |part: &str| match &origin[part] {
            Value::Null => Value::Null,
            entry if entry["target"].is_string() => entry["target"].clone(),
            map => map["entries"].clone(),
        };
        told.push((what, of("before"), of("after")));
    }
    let line = |what: &str, before: Value, after: Value| (what.to_owned(), before, after);
    assert_eq!(
        told,
        [
            line("CREATE SUCCESS", Value::Null, json!(0)),
            line("UPDATE SUCCESS", Value::Null, json!("Head")),
            line("UPDATE SUCCESS", json!("Head"), json!("Owner")),
            line("UPDATE SUCCESS", json!(1), json!(2)),
            line("UPDATE SUCCESS", json!("Owner"), Value::Null),
            line("DELETE FAIL", Value::Null, Value::Null),
            line("DELETE SUCCESS", json!(1), Value::Null),
        ]
    );
}
