//! The same store in memory, for simulation and tests: same rows, same answers, nothing survives the process.
//!
//! A batch that fails is undone by putting the tables back as they were, which costs a copy; only batches with
//! messages can fail after they began.

mod audit;
mod batches;
mod cluster_variables;
mod commits;
mod connections;
mod decisions;
mod deploy;
mod documents;
mod global_listeners;
mod identity;
mod job_figures;
mod joined;
mod mailbox;
mod plugins;
mod removal;
mod search;
mod signals;
mod start_timers;
mod tables;
mod value_maps;
mod waits;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{InstanceState, JobKey, ProcessInstanceKey, SignalKey, TimerKey, Timestamp, apply};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::{Mutex, broadcast};

pub(crate) use self::joined::Listed;
use self::tables::Tables;
use crate::Error;
use crate::codec::{decode, decode_steps, encode_steps};
use crate::connections::StoredConnection;
use crate::identity::IdentityTables;
use crate::rendezvous::Rendezvous;
use crate::rows::{Changes, JobRow, decision_rows, prepare};
use crate::write::{
    Batch, ChangeSet, Claim, ClaimedJob, Committed, DefinitionChanges, Deployed, DueStarts, DueTimers,
    FiredStart, JobClaim, JobLease, Loaded, NewDeployment, News, NodeLease, OutboxEntry, Owned, SignalSlice,
    Standing, StartedBySignal, Store, StoredResource, choose_node,
};

/// News kept for those who are slow to hear.
const NEWS: usize = 1_024;

/// A store in memory.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
    connections: Mutex<BTreeMap<Arc<str>, StoredConnection>>,
    identity: Mutex<IdentityTables>,
    plugins: Mutex<plugins::Plugins>,
    documents: Mutex<documents::Documents>,
    news: Told,
}

/// What nodes tell each other.
#[derive(Debug)]
struct Told(broadcast::Sender<News>);

