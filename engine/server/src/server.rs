//! The wiring: database, connectors, engine, API, listener.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use hosk_api::{App, Auth, Resources, Settings, SetupToken};
use hosk_connections::Connections;
use hosk_connector::{Connection, Registry};
use hosk_http::HttpConnector;
use hosk_identity::Identity;
use hosk_plugins::Plugins;
use hosk_records::{Records, RecordsConnector};
use hosk_runtime::{
    Batches, Clock, ClusterVariables, ControllableClock, Engine, GlobalTaskListeners, HeldMaps, Retention,
    SystemClock, ValueMaps,
};
use hosk_store::Queries;
use hosk_tasks::Tasks;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::admin::Admin;
use crate::backup::OverRest;
use crate::cli::AuthMode;
use crate::config::Config;
use crate::database::Database;
use crate::documents;
use crate::failure::Failure;
use crate::meters::{self, Meters};
use crate::plugins;
use crate::secrets;
use crate::tasks::OwnTasks;
use crate::traces;
use crate::value_maps::OwnMaps;

/// How often it is looked whether others have changed connections and plugins.
const KEEP_UP: Duration = Duration::from_secs(5);
/// How often it is looked whether others have changed users and the like: one small query.
const KEEP_UP_IDENTITY: Duration = Duration::from_secs(1);

/// For which the key of sessions is made of the key for secrets.
const SESSION_KEY: [u8; 24] = *b"hosk-sessions-of-pages-1";

/// A running server.
pub(crate) struct Server {
    /// The address it really listens on.
    pub(crate) address: SocketAddr,
    /// The embedded CRM and ERP.
    pub(crate) records: Records,
    /// The engine.
    pub(crate) engine: Engine,
    /// Who may sign in, and do what.
    pub(crate) identity: Arc<Identity>,
    /// What proves who may make the first user.
    pub(crate) setup: SetupToken,
    database: Database,
    /// Where operators look, if there is such a place.
    pub(crate) admin: Option<SocketAddr>,
    leaving: Arc<AtomicBool>,
    notice: Duration,
    /// Ends what operators look at, last of all.
    closed: CancellationToken,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    drain: Duration,
}

