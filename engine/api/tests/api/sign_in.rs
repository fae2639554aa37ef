//! The first user, sessions of pages, tokens of programs.

use hosk_api::SetupToken;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::server::{Make, Server, text};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];

async fn staffed() -> Server {
    Server::make(Make { users: STAFF, ..Make::default() }).await
}

#[tokio::test]
async fn the_first_user_comes_by_the_token_of_the_console_and_once() {
    let token = SetupToken::random();
    let server = Server::make(Make { setup: Some(token.clone()), ..Make::default() }).await;
    let body = json!({"username": "boss", "password": "long enough", "name": "The Boss", "email": "boss@hosk.example"});
    let ask = |shown: Option<&str>, body: Value| {
        let request = server.request(Method::POST, "/v2/setup/user").json(&body);
        server.send(match shown {
            Some(shown) => request.header("x-setup-token", shown),
            None => request,
        })
    };
    ask(None, body.clone()).await.refused(403, "forbidden");
    ask(Some("00000000000000000000000000000000"), body.clone()).await.refused(403, "forbidden");
    ask(Some(token.expose()), json!({"username": "boss"})).await.refused(400, "missing-field");
    let weak = json!({"username": "boss", "password": "short"});
    let blank = json!({"username": "boss", "password": "          "});
    let detail = ask(Some(token.expose()), blank).await.refused(400, "invalid-argument");
    assert!(detail.starts_with("No password provided"), "{detail}");
    ask(Some(token.expose()), weak).await.refused(400, "invalid-argument");
    let created = ask(Some(token.expose()), body.clone()).await;
    assert_eq!((created.status.as_u16(), created.json()["username"].clone()), (201, json!("boss")));
    let other = json!({"username": "other", "password": "long enough"});
    ask(Some(token.expose()), other).await.refused(403, "forbidden");
    let me = server.request(Method::GET, "/v2/authentication/me").basic_auth("boss", Some("long enough"));
    let me = server.send(me).await.good();
    assert_eq!((&me["roles"], &me["groups"]), (&json!(["admin"]), &json!([])));
    assert_eq!(me["tenants"][0]["tenantId"], "<default>", "by the role");
    assert_eq!((&me["tenants"][0]["description"], &me["canLogout"]), (&json!(""), &json!(true)));
    assert!(!format!("{token:?}").contains(token.expose()));
    let open = Server::start().await;
    assert_eq!(
        open.post("/v2/setup/user", body.clone()).await.status,
        201,
        "where nobody signs in, no token is needed"
    );
    open.post("/v2/setup/user", body).await.refused(403, "forbidden");
}

#[tokio::test]
async fn an_installation_for_tests_takes_short_passwords() {
    let make = Make { users: STAFF, settings: Some(|all| all.password = 4), ..Make::default() };
    let olga = Server::make(make).await.as_user("olga");
    olga.post("/v2/users", json!({"username": "demo", "password": "demo"})).await.good();
    for password in ["abc", "    "] {
        let body = json!({"username": "other", "password": password});
        olga.post("/v2/users", body).await.refused(400, "invalid-argument");
    }
}

/// Signs in as olga: cookie and token.
async fn session(server: &Server) -> (String, String) {
    let body = json!({"username": "olga", "password": "open sesame"});
    let answer = server.post("/hosk/v1/session", body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "not without TLS: {cookie}");
    let answer = answer.good();
    assert!(answer["expiresAt"].is_string() && answer["username"] == "olga");
    (cookie.split(';').next().unwrap().to_owned(), text(&answer, "csrfToken"))
}

fn searching(server: &Server, cookie: &str) -> RequestBuilder {
    server.request(Method::POST, "/v2/users/search").header("cookie", cookie).json(&json!({}))
}

