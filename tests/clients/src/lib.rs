//! A server for the official clients to talk to: a whole engine in memory, on a port of the system's choice.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hosk_api::{App, Auth, Identity, Settings, router};
use hosk_connector::Registry;
use hosk_runtime::{Batches, Config, ControllableClock, Engine};
use hosk_store::Memory;
use tokio::net::TcpListener;

/// Starts a server; its base address.
///
/// # Errors
/// When no port or engine is to be had.
pub async fn serve() -> Result<String, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let store = Arc::new(Memory::new());
    let clock = Arc::new(ControllableClock::default());
    let engine = Engine::start(Config::default(), store.clone(), Arc::new(Registry::new()), clock).await?;
    let identity = Arc::new(Identity::start(store.clone()).await?);
    let batches = Batches::start(&engine, store.clone(), store.clone());
    let app = App::new(engine, store, identity, Auth::unprotected(address)?, Settings::new(address))
        .with_batches(Arc::new(batches));
    let service = router(app, axum::Router::new()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(format!("http://{address}"))
}

/// A file that the tests of the API deploy.
pub fn file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/api/tests/api/files").join(name)
}
