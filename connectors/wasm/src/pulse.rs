//! The beat on which running guests look up: whether their time is over, and to let others run. It rests while no guest
//! runs.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use wasmtime::Engine;

/// One beat.
const BEAT: Duration = Duration::from_millis(5);

#[derive(Debug, Default)]
struct Beating {
    running: usize,
    stopped: bool,
}

/// Increments the engines' epochs while guests run.
#[derive(Debug)]
pub(crate) struct Pulse(Arc<(Mutex<Beating>, Condvar)>);

impl Pulse {
    /// Starts the thread.
    pub(crate) fn start(engines: Vec<Engine>) -> std::io::Result<Self> {
        let shared = Arc::new((Mutex::new(Beating::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let beat = move || {
            let (state, changed) = &*theirs;
            loop {
                let mut state = state.lock();
                while state.running == 0 && !state.stopped {
                    changed.wait(&mut state);
                }
                if state.stopped {
                    return;
                }
                drop(state);
                std::thread::sleep(BEAT);
                engines.iter().for_each(Engine::increment_epoch);
            }
        };
        std::thread::Builder::new().name("hosk-plugin-pulse".to_owned()).spawn(beat)?;
        Ok(Self(shared))
    }

    /// Beats until the value is dropped.
    pub(crate) fn hold(&self) -> Held {
        let (state, changed) = &*self.0;
        let mut state = state.lock();
        state.running += 1;
        if state.running == 1 {
            changed.notify_one();
        }
        Held(Arc::clone(&self.0))
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.0.lock().stopped = true;
        self.0.1.notify_one();
    }
}

/// A guest runs.
pub(crate) struct Held(Arc<(Mutex<Beating>, Condvar)>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.lock().running -= 1;
    }
}
