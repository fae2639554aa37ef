//! Committers: each takes what the lanes of its share have stepped, commits it in one transaction, then tells everybody.
//!
//! While one batch is being written, what follows from the one before is done and the next one fills up. A batch is
//! only begun when the fate of the one before is known: its change sets may rest on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hosk_core::ProcessInstanceKey;
use hosk_store::{Batch, Committed, ReturnedCorrelation};

use crate::Error;
use crate::aftermath::Aftermath;
use crate::decisions::EvaluationTicket;
use crate::draft::{Changed, Draft, Ticket};
use crate::inner::Inner;
use crate::jobs::LeaseTicket;
use crate::lane::{Origin, Restep};
use crate::limits::{COMMIT_PAUSE, ENTRY_LEASE, KEYS_PER_RANGE};
use crate::messages::PublicationTicket;
use crate::signals::BroadcastTicket;

/// What waits for a batch that is being written.
struct Waiting {
    share: usize,
    number: u64,
    weight: usize,
    changed: Vec<Changed>,
    behind: Vec<(ProcessInstanceKey, Ticket)>,
    publications: Vec<PublicationTicket>,
    broadcasts: Vec<BroadcastTicket>,
    leases: Vec<LeaseTicket>,
    evaluations: Vec<EvaluationTicket>,
    returned: Vec<ReturnedCorrelation>,
    handled: Vec<u64>,
}

/// Commits what a share has until the engine stops.
pub(crate) async fn run(inner: Arc<Inner>, share: usize) {
    let drafts = inner.drafts.share(share);
    let mut before: Option<Aftermath> = None;
    let mut failures: u32 = 0;
    loop {
        let Some(draft) = drafts.take() else {
            if let Some(aftermath) = before.take() {
                inner.aftermath(aftermath);
                continue;
            }
            tokio::select! {
               biased;
                () = inner.stop.cancelled() => return,
                () = drafts.filled.notified() => continue,
            }
        };
        let (batch, waiting) = split(&inner, share, draft);
        let (store, began) = (inner.store.clone(), Instant::now());
        let writing = tokio::spawn(async move { store.commit(batch).await });
        if let Some(aftermath) = before.take() {
            inner.aftermath(aftermath);
        }
        let written = tokio::select! {
           biased;
            written = writing => written,
            () = inner.stop.cancelled() => return,
        };
        match written {
            Ok(Ok(committed)) => {
                failures = 0;
                inner.commits.send_modify(|count| *count += 1);
                before = Some(settle(&inner, waiting, committed, began.elapsed()));
            }
            Ok(Err(error)) => {
                failures = failures.saturating_add(1);
                fail(&inner, waiting, error);
            }
            Err(panicked) => {
                failures = failures.saturating_add(1);
                tracing::error!(%panicked, "the store panicked");
                fail(&inner, waiting, hosk_store::Error::Unknown { doing: "committing" });
            }
        }
        if failures > 0 {
            pause(&inner, failures).await;
        }
    }
}

/// A store that keeps failing is given time.
async fn pause(inner: &Inner, failures: u32) {
    let pause = Duration::from_millis(10).saturating_mul(1 << failures.min(8)).min(COMMIT_PAUSE);
    tokio::select! {
        biased;
        () = tokio::time::sleep(pause) => {}
        () = inner.stop.cancelled() => {}
    }
}

fn split(inner: &Inner, share: usize, draft: Draft) -> (Batch, Waiting) {
    let mut batch = draft.batch;
    batch.now = inner.clock.now();
    batch.claim = inner.claim(ENTRY_LEASE);
    batch.writer = inner.owner.wrapping_add(share as u64);
    let wanted = draft.keys_wanted.max(batch.keys_wanted());
    if wanted > KEYS_PER_RANGE {
        tracing::error!(wanted, "a batch wants more keys than a range can have");
    }
    batch.keys = inner.keys.range(wanted);
    let waiting = Waiting {
        share,
        number: draft.number,
        weight: draft.weight,
        changed: draft.changed,
        behind: draft.behind,
        publications: draft.publications,
        broadcasts: draft.broadcasts,
        leases: draft.leases,
        evaluations: draft.evaluations,
        returned: batch.returned.clone(),
        handled: batch.handled.clone(),
    };
    (batch, waiting)
}

