//! A server on a port of the system's choice, and a client that speaks JSON to it.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hosk_api::{App, Auth, BackUp, Resources, Settings, SetupToken, router};
use hosk_connections::{Connections, Vault};
use hosk_connector::{Connection, Connector, Registry};
use hosk_documents::{Documents, Limits as DocumentLimits};
use hosk_identity::{Identity, User, hash_password};
use hosk_plugins::{Plugins, Trust};
use hosk_runtime::{
    Batches, Clock, ClusterVariables, Config, ControllableClock, Engine, GlobalTaskListeners, SystemClock,
    ValueMaps,
};
use hosk_store::sqlite::Options;
use hosk_store::{
    AuditStore, BatchStore, ClusterVariableStore, CommitLog, ConnectionStore, DocumentStore, IdentityStore,
    Memory, PluginStore, Queries, Sqlite, Store, TaskListenerStore, ValueMapStore,
};
use hosk_wasm::{Compiler, Host, Limits};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

/// Everybody's password in these tests.
const PASSWORD: &str = "open sesame";

/// Names the file that requests are written to.
pub(crate) const SEEN: &str = "HOSK_TEST_SEEN";

/// A running server; gone with the test.
pub(crate) struct Server {
    http: Client,
    base: String,
    user: Option<&'static str>,
    protected: bool,
    /// Of the store, if it is a file.
    folder: Option<Arc<tempfile::TempDir>>,
    /// The documents behind it.
    pub(crate) documents: Arc<Documents>,
}

/// Everything that is kept, but who there is.
pub(crate) trait Stores:
    Store
    + Queries
    + ConnectionStore
    + ClusterVariableStore
    + TaskListenerStore
    + ValueMapStore
    + BatchStore
    + AuditStore
    + PluginStore
    + DocumentStore
    + CommitLog
{
}

impl<S> Stores for S where
    S: Store
        + Queries
        + ConnectionStore
        + ClusterVariableStore
        + TaskListenerStore
        + ValueMapStore
        + BatchStore
        + AuditStore
        + PluginStore
        + DocumentStore
        + CommitLog
{
}

/// How a server differs from the usual one.
#[derive(Default)]
pub(crate) struct Make {
    /// Sign-in with these users and their groups.
    pub(crate) users: &'static [(&'static str, &'static [&'static str])],
    /// Sign-in without any user, and this token for the first.
    pub(crate) setup: Option<SetupToken>,
    /// Whether everybody who is signed in may do everything.
    pub(crate) free: bool,
    /// Whether things are kept in a file.
    pub(crate) sqlite: bool,
    /// Whether tenants are told apart.
    pub(crate) tenants: bool,
    /// Whether the clock can be set.
    pub(crate) clock: bool,
    /// Connectors, each with a connection of its name.
    pub(crate) connectors: Vec<Arc<dyn Connector>>,
    /// Whether plugins can be installed, and the public keys that are trusted.
    pub(crate) plugins: Option<Vec<String>>,
    /// Who makes back-ups.
    pub(crate) backup: Option<Arc<dyn BackUp>>,
    /// Changes to the settings.
    pub(crate) settings: Option<fn(&mut Settings)>,
    /// Whether little waits in lines to callers who do not read.
    pub(crate) small_lines: bool,
}

/// A port of the system's choice; what comes in by it has the buffers that it has.
fn listener(small_lines: bool) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    if small_lines {
        socket.set_send_buffer_size(4_096).expect("a small buffer");
    }
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
    socket.listen(1_024).expect("somebody who listens")
}

/// An answer: status, media type and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) media_type: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body of a success.
    pub(crate) fn good(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        self.json()
    }

    /// Checks that it is a refusal in due form, with this status and code; gives its detail.
    pub(crate) fn refused(self, status: u16, code: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.media_type, "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{code}"), "{problem}");
        assert_eq!(problem["status"], status);
        for member in ["title", "detail", "instance"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }
}

impl Server {
    /// An unprotected server on an empty store.
    pub(crate) async fn start() -> Self {
        Self::make(Make::default()).await
    }

