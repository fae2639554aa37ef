//! Plugins in the file.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::{Sqlite, begin, column, failed, finish, text};
use crate::Error;
use crate::plugins::{
    AddedPluginVersion, NewPluginVersion, PluginActivation, PluginStore, StoredPlugin, StoredPluginVersion,
    gathered,
};

const PUT_PART: &str = "INSERT OR IGNORE INTO plugin_part (hash, part, bytes) VALUES (?, ?, ?)";
const ADD_VERSION: &str = "INSERT INTO plugin_version (plugin, number, contract_version, title, release, hash, size, contract, \
     signer, active, installed, installed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)";
const COUNT: &str = "INSERT INTO plugin (id, last, updated, updated_by) VALUES (?, 1, ?, ?) \
     ON CONFLICT (id) DO UPDATE SET last = plugin.last + 1 RETURNING last";
const SAME: &str = "SELECT number FROM plugin_version WHERE plugin = ? AND hash = ?";
const BYTES: &str = "SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM plugin_part WHERE hash = ?";
const ACTIVATE: &str = "UPDATE plugin_version SET active = (number = ?2) WHERE plugin = ?1 AND contract_version = \
     (SELECT contract_version FROM plugin_version WHERE plugin = ?1 AND number = ?2)";
const CURRENT: &str = "UPDATE plugin SET previous = CASE WHEN current = ?2 THEN previous ELSE current END, \
     current = ?2, updated = ?3, updated_by = ?4 WHERE id = ?1";
const REMOVE_VERSION: &str = "DELETE FROM plugin_version WHERE plugin = ?1 AND number = ?2 \
     AND NOT EXISTS (SELECT 1 FROM plugin WHERE id = ?1 AND current = ?2)";
const FORGET: &str = "UPDATE plugin SET previous = NULL WHERE id = ?1 AND previous = ?2";
const EMPTY: &str =
    "DELETE FROM plugin WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM plugin_version WHERE plugin = ?1)";
const ORPHANS: &str = "DELETE FROM plugin_part WHERE hash NOT IN (SELECT hash FROM plugin_version)";
const ALL: &str = "SELECT p.id, p.current, p.previous, p.updated, p.updated_by, v.number, v.contract_version, v.title, \
     v.release, v.hash, v.size, v.signer, v.active, v.installed, v.installed_by \
     FROM plugin p LEFT JOIN plugin_version v ON v.plugin = p.id ORDER BY p.id, v.number";
const CONTRACT: &str = "SELECT contract FROM plugin_version WHERE plugin = ? AND number = ?";
const PARTS: &str = "SELECT bytes FROM plugin_part WHERE hash = ? ORDER BY part";

#[async_trait]
impl PluginStore for Sqlite {
    async fn put_plugin_part(&self, hash: &str, part: u32, bytes: &[u8]) -> Result<(), Error> {
        let doing = "storing a part of a plugin";
        let insert = sqlx::query(PUT_PART).bind(hash).bind(i64::from(part)).bind(bytes);
        insert.execute(&mut *self.writer().await?).await.map(|_| ()).map_err(failed(doing))
    }

    async fn add_plugin_version(&self, version: &NewPluginVersion) -> Result<AddedPluginVersion, Error> {
        let doing = "storing a plugin";
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        let same = sqlx::query(SAME).bind(&*version.id).bind(&*version.hash);
        if let Some(row) = same.fetch_optional(&mut *transaction).await.map_err(failed(doing))? {
            return Ok(AddedPluginVersion::Exists(column::<i64>(&row, 0)? as u32));
        }
        let there = sqlx::query(BYTES).bind(&*version.hash);
        let there = there.fetch_one(&mut *transaction).await.map_err(failed(doing))?;
        if column::<i64>(&there, 0)? as u64 != version.size {
            return Ok(AddedPluginVersion::Incomplete);
        }
        let counted = sqlx::query(COUNT)
            .bind(&*version.id)
            .bind(version.installed.0)
            .bind(version.installed_by.as_deref())
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        let number: i64 = column(&counted, 0)?;
        sqlx::query(ADD_VERSION)
            .bind(&*version.id)
            .bind(number)
            .bind(i64::from(version.contract_version))
            .bind(&*version.title)
            .bind(version.release.as_deref())
            .bind(&*version.hash)
            .bind(version.size as i64)
            .bind(&*version.contract)
            .bind(version.signer.as_deref())
            .bind(version.installed.0)
            .bind(version.installed_by.as_deref())
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        finish(transaction).await?;
        Ok(AddedPluginVersion::Added(number as u32))
    }