impl Default for Told {
    fn default() -> Self {
        Self(broadcast::channel(NEWS).0)
    }
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Store for Memory {
    fn is_shared(&self) -> bool {
        true
    }

    async fn lease_node(&self, lease: NodeLease) -> Result<u16, Error> {
        let nodes = &mut self.tables.lock().await.nodes;
        let known: Vec<_> = nodes.iter().map(|(number, (until, owner))| (*number, *until, *owner)).collect();
        let number = choose_node(&lease, &known)?;
        nodes.insert(number, (lease.until, lease.owner));
        Ok(number)
    }

    async fn definition_changes(&self, after: u64) -> Result<DefinitionChanges, Error> {
        Ok(self.tables.lock().await.definition_changes(after))
    }

    async fn standing(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, Error> {
        let tables = self.tables.lock().await;
        let of = |key: &ProcessInstanceKey| {
            let row = tables.instances.get(&key.0);
            row.map_or_else(Standing::default, |row| Standing {
                version: row.version,
                ended: row.ended.is_some(),
            })
        };
        Ok(instances.iter().map(of).collect())
    }

    async fn deploy(&self, deployment: NewDeployment) -> Result<Deployed, Error> {
        Ok(self.tables.lock().await.deploy(&deployment))
    }

    async fn delete_resource(&self, key: u64) -> Result<bool, Error> {
        Ok(self.tables.lock().await.delete(key))
    }

    async fn resources(&self) -> Result<Vec<StoredResource>, Error> {
        Ok(self.tables.lock().await.stored())
    }

    async fn load(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, Error> {
        let tables = self.tables.lock().await;
        let (mut version, mut state) = match tables.snapshots.get(&instance.0) {
            Some((version, body)) => (*version, decode(body, "a snapshot")?),
            None => (0, InstanceState::new()),
        };
        let known = version > 0;
        let mut bytes_since_snapshot = 0;
        for ((_, at), body) in tables.history.range((instance.0, version + 1)..=(instance.0, u64::MAX)) {
            version = *at;
            bytes_since_snapshot += body.len() as u64;
            for event in decode_steps(body)?.iter().flat_map(|step| &step.events) {
                apply(&mut state, event);
            }
        }
        let mut carriers: Vec<u64> =
            tables.outbox.values().filter(|one| one.source == Some(instance)).map(|one| one.owner).collect();
        carriers.dedup();
        Ok((known || version > 0).then_some(Loaded { state, version, bytes_since_snapshot, carriers }))
    }

    async fn locate(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, Error> {
        let tables = self.tables.lock().await;
        Ok(match what {
            Owned::Job(key) => tables.jobs.get(&key.0).map(|row| row.instance),
            Owned::UserTask(key) => tables.user_tasks.get(&key.0).map(|row| row.instance),
            Owned::Incident(key) => tables.incidents.get(&key.0).map(|row| row.instance),
            Owned::ElementInstance(key) => tables.elements.get(&key.0).map(|row| row.instance),
        })
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, Error> {
        let prepared = prepare(&batch)?;
        let mut tables = self.tables.lock().await;
        let may_fail = !batch.publications.is_empty() || !batch.returned.is_empty();
        let before = may_fail.then(|| tables.clone());
        let committed = write(&mut tables, &batch, &prepared).await;
        if let (Err(_), Some(before)) = (&committed, before) {
            *tables = before;
        }
        committed
    }

    async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error> {
        let mut tables = self.tables.lock().await;
        let wanted = |job: &&JobRow| {
            job.job_type == claim.job_type
                && !claim.except.contains(&job.key)
                && free(job, claim.now)
                && !tables.is_suspended(job.instance)
                && claim.tenants.contains(&job.tenant)
        };
        let order = |tenant| claim.tenants.iter().position(|wanted| wanted == tenant);
        let found = tables.jobs.values().filter(wanted);
        let mut found = found.map(|job| (order(&job.tenant), -job.priority, job.key)).collect::<Vec<_>>();
        found.sort_unstable();
        found.truncate(claim.limit);
        let mut claimed = Vec::with_capacity(found.len());
        for (.., key) in found {
            if let Some(job) = tables.jobs.get_mut(&key.0) {
                (job.worker, job.deadline) = (Some(claim.worker.clone()), Some(claim.deadline));
                let (instance, deadline, tenant) = (job.instance, claim.deadline, job.tenant.clone());
                let version = tables.instances.get(&instance.0).map_or(0, |row| row.version);
                claimed.push(ClaimedJob { instance, job: key, deadline, version, tenant });
            }
        }
        Ok(claimed)
    }

    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<DueTimers, Error> {
        let tables = self.tables.lock().await;
        let mut timers =
            tables.timers.values().map(|row| (row.due, row.key, row.instance)).collect::<Vec<_>>();
        timers.sort_unstable();
        let mut due = DueTimers::default();
        for (at, key, instance) in timers {
            if at > now || due.timers.len() == limit {
                due.next = Some(at);
                break;
            }
            due.timers.push((instance, TimerKey(key.0)));
        }
        Ok(due)
    }

    async fn claim_timers(&self, due: Timestamp, claim: Claim, limit: usize) -> Result<DueTimers, Error> {
        let mut tables = self.tables.lock().await;
        let mut free: Vec<_> = tables
            .timers
            .values()
            .filter(|row| tables.fired_by.get(&row.key.0).is_none_or(|until| *until <= claim.now))
            .map(|row| (row.due, row.key, row.instance))
            .collect();
        free.sort_unstable();
        let here = free.iter().take_while(|(at, ..)| *at <= due).count().min(limit);
        let next = free.get(here).map(|(at, ..)| *at);
        free.truncate(here);
        tables.fired_by.extend(free.iter().map(|(_, timer, _)| (timer.0, claim.until)));
        let timers = free.into_iter().map(|(_, timer, instance)| (instance, timer)).collect();
        Ok(DueTimers { timers, next })
    }

    async fn due_starts(&self, now: Timestamp, limit: usize) -> Result<DueStarts, Error> {
        Ok(self.tables.lock().await.starts_due(now, limit))
    }

    async fn fire_start(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, Error> {
        self.tables.lock().await.start_fired(fired).await
    }

    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        let tables = self.tables.lock().await;
        let entries = tables.outbox.range(after.saturating_add(1)..).take(limit);
        Ok(entries.map(|(key, entry)| entry.to_carry(*key)).collect())
    }

    async fn claim_outbox(&self, claim: Claim, own: bool, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        let mut tables = self.tables.lock().await;
        let free = tables
            .outbox
            .iter_mut()
            .filter(|(_, entry)| entry.until <= claim.now || (own && entry.owner == claim.owner));
        let claimed = free.take(limit).map(|(key, entry)| {
            (entry.owner, entry.until) = (claim.owner, claim.until);
            entry.to_carry(*key)
        });
        Ok(claimed.collect())
    }

    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, Error> {
        Ok(self.tables.lock().await.slice_of_signal(after, limit))
    }

    async fn claim_signal_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        Ok(self.tables.lock().await.claimed_slice(after, claim, limit))
    }

    async fn start_by_signal(&self, started: StartedBySignal) -> Result<Option<OutboxEntry>, Error> {
        self.tables.lock().await.started_by_signal(started).await
    }

    async fn signal_delivered(&self, signal: SignalKey, cursor: u64, last: bool) -> Result<(), Error> {
        self.tables.lock().await.signal_reached(signal, cursor, last);
        Ok(())
    }

    async fn expire_messages(&self, now: Timestamp, limit: usize) -> Result<usize, Error> {
        let mut tables = self.tables.lock().await;
        let expired = tables.messages.iter().filter(|(_, message)| message.expires <= now);
        let mut expired = expired.map(|(key, message)| (message.expires, *key)).collect::<Vec<_>>();
        expired.sort_unstable();
        expired.truncate(limit);
        let keys: FxHashSet<u64> = expired.iter().map(|(_, key)| *key).collect();
        tables.messages.retain(|key, _| !keys.contains(key));
        tables.counted.retain(|(message, _)| !keys.contains(&message.0));
        Ok(keys.len())
    }

    async fn announce(&self, news: Vec<News>) -> Result<(), Error> {
        for one in news {
            // Nobody listening is no failure.
            let _ = self.news.0.send(one);
        }
        Ok(())
    }

    fn news(&self) -> Option<broadcast::Receiver<News>> {
        Some(self.news.0.subscribe())
    }
}

/// Whether a job can be given to a worker.
fn free(job: &JobRow, now: Timestamp) -> bool {
    job.ended.is_none()
        && job.retries > 0
        && job.retry_at.is_none_or(|at| at <= now)
        && job.deadline.is_none_or(|at| at <= now)
}

async fn write(
    tables: &mut Tables,
    batch: &Batch,
    prepared: &[(&ChangeSet, Changes)],
) -> Result<Committed, Error> {
    tables.carrier = batch.claim;
    let mut committed = Committed::default();
    let mut accepted = Vec::with_capacity(prepared.len());
    for (set, changes) in prepared {
        let stored = tables.instances.get(&set.instance.0).map_or(0, |row| row.version);
        let gone = set.handled.iter().filter(|entry| !tables.outbox.contains_key(entry)).collect::<Vec<_>>();
        if stored == set.expected_version && gone.is_empty() {
            accepted.push((*set, changes, encode_steps(&set.steps)?));
        } else {
            committed.stale.push(set.instance);
        }
        committed.handled_before.extend(gone);
    }
    for (set, changes, body) in &mut accepted {
        tables.write(set, changes, std::mem::take(body));
    }
    for evaluation in &batch.evaluations {
        let rows = decision_rows(batch.now, None, evaluation);
        tables.evaluated.extend(rows.map(|row| (row.key.0, row)));
    }
    for entry in accepted.iter().flat_map(|(set, ..)| &set.handled).chain(&batch.handled) {
        tables.outbox.remove(entry);
    }
    let written: FxHashMap<_, _> =
        accepted.iter().map(|(set, ..)| (set.instance, set.expected_version + 1)).collect();
    let lost = batch.leases.iter().filter_map(|one| lease(tables, one, batch.now, &written));
    committed.lost_leases = lost.collect();
    for (set, changes, _) in &accepted {
        let sent = set.outbox_keys.iter().zip(&changes.sent);
        committed.outbox.extend(sent.map(|(key, sent)| OutboxEntry {
            key: *key,
            source: Some(set.instance),
            target: sent.target,
            carries: sent.command.clone().into_carried(sent.target),
            correlated_process: None,
        }));
    }
    let mut keys = batch.keys;
    let mut rendezvous = Rendezvous { mailbox: tables, now: batch.now, outbox: Vec::new() };
    for returned in &batch.returned {
        if !rendezvous.give_back(returned).await? {
            committed.handled_before.push(returned.entry);
        }
    }
    for message in &batch.publications {
        committed.published.push(rendezvous.publish(message).await?);
    }
    for signal in &batch.broadcasts {
        rendezvous.mailbox.broadcast(signal).await?;
    }
    for key in accepted.iter().flat_map(|(_, changes, _)| &changes.listening) {
        rendezvous.listen(*key, &mut keys).await?;
    }
    let ended = accepted.iter().filter(|(_, changes, _)| changes.has_ended()).map(|(set, ..)| set.instance);
    rendezvous.ended(&ended.collect::<Vec<_>>(), &mut keys).await?;
    committed.outbox.append(&mut rendezvous.outbox);
    Ok(committed)
}

/// Takes or changes a lease; the job when it is refused.
fn lease(
    tables: &mut Tables,
    lease: &JobLease,
    now: Timestamp,
    written: &FxHashMap<ProcessInstanceKey, u64>,
) -> Option<JobKey> {
    let stored = tables.instances.get(&lease.instance.0).map(|row| row.version);
    let newest = |seen: u64| {
        stored == Some(seen) || stored == written.get(&lease.instance).copied().filter(|at| *at == seen + 1)
    };
    if !lease.version.is_none_or(newest) {
        return Some(lease.job);
    }
    let row = tables.jobs.get_mut(&lease.job.0);
    let held = |row: &JobRow| row.deadline.is_some_and(|at| at > now);
    let ours = |row: &JobRow| row.worker.as_ref() == Some(&lease.worker);
    let may = |row: &JobRow| {
        let open = row.ended.is_none() && row.retries > 0;
        open && if held(row) { ours(row) && !lease.taken } else { free(row, now) }
    };
    match row.filter(|row| may(row)) {
        Some(row) => {
            (row.worker, row.deadline) = (Some(lease.worker.clone()), lease.deadline);
            None
        }
        None => Some(lease.job),
    }
}
