//! The threads that guests run on.
//!
//! Each has a queue of its own, and a call goes to the one that has the fewest. Threads that take work from each other
//! would wake one another for every call, which on an idle machine costs more than the call itself; here one call wakes
//! one thread. Nobody is kept waiting by it: a guest that is busy gives way to the others of its thread at every beat.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How much the threads of guests give way to others of this process.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

struct Thread {
    handle: Handle,
    /// Calls that it has.
    calls: Arc<AtomicUsize>,
    /// Dropped with the crew; the thread then ends, and with it what it has.
    _lives: oneshot::Sender<()>,
}

/// Threads that run until this is dropped. That waits for none of them.
pub(crate) struct Crew {
    first: Thread,
    others: Vec<Thread>,
}

impl Crew {
    /// Starts so many threads, and at least one.
    pub(crate) fn start(threads: usize) -> std::io::Result<Self> {
        let others = (1..threads).map(start).collect::<Result<_, _>>()?;
        Ok(Self { first: start(0)?, others })
    }

    /// Runs something on the thread that has the least to do.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let calls = |thread: &&Thread| thread.calls.load(Ordering::Relaxed);
        let thread = self.others.iter().min_by_key(calls).filter(|other| calls(other) < calls(&&self.first));
        let thread = thread.unwrap_or(&self.first);
        let counted = Counted::new(&thread.calls);
        thread.handle.spawn(async move {
            let _counted = counted;
            work.await
        })
    }
}

fn start(number: usize) -> std::io::Result<Thread> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let (lives, over) = oneshot::channel::<()>();
    let work = move || {
        give_way();
        // Nothing is ever sent: it ends when the sender is dropped.
        let _ = runtime.block_on(over);
        runtime.shutdown_background();
    };
    std::thread::Builder::new().name(format!("hosk-plugin-{number}")).spawn(work)?;
    Ok(Thread { handle, calls: Arc::default(), _lives: lives })
}

/// A call that a thread has, until it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(calls: &Arc<AtomicUsize>) -> Self {
        calls.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(calls))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets the engine's threads go first where there are more threads than processors. On Linux each thread has a priority of
/// its own; elsewhere it would be the whole process that gives way.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "threads of plugins have the priority of the others");
    }
}