    async fn activate_plugin(&self, activation: &PluginActivation) -> Result<bool, Error> {
        let doing = "activating a plugin";
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        let number = i64::from(activation.number);
        let done = sqlx::query(ACTIVATE)
            .bind(&*activation.id)
            .bind(number)
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(CURRENT)
            .bind(&*activation.id)
            .bind(number)
            .bind(activation.at.0)
            .bind(activation.by.as_deref())
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        finish(transaction).await?;
        Ok(true)
    }

    async fn remove_plugin_version(&self, id: &str, number: u32) -> Result<bool, Error> {
        let doing = "removing a version of a plugin";
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        let removal = sqlx::query(REMOVE_VERSION).bind(id).bind(i64::from(number));
        let done = removal.execute(&mut *transaction).await.map_err(failed(doing))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let forget = sqlx::query(FORGET).bind(id).bind(i64::from(number));
        for statement in [forget, sqlx::query(EMPTY).bind(id), sqlx::query(ORPHANS)] {
            statement.execute(&mut *transaction).await.map_err(failed(doing))?;
        }
        finish(transaction).await?;
        Ok(true)
    }

    async fn remove_plugin(&self, id: &str) -> Result<bool, Error> {
        let doing = "removing a plugin";
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        sqlx::query("DELETE FROM plugin_version WHERE plugin = ?")
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        let done = sqlx::query("DELETE FROM plugin WHERE id = ?")
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        sqlx::query(ORPHANS).execute(&mut *transaction).await.map_err(failed(doing))?;
        finish(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn plugins(&self) -> Result<Vec<StoredPlugin>, Error> {
        let rows = sqlx::query(ALL).fetch_all(&self.readers).await.map_err(failed("reading the plugins"))?;
        gathered(rows.iter().map(stored))
    }

    async fn plugin_contract(&self, id: &str, number: u32) -> Result<Option<Arc<str>>, Error> {
        let query = sqlx::query(CONTRACT).bind(id).bind(i64::from(number));
        let row =
            query.fetch_optional(&self.readers).await.map_err(failed("reading the contract of a plugin"))?;
        row.map(|row| text(&row, 0)).transpose()
    }

    async fn plugin_file(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        let parts = sqlx::query(PARTS).bind(hash);
        let parts = parts.fetch_all(&self.readers).await.map_err(failed("reading the file of a plugin"))?;
        let mut file = Vec::new();
        for part in &parts {
            file.extend_from_slice(column::<&[u8]>(part, 0)?);
        }
        Ok((!parts.is_empty()).then_some(file))
    }
}

fn stored(row: &SqliteRow) -> Result<(StoredPlugin, Option<StoredPluginVersion>), Error> {
    let number = |index| column::<Option<i64>>(row, index).map(|number| number.map(|number| number as u32));
    let optional = |index| column::<Option<&str>>(row, index).map(|text| text.map(Arc::from));
    let plugin = StoredPlugin {
        id: text(row, 0)?,
        current: number(1)?,
        previous: number(2)?,
        updated: Timestamp(column(row, 3)?),
        updated_by: optional(4)?,
        versions: Vec::new(),
    };
    let Some(number) = number(5)? else { return Ok((plugin, None)) };
    let version = StoredPluginVersion {
        number,
        contract_version: column::<i64>(row, 6)? as u32,
        title: text(row, 7)?,
        release: optional(8)?,
        hash: text(row, 9)?,
        size: column::<i64>(row, 10)? as u64,
        signer: optional(11)?,
        active: column(row, 12)?,
        installed: Timestamp(column(row, 13)?),
        installed_by: optional(14)?,
    };
    Ok((plugin, Some(version)))
}
