//! The batch that is being filled while another one is committed.
//!
//! Lanes add what they step, one change set an instance; the committer takes all of it at once. What failed to be
//! stored is kept here until its lane has dropped the state it came from: until then nothing that was stepped on
//! that state can get into a batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hosk_core::{DecisionEvaluation, DeployedProcess, ProcessInstanceKey, Rejection};
use hosk_store::{Batch, Broadcast, ChangeSet, JobLease, Publication, ReturnedCorrelation, Step};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use crate::aftermath::After;
use crate::decisions::EvaluationTicket;
use crate::jobs::LeaseTicket;
use crate::lane::{Answer, Live, Request};
use crate::limits::{DRAFT_KEYS, EVENTS_PER_WEIGHT, SNAPSHOT_PER_WEIGHT};
use crate::messages::{PublicationTicket, Room};
use crate::meters::Tally;
use crate::pace::Pace;
use crate::signals::BroadcastTicket;
use crate::{Error, Passed, Receipt};

/// What is to be told or done once the batch is stored.
pub(crate) enum Ticket {
    /// A command was carried out.
    Stepped(Request, Receipt),
    /// A command was refused, by a state that is not stored yet.
    Refused(Request, Rejection),
    /// A command brought the engine to a panic; its instance has an incident now.
    Quarantined(Request, Error),
    /// A look at a state that is not stored yet.
    Seen(Answer),
}

/// One step with all that follows from it.
pub(crate) struct Stepped {
    pub(crate) step: Step,
    pub(crate) root: ProcessInstanceKey,
    pub(crate) ticket: Ticket,
    pub(crate) snapshot: Option<Vec<u8>>,
    pub(crate) handled: Option<u64>,
    pub(crate) born_leased: Vec<JobLease>,
    pub(crate) outbox_keys: Vec<u64>,
    /// Spare keys the store may need for it.
    pub(crate) keys_wanted: u32,
    pub(crate) after: Vec<After>,
    pub(crate) facts: Vec<Passed>,
    pub(crate) tally: Tally,
}

/// Per change set of the batch, what follows.
pub(crate) struct Changed {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) root: ProcessInstanceKey,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) after: Vec<After>,
    pub(crate) facts: Vec<Passed>,
    pub(crate) tally: Tally,
}

/// A batch being filled.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) number: u64,
    pub(crate) batch: Batch,
    /// In the order of `batch.changes`.
    pub(crate) changed: Vec<Changed>,
    index: FxHashMap<ProcessInstanceKey, usize>,
    /// Answers that wait for this batch although they changed nothing.
    pub(crate) behind: Vec<(ProcessInstanceKey, Ticket)>,
    /// In the order of `batch.publications`.
    pub(crate) publications: Vec<PublicationTicket>,
    /// In the order of `batch.broadcasts`.
    pub(crate) broadcasts: Vec<BroadcastTicket>,
    pub(crate) leases: Vec<LeaseTicket>,
    /// In the order of `batch.evaluations`.
    pub(crate) evaluations: Vec<EvaluationTicket>,
    /// What its steps weigh: [`weight`].
    pub(crate) weight: usize,
    pub(crate) keys_wanted: u32,
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.batch.changes.is_empty()
            && self.behind.is_empty()
            && self.batch.publications.is_empty()
            && self.batch.broadcasts.is_empty()
            && self.batch.returned.is_empty()
            && self.batch.leases.is_empty()
            && self.batch.evaluations.is_empty()
            && self.batch.handled.is_empty()
    }

    /// Takes an instance out again, with all that waits for it.
    fn withdraw(&mut self, instance: ProcessInstanceKey, tickets: &mut Vec<Ticket>) {
        if let Some(at) = self.index.remove(&instance) {
            self.batch.changes.remove(at);
            tickets.extend(self.changed.remove(at).tickets);
            for place in self.index.values_mut().filter(|place| **place > at) {
                *place -= 1;
            }
        }
        let behind = std::mem::take(&mut self.behind);
        for (of, ticket) in behind {
            if of == instance { tickets.push(ticket) } else { self.behind.push((of, ticket)) }
        }
    }
}

/// Why a step did not get into the draft.
pub(crate) enum NotTaken {
    /// The state it was stepped on is not what is stored: step again.
    Outdated(Box<Stepped>),
    /// The draft is closed: wait until it is taken.
    Closed(Box<Stepped>),
}

/// The draft and what surrounds it.
pub(crate) struct Drafts {
    inside: Mutex<Inside>,
    /// Something is in the draft.
    pub(crate) filled: Notify,
    /// The draft was taken, a new one begins.
    pub(crate) taken: Notify,
    /// Number of the last draft whose fate is known.
    settled: AtomicU64,
    limit: usize,
    /// What it takes at present.
    pub(crate) pace: Pace,
}

