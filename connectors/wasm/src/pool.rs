//! Where instances get their memory, tables and stacks.
//!
//! From a pool that is reserved at the start: a call takes a slot and leaves it wiped. Otherwise the operating system would
//! have to map and unmap each part of it for every call and, for that, interrupt every processor that ran a thread of this
//! process. Each part has as many slots as calls may run at once, so a plugin that fits never finds the pool full. One that
//! does not fit, or every one where no pool can be reserved, gets what it needs on demand: nothing is refused for want of a
//! slot, and the bounds of calls are the same.
//!
//! Linear memory goes back to the system after each call, so free slots hold little: see [`TABLE_KEPT`] and [`STACK_KEPT`].
//! `PAGEMAP_SCAN`, which would keep it and wipe only what was written, is not used: in wasmtime 48 it passes over pages that
//! were swapped out, and the next call would find them as they were (bytecodealliance/wasmtime#14357).

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings::{Connector, ConnectorPre};
use crate::compile::words;
use crate::host::config;
use crate::state::State;
use crate::{Error, Limits, cache, imports};

/// Linear memories of a plugin that fits. Each slot reserves 4 GiB of addresses for one, and no memory.
const MEMORIES: usize = 2;
/// Tables of a plugin that fits.
const TABLES: usize = 8;
/// What a table of a free slot keeps of its memory, zeroed, in bytes.
const TABLE_KEPT: usize = 16 * 1024;
/// What a stack of a free slot keeps of its memory, zeroed, in bytes.
const STACK_KEPT: usize = 32 * 1024;
/// Plugins that describe themselves beside all calls.
const INTRODUCTIONS: usize = 1;

/// An engine with what plugins import.
struct Side {
    engine: Engine,
    linker: Linker<State>,
}

impl Side {
    fn new(engine: Engine) -> Result<Self, Error> {
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)
            .and_then(|()| Connector::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state))
            .map_err(|error| Error::ImportTypes(words(&error)))?;
        Ok(Self { engine, linker })
    }

    /// A component of this engine with its imports resolved, if it is a plugin.
    fn link(&self, component: &Component) -> Result<ConnectorPre<State>, Error> {
        imports::check(component, &self.engine)?;
        let ready = self.linker.instantiate_pre(component);
        let ready = ready.map_err(|error| Error::ImportTypes(words(&error)))?;
        ConnectorPre::new(ready).map_err(|error| Error::Export(words(&error)))
    }
}

/// The pool, and what is without.
pub(crate) struct Sides {
    pool: Option<Side>,
    demand: Side,
}

impl Sides {
    pub(crate) fn new(limits: &Limits) -> Result<Self, Error> {
        let engine = Engine::new(&config()).map_err(|error| Error::Compile(words(&error)))?;
        let demand = Side::new(engine)?;
        let mut config = config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(slots(limits)));
        config.async_stack_zeroing(true);
        let pool = match Engine::new(&config) {
            Ok(engine) => Some(Side::new(engine)?),
            Err(error) => {
                let why = words(&error);
                tracing::warn!(
                    why,
                    "no pool for plugins can be reserved; they get memory on demand, which is slower"
                );
                None
            }
        };
        Ok(Self { pool, demand })
    }

    /// The engine that compiles; what it compiles is good for both.
    pub(crate) fn compiles(&self) -> &Engine {
        &self.demand.engine
    }

    /// All engines, whose epochs go on together.
    pub(crate) fn engines(&self) -> Vec<Engine> {
        let pool = self.pool.as_ref().map(|side| side.engine.clone());
        pool.into_iter().chain([self.demand.engine.clone()]).collect()
    }

    /// Whether calls of this plugin take slots of the pool.
    pub(crate) fn pooled(&self, ready: &ConnectorPre<State>) -> bool {
        self.pool.as_ref().is_some_and(|side| Engine::same(&side.engine, ready.engine()))
    }

    /// Takes what our own compiler wrote, with its imports resolved; `None` when it is of another version or damaged.
    pub(crate) fn ready(&self, compiled: &[u8]) -> Option<Result<ConnectorPre<State>, Error>> {
        // The pool's engine refuses what does not fit a slot.
        [self.pool.as_ref(), Some(&self.demand)].into_iter().flatten().find_map(|side| {
            let component = cache::component(&side.engine, compiled)?;
            Some(side.link(&component))
        })
    }
}

/// Slots for all calls that may run at once, each of what a call may have.
fn slots(limits: &Limits) -> PoolingAllocationConfig {
    let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let of_all =
        |each: usize| number((limits.concurrency.saturating_add(INTRODUCTIONS)).saturating_mul(each));
    let mut slots = PoolingAllocationConfig::new();
    slots
        .total_component_instances(of_all(1))
        .total_core_instances(of_all(limits.instances))
        .total_memories(of_all(MEMORIES))
        .total_tables(of_all(TABLES))
        .total_stacks(of_all(1))
        .max_core_instances_per_component(number(limits.instances))
        .max_memories_per_component(number(MEMORIES))
        .max_tables_per_component(number(TABLES))
        .max_memories_per_module(number(MEMORIES))
        .max_tables_per_module(number(TABLES))
        .max_memory_size(limits.memory)
        .table_elements(limits.table_entries)
        .table_keep_resident(TABLE_KEPT)
        .async_stack_keep_resident(STACK_KEPT);
    slots
}
