//! Where plugins run: one engine, one linker, threads of their own, and a turn for each call.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hosk_connector::{Call, Contract, Registry};
use hosk_http::Fetcher;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Config, Engine, Store, UpdateDeadline};

use crate::bindings::{ConnectorPre, log};
use crate::cache::{self, Cache};
use crate::call::{Answer, told};
use crate::compile::words;
use crate::crew::{Crew, Panicked};
use crate::limits::{Meter, Total};
use crate::pool::Sides;
use crate::pulse::Pulse;
use crate::state::State;
use crate::{Compiler, Error, Fault, Limits, WasmConnector};

/// Stack of a guest, in bytes; language runtimes need some.
const GUEST_STACK: usize = 1024 * 1024;
/// Stack of a guest and of what it calls of ours, in bytes.
const STACK: usize = 2 * 1024 * 1024;

/// How a host is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bounds of calls.
    pub limits: Limits,
    /// Who compiles.
    pub compiler: Compiler,
    /// Where compiled plugins are kept; `None`: nowhere.
    pub cache: Option<PathBuf>,
    /// Threads that run guests.
    pub threads: usize,
}

/// Runs plugins. A clone is the same host.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    sides: Sides,
    limits: Arc<Limits>,
    compiler: Compiler,
    cache: Option<Cache>,
    turns: Arc<Semaphore>,
    /// Plugins describe themselves one at a time, however many calls are under way: one is installed under load, too.
    introductions: Arc<Semaphore>,
    total: Arc<Total>,
    fetcher: Arc<Fetcher>,
    pulse: Pulse,
    crew: Crew,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

/// A plugin that can be called.
#[derive(Clone)]
pub struct Plugin {
    contract: Arc<Contract>,
    /// The SHA-256 of its file, in hexadecimal digits.
    hash: Arc<str>,
    ready: ConnectorPre<State>,
    /// Whether its calls take slots of the pool.
    pooled: bool,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("id", &self.contract.id)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl Plugin {
    /// What it says it offers.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The SHA-256 of its file, in hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether its calls take slots of the pool; the memory of others comes on demand.
    pub fn has_slots(&self) -> bool {
        self.pooled
    }
}

/// How plugins are compiled; part of the name of what is cached.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true).max_wasm_stack(GUEST_STACK).async_stack_size(STACK);
    config
}

