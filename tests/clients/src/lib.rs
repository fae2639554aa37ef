//! A server for the official clients to talk to: a whole engine in memory, on a port of the system's choice.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hosk_api::{App, Auth, Identity, Level, OidcSettings, Resources, Settings, router};
use hosk_connector::Registry;
use hosk_identity::{Kind, MappingRule, Named, User, hash_password};
use hosk_runtime::{Batches, ClusterVariables, Config, ControllableClock, Engine};
use hosk_store::Memory;
use tokio::net::TcpListener;

type Failure = Box<dyn std::error::Error>;

/// Starts a server that trusts everybody; its base address.
///
/// # Errors
/// When no port or engine is to be had.
pub async fn serve() -> Result<String, Failure> {
    serve_at(Level::default()).await
}

/// Starts a server that trusts everybody and answers at this level; its base address.
///
/// # Errors
/// When no port or engine is to be had.
pub async fn serve_at(level: Level) -> Result<String, Failure> {
    let store = Arc::new(Memory::new());
    let identity = Arc::new(Identity::start(store.clone()).await?);
    start(store, identity, level, |_, address| Ok(Auth::unprotected(address)?)).await
}

/// Starts a server that takes the tokens of a provider; who has the claim `level: gold` works jobs. Its base address.
///
/// # Errors
/// When no port or engine is to be had.
pub async fn serve_for(provider: OidcSettings) -> Result<String, Failure> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let store = Arc::new(Memory::new());
    let identity = Arc::new(Identity::start(store.clone()).await?);
    let rule = MappingRule {
        id: "gold".into(),
        name: "Gold".into(),
        claim_name: "level".into(),
        claim_value: "gold".into(),
    };
    identity.add_rule(&rule).await?;
    identity.assign((Kind::Role, "worker"), (Kind::MappingRule, "gold")).await?;
    start(store, identity, Level::default(), |identity, _| Ok(Auth::basic(identity).with_oidc(provider)?))
        .await
}

/// Starts a server that tells tenants apart, with operators (name, password, tenant). Its base address.
///
/// # Errors
/// When no port or engine is to be had.
pub async fn serve_tenants(operators: &[(&str, &str, &str)]) -> Result<String, Failure> {
    let store = Arc::new(Memory::new());
    let identity = Arc::new(Identity::start(store.clone()).await?);
    for (name, password, tenant) in operators {
        let password_hash = hash_password(password)?.into();
        let user = User { username: (*name).into(), name: None, email: None, password_hash };
        identity.put_user(&user, &["operators".into()]).await?;
        let named = Named { id: (*tenant).into(), name: (*tenant).into(), description: None };
        identity.add_named(Kind::Tenant, &named).await?;
        identity.assign((Kind::Tenant, tenant), (Kind::User, name)).await?;
    }
    start(store, identity, Level::default(), |identity, _| Ok(Auth::basic(identity).with_tenants()?)).await
}

async fn start(
    store: Arc<Memory>,
    identity: Arc<Identity>,
    level: Level,
    auth: impl FnOnce(Arc<Identity>, SocketAddr) -> Result<Auth, Failure>,
) -> Result<String, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let auth = auth(Arc::clone(&identity), address)?;
    let clock = Arc::new(ControllableClock::default());
    let engine = Engine::start(Config::default(), store.clone(), Arc::new(Registry::new()), clock).await?;
    let batches = Batches::start(&engine, store.clone(), store.clone());
    let variables = ClusterVariables::start(&engine, store.clone()).await?;
    let settings = Settings { level, ..Settings::new(address) };
    let app = App::new(engine, store.clone(), identity, auth, settings)
        .with_batches(Arc::new(batches))
        .with_cluster_variables(Arc::new(variables))
        .with_audit(store);
    let service = router(app, Resources::default()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(format!("http://{address}"))
}

/// A file that the tests of the API deploy.
pub fn file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/api/tests/api/files").join(name)
}
