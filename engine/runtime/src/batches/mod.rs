//! Batch operations: one thing done with everything that a filter finds, in slices, while everything else goes on.
//!
//! What is found becomes items first, slice by slice, by a cursor in the store; then the items are done, slice by slice.
//! Batch operations take turns, and a slice is a handful of commands in the lanes' common queues. Whatever stops a node in
//! the middle, the store knows where to go on: items that were begun and not settled are looked up in the history of
//! their instance, which names the batch operation, before they are done again.

mod plan;
mod run;
mod select;

use std::sync::Arc;

use hosk_core::{DecisionEvaluationKey, ProcessInstanceKey};
use hosk_store::{
    BatchChange, BatchChanged, BatchOperationType, BatchSlice, BatchStore, NewBatchOperation, Queries,
    Removal,
};
use tokio::sync::Notify;

pub use plan::{BatchMove, BatchPlan, BatchSelection};

use crate::inner::Inner;
use crate::limits::{BATCH_ITEMS_PER_SLICE, BATCH_LEASE, BATCH_PAUSE, BATCH_SWEEP};
use crate::{Engine, Error};

/// Begins batch operations and sees to it that they are carried out, as long as the engine runs.
pub struct Batches {
    work: Arc<Work>,
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").finish_non_exhaustive()
    }
}

/// A batch operation to begin.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// With what.
    pub selection: BatchSelection,
    /// How.
    pub plan: BatchPlan,
    /// Who asked for it.
    pub by: Option<Arc<str>>,
    /// Whose things it is done with: the selection finds no others.
    pub tenant: Arc<str>,
}

/// What the work on batch operations needs.
struct Work {
    inner: Arc<Inner>,
    store: Arc<dyn BatchStore>,
    queries: Arc<dyn Queries>,
    /// Something is to be done.
    wake: Notify,
}

impl Batches {
    /// Takes up the batch operations that are there, until the engine stops.
    pub fn start(engine: &Engine, store: Arc<dyn BatchStore>, queries: Arc<dyn Queries>) -> Self {
        let work = Arc::new(Work { inner: engine.inner.clone(), store, queries, wake: Notify::new() });
        engine.inner.tasks.spawn(work.clone().run());
        Self { work }
    }

    /// Begins one; its key and what it does. It is durable when this returns, and carried out after it.
    pub async fn begin(&self, new: NewBatch) -> Result<(u64, BatchOperationType), Error> {
        let Work { inner, store, wake, .. } = &*self.work;
        inner.accepting()?;
        inner.keys.advance(inner.clock.wall());
        let key = inner.keys.draw();
        let kind = new.plan.kind();
        let batch = NewBatchOperation {
            key,
            kind,
            started: inner.clock.now(),
            actor: new.by,
            tenant: new.tenant,
            selection: plan::written(&new.selection),
            plan: plan::written(&new.plan),
        };
        store.add_batch(batch).await?;
        wake.notify_one();
        Ok((key, kind))
    }

    /// Suspends, resumes or cancels one.
    pub async fn change(&self, batch: u64, change: BatchChange) -> Result<BatchChanged, Error> {
        let Work { inner, store, wake, .. } = &*self.work;
        inner.accepting()?;
        let changed = store.change_batch(batch, change, inner.clock.now()).await?;
        wake.notify_one();
        Ok(changed)
    }

    /// Removes an ended instance with those that it called.
    pub async fn remove_instance(&self, instance: ProcessInstanceKey) -> Result<Removal, Error> {
        self.work.inner.accepting()?;
        let removed = self.work.store.remove_instances(vec![instance]).await?;
        Ok(removed.first().copied().unwrap_or(Removal::Unknown))
    }

    /// Removes the decisions of an evaluation; whether there were any.
    pub async fn remove_evaluation(&self, evaluation: DecisionEvaluationKey) -> Result<bool, Error> {
        self.work.inner.accepting()?;
        Ok(self.work.store.remove_evaluation(evaluation).await?)
    }
}

impl Work {
    /// Works on batch operations, in turn, until the engine stops.
    async fn run(self: Arc<Self>) {
        let mut last = 0;
        loop {
            tokio::select! {
                biased;
                () = self.inner.closing.cancelled() => return,
                next = self.turn(last) => if let Some(batch) = next {
                    last = batch;
                    continue;
                },
            }
            tokio::select! {
                biased;
                () = self.inner.closing.cancelled() => return,
                () = self.wake.notified() => {}
                // Batch operations that nobody announced: of other nodes, or left by them.
                () = tokio::time::sleep(BATCH_SWEEP) => {}
            }
        }
    }

    /// Does the next slice; its batch operation, or `None` when there is nothing to do.
    async fn turn(&self, after: u64) -> Option<u64> {
        let claim = self.inner.claim(BATCH_LEASE);
        let slice = match self.store.claim_batch(after, claim, BATCH_ITEMS_PER_SLICE).await {
            Ok(slice) => slice?,
            Err(error) => {
                self.later(&error.into()).await;
                return Some(after);
            }
        };
        let batch = slice.batch;
        if let Err(error) = self.work_on(slice).await {
            self.later(&error).await;
        }
        Some(batch)
    }

    async fn work_on(&self, slice: BatchSlice) -> Result<(), Error> {
        let (selection, plan) = match (plan::read(&slice.selection), plan::read(&slice.plan)) {
            (Ok(selection), Ok(plan)) => (selection, plan),
            (Err(error), _) | (_, Err(error)) => {
                let message = format!("it was written by another version of hosk: {error}");
                self.store.fail_batch(slice.batch, message.into(), self.inner.clock.now()).await?;
                return Ok(());
            }
        };
        if slice.canceled {
            return self.cancel_items(&slice).await;
        }
        if !slice.selected {
            return self.select(&slice, &selection).await;
        }
        self.do_items(&slice, &plan).await
    }

    async fn later(&self, error: &Error) {
        tracing::warn!(%error, "a batch operation cannot go on for now");
        tokio::time::sleep(BATCH_PAUSE).await;
    }
}
