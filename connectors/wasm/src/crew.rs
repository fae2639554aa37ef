//! The threads that guests run on.
//!
//! Each has a queue of its own, and a call goes to the one that has the fewest. Threads that take work from each other
//! would wake one another for every call, which on an idle machine costs more than the call itself; here one call wakes
//! one thread. Nobody is kept waiting by it: a guest that is busy gives way to the others of its thread at every beat.
//!
//! A call that comes while there is no other wakes none at all: its first stretch, up to the first beat or the first thing it
//! waits for, runs where it was asked for. Most calls are over by then. On a quiet machine a sleeping core takes longer to
//! wake than such a call takes.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

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
    /// Whether the first stretch of a call runs where it was asked for.
    visiting: AtomicBool,
}

/// The work panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Crew {
    /// Starts so many threads, and at least one.
    pub(crate) fn start(threads: usize) -> std::io::Result<Self> {
        let others = (1..threads).map(start).collect::<Result<_, _>>()?;
        Ok(Self { first: start(0)?, others, visiting: AtomicBool::new(false) })
    }

    /// Runs something: its first stretch here when the crew has nothing to do, the rest on the thread that has the least to
    /// do. When the future is dropped the work ends where it waits next.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Panicked> {
        let mut work = Box::pin(async move { Ok(work.await) });
        if let Some(visit) = self.visit() {
            let first = poll_fn(|context| {
                let stretch = AssertUnwindSafe(|| work.as_mut().poll(context));
                Poll::Ready(catch_unwind(stretch).unwrap_or_else(|_| Poll::Ready(Err(Panicked))))
            });
            let first = first.await;
            drop(visit);
            if let Poll::Ready(done) = first {
                return done;
            }
        }
        let task = self.spawn(work);
        let _ended = AbortOnDrop(task.abort_handle());
        task.await.map_err(|_| Panicked)?
    }

    /// The right to run a stretch where it was asked for: when the crew has nothing to do and nobody else has it.
    fn visit(&self) -> Option<Visit<'_>> {
        let idle = |thread: &Thread| thread.calls.load(Ordering::Relaxed) == 0;
        let alone = idle(&self.first) && self.others.iter().all(idle);
        (alone && !self.visiting.swap(true, Ordering::Acquire)).then(|| Visit(&self.visiting))
    }

    /// Runs something on the thread that has the least to do.
    fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
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

/// Held while a stretch runs where it was asked for.
struct Visit<'a>(&'a AtomicBool);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Work whose caller went away is ended.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
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

#[cfg(test)]
mod tests {
    use std::thread::{ThreadId, current};
    use std::time::Duration;

    use super::*;

    /// Where it ran before and after it waited.
    async fn before_and_after() -> (ThreadId, ThreadId) {
        let before = current().id();
        tokio::task::yield_now().await;
        (before, current().id())
    }

    #[tokio::test]
    async fn what_comes_alone_and_does_not_wait_runs_here() {
        let crew = Crew::start(2).unwrap();
        for _ in 0..3 {
            assert_eq!(crew.run(async { current().id() }).await.unwrap(), current().id());
        }
    }

    #[tokio::test]
    async fn what_waits_goes_on_with_the_crew() {
        let crew = Crew::start(1).unwrap();
        let (before, after) = crew.run(before_and_after()).await.unwrap();
        assert_eq!(before, current().id());
        assert_ne!(after, current().id());
    }

    #[tokio::test]
    async fn while_the_crew_has_a_call_others_go_there_too() {
        let crew = Arc::new(Crew::start(2).unwrap());
        let (go, wait) = oneshot::channel::<()>();
        let busy = tokio::spawn({
            let crew = Arc::clone(&crew);
            async move { crew.run(wait).await.unwrap() }
        });
        while crew.first.calls.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert_ne!(crew.run(async { current().id() }).await.unwrap(), current().id());
        go.send(()).unwrap();
        busy.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_told_wherever_it_comes_and_the_next_call_runs() {
        let crew = Crew::start(1).unwrap();
        crew.run(async { panic!("here") }).await.unwrap_err();
        let later = async {
            tokio::task::yield_now().await;
            panic!("there");
        };
        crew.run(later).await.unwrap_err();
        assert_eq!(crew.run(async { 7 }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_ends() {
        let crew = Crew::start(1).unwrap();
        let (alive, ended) = oneshot::channel::<()>();
        let work = async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        };
        let given_up = tokio::time::timeout(Duration::from_millis(20), crew.run(work)).await;
        given_up.unwrap_err();
        tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap().unwrap_err();
    }
}
