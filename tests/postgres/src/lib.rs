//! A PostgreSQL server for tests: the one that `DATABASE_URL` names, else one that is started from the system's
//! packages in a temporary folder and ends with the test's process.
//!
//! Each test has a schema of its own. A server for tests does not wait for the disk; one for measuring does.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod certificates;
mod cluster;
mod programs;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::UNIX_EPOCH;

use cluster::{Cluster, Durability, Reach};

/// The server for tests.
static FOR_TESTS: OnceLock<Server> = OnceLock::new();
/// The server for measuring.
static DURABLE: OnceLock<Server> = OnceLock::new();

#[derive(Debug)]
struct Server {
    /// Where it is, without a schema.
    address: String,
    /// Ended with the process when it is ours.
    own: Option<Cluster>,
}

/// A schema, empty at first. Gone with this.
#[derive(Debug)]
pub struct Schema {
    server: &'static Server,
    name: String,
    url: String,
}

impl Schema {
    /// The address of the server with this schema as the place for tables.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements beside whatever else works on it; what they print.
    ///
    /// # Panics
    /// When one fails.
    pub fn run(&self, statements: &str) -> String {
        sql(&self.server.address, &format!("SET search_path = {}; {statements}", self.name))
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // A server of ours goes with all that is in it.
        if self.server.own.is_none() {
            sql(&self.server.address, &format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

/// A schema of its own for a test.
///
/// # Panics
/// When there is no server and none can be started; the message says what to install.
pub fn schema() -> Schema {
    schema_of(FOR_TESTS.get_or_init(|| Server::find(Durability::None)))
}

/// A schema that takes itself for the coordinator of a Citus cluster: functions in it note what is asked of Citus, and refuse
/// what Citus refuses.
///
/// # Panics
/// As [`schema`].
pub fn cluster() -> Schema {
    let schema = schema();
    schema.run(include_str!("citus.sql"));
    schema
}

/// A schema for measuring: on a server that is set up as PostgreSQL comes, so that what it acknowledges is on disk.
///
/// # Panics
/// As [`schema`].
pub fn durable_schema() -> Schema {
    schema_of(DURABLE.get_or_init(|| Server::find(Durability::AsItComes)))
}

/// A server of its own that offers TLS on a port of this machine. Its certificate is for 127.0.0.1 and no other name.
#[derive(Debug)]
pub struct Encrypted {
    cluster: Cluster,
}

impl Encrypted {
    /// Starts one.
    ///
    /// # Panics
    /// When none can be started; the message says what to install.
    pub fn start() -> Self {
        Self { cluster: Cluster::start(Durability::None, Reach::Tls) }
    }

    /// Its address over TCP by a name of this machine, without a `?`.
    pub fn url(&self, host: &str) -> String {
        self.cluster.address_over_tcp(host)
    }

    /// The file with the authority that made its certificate, as PEM.
    ///
    /// # Panics
    /// Never: it is made with the server.
    pub fn authority(&self) -> &Path {
        &self.cluster.certificates().expect("it has certificates").authority
    }

    /// The file with an authority that did not.
    ///
    /// # Panics
    /// Never: it is made with the server.
    pub fn stranger(&self) -> &Path {
        &self.cluster.certificates().expect("it has certificates").stranger
    }

    /// Runs statements beside whatever else works on it, by its socket; what they print.
    ///
    /// # Panics
    /// When one fails.
    pub fn run(&self, statements: &str) -> String {
        sql(&self.cluster.address(), statements)
    }
}

/// A server of its own that keeps what it acknowledged, and can be made to crash.
#[derive(Debug)]
pub struct Crashing {
    cluster: Cluster,
}

impl Crashing {
    /// Starts one.
    ///
    /// # Panics
    /// When none can be started; the message says what to install.
    pub fn start() -> Self {
        Self { cluster: Cluster::start(Durability::AsItComes, Reach::Socket) }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.cluster.address()
    }

    /// Lets it crash at once, and waits until it is there again.
    ///
    /// # Panics
    /// When it does not come again.
    pub fn crash(&mut self) {
        self.cluster.restart();
    }
}

/// Whether PostgreSQL is there: named, or installed.
pub fn is_there() -> bool {
    let programs = if address().is_some() { &["psql"][..] } else { &["psql", "initdb", "postgres"] };
    programs.iter().all(|name| programs::look_for(name).is_some())
}

fn schema_of(server: &'static Server) -> Schema {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let since = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis());
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{since}_{}_{number}", std::process::id());
    let address = &server.address;
    sql(address, &format!("CREATE SCHEMA {name}"));
    let between = if address.contains('?') { '&' } else { '?' };
    let url = format!("{address}{between}options[search_path]={name}");
    Schema { server, name, url }
}

/// The server that is named.
fn address() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|address| !address.trim().is_empty())
}

impl Server {
    fn find(durability: Durability) -> Self {
        if let Some(address) = address() {
            return Self { address, own: None };
        }
        let cluster = Cluster::start(durability, Reach::Socket);
        Self { address: cluster.address(), own: Some(cluster) }
    }
}

/// Runs statements with psql; what it prints.
fn sql(address: &str, statements: &str) -> String {
    let output = Command::new(programs::find("psql"))
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command"])
        .arg(statements)
        .arg(address)
        .output()
        .expect("psql runs");
    assert!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