impl Host {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`Error::Host`] when a thread or the cache's folder cannot be made.
    pub fn start(settings: Settings) -> Result<Self, Error> {
        let sides = Sides::new(&settings.limits)?;
        let threads = || Error::host("no threads for plugins can be made");
        Ok(Self(Arc::new(Inner {
            pulse: Pulse::start(sides.engines()).map_err(threads())?,
            sides,
            turns: Arc::new(Semaphore::new(settings.limits.concurrency)),
            introductions: Arc::new(Semaphore::new(1)),
            limits: Arc::new(settings.limits),
            compiler: settings.compiler,
            cache: settings.cache.map(Cache::open).transpose()?,
            total: Arc::default(),
            fetcher: Arc::new(Fetcher::new()),
            crew: Crew::start(settings.threads).map_err(threads())?,
        })))
    }

    /// Compiles a component, or finds it compiled, checks what it imports, and asks it for its contract.
    ///
    /// # Errors
    /// [`Error`] says what is wrong with the plugin.
    pub async fn load(&self, wasm: &[u8]) -> Result<Plugin, Error> {
        let limit = self.0.limits.file;
        if wasm.len() > limit {
            return Err(Error::TooLarge { bytes: wasm.len(), limit });
        }
        let ready = self.ready(wasm).await?;
        let described = self.describe(ready.clone()).await?;
        let contract: Arc<Contract> = Arc::new(serde_json::from_str(&described)?);
        let pooled = self.0.sides.pooled(&ready);
        let plugin = Plugin { contract, hash: cache::content_hash(wasm).into(), ready, pooled };
        tracing::debug!(plugin = plugin.contract.id, pooled, "a plugin is loaded");
        // What the runtime's registry refuses is refused now.
        Registry::new().register(Arc::new(WasmConnector::new(self.clone(), plugin.clone())))?;
        Ok(plugin)
    }

    /// The bounds of calls.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Bytes of linear memory that running calls have now.
    pub fn memory(&self) -> usize {
        self.0.total.used()
    }

    async fn ready(&self, wasm: &[u8]) -> Result<ConnectorPre<State>, Error> {
        let (sides, engine) = (&self.0.sides, self.0.sides.compiles());
        let place = self.0.cache.as_ref().map(|cache| cache.place(engine, wasm));
        let kept = place.as_deref().and_then(Cache::read);
        if let Some(ready) = kept.and_then(|compiled| sides.ready(&compiled)) {
            return ready;
        }
        let compiled = self.0.compiler.compile(engine, wasm).await?;
        if let Some(place) = &place {
            Cache::write(place, &compiled)?;
        }
        let unfit = || Error::Compile("what was compiled does not fit this host".to_owned());
        sides.ready(&compiled).ok_or_else(unfit)?
    }

    async fn describe(&self, ready: ConnectorPre<State>) -> Result<String, Error> {
        let deadline = Instant::now() + self.0.limits.describe;
        let state = self.state("(not yet described)", None);
        let written = state.written.clone();
        let engine = ready.engine().clone();
        let guest = move |mut store: Store<State>| -> Guest<_> {
            Box::pin(async move {
                let connector = ready.instantiate_async(&mut store).await?;
                connector.hosk_connector_plugin().call_describe(&mut store).await
            })
        };
        let described = self.on_turn(&self.0.introductions, engine, state, deadline, guest).await;
        described.map_err(|fault| Error::Describe { fault, said: written.text() })
    }

    /// One attempt: what the plugin answered, or why the host ended it.
    pub(crate) async fn invoke(&self, plugin: &Plugin, call: &Call) -> Result<Answer, Fault> {
        let left = call.context.deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        let state = self.state(&plugin.contract.id, Some(Arc::new(call.clone())));
        let ready = plugin.ready.clone();
        let told = told(call, left);
        let engine = ready.engine().clone();
        let guest = move |mut store: Store<State>| -> Guest<_> {
            Box::pin(async move {
                let connector = ready.instantiate_async(&mut store).await?;
                connector.hosk_connector_plugin().call_invoke(&mut store, &told).await
            })
        };
        self.on_turn(&self.0.turns, engine, state, Instant::now() + left, guest).await
    }

    fn state(&self, plugin: &str, call: Option<Arc<Call>>) -> State {
        let inner = &self.0;
        let meter = Meter::new(Arc::clone(&inner.limits), Arc::clone(&inner.total));
        State::new(plugin.into(), call, Arc::clone(&inner.limits), meter, Arc::clone(&inner.fetcher))
    }

    /// Waits for a turn and runs a guest until it answers, breaks a bound, or its time is over. When the future is dropped
    /// the guest ends at its next beat.
    async fn on_turn<T: Send + 'static>(
        &self,
        turns: &Arc<Semaphore>,
        engine: Engine,
        state: State,
        deadline: Instant,
        guest: impl FnOnce(Store<State>) -> Guest<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let inner = &self.0;
        let turn = Arc::clone(turns).acquire_owned();
        let turn = tokio::time::timeout_at(deadline, turn).await.map_err(|_| Fault::Busy)?;
        // The semaphore is never closed.
        let turn = turn.map_err(|_| Fault::Busy)?;
        let written = state.written.clone();
        let note = state.notes();
        let store = self.store(&engine, state, deadline);
        let held = inner.pulse.hold();
        let work = async move {
            let answer = tokio::time::timeout_at(deadline, guest(store)).await;
            drop((held, turn));
            answer
        };
        let answer = match inner.crew.run(work).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(error))) => {
                let fault = Fault::of(&error);
                note.write(log::Level::Warn, &format!("{fault}: {}", words(&error)));
                Err(fault)
            }
            Ok(Err(_)) => Err(Fault::Deadline),
            Err(Panicked) => Err(Fault::Trap),
        };
        let written = written.text();
        if !written.is_empty() {
            note.write(log::Level::Info, &written);
        }
        answer
    }

    /// A store whose guest gives way at every beat and ends at the deadline.
    fn store(&self, engine: &Engine, state: State, deadline: Instant) -> Store<State> {
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(self.0.limits.transfer);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            if Instant::now() >= deadline {
                return Err(Fault::Deadline.into());
            }
            Ok(UpdateDeadline::Yield(1))
        });
        store
    }
}

/// A guest that runs.
type Guest<T> = Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send>>;
