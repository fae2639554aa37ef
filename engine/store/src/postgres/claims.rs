//! Work that is found in the database: jobs to claim, timers that are due, what is left in the outbox; and loading.

use std::sync::Arc;

use hosk_core::{InstanceState, JobKey, ProcessInstanceKey, TimerKey, Timestamp, apply};

use super::array::Array;
use super::commit::bucket;
use super::shape::{Values, values};
use super::{Postgres, begin, column, execute, failed, fetch, finish, key, present};
use crate::Error;
use crate::codec::{StoredCommand, decode, decode_steps};
use crate::read::ProcessInstanceState;
use crate::write::{ClaimedJob, DueTimers, JobClaim, Loaded, OutboxEntry, Owned};

/// Node numbers are below this.
const NODES: u16 = 1_024;
/// The lock of whoever changes the table of nodes; addresses have numbers from 0.
const NODE_SLOT: i32 = -1;

/// Found without a lock, then taken one by one while they are still free: of two who want the same job one gets it.
const CLAIM: &str = "WITH c AS (SELECT t.bucket, t.key FROM job t \
     JOIN process_instance p ON p.bucket = t.bucket AND p.key = t.instance \
     JOIN process_definition d ON d.key = p.definition WHERE t.type = $1 AND t.ended IS NULL AND t.retries > 0 \
     AND coalesce(t.retry_at, 0) <= $2 AND coalesce(t.deadline, 0) <= $2 AND p.state <> $3 AND d.tenant = ANY ($4) \
     AND t.key <> ALL ($8) ORDER BY t.priority DESC, t.key LIMIT $5) \
     UPDATE job j SET worker = $6, deadline = $7 FROM c WHERE j.bucket = c.bucket AND j.key = c.key \
     AND j.ended IS NULL AND j.retries > 0 AND coalesce(j.retry_at, 0) <= $2 AND coalesce(j.deadline, 0) <= $2 \
     RETURNING j.key, j.instance, j.priority";

impl Postgres {
    pub(super) async fn lease_a_node(
        &self,
        held: Option<u16>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<u16, Error> {
        let doing = "leasing a node number";
        let mut connection = self.sessions.pool.acquire().await.map_err(failed(doing))?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let lock = "SELECT pg_advisory_xact_lock($1, $2)";
        execute(tx, lock, values![self.sessions.class(), NODE_SLOT], doing).await?;
        let rows =
            fetch(tx, "SELECT number, until FROM node ORDER BY number", Values::default(), doing).await?;
        let mut taken = Vec::new();
        for row in &rows {
            if present(row, 1)? > now.0 {
                taken.push(present(row, 0)? as u16);
            }
        }
        let held = held.filter(|held| taken.contains(held));
        let number = held.or_else(|| (0..NODES).find(|number| !taken.contains(number)));
        let number =
            number.ok_or_else(|| Error::Invalid { what: format!("all {NODES} node numbers are taken") })?;
        let text = "INSERT INTO node (number, until) VALUES ($1, $2) \
                    ON CONFLICT (number) DO UPDATE SET until = excluded.until";
        execute(tx, text, values![i64::from(number), until.0], doing).await?;
        finish(transaction).await?;
        Ok(number)
    }

    pub(super) async fn claim(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error> {
        let mut values = Values::default();
        values.text(&claim.job_type).add(claim.now.0).add(ProcessInstanceState::Suspended as i64);
        values.add(Array::from(claim.tenants.iter())).add(claim.limit as i64);
        values.text(&claim.worker).add(claim.deadline.0);
        values.add(Array::from(claim.except.iter().map(|job| job.0 as i64)));
        let rows = sqlx::query_with(CLAIM, values.into_arguments())
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("claiming jobs"))?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let job = ClaimedJob {
                job: JobKey(key(row, 0)?),
                instance: ProcessInstanceKey(key(row, 1)?),
                deadline: claim.deadline,
            };
            claimed.push((-present(row, 2)?, job));
        }
        claimed.sort_by_key(|(priority, job)| (*priority, job.job));
        Ok(claimed.into_iter().map(|(_, job)| job).collect())
    }

