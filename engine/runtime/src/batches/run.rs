//! Doing the items of a slice.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hosk_core::{Command, DecisionEvaluationKey, Event, JobKey, Operation, ProcessInstanceKey};
use hosk_store::{BatchItemState, BatchSlice, ItemResult, OpenItem, Removal};

use super::{BatchPlan, Work};
use crate::Error;

/// Commits of an instance's history read at a time.
const HISTORY_SLICE: usize = 256;

/// How an item ended; `Err` when it has not, and is to be tried again.
type Ended = Result<Result<(), String>, Error>;

impl Work {
    /// Does the items of a slice and writes down what became of them. Those that could not be done for now stay.
    pub(super) async fn do_items(&self, slice: &BatchSlice, plan: &BatchPlan) -> Result<(), Error> {
        let (mut results, mut postponed) = (Vec::new(), None);
        let mut take = |item: &OpenItem, ended: Ended| match ended {
            Ok(Ok(())) => results.push(result(item, BatchItemState::Completed, None)),
            Ok(Err(message)) => results.push(result(item, BatchItemState::Failed, Some(message))),
            Err(error) => postponed = Some(error),
        };
        if matches!(plan, BatchPlan::DeleteInstance) {
            let ended = self.delete_instances(&slice.items).await?;
            slice.items.iter().zip(ended).for_each(|(item, ended)| take(item, Ok(ended)));
        } else {
            let mut doing = FuturesUnordered::new();
            for item in &slice.items {
                doing.push(async move { (item, self.do_item(slice, plan, item).await) });
            }
            while let Some((item, ended)) = doing.next().await {
                take(item, ended);
            }
        }
        if !results.is_empty() {
            self.store.items_done(slice.batch, results, self.inner.clock.now()).await?;
        }
        postponed.map_or(Ok(()), Err)
    }

    /// The items of a canceled batch operation are not done any more.
    pub(super) async fn cancel_items(&self, slice: &BatchSlice) -> Result<(), Error> {
        let results = slice.items.iter().map(|item| result(item, BatchItemState::Canceled, None)).collect();
        Ok(self.store.items_done(slice.batch, results, self.inner.clock.now()).await?)
    }

    async fn do_item(&self, slice: &BatchSlice, plan: &BatchPlan, item: &OpenItem) -> Ended {
        if matches!(plan, BatchPlan::DeleteEvaluation) {
            let removed = self.store.remove_evaluation(DecisionEvaluationKey(item.item)).await?;
            let missing = || "the evaluation is not there any more".to_owned();
            return Ok(if removed || item.begun { Ok(()) } else { Err(missing()) });
        }
        let Some(instance) = item.instance else { return Ok(Err("it belongs to no instance".into())) };
        if let Some(command) = plan.command(item, slice.actor.as_ref())
            && let Err(message) = self.command(slice, item, instance, command).await?
        {
            return Ok(Err(message));
        }
        if let BatchPlan::UpdateJob { timeout: Some(timeout), .. } = plan {
            let timeout = Duration::from_millis(*timeout);
            // When nobody has it, its time is not running.
            return settled(self.inner.extend_lease(JobKey(item.item), timeout).await);
        }
        Ok(Ok(()))
    }

    /// Gives an item's command to its instance, unless the history says that it had its effect before.
    async fn command(
        &self,
        slice: &BatchSlice,
        item: &OpenItem,
        instance: ProcessInstanceKey,
        command: Command,
    ) -> Ended {
        if item.begun
            && let Some(operation) = Operation::of(&command)
            && self.is_done(instance, slice.batch, &operation).await?
        {
            return Ok(Ok(()));
        }
        let command = command.by_batch(slice.actor.clone(), slice.batch);
        settled(self.inner.submit(instance, command).await)
    }

    /// Whether a command of the batch operation stands in an instance's history.
    async fn is_done(
        &self,
        instance: ProcessInstanceKey,
        batch: u64,
        operation: &Operation,
    ) -> Result<bool, Error> {
        let ours = |event: &Event| matches!(event, Event::Asked { operation: asked, batch: Some(of), .. } if asked == operation && *of == batch);
        let mut after = 0;
        loop {
            let commits = self.queries.history(instance, after, HISTORY_SLICE).await?;
            let Some(last) = commits.last() else { return Ok(false) };
            after = last.version;
            if commits.iter().flat_map(|commit| &commit.steps).flat_map(|step| &step.events).any(ours) {
                return Ok(true);
            }
        }
    }

    async fn delete_instances(&self, items: &[OpenItem]) -> Result<Vec<Result<(), String>>, Error> {
        let keys = items.iter().map(|item| ProcessInstanceKey(item.item)).collect();
        let removed = self.store.remove_instances(keys).await?;
        let ended = |(item, removal): (&OpenItem, Removal)| match removal {
            Removal::Removed => Ok(()),
            // Begun before: it was removed then, or with the instance that called it.
            Removal::Unknown if item.begun => Ok(()),
            Removal::Unknown => Err("the instance is not there any more".to_owned()),
            Removal::Running => Err("the instance, or one that it called, runs".to_owned()),
        };
        Ok(items.iter().zip(removed).map(ended).collect())
    }
}

/// What is refused has failed; what could not be asked has not ended.
fn settled<T>(answer: Result<T, Error>) -> Ended {
    match answer {
        Ok(_) => Ok(Ok(())),
        Err(
            error @ (Error::Busy { .. }
            | Error::Store(_)
            | Error::FateUnknown
            | Error::TimedOut
            | Error::ShuttingDown),
        ) => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn result(item: &OpenItem, state: BatchItemState, message: Option<String>) -> ItemResult {
    ItemResult { key: item.key, state, message: message.map(Arc::from) }
}
