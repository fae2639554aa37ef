//! Where plugins run in this program, and the process that compiles them.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use hosk_connections::Connections;
use hosk_plugins::Plugins;
use hosk_runtime::Engine;
use hosk_wasm::{Compiler, Host, Limits, Settings};

use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;

/// The argument that makes this program the compiling process. It is no command for people.
const COMPILE: &str = "compile-plugin";
/// Name of the folder of compiled plugins in the data folder.
const FOLDER: &str = "plugins";

/// Whether this process was started to compile a plugin.
pub(crate) fn is_compiling_child() -> bool {
    std::env::args_os().nth(1).is_some_and(|first| first == COMPILE)
}

/// The host of a server or a command; compiled plugins are kept in the folder, if there is one.
pub(crate) fn host(cache: Option<PathBuf>) -> Result<Host, Failure> {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let compiler = Compiler::Process { program: program()?, arguments: vec![COMPILE.to_owned()] };
    let settings = Settings { limits: Limits::default(), compiler, cache, threads };
    Ok(Host::start(settings).context("plugins cannot be run")?)
}

/// This program as it was started, even when its file was replaced by a newer one meanwhile.
fn program() -> Result<PathBuf, Failure> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() {
        return Ok(running);
    }
    Ok(std::env::current_exe().context("this program's own file cannot be found")?)
}

/// Puts the stored plugins to use.
pub(crate) async fn start(
    config: &Config,
    database: &Database,
    engine: &Engine,
    connections: &Arc<Connections>,
) -> Result<Arc<Plugins>, Failure> {
    let host = host(Some(config.data.join(FOLDER)))?;
    let (store, connections) = (Arc::clone(&database.plugins), Arc::clone(connections));
    let plugins = Plugins::start(store, host, engine.clone(), connections, config.trust()?)
        .await
        .context("the plugins cannot be read")?;
    Ok(Arc::new(plugins))
}
