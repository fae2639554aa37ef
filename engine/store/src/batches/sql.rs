//! Batch operations in SQL.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::{ProcessInstanceKey, Timestamp};

use super::{
    BatchChange, BatchChanged, BatchSlice, BatchStore, ItemResult, NewBatchOperation, OpenItem, SelectedItems,
};
use crate::plain::{Plain, Row, Transaction, key, number, plain, text};
use crate::{ActorType, BatchItemState, BatchOperationState, Claim, Error};

const ADD: &str = "INSERT INTO batch_operation (key, kind, state, started, actor_type, actor, selection, plan, tenant) \
                   VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8)";
/// States 0 and 1 are at work, 5 is canceled.
const CLAIM: &str = "UPDATE batch_operation SET owner = $1, until = $2 WHERE key = (SELECT key FROM batch_operation \
                     WHERE (ended IS NULL OR open > 0) AND (state IN (0, 1) OR (state = 5 AND open > 0)) \
                     AND (owner = $1 OR until <= $3) ORDER BY key <= $4, key LIMIT 1) AND (owner = $1 OR until <= $3) \
                     RETURNING key, actor, selection, plan, reached, selected, state";
const OPEN: &str =
    "SELECT key, item, instance, begun FROM batch_item WHERE batch = $1 AND state = 0 ORDER BY key LIMIT $2";
const BEGIN: &str =
    "UPDATE batch_item SET begun = 1 WHERE batch = $1 AND state = 0 AND begun = 0 AND key <= $2";
const REACHED: &str = "UPDATE batch_operation SET reached = $3, selected = $4, \
                       state = CASE WHEN state = 0 AND $4 = 1 THEN 1 ELSE state END \
                       WHERE key = $1 AND reached = $2 AND selected = 0 AND state IN (0, 2)";
const MORE: &str = "UPDATE batch_operation SET total = total + $2, open = open + $2 WHERE key = $1";
const FEWER: &str = "UPDATE batch_operation SET completed = completed + $2, failed = failed + $3, open = open - $4 \
                     WHERE key = $1";
const OVER: &str = "UPDATE batch_operation SET state = 3, ended = $2 \
                    WHERE key = $1 AND state = 1 AND selected = 1 AND open = 0";
const FAIL: &str =
    "UPDATE batch_operation SET state = 6, ended = $2, error = $3 WHERE key = $1 AND ended IS NULL";
const STATE: &str = "SELECT state FROM batch_operation WHERE key = $1";

const DOING: &str = "working on a batch operation";

#[async_trait]
impl<D: Plain + super::RemovalStore> BatchStore for D {
    async fn add_batch(&self, batch: NewBatchOperation) -> Result<(), Error> {
        let actor_type = ActorType::of(batch.actor.as_deref()) as i64;
        let mut values = plain![batch.key, batch.kind as i64, batch.started, actor_type, batch.actor];
        values.extend(plain![batch.selection, batch.plan, batch.tenant]);
        self.transact("beginning a batch operation", |tx| {
            async move { tx.run(ADD, values).await.map(drop) }.boxed()
        })
        .await
    }

    async fn claim_batch(&self, after: u64, claim: Claim, limit: usize) -> Result<Option<BatchSlice>, Error> {
        // With one server whatever was claimed was so by itself, perhaps before a restart.
        let now = if D::SHARED { claim.now } else { Timestamp(i64::MAX) };
        let values = plain![claim.owner, claim.until, now, after];
        self.transact("claiming a batch operation", |tx| {
            async move { slice(tx, values, limit).await }.boxed()
        })
        .await
    }

    async fn items_selected(&self, selected: SelectedItems) -> Result<bool, Error> {
        self.transact("selecting what a batch operation is for", |tx| {
            async move { write_selected::<D>(tx, selected).await }.boxed()
        })
        .await
    }

    async fn items_done(&self, batch: u64, results: Vec<ItemResult>, at: Timestamp) -> Result<(), Error> {
        self.transact(DOING, |tx| async move { write_results::<D>(tx, batch, &results, at).await }.boxed())
            .await
    }

    async fn fail_batch(&self, batch: u64, message: Arc<str>, at: Timestamp) -> Result<(), Error> {
        let values = plain![batch, at, message];
        self.transact(DOING, |tx| async move { tx.run(FAIL, values).await.map(drop) }.boxed()).await
    }

    async fn change_batch(
        &self,
        batch: u64,
        change: BatchChange,
        at: Timestamp,
    ) -> Result<BatchChanged, Error> {
        self.transact(DOING, |tx| async move { write_change(tx, batch, change, at).await }.boxed()).await
    }
}

