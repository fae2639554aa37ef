//! Timer start events of processes: those of newest versions, and how one goes off.

use std::sync::Arc;

use hosk_core::{Due, ProcessDefinitionKey, Timestamp};
use hosk_model::ElementIndex;
use sqlx::postgres::{PgConnection, PgRow};

use super::mailbox::{PostgresMailbox, texts};
use super::shape::{Values, values};
use super::{Postgres, begin, column, execute, failed, finish, key, number, present, text};
use crate::Error;
use crate::rendezvous::Mailbox;
use crate::write::{DueStart, DueStarts, FiredStart, OutboxEntry};

const DOING: &str = "firing a start timer";

/// The timers of the newest version replace those of older ones.
pub(super) async fn replace(
    tx: &mut PgConnection,
    definition: u64,
    process_id: &Arc<str>,
    tenant: &Arc<str>,
    timers: &[(ElementIndex, Due)],
) -> Result<(), Error> {
    let close = "UPDATE start_timer SET active = FALSE WHERE active AND process_id = $1 AND tenant = $2";
    execute(tx, close, texts([process_id, tenant]), "deploying").await?;
    for (element, due) in timers {
        let mut values = values![definition as i64, i64::from(element.0)];
        values.text(process_id).text(tenant);
        values.add(due.at.0).add(due.repetitions.map(i64::from)).optional(due.cycle.as_deref());
        let open = "INSERT INTO start_timer (definition, element, process_id, tenant, active, due, repetitions, cycle) \
                    VALUES ($1, $2, $3, $4, TRUE, $5, $6, $7)";
        execute(tx, open, values, "deploying").await?;
    }
    Ok(())
}

impl Postgres {
    pub(super) async fn starts_due(&self, now: Timestamp, limit: usize) -> Result<DueStarts, Error> {
        let query = "SELECT definition, element, tenant, due, repetitions, cycle FROM start_timer WHERE active \
                     ORDER BY due, definition, element LIMIT $1";
        let rows = sqlx::query(query)
            .bind(limit as i64 + 1)
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("reading start timers"))?;
        let mut due = DueStarts::default();
        for row in &rows {
            let start = start_of(row)?;
            if start.run.at > now || due.starts.len() == limit {
                due.next = Some(start.run.at);
                break;
            }
            due.starts.push(start);
        }
        Ok(due)
    }

    pub(super) async fn start_fired(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, Error> {
        let mut writer = self.sessions.writer().await?;
        let result = self.sessions.patiently(DOING, fire(&mut writer.connection, &fired)).await;
        writer.done(result)
    }
}

async fn fire(connection: &mut PgConnection, fired: &FiredStart) -> Result<Option<OutboxEntry>, Error> {
    let mut transaction = begin(connection).await?;
    let tx = &mut *transaction;
    let start = &fired.start;
    let mut values = Values::default();
    values.add(start.definition.0 as i64).add(i64::from(start.element.0)).add(start.run.at.0);
    let change = match &fired.next {
        Some(next) => {
            values.add(next.at.0).add(next.repetitions.map(i64::from));
            "UPDATE start_timer SET due = $4, repetitions = $5 WHERE definition = $1 AND element = $2 AND due = $3 \
             AND active"
        }
        None => "DELETE FROM start_timer WHERE definition = $1 AND element = $2 AND due = $3 AND active",
    };
    if execute(tx, change, values, DOING).await? == 0 {
        return Ok(None);
    }
    let (entry, sent) = fired.outbox_entry();
    PostgresMailbox { connection: tx, claim: fired.claim }.send(&entry, &sent).await?;
    finish(transaction).await?;
    Ok(Some(entry))
}

fn start_of(row: &PgRow) -> Result<DueStart, Error> {
    Ok(DueStart {
        definition: ProcessDefinitionKey(key(row, 0)?),
        element: ElementIndex(present(row, 1)? as u32),
        tenant: text(row, 2)?,
        run: Due {
            at: Timestamp(present(row, 3)?),
            repetitions: number(row, 4)?.map(|repetitions| repetitions as u32),
            cycle: column::<Option<&str>>(row, 5)?.map(Arc::from),
        },
    })
}