    /// A server made to order.
    pub(crate) async fn make(make: Make) -> Self {
        if !make.sqlite {
            let store = Arc::new(Memory::new());
            return Self::on(store.clone(), store, make).await;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let store = Sqlite::open(folder.path().join("hosk.db"), Options::default()).await.expect("a store");
        let store = Arc::new(store);
        let server = Self::on(store.clone(), store, make).await;
        Self { folder: Some(Arc::new(folder)), ..server }
    }

    /// A server on these stores.
    pub(crate) async fn on<S: Stores>(store: Arc<S>, identities: Arc<dyn IdentityStore>, make: Make) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = listener(make.small_lines);
        let address = listener.local_addr().expect("an address");
        let clock: Arc<dyn Clock> =
            if make.clock { Arc::new(ControllableClock::default()) } else { Arc::new(SystemClock) };
        let registry = Arc::new(registry(make.connectors));
        let engine =
            Engine::start(Config::default(), store.clone(), registry, clock).await.expect("an engine");
        let mut settings = Settings::new(address);
        settings.long_poll = std::time::Duration::from_millis(1_500);
        if let Some(change) = make.settings {
            change(&mut settings);
        }
        let identity = identity(identities, make.users).await;
        let auth = if make.users.is_empty() && make.setup.is_none() {
            Auth::unprotected(address).expect("a loopback address")
        } else {
            Auth::basic(Arc::clone(&identity)).with_authorizations(!make.free)
        };
        let auth = if make.tenants { auth.with_tenants().expect("sign-in") } else { auth };
        let vault = Vault::open(&Vault::new_key().expect("a key")).expect("a vault");
        let connections =
            Connections::start(store.clone(), vault, engine.clone()).await.expect("connections");
        let variables = ClusterVariables::start(&engine, store.clone()).await.expect("no variables");
        let listeners = GlobalTaskListeners::start(&engine, store.clone()).await.expect("no listeners");
        let maps = ValueMaps::start(&engine, store.clone()).await.expect("no value maps");
        let batches = Batches::start(&engine, store.clone(), store.clone());
        let (connections, documents) = (Arc::new(connections), documents(store.clone()));
        let mut app = App::new(engine.clone(), store.clone(), identity, auth, settings)
            .with_connections(Arc::clone(&connections))
            .with_batches(Arc::new(batches))
            .with_audit(store.clone())
            .with_cluster_variables(Arc::new(variables))
            .with_global_task_listeners(Arc::new(listeners))
            .with_value_maps(Arc::new(maps))
            .with_documents(Arc::clone(&documents))
            .with_events(store.clone(), store.clone());
        if let Some(keys) = make.plugins {
            let settings = hosk_wasm::Settings {
                limits: Limits::default(),
                compiler: Compiler::Here,
                cache: None,
                threads: 1,
            };
            let host = Host::start(settings).expect("a host of plugins");
            let trust = Trust::keys(&keys).expect("public keys");
            let plugins = Plugins::start(store, host, engine, connections, trust).await.expect("plugins");
            app = app.with_plugins(Arc::new(plugins));
        }
        if let Some(backup) = make.backup {
            app = app.with_backup(backup);
        }
        if let Some(token) = make.setup {
            app = app.with_setup_token(token);
        }
        let resources = axum::Router::new().route("/records", axum::routing::get(async || "there"));
        let service = router(app, Resources::new(resources, Value::Null));
        let service = service.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self {
            http: Client::new(),
            base: format!("http://{address}"),
            user: None,
            protected: !make.users.is_empty(),
            folder: None,
            documents,
        }
    }

    /// The same server, asked by somebody.
    pub(crate) fn as_user(&self, user: &'static str) -> Self {
        Self { user: Some(user), ..self.same() }
    }

    /// The same server, asked by its operator `olga`, or by anybody where there is no sign-in.
    pub(crate) fn as_operator(&self) -> Self {
        let user = self.protected.then_some("olga");
        Self { user, ..self.same() }
    }

