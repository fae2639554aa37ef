//! Stored files: reading them back, deleting what is in them.

use std::collections::BTreeMap;

use super::decisions;
use super::deploy::definition_of;
use super::shape::Values;
use super::{Sqlite, begin, column, execute, failed, fetch, finish, key, text};
use crate::Error;
use crate::read::Content;
use crate::write::{DefinitionKind, StoredResource};

/// Per kind: the versions that are not deleted, with their file and their place in it.
const VERSIONS: [(DefinitionKind, &str); 5] = [
    (
        DefinitionKind::Process,
        "SELECT key, process_id, version, resource_name, deployment, file, position FROM process_definition \
         WHERE deleted = 0",
    ),
    (
        DefinitionKind::Form,
        "SELECT key, id, version, resource_name, deployment, file, position FROM form WHERE deleted = 0",
    ),
    (
        DefinitionKind::DecisionRequirements,
        "SELECT key, id, version, resource_name, deployment, file, 0 FROM decision_requirements WHERE deleted = 0",
    ),
    (
        DefinitionKind::Decision,
        "SELECT x.key, x.decision_id, x.version, r.resource_name, r.deployment, r.file, x.position \
         FROM decision_definition x JOIN decision_requirements r ON r.key = x.requirements WHERE x.deleted = 0",
    ),
    (
        DefinitionKind::Resource,
        "SELECT key, id, version, resource_name, deployment, file, position FROM resource WHERE deleted = 0",
    ),
];

/// Per kind: deleting a version; and making the newest one left the latest.
const DELETIONS: [(&str, &str); 3] = [
    (
        "UPDATE process_definition SET deleted = 1, latest = 0 WHERE key = ? AND deleted = 0 \
         RETURNING process_id, tenant",
        "UPDATE process_definition SET latest = 1 WHERE key = (SELECT key FROM process_definition \
         WHERE process_id = ? AND tenant = ? AND deleted = 0 ORDER BY version DESC LIMIT 1)",
    ),
    (
        "UPDATE form SET deleted = 1, latest = 0 WHERE key = ? AND deleted = 0 RETURNING id, tenant",
        "UPDATE form SET latest = 1 WHERE key = (SELECT key FROM form \
         WHERE id = ? AND tenant = ? AND deleted = 0 ORDER BY version DESC LIMIT 1)",
    ),
    (
        "UPDATE resource SET deleted = 1, latest = 0 WHERE key = ? AND deleted = 0 RETURNING id, tenant",
        "UPDATE resource SET latest = 1 WHERE key = (SELECT key FROM resource \
         WHERE id = ? AND tenant = ? AND deleted = 0 ORDER BY version DESC LIMIT 1)",
    ),
];

/// Start events: those of the latest version are active, if there is one.
const START_TIMERS: &str = "UPDATE start_timer SET active = definition IN (SELECT key FROM process_definition \
                            WHERE latest = 1 AND deleted = 0) WHERE process_id = ? AND tenant = ?";
const STARTS: &str = "UPDATE start_subscription SET active = definition IN (SELECT key FROM process_definition \
                      WHERE latest = 1 AND deleted = 0) WHERE process_id = ? AND tenant = ?";

const SIGNAL_STARTS: &str = "UPDATE signal_start SET active = definition IN (SELECT key FROM process_definition \
                             WHERE latest = 1 AND deleted = 0) WHERE process_id = ? AND tenant = ?";

impl Sqlite {
    pub(super) async fn mark_deleted(&self, resource: u64) -> Result<bool, Error> {
        let doing = "deleting a resource";
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let mut found = false;
        for (delete, promote) in DELETIONS {
            let rows = fetch(tx, delete, Values::of([resource as i64]), doing).await?;
            let Some(row) = rows.first() else { continue };
            let (id, tenant) = (text(row, 0)?, text(row, 1)?);
            execute(tx, promote, Values::of([id.clone(), tenant.clone()]), doing).await?;
            execute(tx, STARTS, Values::of([id.clone(), tenant.clone()]), doing).await?;
            execute(tx, START_TIMERS, Values::of([id.clone(), tenant.clone()]), doing).await?;
            execute(tx, SIGNAL_STARTS, Values::of([id, tenant]), doing).await?;
            found = true;
            break;
        }
        found = found || decisions::delete(tx, resource, doing).await?;
        finish(transaction).await?;
        Ok(found)
    }

    pub(super) async fn stored_resources(&self) -> Result<Vec<StoredResource>, Error> {
        let failed = failed("reading resources");
        let mut tx = self.readers.begin().await.map_err(failed)?;
        let mut by_file: BTreeMap<u64, Vec<(i64, DefinitionKind, _)>> = BTreeMap::new();
        for (kind, query) in VERSIONS {
            for row in sqlx::query(query).fetch_all(&mut *tx).await.map_err(failed)? {
                let definition = definition_of(&row)?;
                by_file.entry(key(&row, 5)?).or_default().push((column(&row, 6)?, kind, definition));
            }
        }
        let mut resources = Vec::with_capacity(by_file.len());
        for (file, mut definitions) in by_file {
            definitions.sort_by_key(|(position, _, _)| *position);
            let row = sqlx::query("SELECT name, content, tenant FROM file WHERE key = ?")
                .bind(file as i64)
                .fetch_one(&mut *tx)
                .await
                .map_err(failed)?;
            resources.push(StoredResource {
                name: text(&row, 0)?,
                content: column::<&[u8]>(&row, 1)?.into(),
                tenant: text(&row, 2)?,
                definitions: definitions
                    .into_iter()
                    .map(|(_, kind, definition)| (kind, definition))
                    .collect(),
            });
        }
        Ok(resources)
    }

    pub(super) async fn content_of(&self, definition: u64) -> Result<Option<Content>, Error> {
        let query = "SELECT f.name, f.content FROM file f WHERE f.key IN \
                     (SELECT file FROM process_definition WHERE key = ?1 UNION ALL \
                      SELECT file FROM form WHERE key = ?1 UNION ALL SELECT file FROM resource WHERE key = ?1 UNION ALL \
                      SELECT file FROM decision_requirements WHERE key = ?1 UNION ALL \
                      SELECT r.file FROM decision_requirements r JOIN decision_definition x ON x.requirements = r.key \
                      WHERE x.key = ?1)";
        let row = sqlx::query(query)
            .bind(definition as i64)
            .fetch_optional(&self.readers)
            .await
            .map_err(failed("reading a file"))?;
        row.map(|row| Ok(Content { name: text(&row, 0)?, bytes: column::<&[u8]>(&row, 1)?.into() }))
            .transpose()
    }
}
