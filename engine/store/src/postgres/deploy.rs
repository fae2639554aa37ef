//! Deployments: versions are given inside one transaction. A definition whose newest version came from a file with
//! the same name and content keeps that version and its key.

use std::sync::Arc;

use hosk_core::DeploymentKey;
use sqlx::postgres::{PgConnection, PgRow};

use super::mailbox::texts;
use super::shape::{Shape, Statements, values};
use super::{
    Postgres, begin, decisions, execute, fetch, finish, key, present, run, signals, start_timers, text,
};
use crate::Error;
use crate::definitions::{element_names, has_start_form, message_starts};
use crate::write::{Deployed, DeployedDefinition, NewDefinition, NewDeployment, NewResource};

pub(super) const DOING: &str = "deploying";
/// The lock of whoever changes definitions; addresses of messages have numbers from 0, nodes have -1.
const DEFINITIONS_SLOT: i32 = -2;

static NEW_ELEMENT_NAME: Shape = Shape::insert("element", "definition, number, id, name, type", "");
static NEW_START: Shape =
    Shape::insert("start_subscription", "definition, element, process_id, tenant, name, active", "");

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
                         WHERE t.process_id = $1 AND t.tenant = $2 AND t.latest AND NOT t.deleted AND f.name = $3 \
                         AND f.content = $4",
                highest: "SELECT coalesce(max(version), 0) FROM process_definition WHERE process_id = $1 AND tenant = $2",
                supersede: "UPDATE process_definition SET latest = FALSE WHERE process_id = $1 AND tenant = $2 AND latest",
                insert: "INSERT INTO process_definition (key, process_id, tenant, version, resource_name, deployment, \
                         file, position, latest, version_tag, name, has_start_form) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9, $10, $11)",
            },
            NewDefinition::Form { key, id, .. } => Self {
                id,
                key: key.0,
                newest: "SELECT t.key, t.version, t.deployment FROM form t JOIN file f ON f.key = t.file \
                         WHERE t.id = $1 AND t.tenant = $2 AND t.latest AND NOT t.deleted AND f.name = $3 \
                         AND f.content = $4",
                highest: "SELECT coalesce(max(version), 0) FROM form WHERE id = $1 AND tenant = $2",
                supersede: "UPDATE form SET latest = FALSE WHERE id = $1 AND tenant = $2 AND latest",
                insert: "INSERT INTO form (key, id, tenant, version, resource_name, deployment, file, position, latest, \
                         version_tag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9)",
            },
            NewDefinition::Resource { key, id, .. } => Self {
                id,
                key: *key,
                newest: "SELECT t.key, t.version, t.deployment FROM resource t JOIN file f ON f.key = t.file \
                         WHERE t.id = $1 AND t.tenant = $2 AND t.latest AND NOT t.deleted AND f.name = $3 \
                         AND f.content = $4",
                highest: "SELECT coalesce(max(version), 0) FROM resource WHERE id = $1 AND tenant = $2",
                supersede: "UPDATE resource SET latest = FALSE WHERE id = $1 AND tenant = $2 AND latest",
                insert: "INSERT INTO resource (key, id, tenant, version, resource_name, deployment, file, position, \
                         latest, version_tag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9)",
            },
            NewDefinition::Decisions { .. } => return None,
        })
    }
}

impl Postgres {
    pub(super) async fn store_resources(&self, deployment: NewDeployment) -> Result<Deployed, Error> {
        let mut writer = self.sessions.writer().await?;
        let result = store(&mut writer.connection, self.sessions.class(), &deployment);
        let result = self.sessions.patiently(DOING, result).await;
        writer.done(result)
    }
}

/// One deployment after another: versions are counted.
async fn store(
    connection: &mut PgConnection,
    class: i32,
    deployment: &NewDeployment,
) -> Result<Deployed, Error> {
    let mut transaction = begin(connection).await?;
    let tx = &mut *transaction;
    lock_definitions(tx, class, DOING).await?;
    let mut definitions = Vec::new();
    for file in &deployment.resources {
        let mut stored = false;
        for (position, new) in file.contents.iter().enumerate() {
            let some = match Versioned::of(new) {
                Some(versioned) => {
                    vec![store_definition(tx, deployment, file, position, new, &versioned).await?]
                }
                None => decisions::store(tx, deployment, file, new).await?,
            };
            if some.iter().any(|one| one.created) && !stored {
                store_file(tx, deployment, file).await?;
                stored = true;
            }
            definitions.extend(some);
        }
    }
    finish(transaction).await?;
    Ok(Deployed { definitions })
}

