//! A server in a temporary folder. A shell stands between this process and the server: it waits for the end of its
//! input, which comes with the end of this process however that ends, then stops the server and removes the folder. A line
//! of input before that lets it crash and start again.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::certificates::{self, Certificates};
use crate::programs;

/// `$1` is the folder, `$2` initdb, `$3` postgres; then come settings. Texts are sorted by the rules of a language where the version can,
/// because what runs on it must not depend on that.
const RUN: &str = r#"
trap '' INT
{ "$2" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US --no-sync ||
  { rm -rf "$1/data"; "$2" -D "$1/data" -U postgres -A trust -E UTF8 --no-locale --no-sync; }
} >"$1/initdb.log" 2>&1 || { cat "$1/initdb.log" >&2; exit 1; }
folder=$1 postgres=$3
shift 3
start() {
  "$postgres" -D "$folder/data" -k "$folder" -c listen_addresses= "$@" </dev/null >>"$folder/server.log" 2>&1 &
  server=$!
}
start "$@"
while read -r _; do
  kill -QUIT "$server"
  wait "$server"
  start "$@"
done
kill -QUIT "$server"
wait "$server"
rm -rf "$folder"
"#;

/// What survives the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: the machine will not fail during a test.
    None,
    /// What was acknowledged. All settings are as they come.
    AsItComes,
}

impl Durability {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::None => &[
                "-cfsync=off",
                "-cfull_page_writes=off",
                "-csynchronous_commit=off",
                "-cmax_connections=300",
                "-cshared_buffers=64MB",
                "-cmax_wal_size=2GB",
            ],
            Self::AsItComes => &[],
        }
    }
}

/// How clients reach a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// By a socket in its folder, and not otherwise.
    Socket,
    /// Over TCP on this machine too, where it offers TLS.
    Tls,
}

/// The port of a server that is not on the network: it is a part of its socket's name alone.
const NO_PORT: u16 = 5432;
/// Longest time a start may take.
const START: Duration = Duration::from_mins(1);

/// A running server.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    /// Whom a client over TLS may trust.
    certificates: Option<Certificates>,
    /// Its input ends with this process.
    shell: Child,
}

impl Cluster {
    /// Makes a cluster and starts its server.
    pub(crate) fn start(durability: Durability, reach: Reach) -> Self {
        let (initdb, postgres) = (programs::find("initdb"), programs::find("postgres"));
        // Short, because the names of sockets are.
        let folder =
            tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").expect("a temporary folder").keep();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&folder, open).expect("the folder can be opened for the client");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", RUN, "sh"]).arg(&folder).arg(initdb).arg(postgres);
        command.args(durability.settings()).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let (mut port, mut certificates) = (NO_PORT, None);
        if reach == Reach::Tls {
            port = free_port();
            command.args(["-clisten_addresses=127.0.0.1", &format!("-cport={port}")]);
            command.args(certificates::settings(&folder));
            certificates = Some(Certificates::make_in(&folder));
        }
        if let Some((user, group)) = somebody_else() {
            let inside = std::fs::read_dir(&folder).expect("the folder can be read").flatten();
            for path in inside.map(|entry| entry.path()).chain([folder.clone()]) {
                chown(path, Some(user), Some(group)).expect("the folder and what is in it can be given away");
            }
            command.uid(user).gid(group);
        }
        let shell = command.spawn().expect("a shell runs");
        let mut cluster = Self { folder, port, certificates, shell };
        cluster.wait_until_ready();
        cluster
    }

    /// Whom a client over TLS may trust; none when it is reached by its socket alone.
    pub(crate) fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Where it listens over TCP, for a host that is a name of this machine. Nothing is encrypted unless the address goes on
    /// to say so.
    pub(crate) fn address_over_tcp(&self, host: &str) -> String {
        format!("postgres://postgres@{host}:{}/postgres", self.port)
    }

    /// Lets the server crash, and waits until it is there again.
    pub(crate) fn restart(&mut self) {
        let before = self.process();
        let input = self.shell.stdin.as_mut().expect("its input is ours");
        input.write_all(b"restart\n").and_then(|()| input.flush()).expect("the shell listens");
        let until = Instant::now() + START;
        while self.process().is_none_or(|now| Some(now) == before) {
            assert!(Instant::now() < until, "the database did not start again in {START:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.wait_until_ready();
    }

    /// The number of its process, while it has one.
    fn process(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// Its socket in its folder.
    pub(crate) fn address(&self) -> String {
        let folder = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@localhost:{}/postgres?host={folder}", self.port)
    }

    fn wait_until_ready(&mut self) {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.shell.try_wait() {
                panic!("the database cannot be made: {status}; the messages are above");
            }
            if UnixStream::connect(self.folder.join(format!(".s.PGSQL.{}", self.port))).is_ok()
                && self.answers()
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        panic!("the database did not start in {START:?}: {log}");
    }

    fn answers(&self) -> bool {
        let asked = Command::new(programs::find("psql"))
            .args(["--no-psqlrc", "--quiet", "--command", "SELECT 1"])
            .arg(self.address())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    }
}

/// A port that is free now. PostgreSQL does not choose one itself, so another program may be faster: it does not start then.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of this machine");
    listener.local_addr().expect("it has an address").port()
}

/// Whom the server runs as when this process is root, which PostgreSQL refuses.
fn somebody_else() -> Option<(u32, u32)> {
    if std::fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |wanted: &str| {
        let mut fields =
            users.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(wanted))?;
        let (user, group) = (fields.nth(2)?, fields.next()?);
        Some((user.parse().ok()?, group.parse().ok()?))
    };
    let found = find("postgres").or_else(|| find("nobody"));
    Some(found.expect("a user `postgres` or `nobody`, because root may not run a database"))
}
