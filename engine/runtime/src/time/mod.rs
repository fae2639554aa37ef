//! What happens because time passes.

mod alarm;
mod housekeeping;
mod start_timers;
mod timers;

use std::sync::Arc;

pub(crate) use alarm::Alarm;

use crate::inner::Inner;

impl Inner {
    /// Offers jobs whose retry is due or whose lease ran out, until the engine stops.
    pub(crate) async fn watch_jobs(self: Arc<Self>) {
        loop {
            tokio::select! {
                biased;
                () = self.time.wait(&*self.clock) => {}
                () = self.stop.cancelled() => return,
            }
            let (run, next) = self.jobs.due(self.clock.now());
            for run in run {
                let (instance, job) = (run.instance, run.job);
                if !self.try_run(run) {
                    let at = self.soon();
                    self.jobs.run_later(instance, job, at);
                    self.time.at(at);
                }
            }
            if let Some(next) = next {
                self.time.at(next);
            }
        }
    }
}