    pub(super) async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<DueTimers, Error> {
        let rows = sqlx::query("SELECT instance, key, due FROM timer ORDER BY due, key LIMIT $1")
            .bind(limit as i64 + 1)
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("reading timers"))?;
        let mut due = DueTimers::default();
        for row in &rows {
            let at = Timestamp(present(row, 2)?);
            if at > now || due.timers.len() == limit {
                due.next = Some(at);
                break;
            }
            due.timers.push((ProcessInstanceKey(key(row, 0)?), TimerKey(key(row, 1)?)));
        }
        Ok(due)
    }

    pub(super) async fn unhandled(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        let query = "SELECT key, source, target, correlated_process, command FROM outbox WHERE key > $1 \
                     ORDER BY key LIMIT $2";
        let rows = sqlx::query(query)
            .bind(after as i64)
            .bind(limit as i64)
            .fetch_all(&self.sessions.pool)
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
        let mut connection = self.sessions.pool.acquire().await.map_err(failed(doing))?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let found = "SELECT bucket, key FROM message WHERE expires <= $1 ORDER BY expires, key LIMIT $2";
        let rows = fetch(tx, found, values![now.0, limit as i64], doing).await?;
        let buckets = rows.iter().map(|row| column::<i16>(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let keys = rows.iter().map(|row| column::<i64>(row, 1)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Ok(0);
        }
        for text in [
            "DELETE FROM message_counted t USING unnest($1, $2) AS u (bucket, key) \
             WHERE t.bucket = u.bucket AND t.message = u.key",
            "DELETE FROM message t USING unnest($1, $2) AS u (bucket, key) \
             WHERE t.bucket = u.bucket AND t.key = u.key",
        ] {
            execute(tx, text, values![&buckets, &keys], doing).await?;
        }
        finish(transaction).await?;
        Ok(keys.len())
    }

    pub(super) async fn find_owner(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, Error> {
        let (query, wanted) = match what {
            Owned::Job(key) => ("SELECT instance FROM job WHERE key = $1", key.0),
            Owned::UserTask(key) => ("SELECT instance FROM user_task WHERE key = $1", key.0),
            Owned::Incident(key) => ("SELECT instance FROM incident WHERE key = $1", key.0),
            Owned::ElementInstance(key) => ("SELECT instance FROM element_instance WHERE key = $1", key.0),
        };
        let row = sqlx::query(query)
            .bind(wanted as i64)
            .fetch_optional(&self.sessions.pool)
            .await
            .map_err(failed("looking for the instance"))?;
        row.map(|row| key(&row, 0).map(ProcessInstanceKey)).transpose()
    }

    pub(super) async fn load_instance(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, Error> {
        // One statement: snapshot and tail belong together. The snapshot's row comes first.
        let query = "WITH s AS (SELECT version, body FROM snapshot WHERE bucket = $1 AND instance = $2) \
                     SELECT TRUE AS snapshot, version, body FROM s UNION ALL SELECT FALSE, h.version, h.body \
                     FROM history h WHERE h.bucket = $1 AND h.instance = $2 \
                     AND h.version > coalesce((SELECT version FROM s), 0) ORDER BY snapshot DESC, version";
        let rows = sqlx::query(query)
            .bind(i16::from(bucket(instance).0))
            .bind(instance.0 as i64)
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("loading an instance"))?;
        if rows.is_empty() {
            return Ok(None);
        }
        let (mut version, mut state, mut bytes_since_snapshot) = (0, InstanceState::new(), 0);
        for row in &rows {
            let body = column::<&[u8]>(row, 2)?;
            if column::<bool>(row, 0)? {
                (version, state) = (key(row, 1)?, decode(body, "a snapshot")?);
                continue;
            }
            version += 1;
            if key(row, 1)? != version {
                return Err(Error::Corrupt { what: format!("instance {instance} lacks version {version}") });
            }
            bytes_since_snapshot += body.len() as u64;
            for event in decode_steps(body)?.iter().flat_map(|step| &step.events) {
                apply(&mut state, event);
            }
        }
        Ok(Some(Loaded { state, version, bytes_since_snapshot }))
    }
}
