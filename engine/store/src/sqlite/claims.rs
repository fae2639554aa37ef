//! Work that is found in the database: jobs to claim, timers that are due, what is left in the outbox; and loading.

use std::sync::Arc;

use hosk_core::{InstanceState, JobKey, ProcessInstanceKey, TimerKey, Timestamp, apply};

use super::commit::numbers;
use super::shape::Values;
use super::{Sqlite, begin, column, execute, failed, fetch, finish, key};
use crate::Error;
use crate::codec::{StoredCommand, decode, decode_steps};
use crate::read::ProcessInstanceState;
use crate::write::{ClaimedJob, DueTimers, JobClaim, Loaded, NodeLease, OutboxEntry, Owned, choose_node};

/// The free jobs of a type and a tenant.
const CLAIM: &str = "WITH c AS (SELECT t.key FROM job t JOIN process_instance p ON p.key = t.instance \
     WHERE t.type = ? AND t.tenant = ? AND t.ended IS NULL AND t.retries > 0 AND coalesce(t.retry_at, 0) <= ? \
     AND coalesce(t.deadline, 0) <= ? AND p.state <> ? AND t.key NOT IN (SELECT value FROM json_each(?)) \
     ORDER BY t.priority DESC, t.key LIMIT ?) \
     UPDATE job SET worker = ?, deadline = ? WHERE key IN (SELECT key FROM c) RETURNING key, instance, priority, \
     (SELECT p.version FROM process_instance p WHERE p.key = job.instance)";

impl Sqlite {
    pub(super) async fn lease_a_node(&self, lease: NodeLease) -> Result<u16, Error> {
        let doing = "leasing a node number";
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let rows = fetch(tx, "SELECT number, until FROM node", Values::default(), doing).await?;
        let mut known = Vec::with_capacity(rows.len());
        for row in &rows {
            // A file has one node: what it holds is its own.
            known.push((column::<u16>(row, 0)?, Timestamp(column(row, 1)?), lease.owner));
        }
        let number = choose_node(&lease, &known)?;
        let values = Values::of([i64::from(number), lease.until.0]);
        execute(tx, "INSERT OR REPLACE INTO node (number, until) VALUES (?, ?)", values, doing).await?;
        finish(transaction).await?;
        Ok(number)
    }

