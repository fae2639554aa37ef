//! Deployments of DMN files in memory: the graph and all its decisions get a new version together, or keep theirs.

use std::sync::Arc;

use hosk_core::DecisionRequirementsKey;

use super::deploy::{answer, next, remove};
use super::tables::{Tables, Versioned};
use crate::read::{DecisionDefinition, DecisionRequirements};
use crate::write::{DeployedDefinition, NewDecision, NewDeployment, NewResource};

impl Tables {
    pub(super) fn deploy_decisions(
        &mut self,
        deployment: &NewDeployment,
        file: &NewResource,
        (key, id, name): (DecisionRequirementsKey, &Arc<str>, &Arc<str>),
        decisions: &[NewDecision],
    ) -> Vec<DeployedDefinition> {
        let tenant = &deployment.tenant;
        let (files, deployed) = (&self.files, &self.decisions);
        let same = |key: u64| {
            let unchanged = files.get(&key).is_some_and(|f| f.name == file.name && f.content == file.content);
            let mut decisions = deployed.values().filter(|decision| decision.file == key);
            unchanged && decisions.all(|decision| decision.row.is_latest_version)
        };
        let version = match next(&mut self.graphs, same, id, tenant) {
            Ok(version) => version,
            Err(kept) => return self.kept(kept),
        };
        let graph = DecisionRequirements {
            key,
            decision_requirements_id: id.clone(),
            decision_requirements_name: name.clone(),
            version,
            resource_name: file.name.clone(),
            tenant_id: tenant.clone(),
            deployment_key: deployment.key,
            is_latest_version: true,
            is_deleted: false,
        };
        let mut answers = vec![answer(&graph, true)];
        for (decision, position) in decisions.iter().zip(1..) {
            let version = match next(&mut self.decisions, |_| false, &decision.id, tenant) {
                Ok(version) => version,
                Err(kept) => kept.version + 1,
            };
            let row = decision_row(&graph, decision, version);
            answers.push(answer(&row, true));
            self.decisions.insert(decision.key.0, Versioned { row, file: file.key, position });
        }
        self.graphs.insert(key.0, Versioned { row: graph, file: file.key, position: 0 });
        answers
    }

    /// A graph that stays as it is, and its decisions.
    fn kept(&self, graph: DeployedDefinition) -> Vec<DeployedDefinition> {
        let of_graph = self.decisions.values().filter(|one| one.row.decision_requirements_key.0 == graph.key);
        let mut decisions: Vec<_> = of_graph.collect();
        decisions.sort_by_key(|decision| decision.position);
        let answers = decisions.into_iter().map(|decision| answer(&decision.row, false));
        std::iter::once(graph).chain(answers).collect()
    }

    /// Deletes a graph with all its decisions; whether there was one.
    pub(super) fn delete_graph(&mut self, key: u64) -> bool {
        if remove(&mut self.graphs, key).is_none() {
            return false;
        }
        let decisions = self.decisions.iter();
        let of_graph = decisions.filter(|(_, one)| one.row.decision_requirements_key.0 == key);
        for decision in of_graph.map(|(key, _)| *key).collect::<Vec<_>>() {
            remove(&mut self.decisions, decision);
        }
        true
    }
}

fn decision_row(graph: &DecisionRequirements, decision: &NewDecision, version: u32) -> DecisionDefinition {
    DecisionDefinition {
        key: decision.key,
        decision_definition_id: decision.id.clone(),
        name: decision.name.clone(),
        version,
        version_tag: decision.version_tag.clone(),
        decision_requirements_key: graph.key,
        decision_requirements_id: graph.decision_requirements_id.clone(),
        decision_requirements_name: graph.decision_requirements_name.clone(),
        decision_requirements_version: graph.version,
        resource_name: graph.resource_name.clone(),
        tenant_id: graph.tenant_id.clone(),
        deployment_key: graph.deployment_key,
        is_latest_version: true,
        is_deleted: false,
    }
}