/// The batch is durable, but for what was stale.
fn settle(inner: &Arc<Inner>, waiting: Waiting, committed: Committed, took: Duration) -> Aftermath {
    let commands = waiting.changed.iter().map(|changed| changed.tickets.len()).sum();
    inner.counters.committed(commands, took);
    let drafts = inner.drafts.share(waiting.share);
    drafts.pace.committed(waiting.weight, took);
    let Waiting { number, mut changed, mut behind, .. } = waiting;
    let mut failed: Vec<(ProcessInstanceKey, Vec<Ticket>)> = Vec::new();
    if !committed.stale.is_empty() {
        inner.counters.stale(committed.stale.len());
        let (stale, fresh) = changed.into_iter().partition(|one| committed.stale.contains(&one.instance));
        changed = fresh;
        failed.extend(stale.into_iter().map(|one: Changed| (one.instance, one.tickets)));
        let (stale, fresh) = behind.into_iter().partition(|(of, _)| committed.stale.contains(of));
        behind = fresh;
        failed.extend(stale.into_iter().map(|(of, ticket): (_, Ticket)| (of, vec![ticket])));
    }
    inner.counters.happened(changed.iter().map(|one| &one.tally));
    let before = take_handled_before(&mut failed, &committed.handled_before);
    let instances: Vec<_> = failed.iter().map(|(instance, _)| *instance).collect();
    drafts.settle(number, failed);
    for instance in instances {
        inner.restep(Restep { instance, recover: false });
    }
    for ticket in before {
        inner.delivered_before(ticket);
    }
    Aftermath {
        changed,
        behind,
        publications: waiting.publications,
        broadcasts: waiting.broadcasts,
        leases: waiting.leases,
        evaluations: waiting.evaluations,
        returned: waiting.returned.iter().map(|returned| (returned.entry, returned.message)).collect(),
        committed,
    }
}

/// Deliveries that had their effect before: they must not be stepped again.
fn take_handled_before(failed: &mut [(ProcessInstanceKey, Vec<Ticket>)], entries: &[u64]) -> Vec<Ticket> {
    let mut before = Vec::new();
    if entries.is_empty() {
        return before;
    }
    let was_handled = |ticket: &Ticket| match ticket {
        Ticket::Stepped(request, _) | Ticket::Refused(request, _) | Ticket::Quarantined(request, _) => {
            matches!(&request.origin, Origin::Delivery(delivery) if entries.contains(&delivery.entry))
        }
        Ticket::Seen(_) => false,
    };
    for (_, tickets) in failed {
        let (handled, others) = std::mem::take(tickets).into_iter().partition(was_handled);
        *tickets = others;
        before.extend::<Vec<Ticket>>(handled);
    }
    before
}

/// Nothing of the batch was written, or nobody knows.
fn fail(inner: &Arc<Inner>, waiting: Waiting, error: hosk_store::Error) {
    inner.counters.commit_failed();
    let unknown = matches!(error, hosk_store::Error::Unknown { .. });
    tracing::error!(error = %Chain(&error), unknown, "a batch was not committed");
    let error = Error::from(error);
    let mut failed: Vec<(ProcessInstanceKey, Vec<Ticket>)> = Vec::new();
    for changed in waiting.changed {
        let tickets = if unknown { inner.fate_unknown(changed.tickets) } else { changed.tickets };
        failed.push((changed.instance, tickets));
    }
    for (instance, ticket) in waiting.behind {
        failed.push((instance, vec![ticket]));
    }
    let mut instances: Vec<_> = failed.iter().map(|(instance, _)| *instance).collect();
    inner.drafts.share(waiting.share).settle(waiting.number, failed);
    instances.sort_unstable();
    instances.dedup();
    for instance in instances {
        inner.restep(Restep { instance, recover: unknown });
    }
    for ticket in waiting.publications {
        ticket.fail(inner, error.clone());
    }
    for ticket in waiting.broadcasts {
        ticket.fail(inner, error.clone());
    }
    for ticket in waiting.evaluations {
        ticket.tell(Err(error.clone()));
    }
    for ticket in waiting.leases {
        inner.not_leased(ticket, &error);
    }
    for returned in waiting.returned {
        inner.drafts.of_meeting(returned.entry).give_back(returned);
    }
    for entry in waiting.handled {
        inner.drafts.of_key(entry).handled(entry);
    }
    inner.outbox.spill();
}

/// An error with its causes.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
