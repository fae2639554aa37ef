//! Connections in the file.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{Sqlite, begin, column, failed, finish, text};
use crate::Error;
use crate::connections::{ConnectionStore, StoredConnection, StoredSecret, gathered};

const ADD: &str = "INSERT INTO connection (id, connector, document, updated, updated_by) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (id) DO NOTHING";
const PUT: &str =
    "UPDATE connection SET connector = ?2, document = ?3, updated = ?4, updated_by = ?5 WHERE id = ?1";
const ALL: &str = "SELECT c.id, c.connector, c.document, c.updated, c.updated_by, s.name, s.sealed, s.updated \
                   FROM connection c LEFT JOIN connection_secret s ON s.connection = c.id ORDER BY c.id, s.name";
const PUT_SECRET: &str =
    "INSERT OR REPLACE INTO connection_secret (connection, name, sealed, updated) VALUES (?, ?, ?, ?)";

impl Sqlite {
    /// Writes a connection by one of two statements, and the secrets it brings.
    async fn write_connection(
        &self,
        statement: &'static str,
        connection: &StoredConnection,
    ) -> Result<bool, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        let done = sqlx::query(statement)
            .bind(&*connection.id)
            .bind(&*connection.connector)
            .bind(&*connection.document)
            .bind(connection.updated.0)
            .bind(connection.updated_by.as_deref())
            .execute(&mut *transaction)
            .await
            .map_err(failed("storing a connection"))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        for secret in &connection.secrets {
            write_secret(&mut transaction, &connection.id, secret).await?;
        }
        finish(transaction).await?;
        Ok(true)
    }
}

async fn write_secret(
    writer: &mut SqliteConnection,
    connection: &str,
    secret: &StoredSecret,
) -> Result<(), Error> {
    sqlx::query(PUT_SECRET)
        .bind(connection)
        .bind(&*secret.name)
        .bind(&*secret.sealed)
        .bind(secret.updated.0)
        .execute(writer)
        .await
        .map(|_| ())
        .map_err(failed("storing a secret"))
}

#[async_trait]
impl ConnectionStore for Sqlite {
    async fn add_connection(&self, connection: &StoredConnection) -> Result<bool, Error> {
        self.write_connection(ADD, connection).await
    }

    async fn put_connection(&self, connection: &StoredConnection) -> Result<bool, Error> {
        self.write_connection(PUT, connection).await
    }

    async fn remove_connection(&self, id: &str) -> Result<bool, Error> {
        let doing = "removing a connection";
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        sqlx::query("DELETE FROM connection_secret WHERE connection = ?")
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        let done = sqlx::query("DELETE FROM connection WHERE id = ?")
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed(doing))?;
        finish(transaction).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn put_secret(&self, connection: &str, secret: &StoredSecret) -> Result<bool, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        let known = sqlx::query("SELECT 1 FROM connection WHERE id = ?")
            .bind(connection)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed("looking for a connection"))?;
        if known.is_none() {
            return Ok(false);
        }
        write_secret(&mut transaction, connection, secret).await?;
        finish(transaction).await?;
        Ok(true)
    }

    async fn remove_secret(&self, connection: &str, name: &str) -> Result<bool, Error> {
        let mut writer = self.writer().await?;
        sqlx::query("DELETE FROM connection_secret WHERE connection = ? AND name = ?")
            .bind(connection)
            .bind(name)
            .execute(&mut *writer)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(failed("removing a secret"))
    }

    async fn connections(&self) -> Result<Vec<StoredConnection>, Error> {
        let rows =
            sqlx::query(ALL).fetch_all(&self.readers).await.map_err(failed("reading the connections"))?;
        gathered(rows.iter().map(stored))
    }
}

fn stored(row: &SqliteRow) -> Result<(StoredConnection, Option<StoredSecret>), Error> {
    let connection = StoredConnection {
        id: text(row, 0)?,
        connector: text(row, 1)?,
        document: text(row, 2)?,
        updated: Timestamp(column(row, 3)?),
        updated_by: column::<Option<&str>>(row, 4)?.map(Arc::from),
        secrets: Vec::new(),
    };
    let secret = match column::<Option<&str>>(row, 5)? {
        Some(name) => Some(StoredSecret {
            name: name.into(),
            sealed: column::<&[u8]>(row, 6)?.into(),
            updated: Timestamp(column(row, 7)?),
        }),
        None => None,
    };
    Ok((connection, secret))
}
