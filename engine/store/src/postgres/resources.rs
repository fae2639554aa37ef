//! Stored files: reading them back, deleting what is in them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgConnection;

use super::decisions;
use super::deploy::{definition_of, lock_definitions};
use super::mailbox::texts;
use super::shape::values;
use super::{Postgres, begin, column, execute, failed, fetch, finish, key, present, text};
use crate::Error;
use crate::read::Content;
use crate::write::{DefinitionChanges, DefinitionKind, StoredResource};

/// Per kind: the versions that are not deleted, with their file and their place in it.
const VERSIONS: [(DefinitionKind, &str); 5] = [
    (
        DefinitionKind::Process,
        "SELECT key, process_id, version, resource_name, deployment, file, position FROM process_definition \
         WHERE NOT deleted",
    ),
    (
        DefinitionKind::Form,
        "SELECT key, id, version, resource_name, deployment, file, position FROM form WHERE NOT deleted",
    ),
    (
        DefinitionKind::DecisionRequirements,
        "SELECT key, id, version, resource_name, deployment, file, 0 FROM decision_requirements WHERE NOT deleted",
    ),
    (
        DefinitionKind::Decision,
        "SELECT x.key, x.decision_id, x.version, r.resource_name, r.deployment, r.file, x.position \
         FROM decision_definition x JOIN decision_requirements r ON r.key = x.requirements WHERE NOT x.deleted",
    ),
    (
        DefinitionKind::Resource,
        "SELECT key, id, version, resource_name, deployment, file, position FROM resource WHERE NOT deleted",
    ),
];

/// Per kind: deleting a version; and making the newest one left the latest.
const DELETIONS: [(&str, &str); 3] = [
    (
        "UPDATE process_definition SET deleted = TRUE, latest = FALSE WHERE key = $1 AND NOT deleted \
         RETURNING process_id, tenant",
        "UPDATE process_definition SET latest = TRUE WHERE key = (SELECT key FROM process_definition \
         WHERE process_id = $1 AND tenant = $2 AND NOT deleted ORDER BY version DESC LIMIT 1)",
    ),
    (
        "UPDATE form SET deleted = TRUE, latest = FALSE WHERE key = $1 AND NOT deleted RETURNING id, tenant",
        "UPDATE form SET latest = TRUE WHERE key = (SELECT key FROM form \
         WHERE id = $1 AND tenant = $2 AND NOT deleted ORDER BY version DESC LIMIT 1)",
    ),
    (
        "UPDATE resource SET deleted = TRUE, latest = FALSE WHERE key = $1 AND NOT deleted RETURNING id, tenant",
        "UPDATE resource SET latest = TRUE WHERE key = (SELECT key FROM resource \
         WHERE id = $1 AND tenant = $2 AND NOT deleted ORDER BY version DESC LIMIT 1)",
    ),
];

/// Start events: those of the latest version are active, if there is one.
const START_TIMERS: &str = "UPDATE start_timer SET active = definition IN (SELECT key FROM process_definition \
                            WHERE latest AND NOT deleted) WHERE process_id = $1 AND tenant = $2";
const STARTS: &str = "UPDATE start_subscription SET active = definition IN (SELECT key FROM process_definition \
                      WHERE latest AND NOT deleted) WHERE process_id = $1 AND tenant = $2";

const SIGNAL_STARTS: &str = "UPDATE signal_start SET active = definition IN (SELECT key FROM process_definition \
                             WHERE latest AND NOT deleted) WHERE process_id = $1 AND tenant = $2";

const DELETING: &str = "deleting a resource";

async fn delete(connection: &mut PgConnection, class: i32, resource: u64) -> Result<bool, Error> {
    let mut transaction = begin(connection).await?;
    let tx = &mut *transaction;
    lock_definitions(tx, class, DELETING).await?;
    let mut found = false;
    for (delete, promote) in DELETIONS {
        let rows = fetch(tx, delete, values![resource as i64], DELETING).await?;
        let Some(row) = rows.first() else { continue };
        let (id, tenant) = (text(row, 0)?, text(row, 1)?);
        for statement in [promote, STARTS, START_TIMERS, SIGNAL_STARTS] {
            execute(tx, statement, texts([&id, &tenant]), DELETING).await?;
        }
        found = true;
        break;
    }
    found = found || decisions::delete(tx, resource, DELETING).await?;
    if found {
        let told = "INSERT INTO definition_change (deleted) VALUES ($1)";
        execute(tx, told, values![resource as i64], DELETING).await?;
    }
    finish(transaction).await?;
    Ok(found)
}

