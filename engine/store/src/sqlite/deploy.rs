//! Deployments: versions are given inside one transaction. A definition whose newest version came from a file with
//! the same name and content keeps that version and its key.

use std::sync::Arc;

use hosk_core::DeploymentKey;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::shape::Values;
use super::{Sqlite, begin, column, decisions, execute, fetch, finish, key, signals, start_timers, text};
use crate::Error;
use crate::definitions::{element_names, has_start_form, message_starts};
use crate::write::{Deployed, DeployedDefinition, NewDefinition, NewDeployment, NewResource};

pub(super) const DOING: &str = "deploying";

/// What kinds of definitions have in common: id, key and the statements over their table.
struct Versioned<'a> {
    id: &'a Arc<str>,
    key: u64,
    newest: &'static str,
    highest: &'static str,
    supersede: &'static str,
    insert: &'static str,
}

impl<'a> Versioned<'a> {
    /// `None` for what has a way of its own.
    fn of(definition: &'a NewDefinition) -> Option<Self> {
        Some(match definition {
            NewDefinition::Process { key, definition, .. } => Self {
                id: &definition.id,
                key: key.0,
                newest: "SELECT t.key, t.version, t.deployment FROM process_definition t JOIN file f ON f.key = t.file \
                         WHERE t.process_id = ? AND t.tenant = ? AND t.latest = 1 AND t.deleted = 0 AND f.name = ? \
                         AND f.content = ?",
                highest: "SELECT coalesce(max(version), 0) FROM process_definition WHERE process_id = ? AND tenant = ?",
                supersede: "UPDATE process_definition SET latest = 0 WHERE process_id = ? AND tenant = ? AND latest = 1",
                insert: "INSERT INTO process_definition (key, process_id, tenant, version, resource_name, deployment, \
                         file, position, latest, version_tag, name, has_start_form) \
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)",
            },
            NewDefinition::Form { key, id, .. } => Self {
                id,
                key: key.0,
                newest: "SELECT t.key, t.version, t.deployment FROM form t JOIN file f ON f.key = t.file \
                         WHERE t.id = ? AND t.tenant = ? AND t.latest = 1 AND t.deleted = 0 AND f.name = ? \
                         AND f.content = ?",
                highest: "SELECT coalesce(max(version), 0) FROM form WHERE id = ? AND tenant = ?",
                supersede: "UPDATE form SET latest = 0 WHERE id = ? AND tenant = ? AND latest = 1",
                insert: "INSERT INTO form (key, id, tenant, version, resource_name, deployment, file, position, latest, \
                         version_tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            },
            NewDefinition::Resource { key, id, .. } => Self {
                id,
                key: *key,
                newest: "SELECT t.key, t.version, t.deployment FROM resource t JOIN file f ON f.key = t.file \
                         WHERE t.id = ? AND t.tenant = ? AND t.latest = 1 AND t.deleted = 0 AND f.name = ? \
                         AND f.content = ?",
                highest: "SELECT coalesce(max(version), 0) FROM resource WHERE id = ? AND tenant = ?",
                supersede: "UPDATE resource SET latest = 0 WHERE id = ? AND tenant = ? AND latest = 1",
                insert: "INSERT INTO resource (key, id, tenant, version, resource_name, deployment, file, position, \
                         latest, version_tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            },
            NewDefinition::Decisions { .. } => return None,
        })
    }
}

impl Sqlite {
    pub(super) async fn store_resources(&self, deployment: NewDeployment) -> Result<Deployed, Error> {
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let mut definitions = Vec::new();
        for file in &deployment.resources {
            let mut stored = false;
            for (position, new) in file.contents.iter().enumerate() {
                let some = match Versioned::of(new) {
                    Some(versioned) => {
                        vec![store_definition(tx, &deployment, file, position, new, &versioned).await?]
                    }
                    None => decisions::store(tx, &deployment, file, new).await?,
                };
                if some.iter().any(|one| one.created) && !stored {
                    store_file(tx, &deployment, file).await?;
                    stored = true;
                }
                definitions.extend(some);
            }
        }
        finish(transaction).await?;
        Ok(Deployed { definitions })
    }
}

async fn store_file(
    tx: &mut SqliteConnection,
    deployment: &NewDeployment,
    file: &NewResource,
) -> Result<(), Error> {
    let mut values = Values::of([file.key as i64]);
    values.add(file.name.clone()).add(deployment.tenant.clone()).add(deployment.key.0 as i64);
    values.add(file.content.to_vec());
    let text = "INSERT INTO file (key, name, tenant, deployment, content) VALUES (?, ?, ?, ?, ?)";
    execute(tx, text, values, DOING).await.map(drop)
}

async fn store_definition(
    tx: &mut SqliteConnection,
    deployment: &NewDeployment,
    file: &NewResource,
    position: usize,
    new: &NewDefinition,
    versioned: &Versioned<'_>,
) -> Result<DeployedDefinition, Error> {
    let id_and_tenant = || Values::of([versioned.id.clone(), deployment.tenant.clone()]);
    let mut same = id_and_tenant();
    same.add(file.name.clone()).add(file.content.to_vec());
    if let Some(row) = fetch(tx, versioned.newest, same, DOING).await?.first() {
        return Ok(DeployedDefinition {
            key: key(row, 0)?,
            id: versioned.id.clone(),
            version: column(row, 1)?,
            resource_name: file.name.clone(),
            deployment: DeploymentKey(key(row, 2)?),
            created: false,
        });
    }
    let highest = fetch(tx, versioned.highest, id_and_tenant(), DOING).await?;
    let version = highest.first().map(|row| column::<u32>(row, 0)).transpose()?.unwrap_or(0) + 1;
    execute(tx, versioned.supersede, id_and_tenant(), DOING).await?;
    let mut values = Values::of([versioned.key as i64]);
    values.add(versioned.id.clone()).add(deployment.tenant.clone()).add(i64::from(version));
    values.add(file.name.clone()).add(deployment.key.0 as i64).add(file.key as i64).add(position as i64);
    match new {
        NewDefinition::Process { definition, .. } => {
            values
                .add(definition.version_tag.clone())
                .add(definition.name.clone())
                .add(has_start_form(definition));
        }
        NewDefinition::Form { version_tag, .. } | NewDefinition::Resource { version_tag, .. } => {
            values.add(version_tag.clone());
        }
        NewDefinition::Decisions { .. } => {}
    }
    execute(tx, versioned.insert, values, DOING).await?;
    if let NewDefinition::Process { key, definition, start_timers: timers } = new {
        store_elements(tx, key.0, definition).await?;
        store_starts(tx, deployment, key.0, definition).await?;
        start_timers::replace(tx, key.0, &definition.id, &deployment.tenant, timers).await?;
        signals::replace_starts(tx, key.0, definition, &deployment.tenant).await?;
    }
    Ok(DeployedDefinition {
        key: versioned.key,
        id: versioned.id.clone(),
        version,
        resource_name: file.name.clone(),
        deployment: deployment.key,
        created: true,
    })
}

async fn store_elements(
    tx: &mut SqliteConnection,
    definition: u64,
    compiled: &hosk_model::ProcessDefinition,
) -> Result<(), Error> {
    for element in element_names(compiled) {
        let mut values = Values::of([definition as i64, element.number]);
        values.add(element.id).add(element.name).add(element.r#type as i64);
        let text = "INSERT INTO element (definition, number, id, name, type) VALUES (?, ?, ?, ?, ?)";
        execute(tx, text, values, DOING).await?;
    }
    Ok(())
}

/// The start events of the newest version replace those of older ones.
async fn store_starts(
    tx: &mut SqliteConnection,
    deployment: &NewDeployment,
    definition: u64,
    compiled: &hosk_model::ProcessDefinition,
) -> Result<(), Error> {
    let values = Values::of([compiled.id.clone(), deployment.tenant.clone()]);
    let text = "UPDATE start_subscription SET active = 0 WHERE active = 1 AND process_id = ? AND tenant = ?";
    execute(tx, text, values, DOING).await?;
    for (element, name) in message_starts(compiled) {
        let mut values = Values::of([definition as i64, i64::from(element.0)]);
        values.add(compiled.id.clone()).add(deployment.tenant.clone()).add(name);
        let text = "INSERT INTO start_subscription (definition, element, process_id, tenant, name, active) \
                    VALUES (?, ?, ?, ?, ?, 1)";
        execute(tx, text, values, DOING).await?;
    }
    Ok(())
}

/// A version as `deploy` answered it, from columns key, id, version, name, deployment.
pub(super) fn definition_of(row: &SqliteRow) -> Result<DeployedDefinition, Error> {
    Ok(DeployedDefinition {
        key: key(row, 0)?,
        id: text(row, 1)?,
        version: column(row, 2)?,
        resource_name: text(row, 3)?,
        deployment: DeploymentKey(key(row, 4)?),
        created: true,
    })
}