    pub(super) async fn claim(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error> {
        let except = numbers(claim.except.iter().map(|job| &job.0));
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let mut claimed = Vec::new();
        // One by one: each goes through the index of open jobs in its order, and stops at its limit.
        for tenant in &claim.tenants {
            let left = claim.limit.saturating_sub(claimed.len());
            if left == 0 {
                break;
            }
            let mut values = Values::of([claim.job_type.clone(), tenant.clone()]);
            values.add(claim.now.0).add(claim.now.0).add(ProcessInstanceState::Suspended as i64);
            values.add(except.clone()).add(left as i64);
            values.add(claim.worker.clone()).add(claim.deadline.0);
            let rows = fetch(&mut transaction, CLAIM, values, "claiming jobs").await?;
            let mut of_tenant = Vec::with_capacity(rows.len());
            for row in &rows {
                let job = ClaimedJob {
                    job: JobKey(key(row, 0)?),
                    instance: ProcessInstanceKey(key(row, 1)?),
                    deadline: claim.deadline,
                    version: key(row, 3)?,
                    tenant: tenant.clone(),
                };
                of_tenant.push((-column::<i64>(row, 2)?, job));
            }
            of_tenant.sort_by_key(|(priority, job)| (*priority, job.job));
            claimed.extend(of_tenant.into_iter().map(|(_, job)| job));
        }
        finish(transaction).await?;
        Ok(claimed)
    }

    pub(super) async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<DueTimers, Error> {
        let rows = sqlx::query("SELECT instance, key, due FROM timer ORDER BY due, key LIMIT ?")
            .bind(limit as i64 + 1)
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading timers"))?;
        let mut due = DueTimers::default();
        for row in &rows {
            let at = Timestamp(column(row, 2)?);
            if at > now || due.timers.len() == limit {
                due.next = Some(at);
                break;
            }
            due.timers.push((ProcessInstanceKey(key(row, 0)?), TimerKey(key(row, 1)?)));
        }
        Ok(due)
    }

    pub(super) async fn unhandled(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        let query = "SELECT key, source, target, correlated_process, command FROM outbox WHERE key > ? \
                     ORDER BY key LIMIT ?";
        let rows = sqlx::query(query)
            .bind(after as i64)
            .bind(limit as i64)
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading the outbox"))?;
        let entry = |row| {
            let target = ProcessInstanceKey(key(row, 2)?);
            let command: StoredCommand = decode(column::<&[u8]>(row, 4)?, "an outbox entry")?;
            Ok(OutboxEntry {
                key: key(row, 0)?,
                source: column::<Option<i64>>(row, 1)?.map(|source| ProcessInstanceKey(source as u64)),
                target,
                carries: command.into_carried(target),
                correlated_process: column::<Option<&str>>(row, 3)?.map(Arc::from),
            })
        };
        rows.iter().map(entry).collect()
    }

    pub(super) async fn remove_expired(&self, now: Timestamp, limit: usize) -> Result<usize, Error> {
        let doing = "removing expired messages";
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let query = "DELETE FROM message WHERE key IN (SELECT key FROM message WHERE expires <= ? \
                     ORDER BY expires LIMIT ?) RETURNING key";
        let rows = fetch(tx, query, Values::of([now.0, limit as i64]), doing).await?;
        let removed = rows.iter().map(|row| key(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let query = "DELETE FROM message_counted WHERE message IN (SELECT value FROM json_each(?))";
        execute(tx, query, Values::of([numbers(removed.iter())]), doing).await?;
        finish(transaction).await?;
        Ok(removed.len())
    }

    pub(super) async fn find_owner(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, Error> {
        let (query, wanted) = match what {
            Owned::Job(key) => ("SELECT instance FROM job WHERE key = ?", key.0),
            Owned::UserTask(key) => ("SELECT instance FROM user_task WHERE key = ?", key.0),
            Owned::Incident(key) => ("SELECT instance FROM incident WHERE key = ?", key.0),
            Owned::ElementInstance(key) => ("SELECT instance FROM element_instance WHERE key = ?", key.0),
        };
        let row = sqlx::query(query)
            .bind(wanted as i64)
            .fetch_optional(&self.readers)
            .await
            .map_err(failed("looking for the instance"))?;
        row.map(|row| key(&row, 0).map(ProcessInstanceKey)).transpose()
    }

    pub(super) async fn load_instance(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, Error> {
        let failed = failed("loading an instance");
        // One read transaction: snapshot and tail belong together.
        let mut tx = self.readers.begin().await.map_err(failed)?;
        let snapshot = sqlx::query("SELECT version, body FROM snapshot WHERE instance = ?")
            .bind(instance.0 as i64)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        let (mut version, mut state) = match &snapshot {
            Some(row) => (key(row, 0)?, decode(column::<&[u8]>(row, 1)?, "a snapshot")?),
            None => (0, InstanceState::new()),
        };
        let rows = sqlx::query(
            "SELECT version, body FROM history WHERE instance = ? AND version > ? ORDER BY version",
        )
        .bind(instance.0 as i64)
        .bind(version as i64)
        .fetch_all(&mut *tx)
        .await
        .map_err(failed)?;
        if snapshot.is_none() && rows.is_empty() {
            return Ok(None);
        }
        let mut bytes_since_snapshot = 0;
        for row in &rows {
            version += 1;
            if key(row, 0)? != version {
                return Err(Error::Corrupt { what: format!("instance {instance} lacks version {version}") });
            }
            let body = column::<&[u8]>(row, 1)?;
            bytes_since_snapshot += body.len() as u64;
            for event in decode_steps(body)?.iter().flat_map(|step| &step.events) {
                apply(&mut state, event);
            }
        }
        Ok(Some(Loaded { state, version, bytes_since_snapshot, carriers: Vec::new() }))
    }
}
