//! Over TLS: what the address asks for is kept to, and every session of the store is encrypted.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use hosk_store::Postgres;
use hosk_store::postgres::Options;
use test_postgres::Encrypted;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::sessions::chain;
use crate::world::World;

/// A server that offers TLS; other tests of this program use another one.
async fn encrypted() -> Arc<Encrypted> {
    Arc::new(tokio::task::spawn_blocking(Encrypted::start).await.unwrap())
}

/// An address that trusts an authority.
fn trusting(server: &Encrypted, host: &str, mode: &str, authority: &Path) -> String {
    format!("{}?sslmode={mode}&sslrootcert={}", server.url(host), authority.display())
}

/// What a refusal says, with its causes.
async fn refused(url: &str) -> String {
    chain(&Postgres::open(url, Options::default()).await.err().unwrap())
}

/// The ports of this process at which the sessions of the store end, of those whose name begins so; each is encrypted.
fn encrypted_ports(server: &Encrypted, name: &str) -> Vec<u16> {
    let sessions = server.run(&format!(
        "SELECT client_port, ssl FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE starts_with(application_name, '{name}')"
    ));
    let port = |session: &str| {
        let (port, encrypted) = session.split_once('|').unwrap();
        assert_eq!(encrypted, "t", "{name}: {session}");
        port.parse().unwrap()
    };
    sessions.lines().map(port).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_are_written_and_read_over_tls() {
    let server = encrypted().await;
    let required = format!("{}?sslmode=require", server.url("127.0.0.1"));
    let checked = trusting(&server, "127.0.0.1", "verify-full", server.authority());
    for (url, schema) in [(required, "required"), (checked, "checked")] {
        server.run(&format!("CREATE SCHEMA {schema}"));
        let url = format!("{url}&options[search_path]={schema}");
        let options = Options { connections: 4, writers: 2, ..Options::default() };
        let store = Arc::new(Postgres::open(&url, options).await.unwrap());
        let world = World::new(store.clone()).await;
        let (one, two) = tokio::join!(world.start(), world.start());
        for instance in [one, two] {
            world.commit(vec![world.set(instance, 1, Vec::new())]).await;
            assert_eq!(world.store.load(instance).await.unwrap().unwrap().version, 2);
        }
        let writing = encrypted_ports(&server, &format!("hosk writes {schema}"));
        assert!(!writing.is_empty(), "{schema}");
        assert!(encrypted_ports(&server, "hosk").len() > writing.len(), "others read and hear news");
        #[cfg(target_os = "linux")]
        for port in writing {
            assert_eq!(sockets::sends_at_once(port), Some(true), "{schema}: the session at port {port}");
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_trusted_is_refused() {
    let server = encrypted().await;
    for mode in ["verify-ca", "verify-full"] {
        let told = refused(&trusting(&server, "127.0.0.1", mode, server.stranger())).await;
        assert!(told.contains("connecting") && told.contains("UnknownIssuer"), "{mode}: {told}");
    }
    // The certificate is for the number of this machine, not for its name.
    let told = refused(&trusting(&server, "localhost", "verify-full", server.authority())).await;
    assert!(told.contains("not valid for name"), "{told}");
    let named = trusting(&server, "localhost", "verify-ca", server.authority());
    Postgres::open(&named, Options::default()).await.unwrap().close().await;
    let nowhere = server.authority().with_file_name("nowhere.pem");
    let told = refused(&trusting(&server, "127.0.0.1", "verify-full", &nowhere)).await;
    assert!(told.contains("No such file"), "{told}");
}

#[tokio::test]
async fn what_must_be_encrypted_is_not_sent_openly() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("postgres://eva@{}/x?sslmode=require", listener.local_addr().unwrap());
    let without_tls = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut question = [0; 8];
        socket.read_exact(&mut question).await.unwrap();
        socket.write_all(b"N").await.unwrap();
        socket.read(&mut question).await.unwrap_or_default()
    });
    let told = refused(&url).await;
    assert!(told.contains("server does not support TLS"), "{told}");
    assert_eq!(without_tls.await.unwrap(), 0, "nothing more is said");
}

/// The sockets of this process, which the driver does not give away and the kernel does.
#[cfg(target_os = "linux")]
mod sockets {
    use std::net::SocketAddr;
    use std::os::fd::OwnedFd;

    use rustix::io::Errno;
    use rustix::net::sockopt::tcp_nodelay;
    use rustix::net::{SocketAddrAny, getpeername, getsockname};
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    /// Whether the connection from a port of this machine has `TCP_NODELAY`; none when there is no such connection.
    pub(super) fn sends_at_once(port: u16) -> Option<bool> {
        let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
        let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let sockets = open.filter(|entry| {
            std::fs::read_link(entry.path())
                .is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
        });
        for entry in sockets {
            let number = entry.file_name().to_string_lossy().parse().unwrap();
            let Ok(socket) = pidfd_getfd(&own, number, PidfdGetfdFlags::empty()) else { continue };
            match is_connection_from(&socket, port) {
                Ok(true) => return Some(tcp_nodelay(&socket).unwrap()),
                // A file by now; to close it would give up the locks that SQLite in another test has on it.
                Err(Errno::NOTSOCK) => std::mem::forget(socket),
                _ => {}
            }
        }
        None
    }

    fn is_connection_from(socket: &OwnedFd, port: u16) -> rustix::io::Result<bool> {
        let at = |address: SocketAddrAny| SocketAddr::try_from(address).ok().map(|address| address.port());
        Ok(at(getsockname(socket)?) == Some(port) && getpeername(socket)?.is_some())
    }
}
