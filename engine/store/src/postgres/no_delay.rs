//! Sends what is written to PostgreSQL at once, instead of when the database has acknowledged what came before.
//!
//! The driver leaves Nagle's algorithm on (sqlx 0.9.0; its issue 4335 is mended but not released) and has no option for it. Over
//! TLS a batch is several records, each a write of its own: all but the first wait until the database acknowledges, and
//! that waits 40 ms for an answer it could go along with. One task was done 500 times a second that way, and is 2,800 times.
//!
//! The driver does not give its sockets away either. The kernel does, to the process that they belong to: this can be removed
//! once the driver sets the option itself.

#[cfg(target_os = "linux")]
use std::io;

use sqlx::postgres::PgConnectOptions;

/// Sets `TCP_NODELAY` on the connections of this process to the port of a database.
pub(super) fn set_to(options: &PgConnectOptions) {
    #[cfg(target_os = "linux")]
    {
        if options.get_socket().is_some() || options.get_host().starts_with('/') {
            return;
        }
        if let Err(error) = set_to_port(options.get_port()) {
            static TOLD: std::sync::Once = std::sync::Once::new();
            TOLD.call_once(|| {
                tracing::info!(
                    %error,
                    "TCP_NODELAY cannot be set on connections to the database: if they use TLS, each batch takes 40 ms more. \
                     Allow the system call pidfd_getfd, or connect without TLS (sslmode=disable)"
                );
            });
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = options;
}

#[cfg(target_os = "linux")]
fn set_to_port(port: u16) -> io::Result<()> {
    use rustix::net::sockopt::set_tcp_nodelay;
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let is_socket = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.as_os_str().as_encoded_bytes().starts_with(b"socket:"));
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(number) = number.filter(|_| is_socket) else { continue };
        let same = match pidfd_getfd(&own, number, PidfdGetfdFlags::empty()) {
            Ok(same) => same,
            // Closed since it was listed.
            Err(rustix::io::Errno::BADF) => continue,
            Err(error) => return Err(error.into()),
        };
        match peer_port(&same) {
            // Another name of the same socket: what is set on it holds for both.
            Ok(Some(peer)) if peer == port => set_tcp_nodelay(&same, true)?,
            // A file was opened in its place since it was listed. To close it would give up the locks that SQLite may have
            // on it, for those belong to the process.
            Err(rustix::io::Errno::NOTSOCK) => std::mem::forget(same),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// The port at the other end of a connection over TCP.
#[cfg(target_os = "linux")]
fn peer_port(socket: &std::os::fd::OwnedFd) -> rustix::io::Result<Option<u16>> {
    let peer = rustix::net::getpeername(socket)?;
    Ok(peer.and_then(|peer| std::net::SocketAddr::try_from(peer).ok()).map(|address| address.port()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn connections_to_the_port_are_sent_at_once_and_others_as_they_were() {
        let listeners = [0; 2].map(|any| TcpListener::bind((Ipv4Addr::LOCALHOST, any)).unwrap());
        let [database, other] =
            listeners.each_ref().map(|one| TcpStream::connect(one.local_addr().unwrap()).unwrap());
        assert!(!database.nodelay().unwrap());
        let port = listeners[0].local_addr().unwrap().port();
        let over_socket = PgConnectOptions::new_without_pgpass().port(port).socket("/nowhere");
        set_to(&over_socket);
        assert!(!database.nodelay().unwrap(), "a socket of the file system has no such option");
        set_to(&PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(port));
        assert!(database.nodelay().unwrap() && !other.nodelay().unwrap());
    }
}
