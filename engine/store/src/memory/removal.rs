//! Removing from memory.

use async_trait::async_trait;
use hosk_core::{DecisionEvaluationKey, ProcessInstanceKey, Timestamp};
use rustc_hash::FxHashSet;

use super::Memory;
use super::tables::Tables;
use crate::Error;
use crate::removal::{EndedPage, Removal, RemovalStore};
use crate::rows::InstanceRow;

impl Tables {
    fn remove_instance(&mut self, instance: ProcessInstanceKey) -> Removal {
        if !self.instances.contains_key(&instance.0) {
            return Removal::Unknown;
        }
        let mut gone: FxHashSet<ProcessInstanceKey> = std::iter::once(instance).collect();
        let mut callers = vec![instance];
        while let Some(caller) = callers.pop() {
            let called = self.instances.values().filter(|row| row.parent_instance == Some(caller));
            for key in called.map(|row| row.key) {
                if gone.insert(key) {
                    callers.push(key);
                }
            }
        }
        let ended =
            |key: &ProcessInstanceKey| self.instances.get(&key.0).is_some_and(|row| row.ended.is_some());
        if !gone.iter().all(ended) {
            return Removal::Running;
        }
        self.instances.retain(|_, row| !gone.contains(&row.key));
        self.history.retain(|(instance, _), _| !gone.contains(&ProcessInstanceKey(*instance)));
        self.commits.retain(|_, (instance, _)| !gone.contains(&ProcessInstanceKey(*instance)));
        self.snapshots.retain(|instance, _| !gone.contains(&ProcessInstanceKey(*instance)));
        self.elements.retain(|_, row| !gone.contains(&row.instance));
        self.variables.retain(|_, row| !gone.contains(&row.instance));
        self.jobs.retain(|_, row| !gone.contains(&row.instance));
        self.user_tasks.retain(|_, row| !gone.contains(&row.instance));
        self.incidents.retain(|_, row| !gone.contains(&row.instance));
        self.subscriptions.retain(|_, row| !gone.contains(&row.instance));
        self.correlated.retain(|row| !gone.contains(&row.instance));
        self.evaluated.retain(|_, row| !row.instance.is_some_and(|instance| gone.contains(&instance)));
        Removal::Removed
    }
}

#[async_trait]
impl RemovalStore for Memory {
    async fn remove_instances(&self, instances: Vec<ProcessInstanceKey>) -> Result<Vec<Removal>, Error> {
        let mut tables = self.tables.lock().await;
        Ok(instances.into_iter().map(|instance| tables.remove_instance(instance)).collect())
    }

    async fn ended(&self, page: EndedPage) -> Result<Vec<(ProcessInstanceKey, Timestamp)>, Error> {
        let tables = self.tables.lock().await;
        let fits = |row: &&InstanceRow| row.parent_instance.is_none() && row.definition == page.definition;
        let ended = tables.instances.values().filter(fits).filter_map(|row| Some((row.ended?, row.key)));
        let after = page.after.map(|(key, at)| (at, key));
        let mut found: Vec<_> =
            ended.filter(|row| row.0 < page.before && after.is_none_or(|after| *row > after)).collect();
        found.sort_unstable();
        found.truncate(page.limit);
        Ok(found.into_iter().map(|(at, key)| (key, at)).collect())
    }

    async fn family(&self, instance: ProcessInstanceKey) -> Result<Vec<ProcessInstanceKey>, Error> {
        let tables = self.tables.lock().await;
        let mut family: Vec<_> = tables.instances.get(&instance.0).map(|row| row.key).into_iter().collect();
        let mut at = 0;
        while let Some(caller) = family.get(at).copied() {
            family.extend(
                tables
                    .instances
                    .values()
                    .filter(|row| row.parent_instance == Some(caller))
                    .map(|row| row.key),
            );
            at += 1;
        }
        Ok(family)
    }

    async fn remove_evaluation(&self, evaluation: DecisionEvaluationKey) -> Result<bool, Error> {
        let evaluated = &mut self.tables.lock().await.evaluated;
        let before = evaluated.len();
        evaluated.retain(|_, row| row.evaluation != evaluation);
        Ok(evaluated.len() < before)
    }

    async fn remove_job_figures(&self, before: Timestamp) -> Result<u64, Error> {
        let figures = &mut self.tables.lock().await.job_figures;
        let all = figures.len();
        let first = before.0.div_euclid(crate::read::JOB_FIGURES_STEP);
        figures.retain(|(minute, ..), _| *minute >= first);
        Ok((all - figures.len()) as u64)
    }
}
