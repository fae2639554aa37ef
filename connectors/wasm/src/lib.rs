//! Plugins: connectors that third parties write, as WebAssembly components.
//!
//! A plugin is a component of the world `hosk:connector` (`plugins/wit/connector.wit`). A [`Host`] runs any number of
//! them: [`Host::load`] checks and compiles one, [`WasmConnector`] makes a connector of it, which the runtime treats
//! like a built-in one.
//!
//! A hostile plugin harms nobody. Each call has a fresh instance; its time, memory, stack, tables, instances, output
//! and log lines are bounded ([`Limits`]), and what breaks a bound ends the call with a named [`Fault`]. Guests run on
//! threads of their own, so that a busy one takes the engine's time only as far as the operating system shares it.
//! There is nothing to find for them: no files, no environment, no network but requests that the host makes for them
//! to granted hosts, and no secrets but by name.
//!
//! Not implemented: `wasi:http` (its import is refused; the interface `http` of ours is there), threads, WASI 0.3.

mod bindings;
mod cache;
mod call;
mod compile;
mod connector;
mod crew;
mod error;
mod fault;
mod golang;
mod host;
mod imports;
mod limits;
mod pool;
mod pulse;
mod request;
mod state;
mod stdio;

pub use cache::content_hash;
pub use compile::{Compiler, child as compile_child};
pub use connector::WasmConnector;
pub use error::Error;
pub use fault::Fault;
pub use golang::{GoError, component_of_go};
pub use host::{Host, Plugin, Settings};
pub use limits::Limits;
