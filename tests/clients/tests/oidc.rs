//! Tokens of a real OpenID Connect provider, run by node. Installed once, as its lock file says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use clients::serve_for;
use hosk_api::OidcSettings;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long the provider may take to start: it makes keys.
const STARTS_IN: Duration = Duration::from_mins(1);

type Failure = Box<dyn std::error::Error>;

/// The provider, which ends with the process, and its issuer.
async fn provider() -> Result<(Child, String), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc");
    if !folder.join("node_modules").is_dir() {
        let install =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        if !install.await?.success() {
            return Err(format!("npm ci in {} failed", folder.display()).into());
        }
    }
    let mut child = Command::new("node")
        .arg("provider.mjs")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or("the provider has no output")?;
    let first = tokio::time::timeout(STARTS_IN, BufReader::new(output).lines().next_line()).await??;
    Ok((child, first.ok_or("the provider did not start")?))
}

async fn token(issuer: &str, client: &str, resource: &str) -> String {
    let answer = reqwest::Client::new()
        .post(format!("{issuer}/token"))
        .basic_auth(client, Some(format!("{client}%27s+secret")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("grant_type=client_credentials&scope=work&resource={resource}"))
        .send()
        .await
        .unwrap();
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

async fn me(hosk: &str, token: &str) -> (StatusCode, Value) {
    let asked = reqwest::Client::new().get(format!("{hosk}/v2/authentication/me")).bearer_auth(token).send();
    let answer = asked.await.unwrap();
    (answer.status(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn tokens_of_a_provider_sign_users_and_clients_in() {
    let (_provider, issuer) = provider().await.expect("a provider");
    let hosk = serve_for(OidcSettings {
        issuer: issuer.clone(),
        audience: vec!["hosk".into()],
        keys: None,
        username_claim: "preferred_username".into(),
        client_claim: "client_id".into(),
        groups_claim: "groups".into(),
        clock_skew: Duration::from_secs(1),
    })
    .await
    .expect("a server");
    for algorithm in ["RS256", "PS384", "ES256", "ES384", "EdDSA"] {
        let anna = token(&issuer, "portal", &format!("urn:hosk:{algorithm}:60")).await;
        let (status, body) = me(&hosk, &anna).await;
        assert_eq!((status, &body["username"]), (StatusCode::OK, &"anna".into()), "{algorithm}: {body}");
        assert_eq!(body["groups"], serde_json::json!(["warehouse"]), "{body}");
    }
    let robot = token(&issuer, "robot", "urn:hosk:RS256:60").await;
    let (status, body) = me(&hosk, &robot).await;
    assert_eq!((status, &body["roles"]), (StatusCode::OK, &serde_json::json!(["worker"])), "{body}");

    let for_others = token(&issuer, "robot", "urn:another:RS256:60").await;
    let (status, body) = me(&hosk, &for_others).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body["detail"].as_str().unwrap().contains("audience"), "{body}");

    let short = token(&issuer, "robot", "urn:hosk:ES256:1").await;
    assert_eq!(me(&hosk, &short).await.0, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    let (status, body) = me(&hosk, &short).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body["detail"].as_str().unwrap().contains("expired"), "{body}");
}