impl Postgres {
    pub(super) async fn mark_deleted(&self, resource: u64) -> Result<bool, Error> {
        let mut writer = self.sessions.writer().await?;
        let deleted = delete(&mut writer.connection, self.sessions.class(), resource);
        let deleted = self.sessions.patiently(DELETING, deleted).await;
        writer.done(deleted)
    }

    pub(super) async fn stored_resources(&self) -> Result<Vec<StoredResource>, Error> {
        self.resources_where(|_| true).await
    }

    pub(super) async fn changes_after(&self, after: u64) -> Result<DefinitionChanges, Error> {
        // Changes are written one transaction after the other: none with a lower number comes later.
        let query = "SELECT max(number), NULL, NULL FROM definition_change UNION ALL \
                     (SELECT number, file, deleted FROM definition_change WHERE number > $1 ORDER BY number)";
        let rows = sqlx::query(query)
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("looking for new definitions"))?;
        let mut changes = DefinitionChanges::default();
        let mut files = BTreeSet::new();
        for row in &rows {
            changes.last = changes.last.max(column::<Option<i64>>(row, 0)?.unwrap_or(0) as u64);
            files.extend(column::<Option<i64>>(row, 1)?.map(|file| file as u64));
            changes.deleted.extend(column::<Option<i64>>(row, 2)?.map(|key| key as u64));
        }
        if !files.is_empty() {
            changes.resources = self.resources_where(|file| files.contains(&file)).await?;
        }
        Ok(changes)
    }

    /// The files that are wanted, with their versions that are not deleted.
    async fn resources_where(&self, wanted: impl Fn(u64) -> bool) -> Result<Vec<StoredResource>, Error> {
        let failed = failed("reading resources");
        let mut tx = self
            .sessions
            .pool
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
            .map_err(failed)?;
        let mut by_file: BTreeMap<u64, Vec<(i64, DefinitionKind, _)>> = BTreeMap::new();
        for (kind, query) in VERSIONS {
            for row in sqlx::query(query).fetch_all(&mut *tx).await.map_err(failed)? {
                let (definition, file) = (definition_of(&row)?, key(&row, 5)?);
                if !wanted(file) {
                    continue;
                }
                by_file.entry(file).or_default().push((present(&row, 6)?, kind, definition));
            }
        }
        let mut resources = Vec::with_capacity(by_file.len());
        for (file, mut definitions) in by_file {
            definitions.sort_by_key(|(position, _, _)| *position);
            let row = sqlx::query("SELECT name, content, tenant FROM file WHERE key = $1")
                .bind(file as i64)
                .fetch_one(&mut *tx)
                .await
                .map_err(failed)?;
            let definitions = definitions.into_iter().map(|(_, kind, definition)| (kind, definition));
            resources.push(StoredResource {
                name: text(&row, 0)?,
                content: column::<&[u8]>(&row, 1)?.into(),
                tenant: text(&row, 2)?,
                definitions: definitions.collect(),
            });
        }
        Ok(resources)
    }

    pub(super) async fn content_of(&self, definition: u64) -> Result<Option<Content>, Error> {
        let query = "SELECT f.name, f.content FROM file f WHERE f.key IN \
                     (SELECT file FROM process_definition WHERE key = $1 UNION ALL \
                      SELECT file FROM form WHERE key = $1 UNION ALL SELECT file FROM resource WHERE key = $1 UNION ALL \
                      SELECT file FROM decision_requirements WHERE key = $1 UNION ALL \
                      SELECT r.file FROM decision_requirements r JOIN decision_definition x ON x.requirements = r.key \
                      WHERE x.key = $1)";
        let row = sqlx::query(query)
            .bind(definition as i64)
            .fetch_optional(&self.sessions.pool)
            .await
            .map_err(failed("reading a file"))?;
        row.map(|row| Ok(Content { name: text(&row, 0)?, bytes: column::<&[u8]>(&row, 1)?.into() }))
            .transpose()
    }
}
