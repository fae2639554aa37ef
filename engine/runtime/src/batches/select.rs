//! From a selection to items: the next rows behind the cursor, in the order of their keys, of those that were there when
//! the batch operation began.

use hosk_core::ProcessInstanceKey;
use hosk_store::{
    BatchSlice, Condition, DecisionInstanceField, Filter, IncidentField, JobField, NewItem, Page,
    ProcessInstanceField, Scalar, Search, SelectedItems,
};

use super::{BatchSelection, Work};
use crate::Error;
use crate::limits::BATCH_SELECTED_PER_SLICE;

/// Keys of what was found, the instance it belongs to and the top of its hierarchy.
type Rows = Vec<(u64, Option<ProcessInstanceKey>, Option<ProcessInstanceKey>)>;

/// A piece of a selection.
struct Piece {
    rows: Rows,
    /// The key of the last row that was looked at.
    cursor: Option<u64>,
    last: bool,
}

impl Work {
    /// Makes items of the next piece of a selection.
    pub(super) async fn select(&self, slice: &BatchSlice, selection: &BatchSelection) -> Result<(), Error> {
        let found = match self.find(slice, selection).await {
            Ok(found) => found,
            // The filter itself cannot be: that does not change.
            Err(hosk_store::Error::Invalid { what }) => {
                return Ok(self.store.fail_batch(slice.batch, what.into(), self.inner.clock.now()).await?);
            }
            Err(error) => return Err(error.into()),
        };
        self.inner.keys.advance(self.inner.clock.wall());
        let item = |(item, instance, root)| NewItem { key: self.inner.keys.draw(), item, instance, root };
        let selected = SelectedItems {
            batch: slice.batch,
            before: slice.cursor,
            cursor: found.cursor.unwrap_or(slice.cursor),
            last: found.last,
            at: self.inner.clock.now(),
            items: found.rows.into_iter().map(item).collect(),
        };
        self.store.items_selected(selected).await?;
        Ok(())
    }

    async fn find(&self, slice: &BatchSlice, selection: &BatchSelection) -> Result<Piece, hosk_store::Error> {
        match selection {
            BatchSelection::Instances(filter) => {
                let search = behind(slice, filter, ProcessInstanceField::Key);
                let found = self.queries.process_instances(search).await?.items;
                let row = |row: &hosk_store::ProcessInstance| {
                    (row.key.0, Some(row.key), Some(row.root_process_instance_key))
                };
                Ok(piece(found.iter().map(row).collect()))
            }
            BatchSelection::IncidentsOf(filter) => self.find_incidents(slice, filter).await,
            BatchSelection::Jobs(filter) => {
                let found = self.queries.jobs(behind(slice, filter, JobField::Key)).await?.items;
                let row = |row: &hosk_store::Job| {
                    (row.key.0, Some(row.process_instance_key), Some(row.root_process_instance_key))
                };
                Ok(piece(found.iter().map(row).collect()))
            }
            BatchSelection::Evaluations(filter) => {
                let search = behind(slice, filter, DecisionInstanceField::Key);
                let found = self.queries.decision_instances(search).await?.items;
                let row = |row: &hosk_store::DecisionInstance| {
                    (row.decision_evaluation_key.0, row.process_instance_key, row.root_process_instance_key)
                };
                // The cursor is on decisions; of an evaluation one item is enough.
                let cursor = found.last().map(|row| row.key.0);
                let last = found.len() < BATCH_SELECTED_PER_SLICE;
                let mut rows: Rows = found.iter().map(row).collect();
                rows.dedup_by_key(|(evaluation, ..)| *evaluation);
                Ok(Piece { rows, cursor, last })
            }
        }
    }

    /// The active incidents of the next instances.
    async fn find_incidents(
        &self,
        slice: &BatchSlice,
        filter: &Filter<ProcessInstanceField>,
    ) -> Result<Piece, hosk_store::Error> {
        let troubled = Filter::eq(ProcessInstanceField::HasIncident, true);
        let filter = Filter::All(vec![troubled, filter.clone()]);
        let search = behind(slice, &filter, ProcessInstanceField::Key);
        let found = self.queries.process_instances(search).await?.items;
        let mut piece = piece(found.iter().map(|row| (row.key.0, None, None)).collect());
        let of =
            Filter::one_of(IncidentField::ProcessInstanceKey, found.iter().map(|row| Scalar::Key(row.key.0)));
        piece.rows.clear();
        let mut cursor = 0;
        while !found.is_empty() {
            let after = Filter::Is(IncidentField::Key, Condition::Gt(Scalar::Key(cursor)));
            let active = Filter::eq(IncidentField::State, "ACTIVE");
            let search = Search {
                filter: Filter::All(vec![of.clone(), active, after]),
                sort: Vec::new(),
                page: Page::Offset { from: 0, limit: BATCH_SELECTED_PER_SLICE },
            };
            let incidents = self.queries.incidents(search).await?.items;
            let row = |row: &hosk_store::Incident| {
                (row.key.0, Some(row.process_instance_key), Some(row.root_process_instance_key))
            };
            piece.rows.extend(incidents.iter().map(row));
            match incidents.last().filter(|_| incidents.len() >= BATCH_SELECTED_PER_SLICE) {
                Some(last) => cursor = last.key.0,
                None => break,
            }
        }
        Ok(piece)
    }
}

/// What comes behind the cursor, of what was there when the batch operation began.
fn behind<F: Copy>(slice: &BatchSlice, filter: &Filter<F>, key: F) -> Search<F>
where
    Filter<F>: Clone,
{
    let after = Filter::Is(key, Condition::Gt(Scalar::Key(slice.cursor)));
    let before = Filter::Is(key, Condition::Lt(Scalar::Key(slice.batch)));
    Search {
        filter: Filter::All(vec![after, before, filter.clone()]),
        sort: Vec::new(),
        page: Page::Offset { from: 0, limit: BATCH_SELECTED_PER_SLICE },
    }
}

fn piece(rows: Rows) -> Piece {
    let cursor = rows.last().map(|(key, ..)| *key);
    let last = rows.len() < BATCH_SELECTED_PER_SLICE;
    Piece { rows, cursor, last }
}