impl Server {
    /// Opens the database, starts the engine and listens.
    pub(crate) async fn start(config: &Config) -> Result<Self, Failure> {
        std::fs::create_dir_all(&config.data)
            .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
        let recorder = config.admin.map(|_| meters::install()).transpose()?;
        let database = Database::open(config).await?;
        let records = Records::open(&config.file()).await.context("the records cannot be opened")?;
        let queries = Arc::clone(&database.queries);
        let identity = Arc::new(identity(config, &database).await?);
        let (engine, remembered) = start_engine(config, &database, &records).await?;
        let vault = secrets::vault(config)?;
        let session_key = vault.derive(SESSION_KEY);
        let (closed, stop) = (CancellationToken::new(), CancellationToken::new());
        let documents = documents::start(config, &database, &vault, &engine, &stop).await?;
        let connections = Connections::start(Arc::clone(&database.connections), vault, engine.clone())
            .await
            .context("the connections cannot be read")?;
        let connections = Arc::new(connections);
        let plugins = plugins::start(config, &database, &engine, &connections).await?;
        let listener = listen(config.listen).await?;
        let address = listener.local_addr()?;
        let auth = auth(config, &identity, address, session_key)?;
        let setup = SetupToken::random();
        let settings = settings(config, address);
        let leaving = Arc::clone(&settings.leaving);
        let (variables, listeners, maps) = of_the_installation(&engine, &database, &remembered).await?;
        let batches = Batches::start(&engine, Arc::clone(&database.batches), Arc::clone(&queries));
        retention(config, &engine, &database)?;
        let app = App::new(engine.clone(), Arc::clone(&queries), Arc::clone(&identity), auth, settings)
            .with_connections(Arc::clone(&connections))
            .with_plugins(Arc::clone(&plugins))
            .with_setup_token(setup.clone())
            .with_backup(Arc::new(OverRest::new(config.clone())))
            .with_batches(Arc::new(batches))
            .with_audit(Arc::clone(&database.audit))
            .with_cluster_variables(Arc::new(variables))
            .with_global_task_listeners(Arc::new(listeners))
            .with_value_maps(maps)
            .with_documents(documents)
            .with_events(Arc::clone(&database.commits), queries);
        let router = traces::around(router(app, &records), config.traces.is_some());
        let admin = match (config.admin, recorder) {
            (Some(listen), Some(recorder)) => {
                let meters = Meters::new(recorder, engine.clone(), database.clone(), config.file());
                let admin = Admin { meters, engine: engine.clone(), leaving: Arc::clone(&leaving) };
                Some(admin.listen(listen, closed.clone()).await?)
            }
            _ => None,
        };
        let stopped = stop.clone().cancelled_owned();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(stopped).await });
        tokio::spawn(keep_up(connections, plugins, stop.clone()));
        tokio::spawn(keep_up_identity(Arc::clone(&identity), stop.clone()));
        Ok(Self {
            address,
            records,
            engine,
            identity,
            setup,
            database,
            admin,
            leaving,
            notice: Duration::from_secs(config.drain_notice),
            closed,
            stop,
            serving,
            drain: Duration::from_secs(config.drain),
        })
    }

    /// The address as a link.
    pub(crate) fn link(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says that it is not ready, takes no new requests after the notice, finishes what runs (bounded by the drain time),
    /// closes the database.
    pub(crate) async fn stop(self) {
        self.leaving.store(true, Ordering::Relaxed);
        tokio::time::sleep(self.notice).await;
        self.stop.cancel();
        let drained = async {
            self.engine.shutdown().await;
            let _ = self.serving.await;
        };
        if tokio::time::timeout(self.drain, drained).await.is_err() {
            tracing::warn!(
                seconds = self.drain.as_secs(),
                "some work did not finish in time; it goes on at the next start"
            );
        }
        self.records.close().await;
        self.database.close().await;
        self.closed.cancel();
    }
}

/// Bounds of the API, as configured.
fn settings(config: &Config, address: SocketAddr) -> Settings {
    Settings {
        level: config.api_level,
        deployment_bytes: config.max_body,
        password: config.minimum_password_length,
        ..Settings::new(address)
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another server running there? Choose another with --listen")
    });
    Ok(listener?)
}

/// Users and what they may; those of a provider of tokens need not be known here.
async fn identity(config: &Config, database: &Database) -> Result<Identity, Failure> {
    let known =
        Identity::start(Arc::clone(&database.identities)).await.context("the users cannot be read")?;
    Ok(if config.oidc_issuer.is_some() { known.with_foreign_users() } else { known })
}

/// Removes what has outlived its time, as configured.
fn retention(config: &Config, engine: &Engine, database: &Database) -> Result<(), Failure> {
    let (store, queries) = (Arc::clone(&database.batches), Arc::clone(&database.queries));
    Retention::new(engine, store, queries, config.retention()?).run();
    Ok(())
}

/// Who may call, as configured.
fn auth(
    config: &Config,
    identity: &Arc<Identity>,
    address: SocketAddr,
    session_key: [u8; 32],
) -> Result<Auth, Failure> {
    let auth = match config.auth {
        AuthMode::Basic => {
            let auth = Auth::basic(Arc::clone(identity))
                .with_authorizations(config.authorizations)
                .with_session_key(session_key);
            match config.oidc() {
                None => auth,
                Some(provider) => {
                    auth.with_oidc(provider).map_err(|error| Failure::Refused(error.to_string()))?
                }
            }
        }
        AuthMode::None => Auth::unprotected(address)?,
    };
    Ok(if config.tenants { auth.with_tenants()? } else { auth })
}

/// All that is answered, the embedded CRM and ERP included.
fn router(app: App, records: &Records) -> axum::Router {
    let resources = Resources::new(hosk_records::router(records.clone()), hosk_records::openapi());
    hosk_api::router(app, resources)
}

