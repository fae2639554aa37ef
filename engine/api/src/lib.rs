//! The REST API: Camunda 8's orchestration cluster API (level 8.9) under `/v2`, hosk's own under `/hosk/v1`, a page
//! for employees at `/`, and the OpenAPI document of all of it. The only crate that knows HTTP.

mod answer;
mod audited;
mod auth;
mod backup;
mod batch_commands;
mod bodies;
mod call;
mod codes;
mod commands;
mod events;
mod levels;
mod middleware;
mod openapi;
mod operation;
mod origin;
mod problem;
mod refusal;
mod resources;
mod router;
mod routes;
mod search;
mod seen;
mod settings;
mod shape;
mod tenants;
mod view;
mod wording;

use std::sync::Arc;

use bytes::Bytes;
use hosk_connections::Connections;
use hosk_documents::Documents;
use hosk_plugins::Plugins;
use hosk_runtime::{Batches, ClusterVariables, Engine, GlobalTaskListeners, ValueMaps};
use hosk_store::{AuditStore, CommitLog, Queries};

pub use auth::{Auth, NotLoopback, OidcSettings, ProviderUnusable, SetupToken, Unprotected};
pub use backup::{BackUp, BackUpError};
pub use hosk_identity::Identity;
pub use levels::{Level, UnknownLevel};
pub use problem::{Problem, problem_page};
pub use resources::Resources;
pub use router::{openapi_json, router};
pub use settings::Settings;

use batch_commands::BatchCommands;
use commands::Commands;
use events::Events;
use view::Stored;

/// What requests are answered with.
pub struct App {
    engine: Commands,
    stored: Stored,
    identity: Arc<Identity>,
    auth: Auth,
    settings: Settings,
    connections: Option<Arc<Connections>>,
    setup: Option<SetupToken>,
    plugins: Option<Arc<Plugins>>,
    backup: Option<Arc<dyn BackUp>>,
    batches: Option<BatchCommands>,
    audit: Option<Arc<dyn AuditStore>>,
    variables: Option<Arc<ClusterVariables>>,
    task_listeners: Option<Arc<GlobalTaskListeners>>,
    value_maps: Option<Arc<ValueMaps>>,
    documents: Option<Arc<Documents>>,
    events: Option<Arc<Events>>,
    /// The OpenAPI document of all that is served, and the page about it; made with the router.
    openapi: Bytes,
    api_page: Bytes,
}

impl App {
    /// The engine does, the queries tell, the identities say who may.
    pub fn new(
        engine: Engine,
        queries: Arc<dyn Queries>,
        identity: Arc<Identity>,
        auth: Auth,
        settings: Settings,
    ) -> Self {
        Self {
            engine: Commands::new(engine),
            stored: Stored::new(queries),
            identity,
            auth,
            settings,
            connections: None,
            plugins: None,
            setup: None,
            backup: None,
            batches: None,
            audit: None,
            variables: None,
            task_listeners: None,
            value_maps: None,
            documents: None,
            events: None,
            openapi: Bytes::new(),
            api_page: Bytes::new(),
        }
    }

    /// With a token for whoever makes the first user.
    #[must_use]
    pub fn with_setup_token(self, token: SetupToken) -> Self {
        Self { setup: Some(token), ..self }
    }

    /// With connections that operators can change.
    #[must_use]
    pub fn with_connections(self, connections: Arc<Connections>) -> Self {
        Self { connections: Some(connections), ..self }
    }

    /// With plugins that operators can install and remove.
    #[must_use]
    pub fn with_plugins(self, plugins: Arc<Plugins>) -> Self {
        Self { plugins: Some(plugins), ..self }
    }

    /// With back-ups that operators can ask for.
    #[must_use]
    pub fn with_backup(self, backup: Arc<dyn BackUp>) -> Self {
        Self { backup: Some(backup), ..self }
    }

    /// With batch operations.
    #[must_use]
    pub fn with_batches(self, batches: Arc<Batches>) -> Self {
        Self { batches: Some(BatchCommands::new(batches)), ..self }
    }

    /// With an audit log.
    #[must_use]
    pub fn with_audit(self, audit: Arc<dyn AuditStore>) -> Self {
        Self { audit: Some(audit), ..self }
    }

    /// With variables of the installation.
    #[must_use]
    pub fn with_cluster_variables(self, variables: Arc<ClusterVariables>) -> Self {
        Self { variables: Some(variables), ..self }
    }

    /// With task listeners of the installation.
    #[must_use]
    pub fn with_global_task_listeners(self, listeners: Arc<GlobalTaskListeners>) -> Self {
        Self { task_listeners: Some(listeners), ..self }
    }

    /// With dictionaries.
    #[must_use]
    pub fn with_value_maps(self, maps: Arc<ValueMaps>) -> Self {
        Self { value_maps: Some(maps), ..self }
    }

    /// With documents.
    #[must_use]
    pub fn with_documents(self, documents: Arc<Documents>) -> Self {
        Self { documents: Some(documents), ..self }
    }

    /// With live updates, from what is committed and read there.
    #[must_use]
    pub fn with_events(self, log: Arc<dyn CommitLog>, queries: Arc<dyn Queries>) -> Self {
        let events = Events::new(log, queries, self.engine.commits(), &self.settings);
        Self { events: Some(Arc::new(events)), ..self }
    }

    /// Live updates, where the program has them.
    fn events(&self) -> Result<&Arc<Events>, Problem> {
        self.events.as_ref().ok_or_else(|| Problem::unavailable("This server has no live updates."))
    }

    /// Documents, where the program has them.
    fn documents(&self) -> Result<&Arc<Documents>, Problem> {
        self.documents.as_ref().ok_or_else(|| Problem::unavailable("This server has no documents."))
    }

    /// Variables of the installation, where the program has them.
    fn variables(&self) -> Result<&ClusterVariables, Problem> {
        let none = || Problem::unavailable("This server has no cluster variables.");
        self.variables.as_deref().ok_or_else(none)
    }

    /// Task listeners of the installation, where the program has them.
    fn task_listeners(&self) -> Result<&GlobalTaskListeners, Problem> {
        let none = || Problem::unavailable("This server has no global task listeners.");
        self.task_listeners.as_deref().ok_or_else(none)
    }

    /// Dictionaries, where the program has them.
    fn value_maps(&self) -> Result<&ValueMaps, Problem> {
        let none = || Problem::unavailable("This server has no value maps.");
        self.value_maps.as_deref().ok_or_else(none)
    }

    /// Batch operations, where the program has them.
    fn batches(&self) -> Result<&BatchCommands, Problem> {
        self.batches.as_ref().ok_or_else(|| Problem::unavailable("This server has no batch operations."))
    }
}