/// Until the transaction ends nobody else changes what is deployed.
pub(super) async fn lock_definitions(
    tx: &mut PgConnection,
    class: i32,
    doing: &'static str,
) -> Result<(), Error> {
    let lock = "SELECT pg_advisory_xact_lock($1, $2)";
    execute(tx, lock, values![class, DEFINITIONS_SLOT], doing).await.map(drop)
}

async fn store_file(
    tx: &mut PgConnection,
    deployment: &NewDeployment,
    file: &NewResource,
) -> Result<(), Error> {
    let mut values = values![file.key as i64];
    values.text(&file.name).text(&deployment.tenant).add(deployment.key.0 as i64);
    values.add(&*file.content);
    let text = "INSERT INTO file (key, name, tenant, deployment, content) VALUES ($1, $2, $3, $4, $5)";
    execute(tx, text, values, DOING).await?;
    let told = "INSERT INTO definition_change (file) VALUES ($1)";
    execute(tx, told, values![file.key as i64], DOING).await.map(drop)
}

async fn store_definition(
    tx: &mut PgConnection,
    deployment: &NewDeployment,
    file: &NewResource,
    position: usize,
    new: &NewDefinition,
    versioned: &Versioned<'_>,
) -> Result<DeployedDefinition, Error> {
    let id_and_tenant = || texts([versioned.id, &deployment.tenant]);
    let mut same = id_and_tenant();
    same.text(&file.name).add(&*file.content);
    if let Some(row) = fetch(tx, versioned.newest, same, DOING).await?.first() {
        return Ok(DeployedDefinition {
            key: key(row, 0)?,
            id: versioned.id.clone(),
            version: present(row, 1)? as u32,
            resource_name: file.name.clone(),
            deployment: DeploymentKey(key(row, 2)?),
            created: false,
        });
    }
    let highest = fetch(tx, versioned.highest, id_and_tenant(), DOING).await?;
    let version = highest.first().map(|row| present(row, 0)).transpose()?.unwrap_or(0) as u32 + 1;
    execute(tx, versioned.supersede, id_and_tenant(), DOING).await?;
    let mut values = values![versioned.key as i64];
    values.text(versioned.id).text(&deployment.tenant).add(i64::from(version));
    values.text(&file.name).add(deployment.key.0 as i64).add(file.key as i64).add(position as i64);
    match new {
        NewDefinition::Process { definition, .. } => {
            values.optional(definition.version_tag.as_deref()).optional(definition.name.as_deref());
            values.add(has_start_form(definition));
        }
        NewDefinition::Form { version_tag, .. } | NewDefinition::Resource { version_tag, .. } => {
            values.optional(version_tag.as_deref());
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
    tx: &mut PgConnection,
    definition: u64,
    compiled: &hosk_model::ProcessDefinition,
) -> Result<(), Error> {
    let mut statements = Statements::default();
    statements.rows(&NEW_ELEMENT_NAME, false, element_names(compiled).iter(), |element, v| {
        v.add(definition as i64).add(element.number).add(&element.id).add(element.name.as_ref());
        v.add(element.r#type as i64);
    });
    for statement in statements.all {
        run(tx, statement, DOING).await?;
    }
    Ok(())
}

/// The start events of the newest version replace those of older ones.
async fn store_starts(
    tx: &mut PgConnection,
    deployment: &NewDeployment,
    definition: u64,
    compiled: &hosk_model::ProcessDefinition,
) -> Result<(), Error> {
    let close =
        "UPDATE start_subscription SET active = FALSE WHERE active AND process_id = $1 AND tenant = $2";
    execute(tx, close, texts([&compiled.id, &deployment.tenant]), DOING).await?;
    let mut statements = Statements::default();
    statements.rows(&NEW_START, false, message_starts(compiled).iter(), |(element, name), v| {
        v.add(definition as i64).add(i64::from(element.0)).add(&compiled.id).add(&deployment.tenant);
        v.add(name).add(true);
    });
    for statement in statements.all {
        run(tx, statement, DOING).await?;
    }
    Ok(())
}

/// A version as `deploy` answered it, from columns key, id, version, name, deployment.
pub(super) fn definition_of(row: &PgRow) -> Result<DeployedDefinition, Error> {
    Ok(DeployedDefinition {
        key: key(row, 0)?,
        id: text(row, 1)?,
        version: present(row, 2)? as u32,
        resource_name: text(row, 3)?,
        deployment: DeploymentKey(key(row, 4)?),
        created: true,
    })
}
