//! Timer start events of processes, in memory.

use std::sync::Arc;

use hosk_core::{Due, ProcessDefinitionKey, Timestamp};
use hosk_model::ElementIndex;

use super::tables::Tables;
use crate::Error;
use crate::rendezvous::Mailbox;
use crate::write::{DueStart, DueStarts, FiredStart, OutboxEntry};

/// A timer start event.
#[derive(Clone, Debug)]
pub(super) struct StartTimer {
    pub(super) process_id: Arc<str>,
    pub(super) active: bool,
    pub(super) start: DueStart,
}

impl Tables {
    /// Takes in the timers of a new version; `refresh_starts` makes them the active ones.
    pub(super) fn add_start_timers(
        &mut self,
        definition: ProcessDefinitionKey,
        process_id: &Arc<str>,
        tenant: &Arc<str>,
        timers: &[(ElementIndex, Due)],
    ) {
        for (element, run) in timers {
            let start = DueStart { definition, element: *element, tenant: tenant.clone(), run: run.clone() };
            let timer = StartTimer { process_id: process_id.clone(), active: false, start };
            self.start_timers.insert((definition.0, element.0), timer);
        }
    }

    pub(super) fn starts_due(&self, now: Timestamp, limit: usize) -> DueStarts {
        let mut active: Vec<_> =
            self.start_timers.values().filter(|t| t.active).map(|t| t.start.clone()).collect();
        active.sort_by_key(|start| (start.run.at, start.definition, start.element));
        let mut due = DueStarts::default();
        for start in active {
            if start.run.at > now || due.starts.len() == limit {
                due.next = Some(start.run.at);
                break;
            }
            due.starts.push(start);
        }
        due
    }

    pub(super) async fn start_fired(&mut self, fired: FiredStart) -> Result<Option<OutboxEntry>, Error> {
        let at = (fired.start.definition.0, fired.start.element.0);
        let waits = |timer: &&mut StartTimer| timer.active && timer.start.run.at == fired.start.run.at;
        let Some(timer) = self.start_timers.get_mut(&at).filter(waits) else { return Ok(None) };
        match &fired.next {
            Some(next) => timer.start.run = next.clone(),
            None => _ = self.start_timers.remove(&at),
        }
        self.carrier = fired.claim;
        let (entry, sent) = fired.outbox_entry();
        self.send(&entry, &sent).await?;
        Ok(Some(entry))
    }
}
