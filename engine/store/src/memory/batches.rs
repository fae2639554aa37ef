//! Batch operations in memory.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;

use super::Memory;
use super::joined::Listed;
use super::tables::Tables;
use crate::batches::{
    BatchChange, BatchChanged, BatchSlice, BatchStore, ItemResult, NewBatchOperation, OpenItem, SelectedItems,
};
use crate::read::{ActorType, BatchItem, BatchItemState, BatchOperation, BatchOperationState};
use crate::{Claim, Error};

/// A batch operation with what only the work on it needs.
#[derive(Clone, Debug)]
pub(super) struct BatchRow {
    row: BatchOperation,
    selection: Arc<str>,
    plan: Arc<str>,
    reached: u64,
    selected: bool,
    open: usize,
    claim: Claim,
}

/// An item, and whether somebody set about it.
#[derive(Clone, Debug)]
pub(super) struct ItemRow {
    row: BatchItem,
    begun: bool,
}

impl Listed for BatchOperation {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.batches.values().map(|batch| batch.row.clone()).collect()
    }
}

impl Listed for BatchItem {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.batch_items.values().map(|item| item.row.clone()).collect()
    }
}

impl BatchRow {
    fn wants_work(&self) -> bool {
        match self.row.state {
            BatchOperationState::Created | BatchOperationState::Active => true,
            BatchOperationState::Canceled => self.open > 0,
            _ => false,
        }
    }

    fn end_if_done(&mut self, at: Timestamp) {
        if self.row.state == BatchOperationState::Active && self.selected && self.open == 0 {
            (self.row.state, self.row.end_date) = (BatchOperationState::Completed, Some(at));
        }
    }
}

impl Tables {
    /// What a batch operation does.
    pub(super) fn batch_kind(&self, batch: u64) -> Option<crate::read::BatchOperationType> {
        self.batches.get(&batch).map(|batch| batch.row.operation_type)
    }

    fn open_items(&mut self, batch: u64, limit: usize, begin: bool) -> Vec<OpenItem> {
        let open = |item: &&mut ItemRow| {
            item.row.batch_operation_key == batch && item.row.state == BatchItemState::Active
        };
        let items = self.batch_items.values_mut().filter(open).take(limit);
        items
            .map(|item| {
                let begun = item.begun;
                item.begun |= begin;
                let BatchItem { key, item_key, process_instance_key, .. } = item.row;
                OpenItem { key, item: item_key, instance: process_instance_key, begun }
            })
            .collect()
    }
}

#[async_trait]
impl BatchStore for Memory {
    async fn add_batch(&self, batch: NewBatchOperation) -> Result<(), Error> {
        let row = BatchOperation {
            key: batch.key,
            operation_type: batch.kind,
            state: BatchOperationState::Created,
            start_date: batch.started,
            end_date: None,
            actor_type: ActorType::of(batch.actor.as_deref()),
            actor_id: batch.actor,
            total: 0,
            completed: 0,
            failed: 0,
            error: None,
            tenant_id: batch.tenant,
        };
        let (selection, plan) = (batch.selection, batch.plan);
        let claim = Claim::default();
        let row = BatchRow { row, selection, plan, reached: 0, selected: false, open: 0, claim };
        self.tables.lock().await.batches.insert(batch.key, row);
        Ok(())
    }

    async fn claim_batch(&self, after: u64, claim: Claim, limit: usize) -> Result<Option<BatchSlice>, Error> {
        let mut tables = self.tables.lock().await;
        let free = |row: &BatchRow| row.claim.owner == claim.owner || row.claim.until <= claim.now;
        let wanting = tables.batches.iter().filter(|(_, row)| row.wants_work() && free(row));
        let Some(key) = wanting.map(|(key, _)| *key).min_by_key(|key| (*key <= after, *key)) else {
            return Ok(None);
        };
        let Some(batch) = tables.batches.get_mut(&key) else { return Ok(None) };
        batch.claim = claim;
        let canceled = batch.row.state == BatchOperationState::Canceled;
        let mut slice = BatchSlice {
            batch: key,
            actor: batch.row.actor_id.clone(),
            selection: batch.selection.clone(),
            plan: batch.plan.clone(),
            cursor: batch.reached,
            selected: batch.selected,
            canceled,
            items: Vec::new(),
        };
        if slice.selected || canceled {
            slice.items = tables.open_items(key, limit, !canceled);
        }
        Ok(Some(slice))
    }