struct Inside {
    draft: Draft,
    failed: FxHashMap<ProcessInstanceKey, Vec<Ticket>>,
}

impl Drafts {
    pub(crate) fn new(limit: usize) -> Self {
        let draft = Draft { number: 1, ..Draft::default() };
        Self {
            inside: Mutex::new(Inside { draft, failed: FxHashMap::default() }),
            filled: Notify::new(),
            taken: Notify::new(),
            settled: AtomicU64::new(0),
            limit,
            pace: Pace::up_to(limit),
        }
    }

    /// Adds a step of an instance; its version and draft number follow.
    pub(crate) fn push(
        &self,
        instance: ProcessInstanceKey,
        live: &mut Live,
        stepped: Box<Stepped>,
    ) -> Result<(), NotTaken> {
        let mut inside = self.inside.lock();
        if !inside.failed.is_empty() && inside.failed.contains_key(&instance) {
            return Err(NotTaken::Outdated(stepped));
        }
        let draft = &mut inside.draft;
        if draft.weight >= self.pace.room() || draft.keys_wanted >= DRAFT_KEYS {
            return Err(NotTaken::Closed(stepped));
        }
        let was_empty = draft.is_empty();
        let (weight, keys_wanted) = (weight(&stepped), stepped.keys_wanted);
        if let Some(at) = draft.index.get(&instance).copied() {
            // The snapshot must be of the state after the last step: nothing can follow it.
            // Rows are made by one definition per change set: a migration begins a new one.
            let change = &draft.batch.changes[at];
            if change.snapshot.is_some() || change.process.key != live.process.key {
                return Err(NotTaken::Closed(stepped));
            }
            append(&mut draft.batch.changes[at], &mut draft.changed[at], *stepped);
        } else {
            let at = draft.changed.len();
            draft.index.insert(instance, at);
            let (change, changed) = begin(instance, live.version, live.process.clone(), *stepped);
            draft.batch.changes.push(change);
            draft.changed.push(changed);
            live.version += 1;
        }
        draft.weight += weight;
        draft.keys_wanted += keys_wanted;
        live.draft = draft.number;
        drop(inside);
        if was_empty {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Lets an answer that changed nothing wait until what it rests on is stored; gives it back when that is so
    /// already. `Err`: the state it rests on is not what is stored.
    pub(crate) fn after(
        &self,
        instance: ProcessInstanceKey,
        draft: u64,
        ticket: Ticket,
    ) -> Result<Option<Ticket>, Box<Ticket>> {
        let mut inside = self.inside.lock();
        if !inside.failed.is_empty() && inside.failed.contains_key(&instance) {
            return Err(Box::new(ticket));
        }
        if draft <= self.settled() {
            return Ok(Some(ticket));
        }
        self.fill(&mut inside, |draft| draft.behind.push((instance, ticket)));
        Ok(None)
    }

    /// Adds leases with what follows from them.
    pub(crate) fn lease(&self, leases: Vec<JobLease>, ticket: LeaseTicket) {
        self.fill(&mut self.inside.lock(), |draft| {
            draft.batch.leases.extend(leases);
            draft.leases.push(ticket);
        });
    }

    /// Adds a message; one from the outbox is read in pages and finds room always.
    pub(crate) fn publish(
        &self,
        publication: Publication,
        ticket: PublicationTicket,
        room: Room,
    ) -> Result<(), Error> {
        let mut inside = self.inside.lock();
        if room == Room::Limited && inside.draft.publications.len() >= self.limit {
            return Err(Error::Busy { retry_after: std::time::Duration::from_millis(100) });
        }
        self.fill(&mut inside, |draft| {
            draft.batch.publications.push(publication);
            draft.publications.push(ticket);
        });
        Ok(())
    }

    /// Adds a signal; one from the outbox is read in pages and finds room always.
    pub(crate) fn broadcast(
        &self,
        broadcast: Broadcast,
        ticket: BroadcastTicket,
        room: Room,
    ) -> Result<(), Error> {
        let mut inside = self.inside.lock();
        if room == Room::Limited && inside.draft.broadcasts.len() >= self.limit {
            return Err(Error::Busy { retry_after: std::time::Duration::from_millis(100) });
        }
        self.fill(&mut inside, |draft| {
            draft.batch.broadcasts.push(broadcast);
            draft.broadcasts.push(ticket);
        });
        Ok(())
    }

    /// Adds an evaluation that belongs to no instance.
    pub(crate) fn record(
        &self,
        evaluation: DecisionEvaluation,
        ticket: EvaluationTicket,
    ) -> Result<(), Error> {
        let mut inside = self.inside.lock();
        if inside.draft.evaluations.len() >= self.limit {
            return Err(Error::Busy { retry_after: std::time::Duration::from_millis(100) });
        }
        self.fill(&mut inside, |draft| {
            draft.batch.evaluations.push(evaluation);
            draft.evaluations.push(ticket);
        });
        Ok(())
    }

    /// Adds a refused correlation.
    pub(crate) fn give_back(&self, returned: ReturnedCorrelation) {
        self.fill(&mut self.inside.lock(), |draft| draft.batch.returned.push(returned));
    }

    /// Adds an outbox entry that needs nothing more.
    pub(crate) fn handled(&self, entry: u64) {
        self.fill(&mut self.inside.lock(), |draft| draft.batch.handled.push(entry));
    }

    fn fill(&self, inside: &mut Inside, add: impl FnOnce(&mut Draft)) {
        let was_empty = inside.draft.is_empty();
        add(&mut inside.draft);
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Takes the draft, when anything is in it.
    pub(crate) fn take(&self) -> Option<Draft> {
        let mut inside = self.inside.lock();
        if inside.draft.is_empty() {
            return None;
        }
        let number = inside.draft.number + 1;
        let draft = std::mem::replace(&mut inside.draft, Draft { number, ..Draft::default() });
        drop(inside);
        self.taken.notify_waiters();
        Some(draft)
    }

    /// The fate of a draft is known: these instances of it were not stored (with their tickets). What was stepped on
    /// them since is withdrawn as well.
    pub(crate) fn settle(&self, number: u64, failed: Vec<(ProcessInstanceKey, Vec<Ticket>)>) {
        let mut inside = self.inside.lock();
        for (instance, mut tickets) in failed {
            inside.draft.withdraw(instance, &mut tickets);
            inside.failed.entry(instance).or_default().extend(tickets);
        }
        self.settled.store(number, Ordering::Release);
    }

    /// The tickets of an instance that failed; from now on its steps are taken again.
    pub(crate) fn take_failed(&self, instance: ProcessInstanceKey) -> Option<Vec<Ticket>> {
        self.inside.lock().failed.remove(&instance)
    }

    /// Number of the last draft whose fate is known.
    pub(crate) fn settled(&self) -> u64 {
        self.settled.load(Ordering::Acquire)
    }

    /// Commands in the draft.
    pub(crate) fn waiting(&self) -> usize {
        self.inside.lock().draft.changed.iter().map(|changed| changed.tickets.len()).sum()
    }

    /// Number of the last draft, when nothing is in the next one and the fate of that is known.
    pub(crate) fn at_rest(&self) -> Option<u64> {
        let inside = self.inside.lock();
        let nothing = inside.draft.is_empty() && inside.failed.is_empty();
        let last = inside.draft.number - 1;
        (nothing && self.settled() == last).then_some(last)
    }
}

/// How much of a batch's room a step takes: that of an ordinary command is 1; one that makes a hundred children has as many
/// rows as dozens of those.
fn weight(stepped: &Stepped) -> usize {
    let snapshot = stepped.snapshot.as_ref().map_or(0, Vec::len);
    1 + stepped.step.events.len() / EVENTS_PER_WEIGHT + snapshot / SNAPSHOT_PER_WEIGHT
}

fn begin(
    instance: ProcessInstanceKey,
    expected_version: u64,
    process: Arc<DeployedProcess>,
    stepped: Stepped,
) -> (ChangeSet, Changed) {
    let change = ChangeSet {
        instance,
        expected_version,
        process,
        steps: vec![stepped.step],
        snapshot: stepped.snapshot,
        handled: stepped.handled.into_iter().collect(),
        born_leased: stepped.born_leased,
        outbox_keys: stepped.outbox_keys,
    };
    let changed = Changed {
        instance,
        root: stepped.root,
        tickets: vec![stepped.ticket],
        after: stepped.after,
        facts: stepped.facts,
        tally: stepped.tally,
    };
    (change, changed)
}

fn append(change: &mut ChangeSet, changed: &mut Changed, stepped: Stepped) {
    change.steps.push(stepped.step);
    change.snapshot = stepped.snapshot;
    change.handled.extend(stepped.handled);
    change.born_leased.extend(stepped.born_leased);
    change.outbox_keys.extend(stepped.outbox_keys);
    changed.tickets.push(stepped.ticket);
    changed.after.extend(stepped.after);
    changed.facts.extend(stepped.facts);
    changed.tally.add(&stepped.tally);
}
