//! Deployments of DMN files: the graph and all its decisions get a new version together, or keep theirs together.

use std::sync::Arc;

use hosk_core::DeploymentKey;
use sqlx::postgres::PgConnection;

use super::deploy::{DOING, definition_of};
use super::mailbox::texts;
use super::shape::{Values, values};
use super::{execute, fetch, key, present, text};
use crate::Error;
use crate::write::{DeployedDefinition, NewDecision, NewDefinition, NewDeployment, NewResource};

/// The newest version of a graph, when it came from the same file and none of its decisions has a newer version.
const SAME: &str = "SELECT t.key, t.version, t.deployment FROM decision_requirements t JOIN file f ON f.key = t.file \
                    WHERE t.id = $1 AND t.tenant = $2 AND t.latest AND NOT t.deleted AND f.name = $3 \
                    AND f.content = $4 AND NOT EXISTS (SELECT 1 FROM decision_definition x \
                    WHERE x.requirements = t.key AND NOT x.latest)";

/// The decisions of a graph as they were answered, columns as [`definition_of`] reads them.
const OF_GRAPH: &str = "SELECT x.key, x.decision_id, x.version, r.resource_name, r.deployment \
                        FROM decision_definition x JOIN decision_requirements r ON r.key = x.requirements \
                        WHERE x.requirements = $1 ORDER BY x.position";

/// Stores a graph with its decisions; the graph's answer comes first.
pub(super) async fn store(
    tx: &mut PgConnection,
    deployment: &NewDeployment,
    file: &NewResource,
    new: &NewDefinition,
) -> Result<Vec<DeployedDefinition>, Error> {
    let NewDefinition::Decisions { key: graph, id, name, decisions } = new else { return Ok(Vec::new()) };
    let id_and_tenant = || texts([id, &deployment.tenant]);
    let mut same = id_and_tenant();
    same.text(&file.name).add(&*file.content);
    if let Some(row) = fetch(tx, SAME, same, DOING).await?.first() {
        return kept(tx, key(row, 0)?, id, present(row, 1)? as u32, &file.name, key(row, 2)?).await;
    }
    let highest = "SELECT coalesce(max(version), 0) FROM decision_requirements WHERE id = $1 AND tenant = $2";
    let version = next_version(tx, highest, id_and_tenant()).await?;
    let supersede =
        "UPDATE decision_requirements SET latest = FALSE WHERE id = $1 AND tenant = $2 AND latest";
    execute(tx, supersede, id_and_tenant(), DOING).await?;
    let mut values = values![graph.0 as i64];
    values.text(id).text(name).add(i64::from(version)).text(&file.name);
    values.text(&deployment.tenant).add(deployment.key.0 as i64).add(file.key as i64);
    let insert = "INSERT INTO decision_requirements (key, id, name, version, resource_name, tenant, deployment, file, \
                  latest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE)";
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
    tx: &mut PgConnection,
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
    for row in fetch(tx, OF_GRAPH, values![graph as i64], DOING).await? {
        answers.push(DeployedDefinition { created: false, ..definition_of(&row)? });
    }
    Ok(answers)
}

async fn store_decision(
    tx: &mut PgConnection,
    deployment: &NewDeployment,
    graph: u64,
    decision: &NewDecision,
    position: i64,
) -> Result<u32, Error> {
    let id_and_tenant = || texts([&decision.id, &deployment.tenant]);
    let highest =
        "SELECT coalesce(max(version), 0) FROM decision_definition WHERE decision_id = $1 AND tenant = $2";
    let version = next_version(tx, highest, id_and_tenant()).await?;
    let supersede =
        "UPDATE decision_definition SET latest = FALSE WHERE decision_id = $1 AND tenant = $2 AND latest";
    execute(tx, supersede, id_and_tenant(), DOING).await?;
    let mut values = values![decision.key.0 as i64];
    values.text(&decision.id).text(&decision.name).add(i64::from(version));
    values.optional(decision.version_tag.as_deref()).add(graph as i64).text(&deployment.tenant).add(position);
    let insert = "INSERT INTO decision_definition (key, decision_id, name, version, version_tag, requirements, tenant, \
                  position, latest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE)";
    execute(tx, insert, values, DOING).await?;
    Ok(version)
}

async fn next_version(
    tx: &mut PgConnection,
    highest: &'static str,
    id_and_tenant: Values,
) -> Result<u32, Error> {
    let rows = fetch(tx, highest, id_and_tenant, DOING).await?;
    Ok(rows.first().map(|row| present(row, 0)).transpose()?.unwrap_or(0) as u32 + 1)
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
pub(super) async fn delete(tx: &mut PgConnection, graph: u64, doing: &'static str) -> Result<bool, Error> {
    let delete = "UPDATE decision_requirements SET deleted = TRUE, latest = FALSE WHERE key = $1 AND NOT deleted \
                  RETURNING id, tenant";
    let rows = fetch(tx, delete, values![graph as i64], doing).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let promote = "UPDATE decision_requirements SET latest = TRUE WHERE key = (SELECT key FROM decision_requirements \
                   WHERE id = $1 AND tenant = $2 AND NOT deleted ORDER BY version DESC LIMIT 1)";
    execute(tx, promote, texts([&text(row, 0)?, &text(row, 1)?]), doing).await?;
    let delete = "UPDATE decision_definition SET deleted = TRUE, latest = FALSE WHERE requirements = $1 AND NOT deleted \
                  RETURNING decision_id, tenant";
    let promote = "UPDATE decision_definition SET latest = TRUE WHERE key = (SELECT key FROM decision_definition \
                   WHERE decision_id = $1 AND tenant = $2 AND NOT deleted ORDER BY version DESC LIMIT 1)";
    for row in fetch(tx, delete, values![graph as i64], doing).await? {
        execute(tx, promote, texts([&text(&row, 0)?, &text(&row, 1)?]), doing).await?;
    }
    Ok(true)
}