    async fn items_selected(&self, selected: SelectedItems) -> Result<bool, Error> {
        let mut tables = self.tables.lock().await;
        let tables = &mut *tables;
        let Some(batch) = tables.batches.get_mut(&selected.batch) else { return Ok(false) };
        let waits = matches!(batch.row.state, BatchOperationState::Created | BatchOperationState::Suspended);
        if !waits || batch.selected || batch.reached != selected.before {
            return Ok(false);
        }
        (batch.reached, batch.selected) = (selected.cursor, selected.last);
        for new in selected.items {
            let same = |item: &ItemRow| {
                item.row.batch_operation_key == selected.batch && item.row.item_key == new.item
            };
            if tables.batch_items.values().any(same) {
                continue;
            }
            let row = BatchItem {
                key: new.key,
                batch_operation_key: selected.batch,
                operation_type: batch.row.operation_type,
                item_key: new.item,
                process_instance_key: new.instance,
                root_process_instance_key: new.root,
                state: BatchItemState::Active,
                processed_date: None,
                error_message: None,
                tenant_id: batch.row.tenant_id.clone(),
                actor_id: batch.row.actor_id.clone(),
            };
            tables.batch_items.insert(new.key, ItemRow { row, begun: false });
            batch.row.total += 1;
            batch.open += 1;
        }
        if selected.last && batch.row.state == BatchOperationState::Created {
            batch.row.state = BatchOperationState::Active;
        }
        batch.end_if_done(selected.at);
        Ok(true)
    }

    async fn items_done(&self, batch: u64, results: Vec<ItemResult>, at: Timestamp) -> Result<(), Error> {
        let mut tables = self.tables.lock().await;
        let tables = &mut *tables;
        let Some(row) = tables.batches.get_mut(&batch) else { return Ok(()) };
        for result in results {
            let Some(item) = tables.batch_items.get_mut(&result.key) else { continue };
            if item.row.state != BatchItemState::Active {
                continue;
            }
            (item.row.state, item.row.processed_date) = (result.state, Some(at));
            item.row.error_message = result.message;
            row.open -= 1;
            row.row.completed += i64::from(result.state == BatchItemState::Completed);
            row.row.failed += i64::from(result.state == BatchItemState::Failed);
        }
        row.end_if_done(at);
        Ok(())
    }

    async fn fail_batch(&self, batch: u64, message: Arc<str>, at: Timestamp) -> Result<(), Error> {
        let mut tables = self.tables.lock().await;
        if let Some(batch) = tables.batches.get_mut(&batch).filter(|batch| batch.row.end_date.is_none()) {
            (batch.row.state, batch.row.end_date) = (BatchOperationState::Failed, Some(at));
            batch.row.error = Some(message);
        }
        Ok(())
    }

    async fn change_batch(
        &self,
        batch: u64,
        change: BatchChange,
        at: Timestamp,
    ) -> Result<BatchChanged, Error> {
        let mut tables = self.tables.lock().await;
        let Some(batch) = tables.batches.get_mut(&batch) else { return Ok(BatchChanged::Unknown) };
        if !change.allowed_in().contains(&batch.row.state) {
            return Ok(BatchChanged::Refused(batch.row.state));
        }
        batch.row.state = match change {
            BatchChange::Suspend => BatchOperationState::Suspended,
            BatchChange::Resume if batch.selected => BatchOperationState::Active,
            BatchChange::Resume => BatchOperationState::Created,
            BatchChange::Cancel => {
                batch.row.end_date = Some(at);
                BatchOperationState::Canceled
            }
        };
        batch.end_if_done(at);
        Ok(BatchChanged::Done)
    }
}
