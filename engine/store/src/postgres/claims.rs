//! Work that is found in the database: jobs to claim, timers that are due, what is left in the outbox; and loading.

use std::sync::Arc;

use hosk_core::{InstanceState, JobKey, ProcessInstanceKey, TimerKey, Timestamp, apply};

use super::array::Array;
use super::commit::bucket;
use super::shape::{Shape, Statements, Values, values};
use super::statements::{by_bucket, own_bucket};
use super::{Postgres, begin, column, execute, failed, fetch, finish, key, present, run};
use crate::Error;
use crate::codec::{StoredCommand, decode, decode_steps};
use crate::read::ProcessInstanceState;
use crate::write::{
    Claim, ClaimedJob, DueTimers, JobClaim, Loaded, NodeLease, OutboxEntry, Owned, Standing, choose_node,
};
use rustc_hash::FxHashMap;
use sqlx::postgres::PgRow;

/// The lock of whoever changes the table of nodes; addresses have numbers from 0.
const NODE_SLOT: i32 = -1;

/// Found without a lock, then taken one by one while they are still free: of two who want the same job one gets it.
const CLAIM: &str = "WITH c AS (SELECT t.bucket, t.key, p.version FROM job t \
     JOIN process_instance p ON p.bucket = t.bucket AND p.key = t.instance \
     WHERE t.type = $1 AND t.tenant = $4 AND t.ended IS NULL AND t.retries > 0 \
     AND coalesce(t.retry_at, 0) <= $2 AND coalesce(t.deadline, 0) <= $2 AND p.state <> $3 \
     AND t.key <> ALL ($8) ORDER BY t.priority DESC, t.key LIMIT $5) \
     UPDATE job j SET worker = $6, deadline = $7 FROM c WHERE j.bucket = c.bucket AND j.key = c.key \
     AND j.ended IS NULL AND j.retries > 0 AND coalesce(j.retry_at, 0) <= $2 AND coalesce(j.deadline, 0) <= $2 \
     RETURNING j.key, j.instance, j.priority, c.version";

/// Of two who want the same timer one gets it.
const CLAIM_TIMERS: &str = "WITH c AS (SELECT bucket, key FROM timer WHERE due <= $1 AND until <= $2 \
     ORDER BY due, key LIMIT $3) UPDATE timer t SET until = $4 FROM c \
     WHERE t.bucket = c.bucket AND t.key = c.key AND t.until <= $2 RETURNING t.instance, t.key, t.due";

/// Of two who want the same entry one gets it.
const CLAIM_ENTRIES: &str = "WITH c AS (SELECT bucket, key FROM outbox WHERE until <= $1 OR ($2 AND owner = $3) \
     ORDER BY key LIMIT $4) UPDATE outbox t SET owner = $3, until = $5 FROM c \
     WHERE t.bucket = c.bucket AND t.key = c.key AND (t.until <= $1 OR ($2 AND t.owner = $3)) \
     RETURNING t.key, t.source, t.target, t.correlated_process, t.command";

static EXPIRED_COUNTS: Shape = Shape::each(
    "DELETE FROM message_counted t USING (SELECT *",
    "bucket, key",
    ") u WHERE t.bucket = u.bucket@t AND t.message = u.key",
);
static EXPIRED: Shape = Shape::each(
    "DELETE FROM message t USING (SELECT *",
    "bucket, key",
    ") u WHERE t.bucket = u.bucket@t AND t.key = u.key",
);

impl Postgres {
    pub(super) async fn lease_a_node(&self, lease: NodeLease) -> Result<u16, Error> {
        let doing = "leasing a node number";
        let mut connection = self.sessions.pool.acquire().await.map_err(failed(doing))?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let lock = "SELECT pg_advisory_xact_lock($1, $2)";
        execute(tx, lock, values![self.sessions.class(), NODE_SLOT], doing).await?;
        let rows = fetch(tx, "SELECT number, until, owner FROM node", Values::default(), doing).await?;
        let mut known = Vec::with_capacity(rows.len());
        for row in &rows {
            known.push((present(row, 0)? as u16, Timestamp(present(row, 1)?), key(row, 2)?));
        }
        let number = choose_node(&lease, &known)?;
        let text = "INSERT INTO node (number, until, owner) VALUES ($1, $2, $3) \
                    ON CONFLICT (number) DO UPDATE SET until = excluded.until, owner = excluded.owner";
        let values = values![i64::from(number), lease.until.0, lease.owner as i64];
        execute(tx, text, values, doing).await?;
        finish(transaction).await?;
        Ok(number)
    }

    pub(super) async fn standing_of(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, Error> {
        let buckets = Array::from(instances.iter().map(|instance| bucket(*instance)));
        let keys = Array::from(instances.iter().map(|instance| instance.0 as i64));
        let query = "SELECT t.key, t.version, t.ended IS NOT NULL FROM unnest($1, $2) AS u (bucket, key) \
                     JOIN process_instance t ON t.bucket = u.bucket AND t.key = u.key";
        let rows = sqlx::query_with(query, values![buckets, keys].into_arguments())
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("reading versions"))?;
        let mut found = FxHashMap::default();
        for row in &rows {
            found.insert(key(row, 0)?, Standing { version: key(row, 1)?, ended: column(row, 2)? });
        }
        Ok(instances.iter().map(|instance| found.get(&instance.0).copied().unwrap_or_default()).collect())
    }

