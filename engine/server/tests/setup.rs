//! A fresh server: its console has the token for the first user, whose session outlives a restart; what `hosk user`
//! changes beside it counts within seconds.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";

struct Server {
    child: Child,
    base: String,
    http: Client,
    errors: BufReader<std::process::ChildStderr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(data: &Path) -> Server {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hosk"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let base = ready.split_whitespace().last().unwrap().to_owned();
    let errors = BufReader::new(child.stderr.take().unwrap());
    Server { child, base, http: Client::new(), errors }
}

impl Server {
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    async fn me(&self, with: impl FnOnce(RequestBuilder) -> RequestBuilder) -> (u16, Value) {
        let answer = with(self.ask(Method::GET, "/v2/authentication/me")).send().await.unwrap();
        both(answer).await
    }

    /// The token that stands on the console.
    fn token(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.errors.read_line(&mut line).unwrap() > 0, "the console has a token");
            if let Some((_, rest)) = line.split_once("X-Setup-Token: ") {
                return rest.split('\'').next().unwrap().to_owned();
            }
        }
    }
}

async fn both(answer: Response) -> (u16, Value) {
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

fn hosk(arguments: &[&str], input: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hosk"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

#[tokio::test]
async fn the_first_user_is_made_over_http_and_his_session_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = serve(folder.path());
    let token = server.token();
    let body = json!({"username": "boss", "password": PASSWORD});
    let set_up =
        |token: &str| server.ask(Method::POST, "/v2/setup/user").header("x-setup-token", token).json(&body);
    assert_eq!(set_up("guessed").send().await.unwrap().status(), 403);
    assert_eq!(set_up(&token).send().await.unwrap().status(), 201);
    assert_eq!(set_up(&token).send().await.unwrap().status(), 403, "once");

    let signed_in = server.ask(Method::POST, "/hosk/v1/session").json(&body).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(server.me(|request| request.header("cookie", &cookie)).await.1["roles"], json!(["admin"]));
    drop(server);
    let server = serve(folder.path());
    assert_eq!(server.me(|request| request.header("cookie", &cookie)).await.1["username"], "boss");

    let data = folder.path().to_str().unwrap();
    hosk(&["user", "set", "boss", "--group", "sales", "--data", data], "another password\n");
    let patience = Instant::now() + Duration::from_secs(20);
    while server.me(|request| request.header("cookie", &cookie)).await.0 != 401 {
        assert!(Instant::now() < patience, "what changed beside the server counts");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (_, me) = server.me(|request| request.basic_auth("boss", Some("another password"))).await;
    assert_eq!(me["groups"], json!(["sales"]));
}
