//! Timer start events of processes: those of newest versions, and how one goes off.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hosk_core::{Due, ProcessDefinitionKey, Timestamp};
use hosk_model::ElementIndex;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::mailbox::SqliteMailbox;
use super::shape::Values;
use super::{Sqlite, begin, column, execute, failed, finish, key, text};
use crate::Error;
use crate::rendezvous::Mailbox;
use crate::write::{DueStart, DueStarts, FiredStart, OutboxEntry};

const DOING: &str = "firing a start timer";

/// The timers of the newest version replace those of older ones.
pub(super) async fn replace(
    tx: &mut SqliteConnection,
    definition: u64,
    process_id: &Arc<str>,
    tenant: &Arc<str>,
    timers: &[(ElementIndex, Due)],
) -> Result<(), Error> {
    let close = "UPDATE start_timer SET active = 0 WHERE active = 1 AND process_id = ? AND tenant = ?";
    execute(tx, close, Values::of([process_id.clone(), tenant.clone()]), "deploying").await?;
    for (element, due) in timers {
        let mut values = Values::of([definition as i64, i64::from(element.0)]);
        values.add(process_id.clone()).add(tenant.clone());
        values.add(due.at.0).add(due.repetitions.map(i64::from)).add(due.cycle.clone());
        let open = "INSERT INTO start_timer (definition, element, process_id, tenant, active, due, repetitions, cycle) \
                    VALUES (?, ?, ?, ?, 1, ?, ?, ?)";
        execute(tx, open, values, "deploying").await?;
    }
    Ok(())
}

impl Sqlite {
    pub(super) async fn starts_due(&self, now: Timestamp, limit: usize) -> Result<DueStarts, Error> {
        let query = "SELECT definition, element, tenant, due, repetitions, cycle FROM start_timer WHERE active = 1 \
                     ORDER BY due, definition, element LIMIT ?";
        let rows = sqlx::query(query)
            .bind(limit as i64 + 1)
            .fetch_all(&self.readers)
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
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let start = &fired.start;
        let mut values = match &fired.next {
            Some(next) => {
                let mut values = Values::of([next.at.0]);
                values.add(next.repetitions.map(i64::from));
                values
            }
            None => Values::default(),
        };
        let change = match &fired.next {
            Some(_) => {
                "UPDATE start_timer SET due = ?, repetitions = ? WHERE definition = ? AND element = ? AND due = ? \
                 AND active = 1"
            }
            None => "DELETE FROM start_timer WHERE definition = ? AND element = ? AND due = ? AND active = 1",
        };
        values.add(start.definition.0 as i64).add(i64::from(start.element.0)).add(start.run.at.0);
        if execute(tx, change, values, DOING).await? == 0 {
            finish(transaction).await?;
            return Ok(None);
        }
        let (entry, sent) = fired.outbox_entry();
        let locks = AtomicBool::new(false);
        SqliteMailbox { connection: tx, locks: &locks }.send(&entry, &sent).await?;
        finish(transaction).await?;
        Ok(Some(entry))
    }
}

fn start_of(row: &SqliteRow) -> Result<DueStart, Error> {
    Ok(DueStart {
        definition: ProcessDefinitionKey(key(row, 0)?),
        element: ElementIndex(column(row, 1)?),
        tenant: text(row, 2)?,
        run: Due {
            at: Timestamp(column(row, 3)?),
            repetitions: column(row, 4)?,
            cycle: column::<Option<String>>(row, 5)?.map(Arc::from),
        },
    })
}