#[tokio::test]
async fn a_session_changes_something_only_with_its_token() {
    let server = staffed().await;
    let (cookie, csrf) = session(&server).await;
    let get =
        |cookie: &str, path: &str| server.send(server.request(Method::GET, path).header("cookie", cookie));
    let me = get(&cookie, "/v2/authentication/me").await.good();
    assert_eq!((&me["username"], &me["canLogout"]), (&json!("olga"), &json!(true)));
    assert_eq!(
        get(&format!("a=b; {cookie}; c=d"), "/hosk/v1/csrf-token").await.good()["csrfToken"],
        csrf.as_str()
    );
    server.send(searching(&server, &cookie)).await.refused(403, "cross-origin");
    let wrong = searching(&server, &cookie).header("x-csrf-token", "x");
    server.send(wrong).await.refused(403, "cross-origin");
    let right = searching(&server, &cookie).header("x-csrf-token", &csrf);
    server.send(right).await.good();
    let foreign =
        searching(&server, &cookie).header("x-csrf-token", &csrf).header("origin", "https://evil.example");
    server.send(foreign).await.refused(403, "cross-origin");

    let (name, value) = cookie.split_once('=').unwrap();
    let parts: Vec<&str> = value.split('.').collect();
    let stan = "c3Rhbg";
    for forged in [
        format!("{name}={stan}.{}.{}.{}", parts[1], parts[2], parts[3]),
        format!("{name}={}.9999999999999.{}.{}", parts[0], parts[2], parts[3]),
        format!("{name}={}.{}.{}.{}", parts[0], parts[1], parts[2], "x"),
        format!("{name}="),
        format!("{name}=a.b.c.d"),
    ] {
        get(&forged, "/v2/topology").await.refused(401, "unauthorized");
    }
    let end = server.send(server.request(Method::DELETE, "/hosk/v1/session").header("cookie", &cookie)).await;
    assert!(end.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    // Whoever kept the cookie has nothing of it; another session of hers goes on, and signing out twice is no fault.
    let (other, _) = session(&server).await;
    let again =
        server.send(server.request(Method::DELETE, "/hosk/v1/session").header("cookie", &cookie)).await;
    assert_eq!(again.status, 204);
    get(&cookie, "/v2/topology").await.refused(401, "unauthorized");
    get(&other, "/v2/topology").await.good();
    server.as_user("olga").get("/hosk/v1/csrf-token").await.refused(404, "not-found");
}

#[tokio::test]
async fn a_session_ends_with_the_password_and_is_secure_behind_tls() {
    let server = staffed().await;
    let (cookie, _) = session(&server).await;
    let olga = server.as_user("olga");
    let change = json!({"password": "another password"});
    olga.with_body(Method::PUT, "/v2/users/olga", change).await.good();
    let me = server.request(Method::GET, "/v2/authentication/me").header("cookie", &cookie);
    server.send(me).await.refused(401, "unauthorized");
    for _ in 0..5 {
        let body = json!({"username": "stan", "password": "wrong"});
        server.post("/hosk/v1/session", body).await.refused(401, "unauthorized");
    }
    let body = json!({"username": "stan", "password": "open sesame"});
    server.post("/hosk/v1/session", body).await.refused(429, "too-many-attempts");
    let body = json!({"username": "olga", "password": "another password"});
    let request = server.request(Method::POST, "/hosk/v1/session").header("x-forwarded-proto", "https");
    let answer = server.send(request.json(&body)).await;
    assert!(answer.headers["set-cookie"].to_str().unwrap().ends_with("; Secure"));
    let free = Server::start().await;
    free.post("/hosk/v1/session", body).await.refused(409, "invalid-state");
}

#[tokio::test]
async fn a_token_stands_for_its_user_until_it_is_removed() {
    let server = staffed().await;
    let stan = server.as_user("stan");
    let created = stan.post("/hosk/v1/tokens", json!({"name": "build"})).await;
    assert_eq!(created.status, 201);
    let created = created.json();
    let (id, token) = (text(&created, "tokenId"), text(&created, "token"));
    let listed = stan.get("/hosk/v1/tokens").await;
    assert!(!listed.text.contains(&token[40..]), "shown once");
    assert_eq!(listed.good()["items"][0]["name"], "build");
    let me = |token: String| {
        server.send(
            server
                .request(Method::GET, "/v2/authentication/me")
                .header("authorization", format!("Bearer {token}")),
        )
    };
    assert_eq!(me(token.clone()).await.good()["username"], "stan");
    me(format!("{token}x")).await.refused(401, "unauthorized");
    me("eyJhbGciOiJub25lIn0.e30.".to_owned()).await.refused(401, "unauthorized");
    let users = server.request(Method::POST, "/v2/users").header("authorization", format!("Bearer {token}"));
    server.send(users.json(&json!({}))).await.refused(403, "forbidden");
    let path = format!("/hosk/v1/tokens/{id}");
    let olga = server.as_user("olga");
    olga.send(olga.request(Method::DELETE, &path)).await.refused(404, "not-found");
    assert_eq!(stan.send(stan.request(Method::DELETE, &path)).await.status, 204);
    me(token).await.refused(401, "unauthorized");
    let over = json!({"name": "old", "expiresAt": "2020-01-01T00:00:00Z"});
    let ended = text(&stan.post("/hosk/v1/tokens", over).await.good(), "token");
    me(ended).await.refused(401, "unauthorized");
    for (body, code) in [
        (json!({}), "missing-field"),
        (json!({"name": ""}), "invalid-argument"),
        (json!({"name": "x", "expiresAt": "tomorrow"}), "invalid-argument"),
        (json!({"name": "x", "owner": "olga"}), "unknown-field"),
    ] {
        stan.post("/hosk/v1/tokens", body).await.refused(400, code);
    }
}