    fn same(&self) -> Self {
        let Self { http, base, user, protected, folder, documents } = self;
        Self {
            http: http.clone(),
            base: base.clone(),
            user: *user,
            protected: *protected,
            folder: folder.clone(),
            documents: Arc::clone(documents),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.base.trim_start_matches("http://").parse().expect("an address")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match self.user {
            Some(user) => request.basic_auth(user, Some(PASSWORD)),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let (http, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = http.execute(request).await.expect("an answer");
        note(&method, &path, answer.status());
        let headers = answer.headers().clone();
        let media_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (status, media_type) = (answer.status(), media_type.to_owned());
        if media_type == "text/event-stream" {
            // It has no end.
            return Answer { status, media_type, headers, text: String::new() };
        }
        Answer { status, media_type, headers, text: answer.text().await.expect("a body") }
    }

    /// Opens a stream of events; its text comes in pieces.
    pub(crate) async fn listen(&self, request: RequestBuilder) -> reqwest::Response {
        let answer = request.send().await.expect("an answer");
        note(&Method::GET, answer.url().path(), answer.status());
        assert_eq!(answer.status(), StatusCode::OK);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.with_body(Method::POST, path, body).await
    }

    pub(crate) async fn with_body(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send(self.request(method, path).json(&body)).await
    }

    /// Sends a body as it is.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let request = self.request(method, path).header("content-type", media_type).body(body.into());
        self.send(request).await
    }

    /// Deploys files of this folder by name.
    pub(crate) async fn deploy(&self, files: &[&str]) -> Answer {
        let parts: Vec<_> = files.iter().map(|name| ("resources", *name, file(name))).collect();
        self.deploy_parts(&parts).await
    }

    /// Deploys parts: name of the part, name of the file, content.
    pub(crate) async fn deploy_parts(&self, parts: &[(&str, &str, String)]) -> Answer {
        let mut body = String::new();
        for (part, name, content) in parts {
            let file = if name.is_empty() { String::new() } else { format!("; filename=\"{name}\"") };
            let head =
                format!("--xxBOUNDARYxx\r\nContent-Disposition: form-data; name=\"{part}\"{file}\r\n\r\n");
            body.extend([head.as_str(), content, "\r\n"]);
        }
        body.push_str("--xxBOUNDARYxx--\r\n");
        self.raw(Method::POST, "/v2/deployments", "multipart/form-data; boundary=xxBOUNDARYxx", body).await
    }

    /// Starts an instance; its key.
    pub(crate) async fn create(&self, process: &str, variables: Value) -> String {
        let body = json!({"processDefinitionId": process, "variables": variables});
        let created = self.post("/v2/process-instances", body).await.good();
        created["processInstanceKey"].as_str().expect("a key").to_owned()
    }

    /// The first row of a search.
    pub(crate) async fn first(&self, path: &str, filter: Value) -> Value {
        self.post(path, json!({"filter": filter})).await.good()["items"][0].take()
    }

    /// Takes jobs without waiting.
    pub(crate) async fn take(&self, job_type: &str) -> Vec<Value> {
        let body = json!({
            "type": job_type, "worker": "tester", "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1
        });
        let taken = self.post("/v2/jobs/activation", body).await.good();
        taken["jobs"].as_array().cloned().unwrap_or_default()
    }
}

/// Writes a request down, where that is asked for.
fn note(method: &Method, path: &str, status: StatusCode) {
    let Some(file) = std::env::var_os(SEEN) else { return };
    let mut file = std::fs::OpenOptions::new().append(true).open(file).expect("the file of what is seen");
    let line = format!("{method} {path} {}\n", status.as_u16());
    file.write_all(line.as_bytes()).expect("room on the disk");
}

/// Documents of at most a million bytes.
/// Connectors, each with a connection of its name.
fn registry(connectors: Vec<Arc<dyn Connector>>) -> Registry {
    let mut registry = Registry::new();
    for connector in connectors {
        let id = connector.contract().id.clone();
        registry.register(connector).expect("a sound contract");
        registry.connect(Connection::new(&id, &id));
    }
    registry
}

fn documents(store: Arc<dyn DocumentStore>) -> Arc<Documents> {
    let limits = DocumentLimits { bytes: 1_000_000, ..DocumentLimits::default() };
    Arc::new(Documents::new(store, limits, &[7; 32]))
}

/// A file beside the tests.
pub(crate) fn file(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/files/");
    std::fs::read_to_string(format!("{folder}{name}")).expect("the file is there")
}

/// A member that is text.
pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

async fn identity(
    store: Arc<dyn IdentityStore>,
    users: &[(&'static str, &'static [&'static str])],
) -> Arc<Identity> {
    let identity = Identity::start(store).await.expect("identities");
    let hash: Arc<str> = hash_password(PASSWORD).expect("a hash").into();
    for (name, groups) in users {
        let user =
            User { username: (*name).into(), name: None, email: None, password_hash: Arc::clone(&hash) };
        let groups: Vec<Arc<str>> = groups.iter().map(|group| Arc::from(*group)).collect();
        identity.put_user(&user, &groups).await.expect("a user");
    }
    Arc::new(identity)
}