/// Claims the next batch operation and begins its next items.
async fn slice(
    tx: &mut (dyn Transaction + '_),
    claim: Vec<crate::plain::Value>,
    limit: usize,
) -> Result<Option<BatchSlice>, Error> {
    let found = tx.rows(CLAIM, claim).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let canceled = number(row, 6)? == BatchOperationState::Canceled as i64;
    let mut slice = BatchSlice {
        batch: key(row, 0)?,
        actor: row.text(1)?,
        selection: text(row, 2)?,
        plan: text(row, 3)?,
        cursor: key(row, 4)?,
        selected: number(row, 5)? != 0,
        canceled,
        items: Vec::new(),
    };
    if slice.selected || canceled {
        let open = tx.rows(OPEN, plain![slice.batch, limit as u64]).await?;
        slice.items = open.iter().map(open_item).collect::<Result<_, _>>()?;
    }
    if let Some(last) = slice.items.last().filter(|_| !canceled) {
        tx.run(BEGIN, plain![slice.batch, last.key]).await?;
    }
    Ok(Some(slice))
}

fn open_item(row: &Row) -> Result<OpenItem, Error> {
    Ok(OpenItem {
        key: key(row, 0)?,
        item: key(row, 1)?,
        instance: row.int(2)?.map(|key| ProcessInstanceKey(key as u64)),
        begun: number(row, 3)? != 0,
    })
}

async fn write_selected<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    selected: SelectedItems,
) -> Result<bool, Error> {
    let SelectedItems { batch, before, cursor, last, at, items } = selected;
    if tx.run(REACHED, plain![batch, before, cursor, i64::from(last)]).await? == 0 {
        return Ok(false);
    }
    if !items.is_empty() {
        let rows: Vec<_> = items
            .iter()
            .map(|one| (one.key, one.item, one.instance.map(|key| key.0), one.root.map(|key| key.0)))
            .collect();
        let mut insert =
            "INSERT INTO batch_item (key, batch, item, instance, root, state, begun) SELECT ".to_owned();
        let _ = write!(
            insert,
            "{}, $1, {}, {}, {}, 0, 0 FROM {} WHERE true ON CONFLICT (batch, item) DO NOTHING",
            D::number(0),
            D::number(1),
            D::number(2),
            D::number(3),
            D::each("$2"),
        );
        let added = tx.run(&insert, plain![batch, json(&rows)?]).await?;
        tx.run(MORE, plain![batch, added]).await?;
    }
    if last {
        tx.run(OVER, plain![batch, at]).await?;
    }
    Ok(true)
}

async fn write_results<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    batch: u64,
    results: &[ItemResult],
    at: Timestamp,
) -> Result<(), Error> {
    let rows: Vec<_> =
        results.iter().map(|one| (one.key, one.state as i64, one.message.as_deref())).collect();
    let update = format!(
        "UPDATE batch_item SET state = {}, message = {}, processed = $3 FROM {} \
         WHERE batch_item.key = {} AND batch_item.batch = $1 AND batch_item.state = 0 RETURNING state",
        D::number(1),
        D::word(2),
        D::each("$2"),
        D::number(0),
    );
    let done = tx.rows(&update, plain![batch, json(&rows)?, at]).await?;
    let (mut completed, mut failed) = (0_i64, 0_i64);
    for row in &done {
        let state = number(row, 0)?;
        completed += i64::from(state == BatchItemState::Completed as i64);
        failed += i64::from(state == BatchItemState::Failed as i64);
    }
    tx.run(FEWER, plain![batch, completed, failed, done.len() as u64]).await?;
    tx.run(OVER, plain![batch, at]).await.map(drop)
}

async fn write_change(
    tx: &mut (dyn Transaction + '_),
    batch: u64,
    change: BatchChange,
    at: Timestamp,
) -> Result<BatchChanged, Error> {
    let states = change.allowed_in().iter().map(|state| (*state as i64).to_string()).collect::<Vec<_>>();
    let set = match change {
        BatchChange::Suspend => "state = 2",
        BatchChange::Resume => "state = CASE WHEN selected = 0 THEN 0 ELSE 1 END",
        BatchChange::Cancel => "state = 5, ended = $2",
    };
    // What was changed is told by the row's being there: `$2` is named in any case.
    let update = format!(
        "UPDATE batch_operation SET {set} WHERE key = $1 AND $2 IS NOT NULL AND state IN ({})",
        states.join(", ")
    );
    if tx.run(&update, plain![batch, at]).await? > 0 {
        // All items may have come to their end meanwhile.
        tx.run(OVER, plain![batch, at]).await?;
        return Ok(BatchChanged::Done);
    }
    let found = tx.rows(STATE, plain![batch]).await?;
    let Some(row) = found.first() else { return Ok(BatchChanged::Unknown) };
    let state = usize::try_from(number(row, 0)?).ok().and_then(|at| BatchOperationState::ALL.get(at));
    let unknown = || Error::Corrupt { what: "the state of a batch operation is not known".into() };
    state.copied().map(BatchChanged::Refused).ok_or_else(unknown)
}

fn json(rows: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(rows).map_err(|error| Error::Invalid { what: error.to_string() })
}