/// The engine with its connectors, and the maps that they will write to.
async fn start_engine(
    config: &Config,
    database: &Database,
    records: &Records,
) -> Result<(Engine, Arc<OwnMaps>), Failure> {
    let remembered = Arc::new(OwnMaps::default());
    let connectors = connectors(records, &database.queries, &remembered)?;
    Ok((engine(config, database, Arc::new(connectors)).await?, remembered))
}

/// The engine, as configured.
async fn engine(config: &Config, database: &Database, connectors: Arc<Registry>) -> Result<Engine, Failure> {
    let clock: Arc<dyn Clock> = if config.controllable_clock {
        Arc::new(ControllableClock::default())
    } else {
        Arc::new(SystemClock)
    };
    let committers = if config.database.is_some() { config.database_writers } else { 1 };
    // Timers that are due go off with the start: what their steps look up must be there.
    let variables = database.variables.cluster_variables_all().await;
    let listeners = database.task_listeners.task_listeners_all().await;
    let settings = hosk_runtime::Config {
        committers,
        feel: config.feel(),
        value_maps: HeldMaps::of(&*database.value_maps).await.context("the value maps cannot be read")?,
        cluster_variables: variables.context("the cluster variables cannot be read")?,
        task_listeners: listeners.context("the global task listeners cannot be read")?,
        missed_runs: config.missed_runs.into(),
        tracer: config.traces.as_ref().map(|_| traces::tracer()),
        ..hosk_runtime::Config::default()
    };
    let started = Engine::start(settings, Arc::clone(&database.store), connectors, clock).await;
    Ok(started.context("the engine cannot start")?)
}

/// What all processes have in common.
async fn of_the_installation(
    engine: &Engine,
    database: &Database,
    remembered: &OwnMaps,
) -> Result<(ClusterVariables, GlobalTaskListeners, Arc<ValueMaps>), Failure> {
    let variables = ClusterVariables::start(engine, Arc::clone(&database.variables))
        .await
        .context("the cluster variables cannot be read")?;
    let listeners = GlobalTaskListeners::start(engine, Arc::clone(&database.task_listeners))
        .await
        .context("the global task listeners cannot be read")?;
    let maps = ValueMaps::start(engine, Arc::clone(&database.value_maps))
        .await
        .context("the value maps cannot be read")?;
    let maps = Arc::new(maps);
    remembered.are(Arc::clone(&maps));
    Ok((variables, listeners, maps))
}

/// Takes over, every few seconds, what other servers of this database change in connections and plugins.
async fn keep_up(connections: Arc<Connections>, plugins: Arc<Plugins>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(KEEP_UP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Err(error) = connections.refresh().await {
            tracing::warn!(%error, "the connections cannot be read; those in use stay in use");
        }
        if let Err(error) = plugins.refresh().await {
            tracing::warn!(%error, "the plugins cannot be read; those in use stay in use");
        }
    }
}

/// Takes over what other servers of this database, or `hosk user` beside this one, change in users and the like.
async fn keep_up_identity(identity: Arc<Identity>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(KEEP_UP_IDENTITY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Err(error) = identity.refresh().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the users cannot be read; what was read before counts"
            );
        }
    }
}

/// The built-in connectors, each with its default connection.
fn connectors(
    records: &Records,
    queries: &Arc<dyn Queries>,
    maps: &Arc<OwnMaps>,
) -> Result<Registry, Failure> {
    let mut registry = Registry::new();
    registry.register(Arc::new(RecordsConnector::new(records.clone())))?;
    registry.connect(Connection::new("records", "records"));
    registry.register(Arc::new(HttpConnector::new()))?;
    registry.connect(Connection::new("http", "http"));
    let tasks = Arc::new(OwnTasks::new(Arc::clone(queries)));
    registry.register(Arc::new(Tasks::new(tasks, Arc::clone(maps) as _)))?;
    registry.connect(Tasks::connection());
    Ok(registry)
}
