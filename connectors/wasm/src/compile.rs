//! Compiling: in a process of its own, with limits on time and memory, at low priority. A component that makes the
//! compiler run long, eat memory or crash harms nothing but that process.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use wasmtime::Engine;

use crate::Error;
use crate::host::config;

/// Longest time for one plugin.
const TIME: Duration = Duration::from_mins(2);
/// Longest processor time of the compiling process, in seconds.
const PROCESSOR: u64 = 240;
/// Most memory of the compiling process, in bytes of address space.
const MEMORY: u64 = 4 * 1024 * 1024 * 1024;
/// Most that a compiled plugin may have, in bytes.
const COMPILED: u64 = 512 * 1024 * 1024;
/// Most that is told of a failure, in bytes.
const WORDS: u64 = 4096;
/// How much the process gives way to others.
const NICE: i32 = 10;

/// Who compiles plugins.
#[derive(Debug, Clone)]
pub enum Compiler {
    /// A process that calls [`child`]: it gets the plugin through its standard input and gives the compiled form through
    /// its standard output.
    Process {
        /// The program, usually this one.
        program: PathBuf,
        /// What makes it call [`child`].
        arguments: Vec<String>,
    },
    /// This process, on a thread where waiting is allowed. For tools that check a plugin of their own author.
    Here,
}

impl Compiler {
    pub(crate) async fn compile(&self, engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Here => {
                let (engine, wasm) = (engine.clone(), wasm.to_vec());
                let work = move || engine.precompile_component(&wasm).map_err(|error| words(&error));
                let compiled = tokio::task::spawn_blocking(work).await;
                compiled.map_err(|error| Error::CompileLimit(error.to_string()))?.map_err(Error::Compile)
            }
            Self::Process { program, arguments } => {
                let mut command = Command::new(program);
                command.args(arguments);
                tokio::time::timeout(TIME, run(command, wasm)).await.unwrap_or_else(|_| {
                    Err(Error::CompileLimit(format!("it took more than {} s", TIME.as_secs())))
                })
            }
        }
    }
}

async fn run(mut command: Command, wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let trouble = || Error::host("the process that compiles plugins cannot be run");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_clear()
        .kill_on_drop(true)
        .spawn()
        .map_err(trouble())?;
    let (Some(mut input), Some(output), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(trouble()(std::io::ErrorKind::BrokenPipe.into()));
    };
    let feed = async move {
        // A process that ended early says why by itself.
        let _ = input.write_all(wasm).await;
        drop(input);
    };
    let (mut compiled, mut said) = (Vec::new(), Vec::new());
    let mut output = output.take(COMPILED + 1);
    let mut errors = errors.take(WORDS);
    let read = async { tokio::try_join!(output.read_to_end(&mut compiled), errors.read_to_end(&mut said)) };
    let ((), read) = tokio::join!(feed, read);
    read.map_err(trouble())?;
    if compiled.len() as u64 > COMPILED {
        return Err(Error::CompileLimit(format!("it has more than {COMPILED} bytes when compiled")));
    }
    let status = child.wait().await.map_err(trouble())?;
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    match status.code() {
        Some(0) => Ok(compiled),
        Some(1) => Err(Error::Compile(said)),
        _ => Err(Error::CompileLimit(format!("the compiler ended with {status} {said}").trim().to_owned())),
    }
}

/// The compiling process: from its standard input to its standard output. The exit code.
pub fn child() -> u8 {
    let limits = [(Resource::As, MEMORY), (Resource::Cpu, PROCESSOR), (Resource::Core, 0)];
    for (resource, limit) in limits {
        if let Err(error) = setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) }) {
            return complain(2, &format!("no limit can be set: {error}"));
        }
    }
    // Where it is not allowed, the plugin is compiled all the same.
    let _ = nice(NICE);
    let mut wasm = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut wasm) {
        return complain(2, &format!("the plugin cannot be read: {error}"));
    }
    let engine = match Engine::new(&config()) {
        Ok(engine) => engine,
        Err(error) => return complain(2, &words(&error)),
    };
    match engine.precompile_component(&wasm) {
        Ok(compiled) => match std::io::stdout().lock().write_all(&compiled) {
            Ok(()) => 0,
            Err(error) => complain(2, &format!("the compiled plugin cannot be handed over: {error}")),
        },
        Err(error) => complain(1, &words(&error)),
    }
}

fn complain(code: u8, what: &str) -> u8 {
    // Nobody is there to be told when this fails.
    let _ = writeln!(std::io::stderr(), "{what}");
    code
}

/// An error with its causes, in one line.
pub(crate) fn words(error: &wasmtime::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}