    pub(super) async fn claim(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error> {
        let mut claimed = Vec::new();
        // One by one: each goes through the index of open jobs in its order, and stops at its limit.
        for tenant in &claim.tenants {
            let left = claim.limit.saturating_sub(claimed.len());
            if left == 0 {
                break;
            }
            claimed.extend(self.claim_of(&claim, tenant, left).await?);
        }
        Ok(claimed)
    }

    async fn claim_of(
        &self,
        claim: &JobClaim,
        tenant: &Arc<str>,
        limit: usize,
    ) -> Result<Vec<ClaimedJob>, Error> {
        let mut values = Values::default();
        values.text(&claim.job_type).add(claim.now.0).add(ProcessInstanceState::Suspended as i64);
        values.text(tenant).add(limit as i64);
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
                version: key(row, 3)?,
                tenant: tenant.clone(),
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

    pub(super) async fn claim_due(
        &self,
        due: Timestamp,
        claim: Claim,
        limit: usize,
    ) -> Result<DueTimers, Error> {
        let failed = failed("claiming timers");
        let values = values![due.0, claim.now.0, limit as i64, claim.until.0];
        let rows = sqlx::query_with(CLAIM_TIMERS, values.into_arguments())
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed)?;
        let mut timers = Vec::with_capacity(rows.len());
        for row in &rows {
            timers.push((present(row, 2)?, ProcessInstanceKey(key(row, 0)?), TimerKey(key(row, 1)?)));
        }
        timers.sort_unstable();
        let next = sqlx::query("SELECT due FROM timer WHERE until <= $1 ORDER BY due, key LIMIT 1")
            .bind(claim.now.0)
            .fetch_optional(&self.sessions.pool)
            .await
            .map_err(failed)?;
        let next = next.map(|row| present(&row, 0).map(Timestamp)).transpose()?;
        Ok(DueTimers { timers: timers.into_iter().map(|(_, of, timer)| (of, timer)).collect(), next })
    }

    pub(super) async fn claim_entries(
        &self,
        claim: Claim,
        own: bool,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, Error> {
        let values = values![claim.now.0, own, claim.owner as i64, limit as i64, claim.until.0];
        let rows = sqlx::query_with(CLAIM_ENTRIES, values.into_arguments())
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("claiming outbox entries"))?;
        let mut entries = rows.iter().map(entry_of).collect::<Result<Vec<_>, _>>()?;
        entries.sort_unstable_by_key(|entry| entry.key);
        Ok(entries)
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
        rows.iter().map(entry_of).collect()
    }

    pub(super) async fn remove_expired(&self, now: Timestamp, limit: usize) -> Result<usize, Error> {
        let doing = "removing expired messages";
        let found = "SELECT key FROM message WHERE expires <= $1 ORDER BY expires, key LIMIT $2";
        let rows = self.read(found, values![now.0, limit as i64], doing).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let keys = rows.iter().map(|row| key(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let mut connection = self.sessions.pool.acquire().await.map_err(failed(doing))?;
        for (bucket, keys) in by_bucket(self.sessions.spread, keys, |key| own_bucket(*key)) {
            let mut statements = Statements::of(bucket);
            for shape in [&EXPIRED_COUNTS, &EXPIRED] {
                statements.rows(shape, false, keys.iter(), |key, v| {
                    v.add(own_bucket(*key)).add(*key as i64);
                });
            }
            let mut transaction = begin(&mut connection).await?;
            for statement in statements.all {
                run(&mut transaction, statement, doing).await?;
            }
            finish(transaction).await?;
        }
        Ok(rows.len())
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
        // One statement: snapshot and tail belong together. The snapshot's row comes first, who carries what last.
        let query = "WITH s AS (SELECT version, body FROM snapshot WHERE bucket = $1 AND instance = $2) \
                     SELECT TRUE AS snapshot, version, body FROM s UNION ALL SELECT FALSE, h.version, h.body \
                     FROM history h WHERE h.bucket = $1 AND h.instance = $2 \
                     AND h.version > coalesce((SELECT version FROM s), 0) UNION ALL \
                     SELECT NULL, owner, ''::bytea FROM outbox WHERE source = $2 \
                     ORDER BY snapshot DESC NULLS LAST, version";
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
        let mut carriers = Vec::new();
        for row in &rows {
            let body = column::<&[u8]>(row, 2)?;
            match column::<Option<bool>>(row, 0)? {
                Some(false) => {}
                Some(true) => {
                    (version, state) = (key(row, 1)?, decode(body, "a snapshot")?);
                    continue;
                }
                None => {
                    carriers.push(key(row, 1)?);
                    continue;
                }
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
        carriers.dedup();
        Ok((version > 0).then_some(Loaded { state, version, bytes_since_snapshot, carriers }))
    }
}

/// Columns key, source, target, correlated process, command.
fn entry_of(row: &PgRow) -> Result<OutboxEntry, Error> {
    let target = ProcessInstanceKey(key(row, 2)?);
    let command: StoredCommand = decode(column::<&[u8]>(row, 4)?, "an outbox entry")?;
    Ok(OutboxEntry {
        key: key(row, 0)?,
        source: column::<Option<i64>>(row, 1)?.map(|source| ProcessInstanceKey(source as u64)),
        target,
        carries: command.into_carried(target),
        correlated_process: column::<Option<&str>>(row, 3)?.map(Arc::from),
    })
}
