//! Documents over HTTP: uploaded, fetched, linked, refused, removed.

use hosk_core::Timestamp;
use hosk_documents::Swept;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::server::{Answer, Make, Server, text};

const ALL: &str = "/v2/documents";

fn file(name: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Part {
    Part::bytes(bytes.into()).file_name(name.to_owned()).mime_str(media_type).unwrap()
}

fn metadata(said: &Value) -> Part {
    Part::text(said.to_string()).mime_str("application/json").unwrap()
}

async fn send(server: &Server, path: &str, form: Form) -> Answer {
    server.send(server.request(Method::POST, path).multipart(form)).await
}

async fn upload(server: &Server, bytes: impl Into<Vec<u8>>) -> Value {
    send(server, ALL, Form::new().part("file", file("a.txt", "text/plain", bytes))).await.good()
}

/// Where the bytes of a reference are.
fn address(reference: &Value) -> String {
    let (id, hash) = (text(reference, "documentId"), text(reference, "contentHash"));
    format!("/v2/documents/{id}?contentHash={hash}")
}

/// The path of what an address leads to.
fn path_of(url: &str) -> String {
    let rest = url.split_once("://").unwrap().1;
    rest[rest.find('/').unwrap()..].to_owned()
}

#[tokio::test]
async fn what_comes_in_goes_out() {
    let server = Server::start().await;
    // More than two parts of it.
    let bytes: Vec<u8> = (0..600_000_u32).map(|number| (number / 7 % 251) as u8).collect();
    let said = json!({
        "fileName": "../Հաշիվ 5.pdf", "contentType": "application/pdf", "size": bytes.len(),
        "processDefinitionId": "ship-goods", "processInstanceKey": "4711", "expiresAt": "2999-01-01T00:00:00Z",
        "customProperties": {"pages": 1.50},
    });
    // The metadata may come after the file.
    let form = Form::new()
        .part("file", file("other.bin", "application/octet-stream", bytes.clone()))
        .part("metadata", metadata(&said));
    let answer = send(&server, "/v2/documents?documentId=invoice-5&storeId=database", form).await;
    assert_eq!(answer.status, 201);
    let reference = answer.json();
    let hash = text(&reference, "contentHash");
    let expected = json!({
        "camunda.document.type": "camunda", "storeId": "database", "documentId": "invoice-5", "contentHash": hash,
        "metadata": {
            "contentType": "application/pdf", "fileName": "Հաշիվ 5.pdf", "expiresAt": "2999-01-01T00:00:00.000Z",
            "size": 600_000, "processDefinitionId": "ship-goods", "processInstanceKey": "4711",
            "customProperties": {"pages": 1.50},
        },
    });
    assert_eq!(reference, expected);
    assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let path = format!("/v2/documents/invoice-5?contentHash={hash}&storeId=database");
    let answer = server.request(Method::GET, &path).send().await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "application/pdf");
    assert_eq!(headers["content-length"], "600000");
    let name =
        "attachment; filename=\"_____ 5.pdf\"; filename*=UTF-8''%D5%80%D5%A1%D5%B7%D5%AB%D5%BE%205.pdf";
    assert_eq!(headers["content-disposition"], name);
    assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.bytes().await.unwrap(), bytes);

    let plain = upload(&server, "").await;
    let about = &plain["metadata"];
    assert_eq!((&about["fileName"], &about["size"]), (&json!("a.txt"), &json!(0)));
    assert_eq!((&about["expiresAt"], &about["customProperties"]), (&Value::Null, &json!({})));
    let answer = server.get(&address(&plain)).await;
    assert_eq!((answer.status.as_u16(), &*answer.media_type, &*answer.text), (200, "text/plain", ""));
    let bare = Form::new().part("file", Part::bytes(b"abc".to_vec()));
    let bare = send(&server, ALL, bare).await.good();
    assert_eq!(bare["metadata"]["contentType"], "application/octet-stream");
    assert_eq!(bare["metadata"]["fileName"], bare["documentId"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() {
    let server = Server::start().await;
    let one = || file("a.txt", "text/plain", "abc");
    let with = |said: Value| Form::new().part("metadata", metadata(&said)).part("file", one());
    for (form, code) in [
        (Form::new().part("metadata", metadata(&json!({}))), "missing-field"),
        (Form::new().part("file", one()).part("file", one()), "invalid-argument"),
        (Form::new().part("file", one()).text("colour", "red"), "unknown-field"),
        (Form::new().part("file", one()).text("metadata", "{"), "malformed-request"),
        (with(json!({"colour": "red"})), "unknown-field"),
        (with(json!({"size": 4})), "invalid-argument"),
        (with(json!({"size": "4"})), "wrong-type"),
        (with(json!({"contentType": "text/html\r\nx: y"})), "invalid-argument"),
        (with(json!({"contentType": ""})), "invalid-argument"),
        (with(json!({"fileName": " "})), "invalid-argument"),
        (with(json!({"expiresAt": "2001-01-01T00:00:00Z"})), "invalid-argument"),
        (with(json!({"customProperties": [1]})), "wrong-type"),
        (with(json!({"customProperties": {"a": "x".repeat(20_000)}})), "invalid-argument"),
    ] {
        send(&server, ALL, form).await.refused(400, code);
    }
    let form = || Form::new().part("file", one());
    send(&server, "/v2/documents?documentId=a/b", form()).await.refused(400, "invalid-argument");
    send(&server, "/v2/documents?storeId=moon", form()).await.refused(400, "document-store-not-found");
    let reference = send(&server, "/v2/documents?storeId=in-memory", form()).await.good();
    assert_eq!(reference["storeId"], "database");
    let id = text(&reference, "documentId");
    let gone = server.send(server.request(Method::DELETE, &format!("/v2/documents/{id}"))).await;
    assert_eq!(gone.status, 204);
    send(&server, "/v2/documents?colour=red", form()).await.refused(400, "unknown-field");
    server.post(ALL, json!({})).await.refused(415, "unsupported-media-type");
    let large = Form::new().part("file", file("a", "text/plain", vec![1; 1_000_001]));
    send(&server, ALL, large).await.refused(413, "request-too-large");
    let broken = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc";
    let broken = server.raw(Method::POST, ALL, "multipart/form-data; boundary=b", broken).await;
    broken.refused(400, "malformed-request");
    // Nothing is left of what had come of them.
    let now = Timestamp(i64::MAX / 2);
    let swept = server.documents.sweep(now).await.unwrap();
    assert!(swept.documents == 0 && swept.contents >= 9, "{swept:?}");
    assert_eq!(server.documents.sweep(now).await.unwrap(), Swept::default());
}

#[tokio::test]
async fn references_are_checked() {
    let server = Server::start().await;
    let reference = upload(&server, "abc").await;
    let id = text(&reference, "documentId");
    let path = format!("/v2/documents/{id}");
    server.get(&format!("{path}?contentHash=00")).await.refused(400, "document-hash-mismatch");
    server.get(&format!("{path}?storeId=moon")).await.refused(400, "document-store-not-found");
    server.get("/v2/documents/nothing").await.refused(404, "document-not-found");
    let again = Form::new().part("file", file("b", "text/plain", "other"));
    let again = send(&server, &format!("/v2/documents?documentId={id}"), again).await;
    again.refused(409, "document-exists");
    assert_eq!(server.get(&address(&reference)).await.text, "abc");
    let in_store = format!("{}&storeId=in-memory", address(&reference));
    assert_eq!(server.get(&in_store).await.text, "abc", "what others call the usual store");
    for answer in [server.get(&path).await, server.post(&format!("{path}/links"), json!({})).await] {
        let detail = answer.refused(400, "missing-field");
        assert!(detail.starts_with(&format!("No document hash provided for document {id}")), "{detail}");
    }
    let delete = || server.send(server.request(Method::DELETE, &path));
    assert_eq!(delete().await.status, 204);
    delete().await.refused(404, "document-not-found");
    server.get(&path).await.refused(404, "document-not-found");
    // Its id is free again; the old reference is not good for the new bytes.
    let again = Form::new().part("file", file("b", "text/plain", "other"));
    send(&server, &format!("/v2/documents?documentId={id}"), again).await.good();
    let old = format!("{path}?contentHash={}", text(&reference, "contentHash"));
    server.get(&old).await.refused(400, "document-hash-mismatch");
    assert_eq!(server.documents.sweep(Timestamp(0)).await.unwrap().contents, 1, "the first");
}

#[tokio::test]
async fn of_several_each_stands_for_itself() {
    let server = Server::start().await;
    let form = Form::new()
        .part("files", file("a.txt", "text/plain", "abc"))
        .part("metadataList", metadata(&json!({"customProperties": {"n": 1}})))
        .part("files", file("large.bin", "application/octet-stream", vec![7; 1_200_000]))
        .part("files", file("c.txt", "text/plain", "other"))
        .part("metadataList", metadata(&json!([{}, {"fileName": "d.txt", "size": 5}])));
    let answer = send(&server, "/v2/documents/batch", form).await;
    assert_eq!(answer.status, 207);
    let answer = answer.json();
    let failed = answer["failedDocuments"].as_array().unwrap();
    assert_eq!(
        (failed.len(), &failed[0]["fileName"], &failed[0]["status"]),
        (1, &json!("large.bin"), &json!(413))
    );
    let made = answer["createdDocuments"].as_array().unwrap();
    let names: Vec<&Value> = made.iter().map(|one| &one["metadata"]["fileName"]).collect();
    assert_eq!(names, ["a.txt", "d.txt"]);
    assert_eq!(made[0]["metadata"]["customProperties"], json!({"n": 1}));
    let fetched = server.get(&address(&made[1])).await;
    assert_eq!(fetched.text, "other");
    let audits =
        server.post("/v2/audit-logs/search", json!({"filter": {"entityType": "RESOURCE"}})).await.good();
    assert_eq!(audits["page"]["totalItems"], 2);

    let two = || {
        Form::new().part("files", file("a", "text/plain", "a")).part("files", file("b", "text/plain", "b"))
    };
    assert_eq!(send(&server, "/v2/documents/batch", two()).await.status, 201);
    let one_said = two().part("metadataList", metadata(&json!({})));
    send(&server, "/v2/documents/batch", one_said).await.refused(400, "invalid-argument");
    let unnamed = two().part("metadataList", metadata(&json!([{}, {"fileName": ""}])));
    let detail = send(&server, "/v2/documents/batch", unnamed).await.refused(400, "invalid-argument");
    assert!(detail.starts_with("The file name must not be empty, if present."), "{detail}");
    let none = Form::new().part("metadataList", metadata(&json!({})));
    let detail = send(&server, "/v2/documents/batch", none).await.refused(400, "missing-field");
    assert!(detail.starts_with("Required part 'files' is not present."), "{detail}");
    let other = Form::new().part("documents", file("a", "text/plain", "a"));
    let detail = send(&server, "/v2/documents/batch", other).await.refused(400, "unknown-field");
    assert!(detail.starts_with("Required part 'files' is not present. The part `documents`"), "{detail}");
}

#[tokio::test]
async fn a_link_is_good_for_its_document_and_time() {
    const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];
    let server = Server::make(Make { users: STAFF, clock: true, ..Make::default() }).await;
    let olga = server.as_user("olga");
    let pin = async |at: i64| {
        assert_eq!(olga.with_body(Method::PUT, "/v2/clock", json!({"timestamp": at})).await.status, 204);
    };
    pin(1_000_000).await;
    let said = json!({"expiresAt": "1970-01-01T02:00:00Z"});
    let form = Form::new()
        .part("file", file("page.html", "text/html", "<script>"))
        .part("metadata", metadata(&said));
    let reference = send(&olga, ALL, form).await.good();
    let id = text(&reference, "documentId");
    let links = format!("/v2/documents/{id}/links?contentHash={}", text(&reference, "contentHash"));
    server.as_user("stan").post(&links, json!({})).await.refused(403, "forbidden");
    let answer = olga.post(&links, json!({"timeToLive": 60_000})).await;
    assert_eq!(answer.status, 201);
    let link = answer.json();
    assert_eq!(link["expiresAt"], "1970-01-01T00:17:40.000Z");
    let path = path_of(&text(&link, "url"));
    // Nobody signs in for it, and it is no page.
    let answer = server.get(&path).await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, "<script>"));
    assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let (before, signature) = path.rsplit_once('=').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    for wrong in [
        format!("{before}={first}{}", &signature[1..]),
        format!("{before}=!"),
        path.replace("expires=1060000", "expires=1060001"),
        path.replace(&id, "another"),
        format!("/hosk/v1/documents/{id}/content"),
        format!("{path}&more=1"),
    ] {
        let answer = server.get(&wrong).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404) && !answer.text.contains("<script>"), "{wrong}");
    }
    let whole = olga.post(&links, json!({"timeToLive": 604_800_000})).await.good();
    assert_eq!(whole["expiresAt"], "1970-01-01T02:00:00.000Z", "not longer than the document");
    olga.post(&links, json!({"timeToLive": 604_800_001})).await.refused(400, "invalid-argument");
    olga.post("/v2/documents/nothing/links", json!({})).await.refused(404, "document-not-found");
    pin(1_060_000).await;
    server.get(&path).await.refused(404, "document-link-invalid");
    // The document goes at its time, and then its bytes.
    pin(7_200_000).await;
    olga.get(&format!("/v2/documents/{id}")).await.refused(404, "document-not-found");
    server.get(&path_of(&text(&whole, "url"))).await.refused(404, "document-link-invalid");
    let swept = server.documents.sweep(Timestamp(7_200_000)).await.unwrap();
    assert_eq!(swept, Swept { documents: 1, contents: 1 });
}

#[tokio::test]
async fn who_does_tasks_attaches_and_reads_but_removes_nothing() {
    const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("tina", &["sales"])];
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let (olga, tina) = (server.as_user("olga"), server.as_user("tina"));
    let form = || Form::new().part("file", file("a.txt", "text/plain", "abc"));
    send(&tina, ALL, form()).await.refused(403, "forbidden");
    let joined = olga.send(olga.request(Method::PUT, "/v2/roles/task-worker/users/tina")).await;
    assert_eq!(joined.status, 204);
    let reference = send(&tina, ALL, form()).await.good();
    assert_eq!(tina.get(&address(&reference)).await.text, "abc");
    tina.post(&address(&reference).replace('?', "/links?"), json!({})).await.good();
    let path = format!("{ALL}/{}", text(&reference, "documentId"));
    tina.send(tina.request(Method::DELETE, &path)).await.refused(403, "forbidden");
    assert_eq!(olga.send(olga.request(Method::DELETE, &path)).await.status, 204);
}
