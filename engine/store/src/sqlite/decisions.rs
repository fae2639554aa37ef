//! Deployments of DMN files: the graph and all its decisions get a new version together, or keep theirs together.

use std::sync::Arc;

use hosk_core::DeploymentKey;
use sqlx::sqlite::SqliteConnection;

use super::deploy::{DOING, definition_of};
use super::shape::Values;
use super::{column, execute, fetch, key, text};
use crate::Error;
use crate::write::{DeployedDefinition, NewDecision, NewDefinition, NewDeployment, NewResource};

/// The newest version of a graph, when it came from the same file and none of its decisions has a newer version.
const SAME: &str = "SELECT t.key, t.version, t.deployment FROM decision_requirements t JOIN file f ON f.key = t.file \
                    WHERE t.id = ? AND t.tenant = ? AND t.latest = 1 AND t.deleted = 0 AND f.name = ? \
                    AND f.content = ? AND NOT EXISTS (SELECT 1 FROM decision_definition x \
                    WHERE x.requirements = t.key AND x.latest = 0)";

/// The decisions of a graph as they were answered, columns as [`definition_of`] reads them.
const OF_GRAPH: &str = "SELECT x.key, x.decision_id, x.version, r.resource_name, r.deployment \
                        FROM decision_definition x JOIN decision_requirements r ON r.key = x.requirements \
                        WHERE x.requirements = ? ORDER BY x.position";

/// Stores a graph with its decisions; the graph's answer comes first.
pub(super) async fn store(
    tx: &mut SqliteConnection,
    deployment: &NewDeployment,
    file: &NewResource,
    new: &NewDefinition,
) -> Result<Vec<DeployedDefinition>, Error> {
    let NewDefinition::Decisions { key: graph, id, name, decisions } = new else { return Ok(Vec::new()) };
    let id_and_tenant = || Values::of([id.clone(), deployment.tenant.clone()]);
    let mut same = id_and_tenant();
    same.add(file.name.clone()).add(file.content.to_vec());
    if let Some(row) = fetch(tx, SAME, same, DOING).await?.first() {
        return kept(tx, key(row, 0)?, id, column(row, 1)?, &file.name, key(row, 2)?).await;
    }
    let highest = "SELECT coalesce(max(version), 0) FROM decision_requirements WHERE id = ? AND tenant = ?";
    let version = next_version(tx, highest, id_and_tenant()).await?;
    let supersede = "UPDATE decision_requirements SET latest = 0 WHERE id = ? AND tenant = ? AND latest = 1";
    execute(tx, supersede, id_and_tenant(), DOING).await?;
    let mut values = Values::of([graph.0 as i64]);
    values.add(id.clone()).add(name.clone()).add(i64::from(version)).add(file.name.clone());
    values.add(deployment.tenant.clone()).add(deployment.key.0 as i64).add(file.key as i64);
    let insert = "INSERT INTO decision_requirements (key, id, name, version, resource_name, tenant, deployment, file, \
                  latest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)";
    execute(tx, insert, values, DOING).await?;
    let mut answers = vec![answer(graph.0, id, version, file, deployment.key)];
    for (decision, position) in decisions.iter().zip(1..) {
        let version = store_decision(tx, deployment, graph.0, decision, position).await?;
        answers.push(answer(decision.key.0, &decision.id, version, file, deployment.key));
    }
    Ok(answers)
}

/// A graph that stays as it is, and its decisions.
async fn kept(
    tx: &mut SqliteConnection,
    graph: u64,
    id: &Arc<str>,
    version: u32,
    resource_name: &Arc<str>,
    deployment: u64,
) -> Result<Vec<DeployedDefinition>, Error> {
    let deployment = DeploymentKey(deployment);
    let resource_name = resource_name.clone();
    let mut answers = vec![DeployedDefinition {
        key: graph,
        id: id.clone(),
        version,
        resource_name,
        deployment,
        created: false,
    }];
    for row in fetch(tx, OF_GRAPH, Values::of([graph as i64]), DOING).await? {
        answers.push(DeployedDefinition { created: false, ..definition_of(&row)? });
    }
    Ok(answers)
}

async fn store_decision(
    tx: &mut SqliteConnection,
    deployment: &NewDeployment,
    graph: u64,
    decision: &NewDecision,
    position: i64,
) -> Result<u32, Error> {
    let id_and_tenant = || Values::of([decision.id.clone(), deployment.tenant.clone()]);
    let highest =
        "SELECT coalesce(max(version), 0) FROM decision_definition WHERE decision_id = ? AND tenant = ?";
    let version = next_version(tx, highest, id_and_tenant()).await?;
    let supersede =
        "UPDATE decision_definition SET latest = 0 WHERE decision_id = ? AND tenant = ? AND latest = 1";
    execute(tx, supersede, id_and_tenant(), DOING).await?;
    let mut values = Values::of([decision.key.0 as i64]);
    values.add(decision.id.clone()).add(decision.name.clone()).add(i64::from(version));
    values.add(decision.version_tag.clone()).add(graph as i64).add(deployment.tenant.clone()).add(position);
    let insert = "INSERT INTO decision_definition (key, decision_id, name, version, version_tag, requirements, tenant, \
                  position, latest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)";
    execute(tx, insert, values, DOING).await?;
    Ok(version)
}

async fn next_version(
    tx: &mut SqliteConnection,
    highest: &'static str,
    id_and_tenant: Values,
) -> Result<u32, Error> {
    let rows = fetch(tx, highest, id_and_tenant, DOING).await?;
    Ok(rows.first().map(|row| column::<u32>(row, 0)).transpose()?.unwrap_or(0) + 1)
}

fn answer(
    key: u64,
    id: &Arc<str>,
    version: u32,
    file: &NewResource,
    deployment: DeploymentKey,
) -> DeployedDefinition {
    let (id, resource_name) = (id.clone(), file.name.clone());
    DeployedDefinition { key, id, version, resource_name, deployment, created: true }
}

/// Deletes a graph with all its decisions, and makes the newest versions left the latest; whether there was one.
pub(super) async fn delete(
    tx: &mut SqliteConnection,
    graph: u64,
    doing: &'static str,
) -> Result<bool, Error> {
    let delete = "UPDATE decision_requirements SET deleted = 1, latest = 0 WHERE key = ? AND deleted = 0 \
                  RETURNING id, tenant";
    let rows = fetch(tx, delete, Values::of([graph as i64]), doing).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let promote = "UPDATE decision_requirements SET latest = 1 WHERE key = (SELECT key FROM decision_requirements \
                   WHERE id = ? AND tenant = ? AND deleted = 0 ORDER BY version DESC LIMIT 1)";
    execute(tx, promote, Values::of([text(row, 0)?, text(row, 1)?]), doing).await?;
    let delete = "UPDATE decision_definition SET deleted = 1, latest = 0 WHERE requirements = ? AND deleted = 0 \
                  RETURNING decision_id, tenant";
    let promote = "UPDATE decision_definition SET latest = 1 WHERE key = (SELECT key FROM decision_definition \
                   WHERE decision_id = ? AND tenant = ? AND deleted = 0 ORDER BY version DESC LIMIT 1)";
    for row in fetch(tx, delete, Values::of([graph as i64]), doing).await? {
        execute(tx, promote, Values::of([text(&row, 0)?, text(&row, 1)?]), doing).await?;
    }
    Ok(true)
}
